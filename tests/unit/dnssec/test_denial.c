/* Proofs of absence: cases made by hand, and random zones against a naive model. */
#include "support.h"

#include <openssl/sha.h>

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

/* --- by hand --- */

enum { TEXTS = 4 };

static struct {
    struct dns_text_record record[TEXTS];
    struct dns_name_buffer zone, qname;
    struct dnssec_denial denial;
    unsigned count;
} hand;

static void hand_start(const char *zone)
{
    hand.zone = name_of(zone);
    hand.count = 0;
    dnssec_denial_start(&hand.denial, dns_name_view(&hand.zone));
    bench_refill(&bench);
}

static bool hand_add(const char *text)
{
    struct dns_text_record *record = &hand.record[hand.count++];
    assert_int_equal(dns_record_from_text(text, dns_name_root(), 3600, record), DNS_OK);
    return dnssec_denial_add(&hand.denial, dns_name_view(&record->owner), record->type, record->rdata,
                             record->rdata_length, false);
}

static struct dnssec_proof nxdomain(const char *qname)
{
    struct dnssec_proof proof;
    hand.qname = name_of(qname);
    dnssec_prove_nxdomain(&bench.context, &hand.denial, dns_name_view(&hand.qname), &proof);
    return proof;
}

static struct dnssec_proof nodata(const char *qname, uint16_t qtype)
{
    struct dnssec_proof proof;
    hand.qname = name_of(qname);
    dnssec_prove_nodata(&bench.context, &hand.denial, dns_name_view(&hand.qname), qtype, &proof);
    return proof;
}

static void records_that_leave_the_zone_are_refused(void **state)
{
    (void)state;
    hand_start("example.");
    assert_false(hand_add("a.example. 3600 IN NSEC b.elsewhere. A RRSIG NSEC"));
    assert_int_equal(hand.denial.fault.reason, DNSSEC_PROOF_OUTSIDE_ZONE);
    assert_false(hand_add("a.elsewhere. 3600 IN NSEC example. A RRSIG NSEC"));
    assert_false(hand_add("a.example. 3600 IN NSEC . A RRSIG NSEC"));
    assert_false(hand_add("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.sub.example. 3600 IN NSEC3 1 0 0 - "
                          "2t7b4g4vsa5smi47k61mv5bv1a22bojr A"));
    assert_int_equal(hand.denial.fault.reason, DNSSEC_PROOF_OUTSIDE_ZONE);
    hand_start("example.");
    assert_false(
        hand_add("b.example. 3600 IN NSEC a.example. A RRSIG NSEC")); /* backwards, and not to the apex */
    assert_false(hand_add("b.example. 3600 IN NSEC b.example. A RRSIG NSEC"));
    assert_true(hand_add("b.example. 3600 IN NSEC eXample. A RRSIG NSEC"));
    assert_int_equal(nodata("b.example.", DNS_TYPE_MX).status, DNSSEC_SECURE);
    assert_int_equal(nodata("b.elsewhere.", DNS_TYPE_MX).fault.reason, DNSSEC_PROOF_OUTSIDE_ZONE);
}

static void unknown_hashes_and_flags_are_refused(void **state)
{
    (void)state;
    hand_start("example.");
    assert_false(hand_add("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 3600 IN NSEC3 2 0 0 - "
                          "2t7b4g4vsa5smi47k61mv5bv1a22bojr A"));
    assert_false(hand_add("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 3600 IN NSEC3 1 2 0 - "
                          "2t7b4g4vsa5smi47k61mv5bv1a22bojr A"));
    assert_false(hand_add("wp9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 3600 IN NSEC3 1 0 0 - "
                          "2t7b4g4vsa5smi47k61mv5bv1a22bojr A"));
    assert_int_equal(hand.denial.nsec3_count, 0);
    assert_int_equal(nodata("a.example.", DNS_TYPE_A).fault.reason, DNSSEC_PROOF_MALFORMED);
}

