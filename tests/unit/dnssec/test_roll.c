/*
 * RFC 5011: the root's change from key 20326 to key 38696 on a virtual clock, the state table, and the state
 * file. The keys here are ours, and chosen so that they have the tags of the real ones.
 */
#include "support.h"

#include <openssl/sha.h>

enum { OLD_KEY = 22321, NEW_KEY = 50328, DAY = 86400, REVOKED = 257 | DNSSEC_KEY_REVOKE };

static struct bench bench;
static struct signer old_key, new_key, old_revoked, other, zone_key;

static int open_bench(void **state)
{
    (void)state;
    bench_open(&bench);
    signer_open(&old_key, ".", OLD_KEY, 257);
    signer_open(&new_key, ".", NEW_KEY, 257);
    signer_open(&old_revoked, ".", OLD_KEY, REVOKED);
    signer_open(&other, ".", 3, 257);
    signer_open(&zone_key, ".", 4, 256);
    assert_int_equal(old_key.tag, 20326);
    assert_int_equal(new_key.tag, 38696);
    return 0;
}

static int close_bench(void **state)
{
    (void)state;
    bench_close(&bench);
    signer_close(&old_key);
    signer_close(&new_key);
    signer_close(&old_revoked);
    signer_close(&other);
    signer_close(&zone_key);
    return 0;
}

static int by_rdata(const void *a, const void *b)
{
    return memcmp((*(const struct signer *const *)a)->dnskey, (*(const struct signer *const *)b)->dnskey, 36);
}

/* The DNSKEY RRset of a day: these keys, signed by those. */
static struct set *publish(uint64_t now, const struct signer *const *keys, const struct signer *const *by)
{
    static struct set set;
    const struct signer *sorted[8];
    unsigned count = 0;
    set_start(&set, ".", DNS_TYPE_DNSKEY);
    set.ttl = 172800;
    sorted[count++] = &zone_key;
    for (; *keys != NULL; keys++)
        sorted[count++] = *keys;
    qsort(sorted, count, sizeof sorted[0], by_rdata);
    for (unsigned i = 0; i < count; i++)
        set_add(&set, sorted[i]->dnskey, 36);
    struct rrsig_fields fields = fields_of(&set);
    fields.inception = (uint32_t)now - DAY;
    fields.expiration = (uint32_t)now + 20 * DAY;
    for (; *by != NULL; by++)
        signer_sign(*by, &set, &fields);
    return &set;
}

#define SIGNERS(...) ((const struct signer *const[]){__VA_ARGS__, NULL})

static unsigned update(struct dnssec_roll *roll, uint64_t now, const struct signer *const *keys,
                       const struct signer *const *by)
{
    struct dnssec_rrset dnskey = set_view(publish(now, keys, by));
    bench_refill(&bench);
    bench.context.now = now;
    return dnssec_roll_update(&bench.context, roll, &dnskey);
}

static void anchor_of(const struct signer *signer, struct dnssec_anchor *anchor)
{
    assert_int_equal(dnssec_anchor_from_key(dns_name_root(), signer->dnskey, 36, true, anchor),
                     DNSSEC_ANCHOR_OK);
}

static void start(struct dnssec_roll *roll, const struct signer *const *signers)
{
    struct dnssec_anchor anchors[4];
    unsigned count = 0;
    for (; *signers != NULL; signers++)
        anchor_of(*signers, &anchors[count++]);
    dnssec_roll_start(roll, dns_name_root(), anchors, count);
}

/* The state of a signer's key, or -1: Start. */
static int state_of(const struct dnssec_roll *roll, const struct signer *signer)
{
    for (unsigned i = 0; i < roll->count; i++)
        if (memcmp(roll->key[i].anchor.octets, signer->dnskey, 36) == 0)
            return (int)roll->key[i].state;
    return -1;
}

