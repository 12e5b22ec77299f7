/* The simulator's signed zones before a validator that knows nothing of how they were made: dnssec/. What it says of
   each name is what tests/sim/validity.h says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/builder.h"
#include "dnssec/chain.h"
#include "dnssec/denial.h"
#include "dnssec/workspace.h"
#include "tests/sim/authority.h"
#include "tests/sim/generate.h"
#include "tests/sim/validity.h"

enum { SETS = 96, RECORDS = 1024, OCTETS = 1 << 17, WORLDS = 30 };

struct bench {
    struct world *world;
    struct dnssec_workspace *workspace;
    struct dnssec_policy policy;
    struct dnssec_budget budget;
    struct dnssec_context context;
    enum spoilt spoilt;
    /* the last answer */
    struct reply reply;
    struct dns_message message;
    struct dns_record record[DNS_RECORDS_MAX];
    struct dnssec_rdata rdata[RECORDS];
    uint8_t octets[OCTETS];
    struct dnssec_gather gather;
    struct dnssec_rrset answer[SETS], authority[SETS];
    unsigned answer_count, authority_count;
    /* the keys of the zone that was come to */
    struct dnssec_keys keys;
    uint8_t key_octets[OCTETS];
    struct dnssec_rdata key_rdata[SIGNED_KEYS + 1];
    unsigned checked[8];
};

static void set_time(struct bench *bench, uint64_t at)
{
    bench->budget = dnssec_budget_default();
    bench->budget.checks = bench->budget.failures = bench->budget.cost = UINT16_MAX;
    bench->context =
        (struct dnssec_context){bench->workspace, &bench->policy, &bench->budget, SIGNED_EPOCH + at / SECOND};
}

/* Asks somebody who serves nothing but the zone. */
static void ask(struct bench *bench, int zone, struct dns_name name, uint16_t type, uint64_t at)
{
    static const uint8_t octets[4] = {192, 0, 2, 1};
    struct serving serving = {zone, 0, NEVER, NEVER};
    struct server server = {.address = dns_address_make(4, octets, 53),
                            .serving = &serving,
                            .serving_count = 1,
                            .lame_for = NONE};
    struct dns_message query = {.id = 1, .questions = 1, .qtype = type, .qclass = DNS_CLASS_IN};
    struct authority_options options = {.spoilt = bench->spoilt};
    query.edns = (struct dns_edns){.present = true, .dnssec_ok = true, .udp_size = 1232};
    dns_name_copy(&query.qname, name);
    authority_answer(bench->world, &server, &query, at, false, &options, &bench->reply);
    assert_int_equal(dns_message_parse(&bench->message, bench->reply.wire, bench->reply.length, bench->record,
                                       DNS_RECORDS_MAX),
                     DNS_OK);
    bench->gather = (struct dnssec_gather){
        .rdata = bench->rdata, .rdata_capacity = RECORDS, .octets = bench->octets, .capacity = OCTETS};
    bench->answer_count = bench->authority_count = SETS;
    assert_int_equal(dnssec_gather_section(&bench->gather, &bench->message, DNS_ANSWER, bench->answer,
                                           &bench->answer_count),
                     DNS_OK);
    assert_int_equal(dnssec_gather_section(&bench->gather, &bench->message, DNS_AUTHORITY, bench->authority,
                                           &bench->authority_count),
                     DNS_OK);
}

static enum validity trust_of(enum dnssec_status status)
{
    assert_int_not_equal(status, DNSSEC_EXHAUSTED);
    return status == DNSSEC_SECURE ? VALID_SECURE : status == DNSSEC_INSECURE ? VALID_INSECURE : VALID_BOGUS;
}

/* The verified NSEC and NSEC3 records of the authority section. */
static void gather_denial(struct bench *bench, struct dnssec_denial *denial)
{
    dnssec_denial_start(denial, bench->keys.zone);
    for (unsigned i = 0; i < bench->authority_count; i++) {
        struct dnssec_signature signature;
        uint16_t type = bench->authority[i].type;
        if ((type == DNS_TYPE_NSEC || type == DNS_TYPE_NSEC3) &&
            dnssec_verify(&bench->context, &bench->authority[i], &bench->keys, &signature) == DNSSEC_SECURE)
            dnssec_denial_add_rrset(denial, &bench->authority[i], &signature);
    }
}