static void an_expanded_record_proves_nothing(void **state)
{
    (void)state;
    static struct set set;
    struct dnssec_denial denial;
    struct dns_name_buffer zone = name_of("example.");
    struct dnssec_signature signature = {.status = DNSSEC_SECURE, .wildcard = true};
    set_start(&set, "a.example.", DNS_TYPE_NSEC);
    set_add_text(&set, "a.example. 3600 IN NSEC z.example. A RRSIG NSEC");
    struct dnssec_rrset rrset = set_view(&set);
    dnssec_denial_start(&denial, dns_name_view(&zone));
    assert_false(dnssec_denial_add_rrset(&denial, &rrset, &signature));
    assert_int_equal(denial.fault.reason, DNSSEC_PROOF_EXPANDED);
    signature.status = DNSSEC_BOGUS;
    signature.wildcard = false;
    assert_false(dnssec_denial_add_rrset(&denial, &rrset, &signature));
    signature.status = DNSSEC_SECURE;
    assert_true(dnssec_denial_add_rrset(&denial, &rrset, &signature));
}

/* RFC 6840 §4.1. */
static void a_zone_cut_or_dname_does_not_deny_what_is_below(void **state)
{
    (void)state;
    static const char *const records[] = {"sub.example. 3600 IN NSEC z.example. NS RRSIG NSEC",
                                          "sub.example. 3600 IN NSEC z.example. NS DS RRSIG NSEC",
                                          "sub.example. 3600 IN NSEC z.example. DNAME RRSIG NSEC"};
    for (unsigned i = 0; i < 3; i++) {
        hand_start("example.");
        assert_true(hand_add("example. 3600 IN NSEC sub.example. NS SOA RRSIG NSEC DNSKEY"));
        assert_true(hand_add(records[i]));
        assert_int_equal(nxdomain("www.sub.example.").fault.reason, DNSSEC_PROOF_WRONG_SIDE);
        assert_int_equal(nodata("www.sub.example.", DNS_TYPE_A).status, DNSSEC_BOGUS);
        assert_int_equal(nxdomain("t.example.").status, DNSSEC_SECURE);
    }
}

static void each_side_of_a_zone_cut_denies_its_own_types(void **state)
{
    (void)state;
    hand_start("example.");
    assert_true(hand_add("sub.example. 3600 IN NSEC z.example. NS RRSIG NSEC"));
    assert_int_equal(nodata("sub.example.", DNS_TYPE_A).fault.reason, DNSSEC_PROOF_WRONG_SIDE);
    assert_int_equal(nodata("sub.example.", DNS_TYPE_DS).kind, DNSSEC_PROVES_INSECURE_DELEGATION);
    hand_start("sub.example.");
    assert_true(hand_add("sub.example. 3600 IN NSEC sub.example. NS SOA RRSIG NSEC DNSKEY"));
    assert_int_equal(nodata("sub.example.", DNS_TYPE_DS).status, DNSSEC_BOGUS);
    assert_int_equal(nodata("sub.example.", DNS_TYPE_A).status, DNSSEC_SECURE);
    hand_start("example."); /* a record that claims to be an apex inside of another zone */
    assert_true(hand_add("sub.example. 3600 IN NSEC z.example. NS SOA RRSIG NSEC DNSKEY"));
    assert_int_equal(nodata("sub.example.", DNS_TYPE_DS).fault.reason, DNSSEC_PROOF_WRONG_SIDE);
    hand_start(".");
    assert_true(hand_add(". 86400 IN NSEC aaa. NS SOA RRSIG NSEC DNSKEY"));
    assert_int_equal(nodata(".", DNS_TYPE_DS).kind, DNSSEC_PROVES_NODATA);
}

