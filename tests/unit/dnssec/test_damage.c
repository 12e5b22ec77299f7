/*
 * A generator of damage. Honest responses of signed zones are changed in one way each, and none may be found
 * secure (or insecure) afterwards. A kind of damage is one change to one sort of RRset: their number is
 * asserted.
 */
#include "support.h"

enum claim { POSITIVE, NXDOMAIN, NODATA, NO_DS };

/* A response with all that is needed to judge it. */
struct response {
    const char *qname;
    enum claim claim;
    uint16_t qtype;
    struct dns_name_buffer apex;
    struct set ds, dnskey, answer;
    struct set proof[4];
    unsigned proofs;
    uint64_t now;
};

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

/* --- what the walk does with a response --- */

static enum dnssec_status judge_denial(struct response *response, const struct dnssec_denial *denial,
                                       const struct dnssec_signature *signature)
{
    struct dnssec_proof proof;
    struct dns_name_buffer buffer = name_of(response->qname);
    struct dns_name qname = dns_name_view(&buffer);
    switch (response->claim) {
    case POSITIVE:
        return dnssec_prove_wildcard(&bench.context, denial, dns_name_view(&response->answer.owner),
                                     signature->next_closer, &proof);
    case NXDOMAIN:
        return dnssec_prove_nxdomain(&bench.context, denial, qname, &proof);
    case NODATA:
        return dnssec_prove_nodata(&bench.context, denial, qname, response->qtype, &proof);
    default:
        dnssec_prove_no_ds(&bench.context, denial, qname, &proof);
        return proof.kind == DNSSEC_PROVES_INSECURE_DELEGATION ? proof.status : DNSSEC_BOGUS;
    }
}

static enum dnssec_status judge(struct response *response)
{
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    struct dnssec_denial denial;
    struct dns_name zone = dns_name_view(&response->apex);
    struct dnssec_rrset ds = set_view(&response->ds), dnskey = set_view(&response->dnskey);
    bench_refill(&bench);
    bench.budget.failures = 100;
    bench.context.now = response->now;
    enum dnssec_status status =
        dnssec_keys_by_ds(&bench.context, zone, ds.rdata, ds.count, &dnskey, &keys, &signature);
    if (status != DNSSEC_SECURE || response->qtype == DNS_TYPE_DNSKEY)
        return status;
    if (response->claim == POSITIVE) {
        struct dns_name_buffer qname = name_of(response->qname);
        struct dnssec_rrset answer = set_view(&response->answer);
        status = dnssec_verify(&bench.context, &answer, &keys, &signature);
        if (status != DNSSEC_SECURE)
            return status;
        /* What does not answer the question is dropped before it comes here. */
        if (!dns_name_equal(answer.owner, dns_name_view(&qname)) || answer.type != response->qtype)
            return DNSSEC_BOGUS;
        if (!signature.wildcard)
            return status;
    }
    dnssec_denial_start(&denial, zone);
    for (unsigned i = 0; i < response->proofs; i++) {
        struct dnssec_rrset rrset = set_view(&response->proof[i]);
        struct dnssec_signature proof_signature;
        if (dnssec_verify(&bench.context, &rrset, &keys, &proof_signature) == DNSSEC_SECURE)
            dnssec_denial_add_rrset(&denial, &rrset, &proof_signature);
    }
    return judge_denial(response, &denial, &signature);
}

/* --- honest responses --- */

static const struct {
    const char *name, *qname, *from;
    enum claim claim;
    uint16_t qtype;
} honest[] = {
    {"address", "xx.example.", "xx.example.", POSITIVE, DNS_TYPE_A},
    {"alias", "alias.example.", "alias.example.", POSITIVE, DNS_TYPE_CNAME},
    {"several", "example.", "example.", POSITIVE, DNS_TYPE_NS},
    {"soa", "example.", "example.", POSITIVE, DNS_TYPE_SOA},
    {"ds", "a.example.", "a.example.", POSITIVE, DNS_TYPE_DS},
    {"dnskey", "example.", "example.", POSITIVE, DNS_TYPE_DNSKEY},
    {"wildcard", "foo.w.example.", "*.w.example.", POSITIVE, DNS_TYPE_MX},
    {"nxdomain", "nope.example.", NULL, NXDOMAIN, DNS_TYPE_A},
    {"nodata", "ns1.example.", NULL, NODATA, DNS_TYPE_MX},
    {"ent", "y.w.example.", NULL, NODATA, DNS_TYPE_A},
    {"wildcard nodata", "foo.w.example.", NULL, NODATA, DNS_TYPE_A},
    {"no ds", "b.example.", NULL, NO_DS, DNS_TYPE_DS},
};