/* Takes the DNSKEY RRset that was asked for, by DS records. */
static enum dnssec_status take_keys(struct bench *bench, struct dns_name zone, const struct dnssec_rdata *ds,
                                    unsigned count)
{
    struct dnssec_signature signature;
    struct dnssec_keys keys;
    const struct dnssec_rrset *set =
        dnssec_rrset_find(bench->answer, bench->answer_count, zone, DNS_TYPE_DNSKEY, DNS_CLASS_IN);
    if (set == NULL)
        return DNSSEC_BOGUS;
    enum dnssec_status status = dnssec_keys_by_ds(&bench->context, zone, ds, count, set, &keys, &signature);
    size_t used = 0;
    for (unsigned i = 0; i < set->count && i < SIGNED_KEYS; i++) {
        memcpy(bench->key_octets + used, set->rdata[i].octets, set->rdata[i].length);
        bench->key_rdata[i] = (struct dnssec_rdata){bench->key_octets + used, set->rdata[i].length};
        used += set->rdata[i].length;
    }
    if (status == DNSSEC_SECURE)
        dnssec_keys_read(&bench->keys, zone, bench->key_rdata, set->count);
    return status;
}

/* By its trust anchor. */
static enum dnssec_status enter_anchored(struct bench *bench, int zone, uint64_t at)
{
    const struct security *security = &bench->world->zone[zone].security;
    struct dns_name origin = zone_origin(&bench->world->zone[zone]);
    uint8_t octets[SIGNED_KEYS][64];
    struct dnssec_rdata ds[SIGNED_KEYS];
    for (unsigned i = 0; i < security->key_count; i++) {
        ds[i].length = (uint16_t)signed_make_ds(origin, &security->key[i], octets[i]);
        ds[i].octets = octets[i];
    }
    ask(bench, zone, origin, DNS_TYPE_DNSKEY, at);
    return take_keys(bench, origin, ds, security->key_count);
}

/* From the parent, whose keys are at hand, into the child. */
static enum dnssec_status enter(struct bench *bench, int zone, uint64_t at)
{
    struct dns_name origin = zone_origin(&bench->world->zone[zone]);
    struct dnssec_signature signature;
    struct dnssec_fault fault;
    uint8_t octets[SIGNED_USELESS_DS + SIGNED_KEYS][64];
    struct dnssec_rdata copy[SIGNED_USELESS_DS + SIGNED_KEYS];
    ask(bench, bench->world->zone[zone].parent, origin, DNS_TYPE_DS, at);
    const struct dnssec_rrset *ds =
        dnssec_rrset_find(bench->answer, bench->answer_count, origin, DNS_TYPE_DS, DNS_CLASS_IN);
    if (ds == NULL) {
        struct dnssec_denial denial;
        struct dnssec_proof proof;
        gather_denial(bench, &denial);
        enum dnssec_status status = dnssec_prove_no_ds(&bench->context, &denial, origin, &proof);
        return status == DNSSEC_SECURE ? DNSSEC_INSECURE : status;
    }
    if (dnssec_verify(&bench->context, ds, &bench->keys, &signature) != DNSSEC_SECURE)
        return DNSSEC_BOGUS;
    if (dnssec_ds_usable(&bench->policy, origin, ds->rdata, ds->count, &fault) != DNSSEC_SECURE)
        return DNSSEC_INSECURE;
    unsigned count = ds->count;
    assert_in_range(count, 1, SIGNED_USELESS_DS + SIGNED_KEYS);
    for (unsigned i = 0; i < count; i++) {
        memcpy(octets[i], ds->rdata[i].octets, ds->rdata[i].length);
        copy[i] = (struct dnssec_rdata){octets[i], ds->rdata[i].length};
    }
    ask(bench, zone, origin, DNS_TYPE_DNSKEY, at);
    return take_keys(bench, origin, copy, count);
}