/* RFC 6840 §4.3. */
static void a_cname_denies_no_type(void **state)
{
    (void)state;
    hand_start("example.");
    assert_true(hand_add("www.example. 3600 IN NSEC z.example. CNAME RRSIG NSEC"));
    assert_int_equal(nodata("www.example.", DNS_TYPE_A).fault.reason, DNSSEC_PROOF_EXISTS);
    assert_int_equal(nodata("www.example.", DNS_TYPE_CNAME).fault.reason, DNSSEC_PROOF_EXISTS);
    assert_int_equal(nodata("www.example.", DNS_TYPE_DS).fault.reason, DNSSEC_PROOF_EXISTS);
}

static void the_wildcard_must_be_denied_too(void **state)
{
    (void)state;
    hand_start("example.");
    assert_true(hand_add("b.example. 3600 IN NSEC d.example. A RRSIG NSEC"));
    assert_int_equal(nxdomain("c.example.").fault.reason, DNSSEC_PROOF_WILDCARD_MISSING);
    assert_int_equal(dnssec_reason_ede(DNSSEC_PROOF_WILDCARD_MISSING), DNS_EDE_NSEC_MISSING);
    assert_true(hand_add("example. 3600 IN NSEC *.example. NS SOA RRSIG NSEC DNSKEY"));
    assert_int_equal(nxdomain("c.example.").status, DNSSEC_BOGUS);
    hand_start("example.");
    assert_true(hand_add("b.example. 3600 IN NSEC d.example. A RRSIG NSEC"));
    assert_true(hand_add("example. 3600 IN NSEC b.example. NS SOA RRSIG NSEC DNSKEY"));
    struct dnssec_proof proof = nxdomain("c.example.");
    assert_int_equal(proof.status, DNSSEC_SECURE);
    assert_int_equal(proof.closest_encloser.length, hand.zone.length);
}

/* RFC 9824 §3: the name's own record, made for it. */
static void compact_denial_is_understood(void **state)
{
    (void)state;
    hand_start("example.");
    assert_true(hand_add("nope.example. 300 IN NSEC \\000.nope.example. RRSIG NSEC TYPE128"));
    assert_int_equal(nodata("nope.example.", DNS_TYPE_A).kind, DNSSEC_PROVES_NXNAME);
    assert_int_equal(nodata("nope.example.", DNS_TYPE_ANY).kind, DNSSEC_PROVES_NXNAME);
    assert_int_equal(nxdomain("nope.example.").kind, DNSSEC_PROVES_NXNAME);
    assert_int_equal(nodata("other.example.", DNS_TYPE_A).status, DNSSEC_BOGUS);
    hand_start("example.");
    assert_true(hand_add("ent.example. 300 IN NSEC \\000.ent.example. RRSIG NSEC"));
    assert_int_equal(nodata("ent.example.", DNS_TYPE_A).kind, DNSSEC_PROVES_NODATA);
    assert_int_equal(nxdomain("ent.example.").status, DNSSEC_BOGUS);
}

