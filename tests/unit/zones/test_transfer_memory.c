/* Every allocation fails in turn while a zone is sent, received and followed: it arrives as it is, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zones/file.h"
#include "zones/transfer_in.h"
#include "zones/transfer_out.h"
#include "zones/zonemd.h"

/* The linker sends the module's allocations here (--wrap); the one that counts down to zero fails. */
static unsigned long until_failure;
static bool failed;

static bool fails(void)
{
    if (until_failure == 0 || failed)
        return false;
    failed = --until_failure == 0;
    return failed;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *piece, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *piece, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *piece, size_t size)
{
    return fails() ? NULL : __real_realloc(piece, size);
}

static const char old_text[] = "$TTL 60\n@ SOA ns1 host 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n"
                               "$GENERATE 1-3000 h$.e$ A 192.0.2.1\n";
static const char new_text[] = "$TTL 60\n@ SOA ns1 host 2 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n"
                               "$GENERATE 100-3100 h$.e$ A 192.0.2.1\n";

static struct dns_name apex(void)
{
    static const uint8_t wire[] = "\7example\3org";
    return (struct dns_name){wire, sizeof wire};
}

static struct zone *read_text(const char *text)
{
    struct zone *zone = zone_text_read(text, strlen(text), "zone", apex(), 0, NULL);
    assert_non_null(zone);
    return zone;
}

/* Sends `zone` to who has `old`. Without memory NULL, and a reason. */
static struct zone *transferred(struct zone *zone, struct zone *old)
{
    static struct zone_problems problems;
    static uint8_t wire[DNS_MESSAGE_MAX];
    static struct dns_record records[8];
    struct dns_message message;
    struct transfer_request request;
    struct transfer_out out;
    struct tsig_chain none = {0};
    size_t length;
    struct transfer_in *transfer =
        transfer_in_new(&(struct transfer_in_options){.apex = apex(), .old = old, .id = 7});
    if (transfer == NULL)
        return NULL;
    length = transfer_in_query(transfer, wire, sizeof wire, 0);
    assert_int_equal(dns_message_parse(&message, wire, length, records, 8), DNS_OK);
    assert_true(transfer_request_read(&message, &request));
    transfer_out_start(&out, zone, &request, &none);
    enum transfer_in_state state = TRANSFER_IN_MORE;
    while (state == TRANSFER_IN_MORE &&
           transfer_out_next(&out, wire, sizeof wire, 0, &length) == TRANSFER_OUT_MESSAGE)
        state = transfer_in_message(transfer, wire, length, 0);
    transfer_out_end(&out);
    memset(&problems, 0, sizeof problems);
    struct zone *arrived = transfer_in_finish(transfer, &problems);
    assert_true(arrived != NULL || state == TRANSFER_IN_FAILED || problems.count[ZONE_ERROR] > 0);
    assert_true((state == TRANSFER_IN_FAILED) == (*transfer_in_reason(transfer) != '\0'));
    transfer_in_free(transfer);
    return arrived;
}

static void a_zone_arrives_or_it_does_not(void **state)
{
    (void)state;
    for (unsigned incremental = 0; incremental < 2; incremental++) {
        unsigned lost = 0;
        for (unsigned long i = 1;; i++) {
            struct zone *old = read_text(old_text), *zone = read_text(new_text);
            until_failure = i;
            failed = false;
            zone_follow(zone, old); /* without memory it is sent whole */
            struct zone *arrived = transferred(zone, incremental ? old : NULL);
            until_failure = 0;
            lost += arrived == NULL;
            assert_true(arrived == NULL || zone_same(zone, arrived));
            zone_release(arrived);
            zone_release(old);
            zone_release(zone);
            if (!failed)
                break;
        }
        assert_in_range(lost, 10, 200);
    }
}

static void a_journal_is_kept_or_it_is_not(void **state)
{
    (void)state;
    struct zone *old = read_text(old_text), *zone = read_text(new_text);
    zone_follow(zone, old);
    assert_int_equal(zone_journal_count(zone_journal(zone)), 1);
    for (unsigned long i = 1;; i++) {
        struct zone *again = read_text(new_text);
        size_t length;
        until_failure = i;
        failed = false;
        uint8_t *octets = zone_journal_encode(zone, &length);
        bool kept = octets != NULL && zone_journal_decode(again, octets, length) == ZONE_JOURNAL_TAKEN;
        until_failure = 0;
        assert_true(kept || failed);
        assert_int_equal(zone_journal_count(zone_journal(again)), kept);
        free(octets);
        zone_release(again);
        if (!failed)
            break;
    }
    zone_release(zone);
    zone_release(old);
}

static void a_digest_without_memory_is_none(void **state)
{
    (void)state;
    struct zone *zone = read_text(old_text);
    uint8_t expected[ZONEMD_DIGEST_MAX], digest[ZONEMD_DIGEST_MAX];
    assert_int_equal(zonemd_digest(zone, 1, expected), 48);
    for (unsigned long i = 1;; i++) {
        until_failure = i;
        failed = false;
        unsigned length = zonemd_digest(zone, 1, digest);
        until_failure = 0;
        assert_true(length == (failed ? 0 : 48));
        if (!failed)
            break;
    }
    assert_memory_equal(digest, expected, 48);
    zone_release(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_arrives_or_it_does_not),
        cmocka_unit_test(a_journal_is_kept_or_it_is_not),
        cmocka_unit_test(a_digest_without_memory_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