/* Writes and reads the state, as a daemon that is restarted. */
static void restart(struct dnssec_roll *roll, uint64_t now)
{
    static char text[DNSSEC_ROLL_TEXT_MAX];
    static struct dnssec_roll again;
    unsigned line;
    size_t length = dnssec_roll_to_text(bench.context.workspace, roll, text, sizeof text);
    assert_true(length > 0);
    assert_int_equal(
        dnssec_roll_from_text(bench.context.workspace, text, length, dns_name_root(), now, &again, &line),
        DNSSEC_ROLL_OK);
    assert_int_equal(again.count, roll->count);
    assert_int_equal(again.checked, roll->checked);
    assert_int_equal(again.next_check, roll->next_check);
    for (unsigned i = 0; i < roll->count; i++) {
        assert_int_equal(again.key[i].state, roll->key[i].state);
        assert_int_equal(again.key[i].since, roll->key[i].since);
        assert_int_equal(again.key[i].hold_until, roll->key[i].hold_until);
        assert_memory_equal(again.key[i].anchor.octets, roll->key[i].anchor.octets,
                            roll->key[i].anchor.length);
    }
    *roll = again;
}

static void must_validate(const struct dnssec_roll *roll, struct set *set, unsigned day)
{
    struct dnssec_anchor anchors[DNSSEC_ROLL_KEYS];
    struct dnssec_keys keys;
    struct dnssec_signature signature;
    struct dnssec_rrset dnskey = set_view(set);
    unsigned count = dnssec_roll_anchors(roll, anchors, DNSSEC_ROLL_KEYS);
    bench_refill(&bench);
    if (dnssec_keys_by_anchors(&bench.context, dns_name_root(), anchors, count, &dnskey, &keys, &signature) !=
        DNSSEC_SECURE)
        fail_msg("SERVFAIL on day %u", day);
}

/* What the root publishes on a day after 12 August 2026: the new key signs from 11 October (day 60), the old
   one is revoked on 11 January (day 152) and gone on day 220. */
static struct set *root_of(unsigned day, uint64_t now)
{
    if (day < 60)
        return publish(now, SIGNERS(&old_key, &new_key), SIGNERS(&old_key));
    if (day < 152)
        return publish(now, SIGNERS(&old_key, &new_key), SIGNERS(&new_key));
    if (day < 220)
        return publish(now, SIGNERS(&old_revoked, &new_key), SIGNERS(&old_revoked, &new_key));
    return publish(now, SIGNERS(&new_key), SIGNERS(&new_key));
}

static void roll_over_400_days(const struct signer *const *compiled_in, bool new_is_known)
{
    static struct dnssec_roll roll;
    const uint64_t begin = 1786492800;
    unsigned looks = 0;
    start(&roll, compiled_in);
    for (unsigned half = 0; half < 800; half++) {
        unsigned day = half / 2;
        uint64_t now = begin + (uint64_t)half * DAY / 2;
        struct set *set = root_of(day, now);
        bench.context.now = now;
        must_validate(&roll, set, day);
        if (now >= roll.next_check) {
            struct dnssec_rrset dnskey = set_view(set);
            bench_refill(&bench);
            assert_true((dnssec_roll_update(&bench.context, &roll, &dnskey) & DNSSEC_ROLL_CHECKED) != 0);
            assert_true(roll.next_check > now && roll.next_check <= now + 15 * DAY);
            looks++;
        }
        restart(&roll, now);
        must_validate(&roll, set, day);
        int now_old = state_of(&roll, &old_key), now_new = state_of(&roll, &new_key);
        assert_int_equal(now_new, day < 30 && !new_is_known   ? DNSSEC_ROLL_PENDING
                                  : day < 33 && !new_is_known ? now_new
                                                              : DNSSEC_ROLL_VALID);
        if (day < 152)
            assert_int_equal(now_old, DNSSEC_ROLL_VALID);
        else if (day > 153 && day < 182)
            assert_int_equal(now_old, DNSSEC_ROLL_REVOKED);
        else if (day > 184)
            assert_int_equal(now_old, DNSSEC_ROLL_REMOVED);
        assert_int_equal(state_of(&roll, &zone_key), -1);
    }
    assert_true(looks > 300);
    assert_int_equal(roll.count, 2);
    /* A new start with the old anchors compiled in brings nothing back. */
    struct dnssec_anchor anchors[2];
    anchor_of(&old_key, &anchors[0]);
    anchor_of(&new_key, &anchors[1]);
    assert_int_equal(dnssec_roll_merge(bench.context.workspace, &roll, anchors, 2), 0);
    assert_int_equal(dnssec_roll_anchors(&roll, anchors, 2), 1);
    assert_int_equal(anchors[0].key_tag, 38696);
}