/* RFC 5155 appendix A's hashes: salt aabbccdd, 12 iterations. */
static void the_hashes_of_rfc_5155_are_computed(void **state)
{
    (void)state;
    static const struct {
        const char *name, *hash;
    } cases[] = {
        {"example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"},
        {"a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"},
        {"ai.example.", "gjeqe526plbf1g8mklp59enfd789njgi"},
        {"NS1.example.", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"},
        {"w.example.", "k8udemvp1j2f7eg6jebps17vp3n8i58h"},
        {"*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"},
        {"xx.example.", "t644ebqk9bibcna874givr6joj62mlhv"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        uint8_t hash[DNSSEC_NSEC3_HASH];
        struct dns_name_buffer name = name_of(cases[i].name);
        bench_refill(&bench);
        assert_true(dnssec_nsec3_hash(&bench.context, dns_name_view(&name),
                                      (const uint8_t *)"\xaa\xbb\xcc\xdd", 4, 12, hash));
        assert_int_equal(bench.budget.sha1_blocks, 8192 - 13);
        hand_start("example.");
        snprintf(text, sizeof text, "%s.example. 3600 IN NSEC3 1 0 12 aabbccdd %s A", cases[i].hash,
                 cases[i].hash);
        assert_true(hand_add(text));
        assert_memory_equal(hand.denial.nsec3[0].owner_hash, hash, sizeof hash);
        assert_memory_equal(hand.denial.nsec3[0].next_hash, hash, sizeof hash);
    }
}

static void no_more_records_are_looked_at_than_a_set_holds(void **state)
{
    (void)state;
    struct dns_name_buffer owner = name_of("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.");
    uint8_t rdata[26] = {1, 0, 0, 0, 0, 20};
    hand_start("example.");
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(dnssec_denial_add(&hand.denial, dns_name_view(&owner), DNS_TYPE_NSEC3, rdata,
                                           sizeof rdata, false),
                         i < DNSSEC_DENIAL_NSEC3);
    assert_true(hand.denial.too_many);
}

/* --- random zones --- */

enum { NAMES_MAX = 10, BITMAP_MAX = 34 };

struct node {
    struct dns_name_buffer name;
    uint32_t types; /* bits of `kinds` */
    uint8_t nsec[DNS_NAME_MAX + BITMAP_MAX], nsec3[64];
    size_t nsec_length, nsec3_length;
    struct dns_name_buffer hashed;
};

/* What a random name may have. */
static const uint16_t kinds[] = {DNS_TYPE_A,  DNS_TYPE_NS,    DNS_TYPE_CNAME, DNS_TYPE_SOA,
                                 DNS_TYPE_MX, DNS_TYPE_DNAME, DNS_TYPE_DS};
enum { K_A = 1, K_NS = 2, K_CNAME = 4, K_SOA = 8, K_MX = 16, K_DNAME = 32, K_DS = 64 };

static struct {
    struct node node[NAMES_MAX];
    unsigned count;
    struct dns_name_buffer apex;
} model;

static struct dns_name node_name(unsigned i)
{
    return dns_name_view(&model.node[i].name);
}

static struct dns_name_buffer random_name(uint64_t *seed)
{
    static const char *const labels[] = {"a", "b", "c", "*", "aa"};
    char text[64] = "";
    for (unsigned depth = 1 + random_next(seed) % 3; depth > 0; depth--) {
        strcat(text, labels[random_next(seed) % 5]);
        strcat(text, ".");
    }
    return name_of(strcat(text, "zone."));
}

/* Below a zone cut or a DNAME of the zone: not the zone's own. */
static bool occluded(struct dns_name name)
{
    for (unsigned i = 1; i < model.count; i++)
        if ((model.node[i].types & (K_NS | K_DNAME)) != 0 && name.length > model.node[i].name.length &&
            dns_name_within(name, node_name(i)))
            return true;
    return false;
}

static const struct node *find_node(struct dns_name name)
{
    for (unsigned i = 0; i < model.count; i++)
        if (dns_name_equal(node_name(i), name))
            return &model.node[i];
    return NULL;
}

static bool exists(struct dns_name name)
{
    for (unsigned i = 0; i < model.count; i++)
        if (dns_name_within(node_name(i), name))
            return true;
    return false;
}

static void drop_node(unsigned i)
{
    model.node[i] = model.node[--model.count];
}

static int by_name(const void *a, const void *b)
{
    return dns_name_compare(dns_name_view(&((const struct node *)a)->name),
                            dns_name_view(&((const struct node *)b)->name));
}

static size_t put_bitmap(const struct node *node, uint8_t *to, bool rrsig)
{
    if (node->types == 0)
        return 0;
    memset(to, 0, 2 + 7);
    to[1] = 7;
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if ((node->types >> i & 1) != 0)
            to[2 + kinds[i] / 8] |= (uint8_t)(0x80 >> kinds[i] % 8);
    if (rrsig)
        to[2 + DNS_TYPE_RRSIG / 8] |= 0x80 >> DNS_TYPE_RRSIG % 8;
    return 9;
}

static uint32_t random_types(uint64_t *seed)
{
    static const uint32_t choices[] = {K_A,  K_A | K_MX,  K_MX,    K_CNAME,
                                       K_NS, K_NS | K_DS, K_DNAME, K_DNAME | K_A};
    return choices[random_next(seed) % 8];
}

static void make_model(uint64_t *seed, unsigned names)
{
    model.apex = name_of("zone.");
    model.node[0] = (struct node){.name = model.apex, .types = K_NS | K_SOA};
    model.count = 1;
    for (unsigned i = 0; i < names; i++) {
        struct dns_name_buffer name = random_name(seed);
        if (find_node(dns_name_view(&name)) == NULL)
            model.node[model.count++] = (struct node){.name = name, .types = random_types(seed)};
    }
    for (unsigned i = 1; i < model.count;)
        if (occluded(node_name(i)))
            drop_node(i);
        else
            i++;
    qsort(model.node, model.count, sizeof model.node[0], by_name);
    for (unsigned i = 0; i < model.count; i++) {
        struct node *node = &model.node[i];
        struct dns_name next = node_name((i + 1) % model.count);
        memcpy(node->nsec, next.wire, next.length);
        node->nsec_length = next.length + put_bitmap(node, node->nsec + next.length, true);
    }
}

enum outcome { NONE, NX, ND, WC_ND, CUT, OUTCOMES };

/* How often each was proven: a test that never sees one shows nothing. */
static unsigned proven[OUTCOMES];

/* RFC 1034 §4.3.2 and RFC 4592, naively: what may be denied. */
static enum outcome may_deny(struct dns_name qname, uint16_t qtype, bool nxdomain)
{
    if (occluded(qname) ||
        (qtype == DNS_TYPE_DS && !nxdomain && dns_name_equal(qname, dns_name_view(&model.apex))))
        return NONE;
    uint32_t bit = 0;
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i] == qtype)
            bit = 1u << i;
    bool wildcard = false;
    const struct node *node = find_node(qname);
    if (!exists(qname)) {
        struct dns_name_buffer star = {.wire = {1, '*'}};
        struct dns_name encloser = qname;
        while (!exists(encloser))
            encloser = dns_name_parent(encloser);
        memcpy(star.wire + 2, encloser.wire, encloser.length);
        star.length = (uint8_t)(encloser.length + 2);
        wildcard = true;
        if (!exists(dns_name_view(&star)))
            return nxdomain ? NX : NONE;
        node = find_node(dns_name_view(&star));
    }
    if (nxdomain)
        return NONE;
    if (node == NULL)
        return wildcard ? WC_ND : ND;
    bool cut = (node->types & K_NS) != 0 && (node->types & K_SOA) == 0;
    if ((node->types & (bit | K_CNAME)) != 0 || (cut && (wildcard || qtype != DNS_TYPE_DS)))
        return NONE;
    return cut ? CUT : wildcard ? WC_ND : ND;
}