enum { HONEST = sizeof honest / sizeof honest[0] };

static void make(const struct zone *zone, unsigned which, struct response *response)
{
    struct set *proof[4];
    memset(response, 0, sizeof *response);
    response->qname = honest[which].qname;
    response->claim = honest[which].claim;
    response->qtype = honest[which].qtype;
    response->apex = zone->apex;
    response->ds = zone->ds;
    response->dnskey = *zone_get(zone, "example.", DNS_TYPE_DNSKEY);
    response->now = NOW_2027;
    struct dns_name_buffer qname = name_of(response->qname);
    if (honest[which].from != NULL) {
        response->answer = *zone_get(zone, honest[which].from, response->qtype);
        response->answer.owner = qname;
    }
    if (honest[which].from != NULL && strcmp(honest[which].from, response->qname) == 0)
        return;
    if (response->claim == POSITIVE) {
        struct set *cover = zone_cover(zone, dns_name_view(&qname));
        response->proof[response->proofs++] = *cover;
        return;
    }
    response->proofs = zone_proof(zone, dns_name_view(&qname), proof);
    for (unsigned i = 0; i < response->proofs; i++)
        response->proof[i] = *proof[i];
}

/* --- damage to one RRset --- */

struct damage {
    const char *name;
    bool (*apply)(struct set *set); /* false: does not apply */
};

#define EACH_RRSIG(set, rdata, length)                                                                       \
    for (unsigned i_ = 0; i_ < (set)->rrsig_count; i_++)                                                     \
        for (uint8_t *rdata = (set)->rrsig[i_], *once_ = rdata; once_ != NULL; once_ = NULL)                 \
            for (uint16_t *length = &(set)->rrsig_length[i_]; once_ != NULL && length != NULL; length = NULL)

static size_t signature_at(const uint8_t *rdata)
{
    size_t at = 18;
    while (rdata[at] != 0)
        at += 1u + rdata[at];
    return at + 1;
}