static void the_root_rolls_over_400_days_with_both_keys_compiled_in(void **state)
{
    (void)state;
    roll_over_400_days(SIGNERS(&old_key, &new_key), true);
}

static void the_root_rolls_over_400_days_with_the_old_key_alone(void **state)
{
    (void)state;
    roll_over_400_days(SIGNERS(&old_key), false);
}

static void a_digest_leads_to_the_key_that_is_followed(void **state)
{
    (void)state;
    static struct dnssec_roll roll;
    struct dnssec_anchor anchor;
    struct dnssec_key key;
    uint8_t ds[4 + 32];
    /* The digest is found by trying DS matching on what OpenSSL hashes. */
    assert_true(dnssec_key_read(old_key.dnskey, 36, &key));
    anchor_of(&old_key, &anchor);
    uint8_t data[37] = {0};
    memcpy(data + 1, old_key.dnskey, 36);

    SHA256(data, sizeof data, ds + 4);
    char hex[65];
    for (unsigned i = 0; i < 32; i++)
        sprintf(hex + 2 * i, "%02X", ds[4 + i]);
    assert_int_equal(dnssec_anchor_read_ds(dns_name_root(), 20326, 15, 2, hex, true, &anchor),
                     DNSSEC_ANCHOR_OK);
    dnssec_roll_start(&roll, dns_name_root(), &anchor, 1);
    restart(&roll, NOW_2027);
    update(&roll, NOW_2027, SIGNERS(&old_key), SIGNERS(&old_key));
    assert_int_equal(state_of(&roll, &old_key), DNSSEC_ROLL_VALID);
    assert_int_equal(roll.key[0].anchor.kind, DNSSEC_ANCHOR_KEY);
    /* The digest in the configuration does not bring the key back once it is revoked. */
    assert_int_equal(dnssec_roll_merge(bench.context.workspace, &roll, &anchor, 1), 0);
    update(&roll, NOW_2027 + DAY, SIGNERS(&old_revoked), SIGNERS(&old_revoked));
    assert_int_equal(state_of(&roll, &old_key), DNSSEC_ROLL_REVOKED);
    assert_int_equal(dnssec_roll_merge(bench.context.workspace, &roll, &anchor, 1), 0);
    assert_int_equal(dnssec_roll_anchors(&roll, &anchor, 1), 0);
}

static void a_key_that_vanishes_while_pending_starts_again(void **state)
{
    (void)state;
    static struct dnssec_roll roll;
    start(&roll, SIGNERS(&old_key));
    uint64_t now = NOW_2027;
    assert_int_equal(update(&roll, now, SIGNERS(&old_key, &new_key), SIGNERS(&old_key)),
                     DNSSEC_ROLL_NEW | DNSSEC_ROLL_CHECKED);
    assert_int_equal(state_of(&roll, &new_key), DNSSEC_ROLL_PENDING);
    now += 29 * DAY;
    assert_int_equal(update(&roll, now, SIGNERS(&old_key), SIGNERS(&old_key)),
                     DNSSEC_ROLL_VANISHED | DNSSEC_ROLL_CHECKED);
    assert_int_equal(state_of(&roll, &new_key), -1);
    now += 2 * DAY;
    update(&roll, now, SIGNERS(&old_key, &new_key), SIGNERS(&old_key));
    now += 30 * DAY - 1;
    update(&roll, now, SIGNERS(&old_key, &new_key), SIGNERS(&old_key));
    assert_int_equal(state_of(&roll, &new_key), DNSSEC_ROLL_PENDING);
    assert_int_equal(update(&roll, now + 1, SIGNERS(&old_key, &new_key), SIGNERS(&old_key)),
                     DNSSEC_ROLL_TRUSTED | DNSSEC_ROLL_CHECKED);
}

