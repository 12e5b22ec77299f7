/*
 * A generator of damage. Honest responses of signed zones are changed in one way each, and none may be found
 * secure (or insecure) afterwards. How many kinds of damage there are is asserted.
 */
#include "response.h"

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

/* The RRsets of a response that the damage is for: its answer, its keys, or all of its proofs. */
static void sweep(const struct zone *zone, const char *zone_name, unsigned which,
                  const struct damage *damages, unsigned count)
{
    static struct response response;
    for (unsigned i = 0; i < count; i++) {
        bool applied = false;
        response_make(zone, which, &response);
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
        must_be_bogus(&bench, &response, zone_name, sort, damages[i].name);
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
            response_make(&zone, j, &response);
            if (response_judge(&bench, &response) != DNSSEC_SECURE)
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
            response_make(&zone, 0, &response);
            ds_damage[j].apply(&response.ds);
            must_be_bogus(&bench, &response, swept[i], "the parent's DS", ds_damage[j].name);
        }
        zone_close(&zone);
    }
}

static void more_than_500_kinds_were_tried(void **state)
{
    (void)state;
    print_message("%u kinds of damage\n", kinds_counted());
    assert_true(kinds_counted() > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_responses_are_secure),    cmocka_unit_test(every_general_damage_is_bogus),
        cmocka_unit_test(every_damaged_field_is_bogus),   cmocka_unit_test(keys_that_fit_no_ds_are_bogus),
        cmocka_unit_test(more_than_500_kinds_were_tried),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