static void add_number(uint8_t *at, int32_t difference)
{
    uint32_t value = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    value += (uint32_t)difference;
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

#define RRSIG_DAMAGE(name, ...)                                                                              \
    static bool name(struct set *set)                                                                        \
    {                                                                                                        \
        EACH_RRSIG(set, rdata, length)                                                                       \
        {                                                                                                    \
            (void)length;                                                                                    \
            __VA_ARGS__;                                                                                     \
        }                                                                                                    \
        return set->rrsig_count > 0;                                                                         \
    }

RRSIG_DAMAGE(covers_next_type, rdata[1]++)
RRSIG_DAMAGE(covers_high_type, rdata[0] = 0xff)
RRSIG_DAMAGE(algorithm_0, rdata[2] = 0)
RRSIG_DAMAGE(algorithm_other, rdata[2] = rdata[2] == 8 ? 10 : 8)
RRSIG_DAMAGE(algorithm_unknown, rdata[2] = 17)
RRSIG_DAMAGE(algorithm_private, rdata[2] = 253)
RRSIG_DAMAGE(labels_less, rdata[3]--)
RRSIG_DAMAGE(labels_more, rdata[3]++)
RRSIG_DAMAGE(labels_0, rdata[3] = 0)
RRSIG_DAMAGE(labels_255, rdata[3] = 255)
RRSIG_DAMAGE(ttl_more, add_number(rdata + 4, 1))
RRSIG_DAMAGE(ttl_less, add_number(rdata + 4, -1))
RRSIG_DAMAGE(ttl_bit, rdata[4] ^= 0x80)
RRSIG_DAMAGE(expires_later, add_number(rdata + 8, 1))
RRSIG_DAMAGE(expires_earlier, add_number(rdata + 8, -1))
RRSIG_DAMAGE(expired_long_ago, memset(rdata + 8, 0, 4))
RRSIG_DAMAGE(expires_around_the_circle, rdata[8] ^= 0x80)
RRSIG_DAMAGE(begins_later, add_number(rdata + 12, 1))
RRSIG_DAMAGE(begins_earlier, add_number(rdata + 12, -1))
RRSIG_DAMAGE(begins_in_the_future, memcpy(rdata + 12, rdata + 8, 4))
RRSIG_DAMAGE(begins_around_the_circle, rdata[12] ^= 0x80)
RRSIG_DAMAGE(tag_more, rdata[17]++)
RRSIG_DAMAGE(tag_0, rdata[16] = rdata[17] = 0)
RRSIG_DAMAGE(signer_other, rdata[19] ^= 0x01)
RRSIG_DAMAGE(signer_root, (memmove(rdata + 19, rdata + signature_at(rdata), *length - signature_at(rdata)),
                           *length = (uint16_t)(*length - 8), rdata[18] = 0))
RRSIG_DAMAGE(signer_below, (memmove(rdata + 20, rdata + 18, *length - 18u), rdata[18] = 1, rdata[19] = 'x',
                            *length = (uint16_t)(*length + 2)))
RRSIG_DAMAGE(signer_no_name, rdata[18] = 0xc0)
RRSIG_DAMAGE(signer_endless, *length = (uint16_t)(signature_at(rdata) - 1))
RRSIG_DAMAGE(signature_first_bit, rdata[signature_at(rdata)] ^= 0x01)
RRSIG_DAMAGE(signature_last_bit, rdata[*length - 1] ^= 0x01)
RRSIG_DAMAGE(signature_middle, rdata[(signature_at(rdata) + *length) / 2] ^= 0x10)
RRSIG_DAMAGE(signature_shorter, --*length)
RRSIG_DAMAGE(signature_longer, rdata[(*length)++] = 0)
RRSIG_DAMAGE(signature_empty, *length = (uint16_t)signature_at(rdata))
RRSIG_DAMAGE(signature_zero, memset(rdata + signature_at(rdata), 0, *length - signature_at(rdata)))
RRSIG_DAMAGE(signature_ones, memset(rdata + signature_at(rdata), 0xff, *length - signature_at(rdata)))
RRSIG_DAMAGE(rrsig_cut, *length = 17)
RRSIG_DAMAGE(rrsig_empty, *length = 0)

static bool stripped(struct set *set)
{
    set->rrsig_count = 0;
    return true;
}

static bool owner_other(struct set *set)
{
    if (dns_name_labels(dns_name_view(&set->owner)) < 2)
        return false;
    set->owner.wire[1] ^= 0x01;
    return true;
}

static bool owner_below(struct set *set)
{
    memmove(set->owner.wire + 2, set->owner.wire, set->owner.length);
    memcpy(set->owner.wire, "\1z", 2);
    set->owner.length = (uint8_t)(set->owner.length + 2);
    return true;
}

static bool owner_outside(struct set *set)
{
    set->owner = name_of("xx.elsewhere.");
    return true;
}

static bool type_other(struct set *set)
{
    set->type++;
    return true;
}

static bool class_other(struct set *set)
{
    set->class = DNS_CLASS_CH;
    return true;
}

static bool record_added(struct set *set)
{
    set_add(set, set->rdata[0], set->length[0]);
    set->rdata[set->count - 1][set->length[0] - 1] ^= 0x01;
    return true;
}

static bool record_dropped(struct set *set)
{
    set->count--;
    return true;
}

static bool rdata_first_bit(struct set *set)
{
    set->rdata[0][0] ^= 0x80;
    return true;
}

static bool rdata_last_bit(struct set *set)
{
    set->rdata[0][set->length[0] - 1] ^= 0x01;
    return true;
}

static bool rdata_longer(struct set *set)
{
    set->rdata[0][set->length[0]++] = 0;
    return true;
}

static bool rdata_shorter(struct set *set)
{
    set->length[0]--;
    return true;
}

static bool rdata_empty(struct set *set)
{
    set->length[0] = 0;
    return true;
}

#define ONE(name)                                                                                            \
    {                                                                                                        \
#name, name                                                                                          \
    }

static const struct damage general[] = {
    ONE(covers_next_type),
    ONE(covers_high_type),
    ONE(algorithm_0),
    ONE(algorithm_other),
    ONE(algorithm_unknown),
    ONE(algorithm_private),
    ONE(labels_less),
    ONE(labels_more),
    ONE(labels_0),
    ONE(labels_255),
    ONE(ttl_more),
    ONE(ttl_less),
    ONE(ttl_bit),
    ONE(expires_later),
    ONE(expires_earlier),
    ONE(expired_long_ago),
    ONE(expires_around_the_circle),
    ONE(begins_later),
    ONE(begins_earlier),
    ONE(begins_in_the_future),
    ONE(begins_around_the_circle),
    ONE(tag_more),
    ONE(tag_0),
    ONE(signer_other),
    ONE(signer_root),
    ONE(signer_below),
    ONE(signer_no_name),
    ONE(signer_endless),
    ONE(signature_first_bit),
    ONE(signature_last_bit),
    ONE(signature_middle),
    ONE(signature_shorter),
    ONE(signature_longer),
    ONE(signature_empty),
    ONE(signature_zero),
    ONE(signature_ones),
    ONE(rrsig_cut),
    ONE(rrsig_empty),
    ONE(stripped),
    ONE(owner_other),
    ONE(owner_below),
    ONE(owner_outside),
    ONE(type_other),
    ONE(class_other),
    ONE(record_added),
    ONE(record_dropped),
    ONE(rdata_first_bit),
    ONE(rdata_last_bit),
    ONE(rdata_longer),
    ONE(rdata_shorter),
    ONE(rdata_empty),
};

/* --- damage to the fields of particular types, counted apart --- */

#define FIELD_DAMAGE(name, statement)                                                                        \
    static bool name(struct set *set)                                                                        \
    {                                                                                                        \
        for (unsigned i = 0; i < set->count; i++) {                                                          \
            uint8_t *rdata = set->rdata[i];                                                                  \
            uint16_t *length = &set->length[i];                                                              \
            (void)rdata;                                                                                     \
            (void)length;                                                                                    \
            statement;                                                                                       \
        }                                                                                                    \
        return true;                                                                                         \
    }

FIELD_DAMAGE(key_not_zone, rdata[0] ^= 0x01)
FIELD_DAMAGE(key_revoked, rdata[1] ^= 0x80)
FIELD_DAMAGE(key_sep, rdata[1] ^= 0x01)
FIELD_DAMAGE(key_flags_reserved, rdata[0] ^= 0x40)
FIELD_DAMAGE(key_protocol, rdata[2] = 2)
FIELD_DAMAGE(key_algorithm, rdata[3] ^= 0x02)
FIELD_DAMAGE(key_first_octet, rdata[4] ^= 0x01)
FIELD_DAMAGE(key_last_octet, rdata[*length - 1] ^= 0x40)
FIELD_DAMAGE(key_shorter, --*length)
FIELD_DAMAGE(key_longer, rdata[(*length)++] = 0)
FIELD_DAMAGE(key_none, *length = 4)
FIELD_DAMAGE(key_octets_swapped, (rdata[4] ^= rdata[6], rdata[6] ^= rdata[4], rdata[4] ^= rdata[6]))

static const struct damage key_damage[] = {
    ONE(key_not_zone), ONE(key_revoked),   ONE(key_sep),         ONE(key_flags_reserved),
    ONE(key_protocol), ONE(key_algorithm), ONE(key_first_octet), ONE(key_last_octet),
    ONE(key_shorter),  ONE(key_longer),    ONE(key_none),        ONE(key_octets_swapped),
};

FIELD_DAMAGE(ds_tag, rdata[1] ^= 0x01)
FIELD_DAMAGE(ds_algorithm_other, rdata[2] = rdata[2] == 8 ? 13 : 8)
FIELD_DAMAGE(ds_digest_first, rdata[4] ^= 0x80)
FIELD_DAMAGE(ds_digest_last, rdata[*length - 1] ^= 0x01)
FIELD_DAMAGE(ds_digest_shorter, --*length)
FIELD_DAMAGE(ds_digest_longer, rdata[(*length)++] = 0)
FIELD_DAMAGE(ds_digest_zero, memset(rdata + 4, 0, *length - 4u))
FIELD_DAMAGE(ds_digest_one_octet, *length = 5)

static const struct damage ds_damage[] = {
    ONE(ds_tag),         ONE(ds_algorithm_other),  ONE(ds_digest_first),
    ONE(ds_digest_last), ONE(ds_digest_shorter),   ONE(ds_digest_longer),
    ONE(ds_digest_zero), ONE(ds_digest_one_octet),
};

static uint16_t nsec_bitmap(const struct set *set)
{
    unsigned at = 0;
    if (set->type == DNS_TYPE_NSEC3)
        return (uint16_t)(5 + set->rdata[0][4] + 1 + 20);
    while (set->rdata[0][at] != 0)
        at += 1u + set->rdata[0][at];
    return (uint16_t)(at + 1);
}

FIELD_DAMAGE(next_other, rdata[set->type == DNS_TYPE_NSEC ? 1 : nsec_bitmap(set) - 3] ^= 0x02)
FIELD_DAMAGE(bitmap_bit_set, rdata[*length - 1] ^= 0x04)
/* Empty non-terminals have no bitmap in NSEC3. */
#define BITMAP_DAMAGE(name, statement)                                                                       \
    FIELD_DAMAGE(name##_inside, statement)                                                                   \
    static bool name(struct set *set)                                                                        \
    {                                                                                                        \
        return set->length[0] > nsec_bitmap(set) && name##_inside(set);                                      \
    }

BITMAP_DAMAGE(bitmap_first_window, rdata[nsec_bitmap(set) + 2] ^= 0x40)
BITMAP_DAMAGE(bitmap_window_number, rdata[nsec_bitmap(set)] = 1)
BITMAP_DAMAGE(bitmap_window_length_0, rdata[nsec_bitmap(set) + 1] = 0)
BITMAP_DAMAGE(bitmap_window_length_33, rdata[nsec_bitmap(set) + 1] = 33)
BITMAP_DAMAGE(bitmap_gone, *length = nsec_bitmap(set))
BITMAP_DAMAGE(bitmap_all_clear, memset(rdata + nsec_bitmap(set) + 2, 0, *length - nsec_bitmap(set) - 2u))

static const struct damage nsec_damage[] = {
    ONE(next_other),           ONE(bitmap_bit_set),         ONE(bitmap_first_window),
    ONE(bitmap_window_number), ONE(bitmap_window_length_0), ONE(bitmap_window_length_33),
    ONE(bitmap_gone),          ONE(bitmap_all_clear),
};

FIELD_DAMAGE(nsec3_hash_algorithm, rdata[0] = 2)
FIELD_DAMAGE(nsec3_opt_out, rdata[1] ^= 0x01)
FIELD_DAMAGE(nsec3_unknown_flag, rdata[1] ^= 0x80)
FIELD_DAMAGE(nsec3_iterations, rdata[3]++)
FIELD_DAMAGE(nsec3_iterations_over_the_limit, rdata[2] = 0xff)
FIELD_DAMAGE(nsec3_salt_length, rdata[4]++)
FIELD_DAMAGE(nsec3_salt_255, rdata[4] = 255)
FIELD_DAMAGE(nsec3_hash_length, rdata[5 + rdata[4]] = 19)
FIELD_DAMAGE(nsec3_next_first, rdata[6 + rdata[4]] ^= 0x80)

static const struct damage nsec3_damage[] = {
    ONE(nsec3_hash_algorithm),
    ONE(nsec3_opt_out),
    ONE(nsec3_unknown_flag),
    ONE(nsec3_iterations),
    ONE(nsec3_iterations_over_the_limit),
    ONE(nsec3_salt_length),
    ONE(nsec3_salt_255),
    ONE(nsec3_hash_length),
    ONE(nsec3_next_first),
};

/* --- the sweep --- */

static const char *const swept[] = {"knot-15-nsec", "ldns-15-nsec3", "bind-8-nsec", "knot-13-nsec3",
                                    "bind-16-nsec3"};
enum { SWEPT = sizeof swept / sizeof swept[0] };

/* Kinds seen: one name for each damage and sort of RRset. */
enum { KINDS_MAX = 2048 };
static char seen[KINDS_MAX][64];
static unsigned kinds;

static void count_kind(const char *sort, const char *damage)
{
    char name[64];
    snprintf(name, sizeof name, "%s: %s", sort, damage);
    for (unsigned i = 0; i < kinds; i++)
        if (strcmp(seen[i], name) == 0)
            return;
    assert_true(kinds < KINDS_MAX);
    strcpy(seen[kinds++], name);
}

static void must_be_bogus(struct response *response, const char *zone, const char *sort, const char *damage)
{
    enum dnssec_status status = judge(response);
    if (status != DNSSEC_BOGUS)
        fail_msg("%s, %s, %s: %s", zone, sort, damage, dnssec_status_to_text(status));
    count_kind(sort, damage);
}

/* The RRsets of a response that the damage is for: its answer, its keys, or all of its proofs. */
static void sweep(const struct zone *zone, const char *zone_name, unsigned which,
                  const struct damage *damages, unsigned count)
{
    static struct response response;
    for (unsigned i = 0; i < count; i++) {
        bool applied = false;
        make(zone, which, &response);
        uint16_t type = response.proofs > 0 ? response.proof[0].type : response.qtype;
        if (response.qtype == DNS_TYPE_DNSKEY)
            applied = damages[i].apply(&response.dnskey);
        else if (response.claim == POSITIVE)
            applied = damages[i].apply(&response.answer);
        for (unsigned j = 0; j < response.proofs && response.claim != POSITIVE; j++)
            applied |= damages[i].apply(&response.proof[j]);
        if (!applied)
            continue;
        char sort[DNS_TYPE_TEXT_MAX];
        dns_type_to_text(response.claim == POSITIVE ? response.qtype : type, sort);
        must_be_bogus(&response, zone_name, sort, damages[i].name);
    }
}

#define SWEEP(list) sweep(&zone, swept[i], j, list, sizeof list / sizeof list[0])

static void honest_responses_are_secure(void **state)
{
    (void)state;
    static struct response response;
    for (unsigned i = 0; i < SWEPT; i++) {
        struct zone zone;
        zone_open(&zone, swept[i]);
        for (unsigned j = 0; j < HONEST; j++) {
            make(&zone, j, &response);
            if (judge(&response) != DNSSEC_SECURE)
                fail_msg("%s, %s", swept[i], honest[j].name);
        }
        zone_close(&zone);
    }
}

static void every_general_damage_is_bogus(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SWEPT; i++) {
        struct zone zone;
        zone_open(&zone, swept[i]);
        for (unsigned j = 0; j < HONEST; j++)
            SWEEP(general);
        zone_close(&zone);
    }
}

static void every_damaged_field_is_bogus(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SWEPT; i++) {
        struct zone zone;
        zone_open(&zone, swept[i]);
        for (unsigned j = 0; j < HONEST; j++) {
            if (honest[j].qtype == DNS_TYPE_DNSKEY)
                SWEEP(key_damage);
            else if (honest[j].claim == POSITIVE && honest[j].qtype == DNS_TYPE_DS)
                SWEEP(ds_damage);
            else if (honest[j].claim != POSITIVE)
                SWEEP(nsec_damage);
            if (honest[j].claim != POSITIVE && zone.nsec3)
                SWEEP(nsec3_damage);
        }
        zone_close(&zone);
    }
}

