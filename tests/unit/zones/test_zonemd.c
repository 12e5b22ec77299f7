/* Digests of zones, as RFC 8976 and ldns-signzone (-z) make them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"
#include "zones/zonemd.h"

enum { TEXT_MAX = 1 << 16 };

/* RFC 8976 appendix A.1. */
static const char SIMPLE[] =
    "$TTL 86400\n@ SOA ns1 admin 2018031900 1800 900 604800 86400\n@ NS ns1\n@ NS ns2\n"
    "@ ZONEMD 2018031900 1 1 "
    "c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8"
    "e730044c\nns1 3600 A 203.0.113.63\nns2 3600 AAAA 2001:db8::63\n";

static struct zone *zone_named(const char *name, const char *text)
{
    struct dns_name_buffer apex;
    assert_int_equal(dns_name_from_text(name, &apex), DNS_OK);
    return zone_text_read(text, strlen(text), "zone", dns_name_view(&apex), 1000, NULL);
}

static char *read_file(const char *name)
{
    char path[500], *text = calloc(1, TEXT_MAX);
    snprintf(path, sizeof path, SOURCE_DIR "/tests/unit/zones/zonemd/%s.zone", name);
    FILE *from = fopen(path, "r");
    assert_non_null(from);
    assert_in_range(fread(text, 1, TEXT_MAX - 1, from), 100, TEXT_MAX - 2);
    fclose(from);
    return text;
}

static enum zonemd_verdict verify(const char *text)
{
    struct zone *zone = zone_from(text);
    enum zonemd_verdict verdict = zonemd_verify(zone);
    zone_release(zone);
    return verdict;
}

static void the_example_of_the_rfc_is_good(void **state)
{
    (void)state;
    struct zone *zone = zone_named("example", SIMPLE);
    assert_non_null(zone);
    assert_int_equal(zonemd_verify(zone), ZONEMD_GOOD);
    zone_release(zone);
    zone = zone_named("exampl", SIMPLE);
    assert_int_equal(zonemd_verify(zone), ZONEMD_WRONG);
    zone_release(zone);
}

static void zones_digested_by_ldns_are_good(void **state)
{
    (void)state;
    static const char *const names[] = {"plain", "nsec", "nsec3"};
    for (unsigned i = 0; i < 3; i++) {
        char *text = read_file(names[i]);
        assert_int_equal(verify(text), ZONEMD_GOOD);
        free(text);
    }
}

/* Each line that is changed or missing, but those of the digest itself and its signatures. */
static void every_record_counts(void **state)
{
    (void)state;
    char *text = read_file("plain"), *without = calloc(1, TEXT_MAX);
    for (char *line = text, *end; *line != '\0'; line = end) {
        end = strchr(line, '\n') + 1;
        memcpy(without, text, (size_t)(line - text));
        strcpy(without + (line - text), end);
        bool needed = strstr(line, "SOA") != NULL && strstr(line, "SOA") < end;
        bool digest = strstr(line, "ZONEMD") != NULL && strstr(line, "ZONEMD") < end;
        if (!needed)
            assert_int_equal(verify(without),
                             digest ? ZONEMD_GOOD : ZONEMD_WRONG); /* the other one is left */
    }
    free(text);
    free(without);
}

#define HEAD "$TTL 60\n@ SOA ns1 host 7 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.1\n"
#define DIGEST                                                                                               \
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\n"

static void records_that_cannot_be_used_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(verify(HEAD), ZONEMD_NONE);
    assert_int_equal(verify(HEAD "@ ZONEMD 7 1 1 " DIGEST), ZONEMD_WRONG);
    assert_int_equal(verify(HEAD "@ ZONEMD 8 1 1 " DIGEST), ZONEMD_SERIAL);
    assert_int_equal(verify(HEAD "@ ZONEMD 7 2 1 " DIGEST), ZONEMD_UNUSABLE);
    assert_int_equal(verify(HEAD "@ ZONEMD 7 1 240 " DIGEST), ZONEMD_UNUSABLE);
    assert_int_equal(verify(HEAD "@ ZONEMD 7 1 1 " DIGEST "@ ZONEMD 7 1 1 11" DIGEST), ZONEMD_UNUSABLE);
    assert_int_equal(verify(HEAD "@ TYPE63 \\# 6 000000070101\n"), ZONEMD_WRONG);
    assert_int_equal(verify(HEAD "a ZONEMD 7 1 1 " DIGEST), ZONEMD_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_is_good),
        cmocka_unit_test(zones_digested_by_ldns_are_good),
        cmocka_unit_test(every_record_counts),
        cmocka_unit_test(records_that_cannot_be_used_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