static enum outcome outcome_of(const struct dnssec_proof *proof)
{
    if (proof->status != DNSSEC_SECURE)
        return NONE;
    switch (proof->kind) {
    case DNSSEC_PROVES_NXDOMAIN:
        return NX;
    case DNSSEC_PROVES_NODATA:
    case DNSSEC_PROVES_EMPTY_NONTERMINAL:
        return ND;
    case DNSSEC_PROVES_WILDCARD_NODATA:
        return WC_ND;
    case DNSSEC_PROVES_INSECURE_DELEGATION:
        return CUT;
    default:
        return NONE;
    }
}

static void ask(const struct dnssec_denial *denial, uint64_t *seed, bool whole)
{
    static const uint16_t qtypes[] = {DNS_TYPE_A, DNS_TYPE_MX, DNS_TYPE_DS, DNS_TYPE_TXT, DNS_TYPE_NS};
    struct dns_name_buffer buffer = random_next(seed) % 20 == 0 ? model.apex : random_name(seed);
    struct dns_name qname = dns_name_view(&buffer);
    uint16_t qtype = qtypes[random_next(seed) % 5];
    bool nx = random_next(seed) % 2 == 0;
    struct dnssec_proof proof;
    char text[DNS_NAME_TEXT_MAX];
    bench_refill(&bench);
    if (nx)
        dnssec_prove_nxdomain(&bench.context, denial, qname, &proof);
    else
        dnssec_prove_nodata(&bench.context, denial, qname, qtype, &proof);
    enum outcome is = outcome_of(&proof), may = may_deny(qname, qtype, nx);
    proven[is]++;
    if (is != may && (whole || is != NONE))
        fail_msg("%s type %u %s: %u, the model has %u", dns_name_to_text(qname, text), qtype,
                 nx ? "NXDOMAIN" : "NODATA", is, may);
}