static enum dnssec_status judge_positive(struct bench *bench, const struct dnssec_rrset *set,
                                         struct dns_name name)
{
    struct dnssec_signature signature;
    struct dnssec_denial denial;
    struct dnssec_proof proof;
    enum dnssec_status status = dnssec_verify(&bench->context, set, &bench->keys, &signature);
    if (status != DNSSEC_SECURE || !signature.wildcard)
        return status;
    gather_denial(bench, &denial);
    return dnssec_prove_wildcard(&bench->context, &denial, name, signature.next_closer, &proof);
}

static const struct dnssec_rrset *find_dname(const struct bench *bench, struct dns_name name)
{
    for (unsigned i = 0; i < bench->answer_count; i++)
        if (bench->answer[i].type == DNS_TYPE_DNAME && dns_name_within(name, bench->answer[i].owner))
            return &bench->answer[i];
    return NULL;
}

/* The answer, or its first link. */
static enum dnssec_status judge(struct bench *bench, struct dns_name name, uint16_t type)
{
    struct dnssec_denial denial;
    struct dnssec_proof proof;
    const struct dnssec_rrset *set = find_dname(bench, name);
    if (set == NULL)
        set = dnssec_rrset_find(bench->answer, bench->answer_count, name, type, DNS_CLASS_IN);
    if (set == NULL)
        set = dnssec_rrset_find(bench->answer, bench->answer_count, name, DNS_TYPE_CNAME, DNS_CLASS_IN);
    if (set != NULL)
        return judge_positive(bench, set, name);
    gather_denial(bench, &denial);
    if (bench->message.rcode == DNS_RCODE_NXDOMAIN)
        return dnssec_prove_nxdomain(&bench->context, &denial, name, &proof);
    if (type != DNS_TYPE_DS)
        return dnssec_prove_nodata(&bench->context, &denial, name, type, &proof);
    enum dnssec_status status = dnssec_prove_no_ds(&bench->context, &denial, name, &proof);
    return status;
}

static enum validity validate(struct bench *bench, struct dns_name name, uint16_t type, uint64_t at)
{
    int path[WORLD_ZONES], zone = world_zone_of(bench->world, name, type, at);
    unsigned count = 0;
    set_time(bench, at);
    int above = zone;
    for (; above != ROOT && !bench->world->zone[above].security.anchored;
         above = bench->world->zone[above].parent)
        path[count++] = above;
    enum dnssec_status status = enter_anchored(bench, above, at);
    while (count > 0 && status == DNSSEC_SECURE)
        status = enter(bench, path[--count], at);
    if (status != DNSSEC_SECURE)
        return trust_of(status);
    ask(bench, zone, name, type, at);
    return trust_of(judge(bench, name, type));
}

static const char *words(unsigned trust)
{
    static const char *const all[] = {"nothing", "secure", "insecure", "secure or insecure", "bogus"};
    return trust < 5 ? all[trust] : "more";
}

static void compare(struct bench *bench, uint64_t seed, struct dns_name name, uint16_t type, uint64_t at)
{
    unsigned may_be = validity_at(bench->world, name, type, at), is = validate(bench, name, type, at);
    char text[DNS_NAME_TEXT_MAX];
    if ((may_be & is) == 0)
        fail_msg("seed %u: %s type %u at %.6f: %s, and the validator says %s", (unsigned)seed,
                 dns_name_to_text(name, text), type, (double)at / 1e6, words(may_be), words(is));
    bench->checked[is]++;
}

static void compare_names(struct bench *bench, uint64_t seed)
{
    static const uint16_t types[] = {DNS_TYPE_A, DNS_TYPE_MX, DNS_TYPE_DS, DNS_TYPE_DNSKEY, DNS_TYPE_SOA};
    struct dice dice = dice_make(seed, 77);
    for (unsigned i = 0; i < 120; i++) {
        const struct world *world = bench->world;
        uint64_t at = 1 + dice_roll(&dice) % world->horizon;
        const struct rrset *set = &world->rrset[dice_below(&dice, world->rrset_count)];
        struct dns_name_buffer name = set->owner;
        uint16_t type = dice_chance(&dice, 400) ? set->type : types[dice_below(&dice, 5)];
        if (dice_chance(&dice, 300) && name.length < 200) {
            memmove(name.wire + 4, name.wire, name.length);
            memcpy(name.wire, "\3new", 4);
            name.length = (uint8_t)(name.length + 4);
        }
        if (dice_chance(&dice, 100) && !dns_name_is_root(dns_name_view(&name)))
            dns_name_copy(&name, dns_name_parent(rrset_owner(set)));
        compare(bench, seed, dns_name_view(&name), type, at);
    }
}

