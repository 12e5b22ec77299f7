/* What a zone answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/types.h"
#include "support.h"

static const char text[] =
    "$TTL 60\n@ 90 SOA ns1 host 7 1 2 3 30\n@ NS ns1\nns1 A 192.0.2.1\nns1 AAAA 2001:db8::1\n"
    "www A 192.0.2.2\n@ MX 1 www\n"
    "*.w A 192.0.2.3\n*.w TXT w\na.b.w TXT x\n"
    "ent.deep.down A 192.0.2.4\n"
    "c1 CNAME c2\nc2 CNAME www\nout CNAME www.example.net.\nc3 CNAME nowhere\n"
    "loop1 CNAME loop2\nloop2 CNAME loop1\n*.cw CNAME www\n"
    "d DNAME target\nx.target A 192.0.2.5\ndout DNAME example.net.\n"
    "sub NS ns.sub\nsub NS ns.other\nns.sub A 192.0.2.6\nsub DS 1 13 2 "
    "0000000000000000000000000000000000000000000000000000000000000000\n"
    "other NS ns.other\nns.other A 192.0.2.7\n";

#define SOA "authority example.org. 30 IN SOA ns1.example.org. host.example.org. 7 1 2 3 30\n"
#define NS                                                                                                   \
    "authority example.org. 60 IN NS ns1.example.org.\nadditional ns1.example.org. 60 IN A 192.0.2.1\n"      \
    "additional ns1.example.org. 60 IN AAAA 2001:db8::1\n"

static struct zone *zone;

static int load(void **state)
{
    (void)state;
    zone = zone_from(text);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    zone_release(zone);
    return 0;
}

struct expectation {
    const char *name;
    uint16_t type;
    const char *options, *answer;
};

static void expect(const struct expectation *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *answer = ask(zone, table[i].name, table[i].type, table[i].options);
        if (strcmp(answer, table[i].answer) != 0)
            fail_msg("%s: expected\n%s\nbut was\n%s", table[i].name, table[i].answer, answer);
    }
}
#define EXPECT(...)                                                                                          \
    do {                                                                                                     \
        static const struct expectation table[] = {__VA_ARGS__};                                             \
        expect(table, sizeof table / sizeof table[0]);                                                       \
    } while (0)

static void what_is_there_is_answered_with_authority(void **state)
{
    (void)state;
    EXPECT({"www.example.org", DNS_TYPE_A, "m", "NOERROR AA\nanswer www.example.org. 60 IN A 192.0.2.2\n"},
           {"WWW.example.org", DNS_TYPE_A, "", "NOERROR AA\nanswer WWW.example.org. 60 IN A 192.0.2.2\n" NS},
           {"example.org", DNS_TYPE_MX, "m", "NOERROR AA\nanswer example.org. 60 IN MX 1 www.example.org.\n"},
           {"example.org", DNS_TYPE_NS, "m", "NOERROR AA\nanswer example.org. 60 IN NS ns1.example.org.\n"});
    assert_non_null(
        strstr(ask(zone, "example.org", DNS_TYPE_MX, ""), "additional www.example.org. 60 IN A 192.0.2.2\n"));
}

static void absence_comes_with_the_soa_and_its_negative_ttl(void **state)
{
    (void)state;
    EXPECT({"nowhere.example.org", DNS_TYPE_A, "", "NXDOMAIN AA\n" SOA},
           {"www.example.org", DNS_TYPE_TXT, "", "NOERROR AA\n" SOA},
           {"deep.down.example.org", DNS_TYPE_A, "", "NOERROR AA\n" SOA},
           {"down.example.org", DNS_TYPE_A, "", "NOERROR AA\n" SOA},
           {"x.down.example.org", DNS_TYPE_A, "", "NXDOMAIN AA\n" SOA});
}

static void wildcards_make_names_that_do_not_exist(void **state)
{
    (void)state;
    EXPECT(
        {"x.y.w.example.org", DNS_TYPE_A, "m", "NOERROR AA\nanswer x.y.w.example.org. 60 IN A 192.0.2.3\n"},
        {"*.w.example.org", DNS_TYPE_A, "m", "NOERROR AA\nanswer *.w.example.org. 60 IN A 192.0.2.3\n"},
        {"x.w.example.org", DNS_TYPE_MX, "m", "NOERROR AA\n" SOA},
        {"b.w.example.org", DNS_TYPE_A, "m", "NOERROR AA\n" SOA},
        {"c.b.w.example.org", DNS_TYPE_A, "m", "NXDOMAIN AA\n" SOA},
        {"w.example.org", DNS_TYPE_A, "m", "NOERROR AA\n" SOA},
        {"x.cw.example.org", DNS_TYPE_A, "m",
         "NOERROR AA\nanswer x.cw.example.org. 60 IN CNAME www.example.org.\nanswer www.example.org. 60 IN A "
         "192.0.2.2\n"});
}

static void aliases_are_followed_within_the_zone(void **state)
{
    (void)state;
    EXPECT(
        {"c1.example.org", DNS_TYPE_A, "m",
         "NOERROR AA\nanswer c1.example.org. 60 IN CNAME c2.example.org.\n"
         "answer c2.example.org. 60 IN CNAME www.example.org.\nanswer www.example.org. 60 IN A 192.0.2.2\n"},
        {"c1.example.org", DNS_TYPE_CNAME, "m",
         "NOERROR AA\nanswer c1.example.org. 60 IN CNAME c2.example.org.\n"},
        {"c3.example.org", DNS_TYPE_A, "m",
         "NXDOMAIN AA\nanswer c3.example.org. 60 IN CNAME nowhere.example.org.\n" SOA},
        {"loop1.example.org", DNS_TYPE_A, "m",
         "NOERROR AA\nanswer loop1.example.org. 60 IN CNAME loop2.example.org.\n"
         "answer loop2.example.org. 60 IN CNAME loop1.example.org.\n"},
        {"out.example.org", DNS_TYPE_A, "m",
         "NOERROR AA\nanswer out.example.org. 60 IN CNAME www.example.net.\n"});
    assert_int_equal(last_answer.kind, ZONE_ALIAS_OUT);
    assert_int_equal(last_answer.target.length, 17);
}

static void the_ds_of_the_zone_itself_behind_an_alias_is_for_its_parent(void **state)
{
    (void)state;
    struct zone *own = zone_from("$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS ns.net.\nc CNAME @\n");
    assert_string_equal(ask(own, "c.example.org", DNS_TYPE_DS, "m"),
                        "NOERROR AA\nanswer c.example.org. 60 IN CNAME example.org.\n");
    assert_int_equal(last_answer.kind, ZONE_ALIAS_OUT);
    zone_release(own);
}

static void a_dname_makes_an_alias_of_each_name_below(void **state)
{
    (void)state;
    EXPECT({"x.d.example.org", DNS_TYPE_A, "m",
            "NOERROR AA\nanswer d.example.org. 60 IN DNAME target.example.org.\n"
            "answer x.d.example.org. 60 IN CNAME x.target.example.org.\nanswer x.target.example.org. 60 IN A "
            "192.0.2.5\n"},
           {"d.example.org", DNS_TYPE_A, "m", "NOERROR AA\n" SOA},
           {"x.dout.example.org", DNS_TYPE_A, "m",
            "NOERROR AA\nanswer dout.example.org. 60 IN DNAME example.net.\n"
            "answer x.dout.example.org. 60 IN CNAME x.example.net.\n"});
    assert_int_equal(last_answer.kind, ZONE_ALIAS_OUT);
}

static void a_dname_that_is_asked_for_behind_itself_comes_once(void **state)
{
    (void)state;
    struct zone *own = zone_from("$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS ns.net.\nl DNAME @\n");
    assert_string_equal(ask(own, "l.l.example.org", DNS_TYPE_DNAME, "m"),
                        "NOERROR AA\nanswer l.example.org. 60 IN DNAME example.org.\n"
                        "answer l.l.example.org. 60 IN CNAME l.example.org.\n");
    zone_release(own);
}

static void a_dname_that_makes_too_long_a_name_is_yxdomain(void **state)
{
    char name[300];
    (void)state;
    memset(name, 'x', 240);
    for (unsigned i = 60; i < 240; i += 60)
        name[i] = '.';
    strcpy(name + 237, ".d.e");
    struct zone *deep = zone_from("$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS ns.net.\n"
                                  "d DNAME a-target-that-makes-it-longer-than-a-name-may-be\n");
    strcpy(name + 220, ".d.example.org");
    const char *answer = ask(deep, name, DNS_TYPE_A, "m");
    assert_int_equal(strncmp(answer, "YXDOMAIN AA\nanswer d.example.org. 60 IN DNAME", 44), 0);
    zone_release(deep);
}

#define REFERRAL                                                                                             \
    "NOERROR\nauthority sub.example.org. 60 IN NS ns.sub.example.org.\n"                                     \
    "authority sub.example.org. 60 IN NS ns.other.example.org.\nadditional ns.sub.example.org. 60 IN A "     \
    "192.0.2.6\n"                                                                                            \
    "additional ns.other.example.org. 60 IN A 192.0.2.7\n"

static void below_a_cut_there_are_referrals_with_glue_and_no_authority(void **state)
{
    (void)state;
    EXPECT({"sub.example.org", DNS_TYPE_A, "m", REFERRAL}, {"x.sub.example.org", DNS_TYPE_A, "m", REFERRAL},
           {"ns.sub.example.org", DNS_TYPE_A, "", REFERRAL}, {"sub.example.org", DNS_TYPE_NS, "m", REFERRAL});
    assert_int_equal(last_answer.kind, ZONE_REFERRED);
    assert_int_equal(last_answer.cut.length, 17);
}

static void the_ds_of_a_cut_is_the_parents_to_answer(void **state)
{
    (void)state;
    EXPECT({"sub.example.org", DNS_TYPE_DS, "m",
            "NOERROR AA\nanswer sub.example.org. 60 IN DS 1 13 2 "
            "0000000000000000000000000000000000000000000000000000000000000000\n"},
           {"other.example.org", DNS_TYPE_DS, "m", "NOERROR AA\n" SOA},
           {"example.org", DNS_TYPE_DS, "m", "NOERROR AA\n" SOA});
}

static void any_gets_one_rrset(void **state)
{
    (void)state;
    EXPECT({"example.org", DNS_TYPE_ANY, "m", "NOERROR AA\nanswer example.org. 60 IN NS ns1.example.org.\n"},
           {"c1.example.org", DNS_TYPE_ANY, "m",
            "NOERROR AA\nanswer c1.example.org. 60 IN CNAME c2.example.org.\n"});
}

static void what_is_needed_and_does_not_fit_is_truncated_the_rest_left_out(void **state)
{
    (void)state;
    assert_string_equal(ask_within(zone, "www.example.org", DNS_TYPE_A, "", 12 + 21 + 20),
                        "NOERROR AA\nanswer www.example.org. 60 IN A 192.0.2.2\n");
    assert_string_equal(ask_within(zone, "www.example.org", DNS_TYPE_A, "", 12 + 21 + 15), "NOERROR AA TC\n");
    assert_int_equal(last_answer.kind, ZONE_TRUNCATED);
    const char *answer = ask_within(zone, "sub.example.org", DNS_TYPE_A, "", 125);
    assert_null(
        strstr(answer, "ns.other.example.org. 60 IN A")); /* a sibling's address may be left out, ... */
    assert_non_null(
        strstr(answer, "ns.sub.example.org. 60 IN A")); /* RFC 9471 §3.1: that of the cut may not */
    assert_string_equal(ask_within(zone, "sub.example.org", DNS_TYPE_A, "", 100), "NOERROR TC\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_answered_with_authority),
        cmocka_unit_test(absence_comes_with_the_soa_and_its_negative_ttl),
        cmocka_unit_test(wildcards_make_names_that_do_not_exist),
        cmocka_unit_test(aliases_are_followed_within_the_zone),
        cmocka_unit_test(the_ds_of_the_zone_itself_behind_an_alias_is_for_its_parent),
        cmocka_unit_test(a_dname_makes_an_alias_of_each_name_below),
        cmocka_unit_test(a_dname_that_is_asked_for_behind_itself_comes_once),
        cmocka_unit_test(a_dname_that_makes_too_long_a_name_is_yxdomain),
        cmocka_unit_test(below_a_cut_there_are_referrals_with_glue_and_no_authority),
        cmocka_unit_test(the_ds_of_a_cut_is_the_parents_to_answer),
        cmocka_unit_test(any_gets_one_rrset),
        cmocka_unit_test(what_is_needed_and_does_not_fit_is_truncated_the_rest_left_out),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
