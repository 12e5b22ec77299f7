/* DNSKEY, DS, RRSIG, NSEC and NSEC3 rdata of every length from 0 to 600, each in memory of exactly its size.
   */
#include "support.h"

enum { LENGTH_MAX = 600, FILLS = 6 };

static struct bench bench;

static int open_bench(void **state)
{
    (void)state;
    bench_open(&bench);
    return 0;
}

static int close_bench(void **state)
{
    (void)state;
    bench_close(&bench);
    return 0;
}

/* An honest beginning for each type, so that what comes behind is looked at. */
static const char *const heads[] = {
    "\1\1\3\10\3\1\0\1",                                          /* DNSKEY, RSA */
    "\1\1\3\17",                                                  /* DNSKEY, Ed25519 */
    "\1\1\3\15",                                                  /* DNSKEY, P-256 */
    "\60\71\10\2",                                                /* DS */
    "\0\1\17\1\0\0\16\20\177\377\377\377\1\1\1\1\60\71\7example", /* RRSIG */
    "\7example\0\0\6\100\1\2\3",                                  /* NSEC */
    "\1\0\0\1\4\1\2\3\4\24aaaaaaaaaaaaaaaaaaaa\0\6\100",          /* NSEC3 */
};
static const unsigned head_lengths[] = {8, 4, 4, 4, 27, 14, 33};
enum { HEADS = sizeof heads / sizeof heads[0] };

static void fill(uint8_t *rdata, unsigned length, unsigned how, unsigned head)
{
    uint64_t seed = length * 31 + how;
    for (unsigned i = 0; i < length; i++)
        rdata[i] = how == 0 ? 0 : how == 1 ? 0xff : how == 2 ? 1 : (uint8_t)random_next(&seed);
    if (how >= 4)
        memcpy(rdata, heads[head], length < head_lengths[head] ? length : head_lengths[head]);
}

/* Everything that may be done with rdata, whatever it says it is. */
static void use(struct dnssec_rdata rdata, struct dnssec_keys *keys)
{
    struct dns_name_buffer zone = name_of("example.");
    struct dnssec_rrset rrset = {dns_name_view(&zone), DNS_TYPE_A, DNS_CLASS_IN, 60, &rdata, 1, &rdata, 1};
    static const uint16_t types[] = {DNS_TYPE_A,
                                     DNS_TYPE_DNSKEY,
                                     DNS_TYPE_DS,
                                     DNS_TYPE_RRSIG,
                                     DNS_TYPE_NSEC,
                                     DNS_TYPE_NSEC3,
                                     DNS_TYPE_SOA,
                                     DNS_TYPE_MX,
                                     DNS_TYPE_SRV,
                                     35,
                                     38,
                                     24,
                                     30};
    static struct dnssec_keys found;
    struct dnssec_signature signature;
    struct dnssec_denial denial;
    struct dnssec_proof proof;
    struct dnssec_anchor anchor;
    struct dns_name_buffer hashed = name_of("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example."),
                           qname = name_of("a.b.example.");
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
        rrset.type = types[i];
        bench_refill(&bench);
        assert_int_not_equal(dnssec_verify(&bench.context, &rrset, keys, &signature), DNSSEC_SECURE);
        assert_int_not_equal(
            dnssec_keys_by_ds(&bench.context, rrset.owner, &rdata, 1, &rrset, &found, &signature),
            DNSSEC_SECURE);
    }
    dnssec_denial_start(&denial, dns_name_view(&zone));
    dnssec_denial_add(&denial, dns_name_view(&zone), DNS_TYPE_NSEC, rdata.octets, rdata.length, false);
    dnssec_denial_add(&denial, dns_name_view(&hashed), DNS_TYPE_NSEC3, rdata.octets, rdata.length, false);
    dnssec_prove_nxdomain(&bench.context, &denial, dns_name_view(&qname), &proof);
    dnssec_prove_nodata(&bench.context, &denial, dns_name_view(&zone), DNS_TYPE_TXT, &proof);
    dnssec_prove_no_ds(&bench.context, &denial, dns_name_view(&qname), &proof);
    dnssec_anchor_from_key(dns_name_view(&zone), rdata.octets, rdata.length, false, &anchor);
}

static void no_length_reads_beyond_its_end(void **state)
{
    (void)state;
    struct dnssec_keys keys;
    struct signer signer;
    signer_open(&signer, "example.", 1, 257);
    signer_keys(&signer, &keys);
    keys.key[0].tag = 12345;
    for (unsigned length = 0; length <= LENGTH_MAX; length++) {
        for (unsigned how = 0; how < FILLS; how++) {
            for (unsigned head = 0; head < (how >= 4 ? HEADS : 1); head++) {
                uint8_t *rdata = malloc(length > 0 ? length : 1);
                assert_non_null(rdata);
                fill(rdata, length, how, head);
                use((struct dnssec_rdata){rdata, (uint16_t)length}, &keys);
                free(rdata);
            }
        }
    }
    signer_close(&signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_length_reads_beyond_its_end)};
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