static void keys_that_fit_no_ds_are_bogus(void **state)
{
    (void)state;
    static struct response response;
    for (unsigned i = 0; i < SWEPT; i++) {
        struct zone zone;
        zone_open(&zone, swept[i]);
        for (unsigned j = 0; j < sizeof ds_damage / sizeof ds_damage[0]; j++) {
            make(&zone, 0, &response);
            ds_damage[j].apply(&response.ds);
            must_be_bogus(&response, swept[i], "the parent's DS", ds_damage[j].name);
        }
        zone_close(&zone);
    }
}

/* --- honest pieces, put together wrongly --- */

static void replayed_and_moved_records_are_bogus(void **state)
{
    (void)state;
    static struct response response, other;
    for (unsigned i = 0; i < SWEPT; i++) {
        struct zone zone;
        zone_open(&zone, swept[i]);
        for (unsigned j = 0; j < HONEST; j++) {
            make(&zone, j, &response);
            response.now = LATER_2038;
            must_be_bogus(&response, swept[i], honest[j].name, "replayed after its time");
            response.now = 1600000000;
            must_be_bogus(&response, swept[i], honest[j].name, "before its time");
            for (unsigned k = 0; k < HONEST; k++) {
                make(&zone, j, &response);
                make(&zone, k, &other);
                if (honest[j].claim == POSITIVE || honest[k].claim == POSITIVE ||
                    strcmp(honest[j].qname, honest[k].qname) == 0)
                    continue;
                memcpy(response.proof, other.proof, sizeof response.proof);
                response.proofs = other.proofs;
                char name[48];
                snprintf(name, sizeof name, "the proof of %s", honest[k].name);
                /* The proof of one name may be that of another: the NODATA of an existing name is not. */
                must_be_bogus(&response, swept[i], honest[j].name, name);
            }
        }
        zone_close(&zone);
    }
}