static void start(struct bench *bench, uint64_t seed)
{
    struct scenario scenario;
    assert_true(scenario_find("signed", &scenario));
    bench->world = generate_world(seed, &scenario);
}

static int up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->workspace = dnssec_workspace_new();
    bench->policy = dnssec_policy_default();
    *state = bench;
    return bench->workspace == NULL;
}

static int down(void **state)
{
    struct bench *bench = *state;
    dnssec_workspace_free(bench->workspace);
    free(bench);
    return 0;
}

static void validator_says_of_each_name_what_the_model_allows(void **state)
{
    struct bench *bench = *state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        start(bench, seed);
        compare_names(bench, seed);
        world_destroy(bench->world);
    }
    assert_true(bench->checked[VALID_SECURE] > 500);
    assert_true(bench->checked[VALID_INSECURE] > 500);
    assert_true(bench->checked[VALID_BOGUS] > 50);
}

/* Each way of spoiling leaves nothing secure of answers that rest on what is spoilt. */
static void spoilt_signatures_are_never_secure(void **state)
{
    static const enum spoilt ways[] = {SPOILT_STRIPPED, SPOILT_DAMAGED, SPOILT_OLD};
    struct bench *bench = *state;
    start(bench, 3);
    for (unsigned i = 0; i < 3; i++) {
        set_time(bench, SECOND);
        bench->spoilt = SPOILT_NOT;
        assert_int_equal(enter_anchored(bench, ROOT, SECOND), DNSSEC_SECURE);
        bench->spoilt = ways[i];
        assert_int_equal(enter_anchored(bench, ROOT, SECOND), DNSSEC_BOGUS);
        ask(bench, ROOT, dns_name_root(), DNS_TYPE_SOA, SECOND);
        assert_int_equal(judge(bench, dns_name_root(), DNS_TYPE_SOA), DNSSEC_BOGUS);
    }
    bench->spoilt = SPOILT_NOT;
    world_destroy(bench->world);
}

static void absence_without_its_own_proof_is_never_secure(void **state)
{
    static const enum spoilt ways[] = {SPOILT_DENIAL, SPOILT_STRIPPED, SPOILT_DAMAGED, SPOILT_OLD};
    struct bench *bench = *state;
    struct dns_name_buffer name;
    start(bench, 3);
    assert_int_equal(dns_name_from_text("nosuchtop.", &name), DNS_OK);
    set_time(bench, SECOND);
    assert_int_equal(enter_anchored(bench, ROOT, SECOND), DNSSEC_SECURE);
    for (unsigned i = 0; i < 4; i++) {
        bench->spoilt = ways[i];
        ask(bench, ROOT, dns_name_view(&name), DNS_TYPE_A, SECOND);
        assert_int_equal(judge(bench, dns_name_view(&name), DNS_TYPE_A), DNSSEC_BOGUS);
    }
    bench->spoilt = SPOILT_NOT;
    world_destroy(bench->world);
}

static void same_seed_makes_the_same_signatures(void **state)
{
    struct bench *bench = *state;
    static struct reply first;
    start(bench, 5);
    ask(bench, ROOT, dns_name_root(), DNS_TYPE_DNSKEY, SECOND);
    first = bench->reply;
    world_destroy(bench->world);
    start(bench, 5);
    ask(bench, ROOT, dns_name_root(), DNS_TYPE_DNSKEY, SECOND);
    assert_int_equal(bench->reply.length, first.length);
    assert_memory_equal(bench->reply.wire, first.wire, first.length);
    world_destroy(bench->world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(validator_says_of_each_name_what_the_model_allows, up, down),
        cmocka_unit_test_setup_teardown(spoilt_signatures_are_never_secure, up, down),
        cmocka_unit_test_setup_teardown(absence_without_its_own_proof_is_never_secure, up, down),
        cmocka_unit_test_setup_teardown(same_seed_makes_the_same_signatures, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