static void a_missing_key_stays_trusted_and_may_return(void **state)
{
    (void)state;
    static struct dnssec_roll roll;
    struct dnssec_anchor anchors[4];
    start(&roll, SIGNERS(&old_key, &new_key));
    update(&roll, NOW_2027, SIGNERS(&new_key), SIGNERS(&new_key));
    assert_int_equal(state_of(&roll, &old_key), DNSSEC_ROLL_MISSING);
    assert_int_equal(dnssec_roll_anchors(&roll, anchors, 4), 2);
    assert_true((update(&roll, NOW_2027 + 5, SIGNERS(&old_key), SIGNERS(&old_key)) & DNSSEC_ROLL_RETURNED) !=
                0);
    assert_int_equal(state_of(&roll, &old_key), DNSSEC_ROLL_VALID);
    assert_int_equal(state_of(&roll, &new_key), DNSSEC_ROLL_MISSING);
}

static void a_stranger_changes_nothing(void **state)
{
    (void)state;
    static struct dnssec_roll roll;
    start(&roll, SIGNERS(&old_key));
    assert_int_equal(update(&roll, NOW_2027, SIGNERS(&old_key, &other), SIGNERS(&other)), 0);
    assert_int_equal(roll.count, 1);
    assert_int_equal(roll.checked, 0);
    assert_int_equal(roll.next_check, NOW_2027 + 3600);
    /* Nor does the REVOKE flag without the key's own signature. */
    assert_int_equal(update(&roll, NOW_2027, SIGNERS(&old_revoked, &other), SIGNERS(&other)), 0);
    assert_int_equal(state_of(&roll, &old_key), DNSSEC_ROLL_VALID);
    bench.policy.clock_floor = NOW_2027 + 1;
    assert_int_equal(update(&roll, NOW_2027, SIGNERS(&old_key), SIGNERS(&old_key)), 0);
    bench.policy.clock_floor = 0;
}

static void the_only_key_may_revoke_itself(void **state)
{
    (void)state;
    static struct dnssec_roll roll;
    struct dnssec_anchor anchors[4];
    start(&roll, SIGNERS(&old_key));
    assert_int_equal(update(&roll, NOW_2027, SIGNERS(&old_revoked), SIGNERS(&old_revoked)),
                     DNSSEC_ROLL_REVOCATION);
    assert_int_equal(dnssec_roll_anchors(&roll, anchors, 4), 0);
    assert_int_equal(update(&roll, NOW_2027 + 1, SIGNERS(&old_key), SIGNERS(&old_key)), 0);
    assert_int_equal(state_of(&roll, &old_key), DNSSEC_ROLL_REVOKED);
}

static void no_more_keys_are_followed_than_there_is_room_for(void **state)
{
    (void)state;
    static struct dnssec_roll roll;
    start(&roll, SIGNERS(&old_key));
    for (unsigned i = 0; i < 40; i += 4) {
        struct signer many[4];
        for (unsigned j = 0; j < 4; j++)
            signer_open(&many[j], ".", 1000 + i + j, 257);
        update(&roll, NOW_2027 + i, SIGNERS(&old_key, &many[0], &many[1], &many[2], &many[3]),
               SIGNERS(&old_key));
        assert_int_equal(roll.count, 5);
        for (unsigned j = 0; j < 4; j++)
            signer_close(&many[j]);
    }
}