static void answers_of_another_zone_are_bogus(void **state)
{
    (void)state;
    static struct response response, other;
    struct zone zone, strange;
    zone_open(&zone, "knot-15-nsec");
    zone_open(&strange, "bind-15-nsec");
    for (unsigned j = 0; j < HONEST; j++) {
        make(&zone, j, &response);
        make(&strange, j, &other);
        response.answer = other.answer;
        memcpy(response.proof, other.proof, sizeof response.proof);
        if (response.qtype == DNS_TYPE_DNSKEY)
            response.dnskey = other.dnskey;
        must_be_bogus(&response, "knot-15-nsec", honest[j].name, "of another zone");
        make(&zone, j, &response);
        response.apex = name_of("xx.example.");
        must_be_bogus(&response, "knot-15-nsec", honest[j].name, "in a zone that is not its own");
    }
    zone_close(&zone);
    zone_close(&strange);
}

static void a_wildcard_is_bogus_where_it_does_not_reach(void **state)
{
    (void)state;
    static const char *const names[] = {"x.w.example.",     "x.y.w.example.",   "a.y.w.example.",
                                        "foo.x.w.example.", "ns1.example.",     "foo.example.",
                                        "w.example.",       "foo.wild.example."};
    static struct response response;
    for (unsigned i = 0; i < SWEPT; i++) {
        struct zone zone;
        zone_open(&zone, swept[i]);
        for (unsigned j = 0; j < sizeof names / sizeof names[0]; j++) {
            struct set *proof[4];
            make(&zone, 6, &response);
            response.qname = names[j];
            response.answer.owner = name_of(names[j]);
            response.proofs = zone_proof(&zone, dns_name_view(&response.answer.owner), proof);
            for (unsigned k = 0; k < response.proofs; k++)
                response.proof[k] = *proof[k];
            must_be_bogus(&response, swept[i], "wildcard", names[j]);
        }
        make(&zone, 6, &response);
        response.proofs = 0;
        must_be_bogus(&response, swept[i], "wildcard", "without its proof");
        zone_close(&zone);
    }
}