static void wildcard_question(const struct dnssec_denial *denial, uint64_t *seed, bool whole)
{
    struct dns_name_buffer buffer = random_name(seed);
    struct dns_name qname = dns_name_view(&buffer);
    struct dnssec_proof proof;
    struct dns_name_buffer star = {.wire = {1, '*'}};
    unsigned labels = dns_name_labels(qname);
    struct dns_name encloser = dns_name_suffix(qname, 1 + random_next(seed) % (labels - 1));
    memcpy(star.wire + 2, encloser.wire, encloser.length);
    star.length = (uint8_t)(encloser.length + 2);
    const struct node *node = find_node(dns_name_view(&star));
    if (node == NULL || (node->types & K_NS) != 0 || encloser.length == qname.length || occluded(qname))
        return; /* no such wildcard, so no signature of it */
    struct dns_name next_closer = dns_name_suffix(qname, dns_name_labels(encloser) + 1);
    bench_refill(&bench);
    bool is = dnssec_prove_wildcard(&bench.context, denial, qname, next_closer, &proof) == DNSSEC_SECURE;
    bool may = !exists(next_closer);
    if (is != may && (whole || is))
        fail_msg("wildcard: %u, the model has %u", is, may);
}

static void each_outcome_was_seen(void)
{
    for (unsigned i = 0; i < OUTCOMES; i++) {

        assert_true(proven[i] > 20);
        proven[i] = 0;
    }
}

static void nsec_agrees_with_a_naive_model(void **state)
{
    (void)state;
    uint64_t seed = 2027;
    for (unsigned round = 0; round < 2500; round++) {
        struct dnssec_denial whole, part;
        make_model(&seed, 1 + random_next(&seed) % (NAMES_MAX - 1));
        dnssec_denial_start(&whole, dns_name_view(&model.apex));
        dnssec_denial_start(&part, dns_name_view(&model.apex));
        for (unsigned i = 0; i < model.count; i++) {
            struct node *node = &model.node[i];
            assert_true(
                dnssec_denial_add(&whole, node_name(i), DNS_TYPE_NSEC, node->nsec, node->nsec_length, false));
            if (random_next(&seed) % 2 == 0)
                dnssec_denial_add(&part, node_name(i), DNS_TYPE_NSEC, node->nsec, node->nsec_length, false);
        }
        for (unsigned i = 0; i < 25; i++) {
            ask(&whole, &seed, true);
            ask(&part, &seed, false);
            wildcard_question(&whole, &seed, true);
            wildcard_question(&part, &seed, false);
        }
    }
    each_outcome_was_seen();
}

/* Adds the empty non-terminals, which have NSEC3 records of their own. */
static void add_nonterminals(void)
{
    for (unsigned i = 0; i < model.count; i++)
        for (struct dns_name name = node_name(i); name.length > model.apex.length;
             name = dns_name_parent(name))
            if (find_node(name) == NULL && model.count < NAMES_MAX) {
                struct node *node = &model.node[model.count++];
                *node = (struct node){.types = 0};
                dns_name_copy(&node->name, name);
            }
}