/* Fills the state with keys that nobody has, all in the same state, since one second after the other. */
static void fill(struct dnssec_roll *roll, enum dnssec_roll_state key_state)
{
    start(roll, SIGNERS(&old_key, &other));
    for (unsigned i = 2; i < DNSSEC_ROLL_KEYS; i++) {
        roll->key[i] = roll->key[0];
        roll->key[i].anchor.octets[35] = (uint8_t)(old_key.dnskey[35] + i);
        roll->key[i].state = key_state;
        roll->key[i].since = NOW_2027 - 100 * DAY - i;
        roll->key[i].hold_until = NOW_2027 + DAY;
    }
    roll->count = DNSSEC_ROLL_KEYS;
}

static void a_new_key_takes_the_place_of_the_one_that_went_first(void **state)
{
    (void)state;
    static struct dnssec_roll roll;
    fill(&roll, DNSSEC_ROLL_REMOVED);
    roll.key[1].state = DNSSEC_ROLL_REMOVED; /* before all others; but here it is again */
    roll.key[1].since = 0;
    assert_int_equal(update(&roll, NOW_2027, SIGNERS(&old_key, &other, &new_key), SIGNERS(&old_key)),
                     DNSSEC_ROLL_NEW | DNSSEC_ROLL_CHECKED);
    assert_int_equal(roll.count, DNSSEC_ROLL_KEYS);
    assert_int_equal(state_of(&roll, &old_key), DNSSEC_ROLL_VALID);
    assert_int_equal(state_of(&roll, &other), DNSSEC_ROLL_REMOVED);
    assert_memory_equal(roll.key[DNSSEC_ROLL_KEYS - 1].anchor.octets, new_key.dnskey, 36);
    assert_int_equal(roll.key[DNSSEC_ROLL_KEYS - 1].state, DNSSEC_ROLL_PENDING);
    assert_int_equal(roll.key[DNSSEC_ROLL_KEYS - 1].hold_until, NOW_2027 + DNSSEC_ROLL_HOLD_DOWN);
    restart(&roll, NOW_2027);
    update(&roll, NOW_2027 + 31 * DAY, SIGNERS(&old_key, &new_key), SIGNERS(&old_key));
    assert_int_equal(state_of(&roll, &new_key), DNSSEC_ROLL_VALID);
}

static void no_key_that_is_not_gone_gives_way_to_a_new_one(void **state)
{
    (void)state;
    static const enum dnssec_roll_state states[] = {DNSSEC_ROLL_MISSING, DNSSEC_ROLL_REVOKED};
    static struct dnssec_roll roll;
    for (unsigned i = 0; i < 2; i++) {
        fill(&roll, states[i]);
        assert_int_equal(update(&roll, NOW_2027, SIGNERS(&old_key, &other, &new_key), SIGNERS(&old_key)),
                         DNSSEC_ROLL_FULL | DNSSEC_ROLL_CHECKED);
        assert_int_equal(state_of(&roll, &new_key), -1);
    }
}

/* --- the state file --- */

static size_t written(char text[DNSSEC_ROLL_TEXT_MAX])
{
    static struct dnssec_roll roll;
    start(&roll, SIGNERS(&old_key));
    update(&roll, NOW_2027, SIGNERS(&old_key, &new_key), SIGNERS(&old_key));
    return dnssec_roll_to_text(bench.context.workspace, &roll, text, DNSSEC_ROLL_TEXT_MAX);
}

static enum dnssec_roll_error read_back(const char *text, size_t length, uint64_t now)
{
    static struct dnssec_roll roll;
    unsigned line;
    assert_true(length <= DNSSEC_ROLL_TEXT_MAX);
    char *exact = malloc(length + (length == 0));
    assert_non_null(exact);
    if (length > 0)
        memcpy(exact, text, length);
    enum dnssec_roll_error error =
        dnssec_roll_from_text(bench.context.workspace, exact, length, dns_name_root(), now, &roll, &line);
    free(exact);
    return error;
}