/* Every name that exists, claimed not to, by every pair of the zone's own records. */
static void no_pair_of_records_denies_what_exists(void **state)
{
    (void)state;
    struct zone zone;
    struct dnssec_denial denial;
    struct dnssec_proof proof;
    for (unsigned z = 0; z < 2; z++) {
        zone_open(&zone, z == 0 ? "knot-15-nsec" : "ldns-15-nsec3");
        uint16_t chain = z == 0 ? DNS_TYPE_NSEC : DNS_TYPE_NSEC3;
        for (unsigned i = 0; i < zone.count; i++) {
            for (unsigned j = 0; j < zone.count; j++) {
                if (zone.sets[i].type != chain || zone.sets[j].type != chain)
                    continue;
                dnssec_denial_start(&denial, dns_name_view(&zone.apex));
                for (unsigned k = 0; k < 2; k++) {
                    const struct set *set = &zone.sets[k == 0 ? i : j];
                    assert_true(dnssec_denial_add(&denial, dns_name_view(&set->owner), chain, set->rdata[0],
                                                  set->length[0], false));
                }
                for (unsigned k = 0; k < zone.count; k++) {
                    const struct set *set = &zone.sets[k];
                    struct dns_name owner = dns_name_view(&set->owner);
                    if (set->type == DNS_TYPE_NSEC || set->type == DNS_TYPE_NSEC3 || set->rrsig_count == 0)
                        continue;
                    bench_refill(&bench);
                    assert_int_not_equal(dnssec_prove_nxdomain(&bench.context, &denial, owner, &proof),
                                         DNSSEC_SECURE);
                    assert_int_not_equal(
                        dnssec_prove_nodata(&bench.context, &denial, owner, set->type, &proof),
                        DNSSEC_SECURE);
                }
            }
        }
        zone_close(&zone);
    }
    count_kind("existing", "denied");
}

static void more_than_200_kinds_were_tried(void **state)
{
    (void)state;
    print_message("%u kinds of damage\n", kinds);
    assert_true(kinds > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_responses_are_secure),
        cmocka_unit_test(every_general_damage_is_bogus),
        cmocka_unit_test(every_damaged_field_is_bogus),
        cmocka_unit_test(keys_that_fit_no_ds_are_bogus),
        cmocka_unit_test(replayed_and_moved_records_are_bogus),
        cmocka_unit_test(answers_of_another_zone_are_bogus),
        cmocka_unit_test(a_wildcard_is_bogus_where_it_does_not_reach),
        cmocka_unit_test(no_pair_of_records_denies_what_exists),
        cmocka_unit_test(more_than_200_kinds_were_tried),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