static void hash_node(struct node *node)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    uint8_t hash[20];
    SHA1(node->name.wire, node->name.length, hash);
    node->hashed.wire[0] = 32;
    for (unsigned i = 0; i < 32; i++) {
        unsigned value = 0;
        for (unsigned bit = i * 5; bit < i * 5 + 5; bit++)
            value = value << 1 | (hash[bit / 8] >> (7 - bit % 8) & 1);
        node->hashed.wire[1 + i] = (uint8_t)digits[value];
    }
    memcpy(node->hashed.wire + 33, model.apex.wire, model.apex.length);
    node->hashed.length = (uint8_t)(33 + model.apex.length);
    memcpy(node->nsec3, "\1\0\0\0\0\24", 6);
    memcpy(node->nsec3 + 40, hash, 20); /* kept for the neighbour */
}

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const struct node *)a)->nsec3 + 40, ((const struct node *)b)->nsec3 + 40, 20);
}

static void nsec3_agrees_with_a_naive_model(void **state)
{
    (void)state;
    static struct node chain[NAMES_MAX]; /* what the proofs point into, while the model is put in order */
    uint64_t seed = 38696;
    for (unsigned round = 0; round < 1500; round++) {
        struct dnssec_denial whole, part;
        make_model(&seed, 1 + random_next(&seed) % 4);
        add_nonterminals();
        if (model.count > DNSSEC_DENIAL_NSEC3)
            continue;
        for (unsigned i = 0; i < model.count; i++)
            hash_node(&model.node[i]);
        qsort(model.node, model.count, sizeof model.node[0], by_hash);
        for (unsigned i = 0; i < model.count; i++)
            memcpy(model.node[i].nsec3 + 6, model.node[(i + 1) % model.count].nsec3 + 40, 20);
        dnssec_denial_start(&whole, dns_name_view(&model.apex));
        dnssec_denial_start(&part, dns_name_view(&model.apex));
        memcpy(chain, model.node, sizeof chain);
        for (unsigned i = 0; i < model.count; i++) {
            struct node *node = &chain[i];
            node->nsec3_length = 26 + put_bitmap(node, node->nsec3 + 26, true);
            struct dns_name owner = dns_name_view(&node->hashed);
            assert_true(
                dnssec_denial_add(&whole, owner, DNS_TYPE_NSEC3, node->nsec3, node->nsec3_length, false));
            if (random_next(&seed) % 3 != 0)
                dnssec_denial_add(&part, owner, DNS_TYPE_NSEC3, node->nsec3, node->nsec3_length, false);
        }
        /* The model looks for the apex first, and for empty non-terminals by what is below. */
        qsort(model.node, model.count, sizeof model.node[0], by_name);
        for (unsigned i = model.count; i-- > 1;)
            if (model.node[i].types == 0)
                drop_node(i);
        for (unsigned i = 0; i < 20; i++) {
            ask(&whole, &seed, true);
            ask(&part, &seed, false);
            wildcard_question(&whole, &seed, true);
            wildcard_question(&part, &seed, false);
        }
    }
    each_outcome_was_seen();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_that_leave_the_zone_are_refused),
        cmocka_unit_test(unknown_hashes_and_flags_are_refused),
        cmocka_unit_test(an_expanded_record_proves_nothing),
        cmocka_unit_test(a_zone_cut_or_dname_does_not_deny_what_is_below),
        cmocka_unit_test(each_side_of_a_zone_cut_denies_its_own_types),
        cmocka_unit_test(a_cname_denies_no_type),
        cmocka_unit_test(the_wildcard_must_be_denied_too),
        cmocka_unit_test(compact_denial_is_understood),
        cmocka_unit_test(the_hashes_of_rfc_5155_are_computed),
        cmocka_unit_test(no_more_records_are_looked_at_than_a_set_holds),
        cmocka_unit_test(nsec_agrees_with_a_naive_model),
        cmocka_unit_test(nsec3_agrees_with_a_naive_model),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