static void a_state_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    static char text[DNSSEC_ROLL_TEXT_MAX];
    size_t length = written(text);
    assert_int_equal(read_back(text, length, NOW_2027), DNSSEC_ROLL_OK);
    for (size_t i = 0; i < length; i++)
        assert_int_not_equal(read_back(text, i, NOW_2027), DNSSEC_ROLL_OK);
    assert_int_equal(read_back(text, length - 1, NOW_2027), DNSSEC_ROLL_TORN);
    assert_int_equal(read_back(text, 0, NOW_2027), DNSSEC_ROLL_GARBAGE);
}

static void a_state_file_changed_anywhere_is_refused(void **state)
{
    (void)state;
    static char text[DNSSEC_ROLL_TEXT_MAX];
    size_t length = written(text);
    for (size_t i = 0; i < length; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            text[i] ^= (char)(1 << bit);
            assert_int_not_equal(read_back(text, length, NOW_2027), DNSSEC_ROLL_OK);
            text[i] ^= (char)(1 << bit);
        }
    }
    text[length] = 'x';
    assert_int_equal(read_back(text, length + 1, NOW_2027), DNSSEC_ROLL_TORN);
}

static void a_state_file_from_the_future_is_refused(void **state)
{
    (void)state;
    static char text[DNSSEC_ROLL_TEXT_MAX];
    size_t length = written(text);
    assert_int_equal(read_back(text, length, NOW_2027 - DAY), DNSSEC_ROLL_OK);
    assert_int_equal(read_back(text, length, NOW_2027 - DAY - 1), DNSSEC_ROLL_FUTURE);
    assert_int_equal(read_back(text, length, 0), DNSSEC_ROLL_FUTURE);
}

static void a_state_file_of_another_zone_is_refused(void **state)
{
    (void)state;
    static char text[DNSSEC_ROLL_TEXT_MAX];
    static struct dnssec_roll roll;
    unsigned line;
    struct dns_name_buffer zone = name_of("org.");
    size_t length = written(text);
    assert_int_equal(dnssec_roll_from_text(bench.context.workspace, text, length, dns_name_view(&zone),
                                           NOW_2027, &roll, &line),
                     DNSSEC_ROLL_OTHER_ZONE);
    for (unsigned i = 0; i <= DNSSEC_ROLL_OTHER_ZONE; i++)
        assert_true(strlen(dnssec_roll_error_text((enum dnssec_roll_error)i)) > 10);
}

static void too_little_room_for_the_text_is_said(void **state)
{
    (void)state;
    static char text[DNSSEC_ROLL_TEXT_MAX];
    static struct dnssec_roll roll;
    start(&roll, SIGNERS(&old_key, &new_key));
    size_t length = dnssec_roll_to_text(bench.context.workspace, &roll, text, sizeof text);
    for (size_t i = 0; i <= length; i++) {
        char *exact = malloc(i > 0 ? i : 1);
        assert_non_null(exact);
        assert_int_equal(dnssec_roll_to_text(bench.context.workspace, &roll, exact, i), 0);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_rolls_over_400_days_with_both_keys_compiled_in),
        cmocka_unit_test(the_root_rolls_over_400_days_with_the_old_key_alone),
        cmocka_unit_test(a_digest_leads_to_the_key_that_is_followed),
        cmocka_unit_test(a_key_that_vanishes_while_pending_starts_again),
        cmocka_unit_test(a_missing_key_stays_trusted_and_may_return),
        cmocka_unit_test(a_stranger_changes_nothing),
        cmocka_unit_test(the_only_key_may_revoke_itself),
        cmocka_unit_test(no_more_keys_are_followed_than_there_is_room_for),
        cmocka_unit_test(a_new_key_takes_the_place_of_the_one_that_went_first),
        cmocka_unit_test(no_key_that_is_not_gone_gives_way_to_a_new_one),
        cmocka_unit_test(a_state_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_state_file_changed_anywhere_is_refused),
        cmocka_unit_test(a_state_file_from_the_future_is_refused),
        cmocka_unit_test(a_state_file_of_another_zone_is_refused),
        cmocka_unit_test(too_little_room_for_the_text_is_said),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
