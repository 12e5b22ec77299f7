/* Names: text both ways, limits, comparison, order, substitution. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/name.h"

static struct dns_name_buffer text_name(const char *text)
{
    struct dns_name_buffer buffer;
    if (dns_name_from_text(text, &buffer) != DNS_OK)
        fail_msg("%s is not a name", text);
    return buffer;
}

/* "x.x. ... x" with so many labels. */
static struct dns_name_buffer name_of_labels(unsigned labels)
{
    struct dns_name_buffer buffer = {.length = (uint8_t)(2 * labels + 1)};
    for (unsigned i = 0; i < labels; i++) {
        buffer.wire[2 * i] = 1;
        buffer.wire[2 * i + 1] = 'x';
    }
    buffer.wire[2 * labels] = 0;
    return buffer;
}

static void text_becomes_wire_and_back(void **state)
{
    static const struct {
        const char *text, *wire, *back;
        unsigned length;
    } table[] = {
        {".", "", ".", 1},
        {"org", "\3org", "org.", 5},
        {"org.", "\3org", "org.", 5},
        {"www.Example.ORG", "\3www\7Example\3ORG", "www.Example.ORG.", 17},
        {"a\\.b.c", "\3a.b\1c", "a\\.b.c.", 7},
        {"\\065b", "\2Ab", "Ab.", 4},
        {"a\\\\b", "\3a\\b", "a\\\\b.", 5},
        {"\\000.x", "\1\0\1x", "\\000.x.", 5},
        {"\\255\\032", "\2\377 ", "\\255\\032.", 4},
        {"*.x", "\1*\1x", "*.x.", 5},
        {"_25._tcp", "\3_25\4_tcp", "_25._tcp.", 10},
        {"\\@\\\"\\;\\(\\)\\$", "\6@\";()$", "\\@\\\"\\;\\(\\)\\$.", 8},
    };
    char text[DNS_NAME_TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct dns_name_buffer name = text_name(table[i].text);
        assert_int_equal(name.length, table[i].length);
        assert_memory_equal(name.wire, table[i].wire, table[i].length);
        assert_string_equal(dns_name_to_text(dns_name_view(&name), text), table[i].back);
    }
}

static void text_that_is_no_name_is_refused(void **state)
{
    static const char *const table[] = {
        "", "..", ".a", "a..b", "a..", "\\", "a\\", "a\\1", "a\\12", "a\\1x2", "a\\256", "a\\999", "a\\12.b",
    };
    struct dns_name_buffer name;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(dns_name_from_text(table[i], &name), DNS_ERROR_NAME);
}

static void labels_have_at_most_63_octets(void **state)
{
    char text[80];
    struct dns_name_buffer name;
    (void)state;
    memset(text, 'a', 64);
    text[63] = '\0';
    assert_int_equal(dns_name_from_text(text, &name), DNS_OK);
    assert_int_equal(name.length, 65);
    text[63] = 'a';
    text[64] = '\0';
    assert_int_equal(dns_name_from_text(text, &name), DNS_ERROR_NAME);
}

/* Three labels of 63 octets and one of `last`: 194 + last octets on the wire. */
static enum dns_error long_name(unsigned last, const char *octet, struct dns_name_buffer *name)
{
    char text[DNS_NAME_TEXT_MAX + 8] = "";
    for (unsigned label = 0; label < 4; label++) {
        for (unsigned i = 0; i < (label < 3 ? 63 : last); i++)
            strcat(text, octet);
        strcat(text, ".");
    }
    return dns_name_from_text(text, name);
}

static void names_have_at_most_255_octets(void **state)
{
    struct dns_name_buffer name;
    (void)state;
    assert_int_equal(long_name(61, "a", &name), DNS_OK);
    assert_int_equal(name.length, 255);
    assert_int_equal(long_name(62, "a", &name), DNS_ERROR_NAME);
    assert_int_equal(long_name(63, "a", &name), DNS_ERROR_NAME);
}

static void the_longest_text_form_fits(void **state)
{
    struct dns_name_buffer name, again;
    char text[DNS_NAME_TEXT_MAX];
    (void)state;
    assert_int_equal(long_name(61, "\\200", &name), DNS_OK);
    assert_int_equal(strlen(dns_name_to_text(dns_name_view(&name), text)), 250 * 4 + 4);
    assert_int_equal(dns_name_from_text(text, &again), DNS_OK);
    assert_true(dns_name_equal(dns_name_view(&name), dns_name_view(&again)));
}

static void names_of_127_labels_work_and_128_do_not(void **state)
{
    struct dns_name_buffer name = name_of_labels(127), again;
    char text[DNS_NAME_TEXT_MAX];
    (void)state;
    assert_int_equal(name.length, 255);
    assert_int_equal(dns_name_labels(dns_name_view(&name)), 127);
    dns_name_to_text(dns_name_view(&name), text);
    assert_int_equal(strlen(text), 254);
    assert_int_equal(dns_name_from_text(text, &again), DNS_OK);
    assert_int_equal(dns_name_compare(dns_name_view(&name), dns_name_view(&again)), 0);
    strcat(text, "x.");
    assert_int_equal(dns_name_from_text(text, &again), DNS_ERROR_NAME);
    assert_int_equal(dns_name_suffix(dns_name_view(&name), 126).length, 253);
}

static void wire_is_checked_up_to_the_root(void **state)
{
    struct dns_name name;
    struct dns_name_buffer longest = name_of_labels(127);
    uint8_t more[260] = {0};
    (void)state;
    assert_int_equal(dns_name_from_wire((const uint8_t *)"\3org\0rest", 9, &name), DNS_OK);
    assert_int_equal(name.length, 5);
    assert_int_equal(dns_name_from_wire((const uint8_t *)"\3org", 4, &name), DNS_ERROR_NAME);
    assert_int_equal(dns_name_from_wire((const uint8_t *)"\3or", 3, &name), DNS_ERROR_NAME);
    assert_int_equal(dns_name_from_wire((const uint8_t *)"\3", 1, &name), DNS_ERROR_NAME);
    assert_int_equal(dns_name_from_wire((const uint8_t *)"", 0, &name), DNS_ERROR_NAME);
    assert_int_equal(dns_name_from_wire((const uint8_t *)"\300\14", 2, &name), DNS_ERROR_NAME);
    assert_int_equal(dns_name_from_wire((const uint8_t *)"\100", 1, &name), DNS_ERROR_NAME);
    assert_int_equal(dns_name_from_wire(longest.wire, 255, &name), DNS_OK);
    memcpy(more, "\1y", 2);
    memcpy(more + 2, longest.wire, 255);
    assert_int_equal(dns_name_from_wire(more, sizeof more, &name), DNS_ERROR_NAME);
}

static void parents_end_at_the_root(void **state)
{
    struct dns_name_buffer buffer = text_name("a.b.c");
    struct dns_name name = dns_name_view(&buffer);
    unsigned steps = 0;
    (void)state;
    for (; !dns_name_is_root(name); name = dns_name_parent(name))
        steps++;
    assert_int_equal(steps, 3);
    assert_true(dns_name_equal(dns_name_parent(name), dns_name_root()));
    assert_true(dns_name_is_root(dns_name_suffix(dns_name_view(&buffer), 0)));
    assert_int_equal(dns_name_suffix(dns_name_view(&buffer), 2).length, 5);
    assert_int_equal(dns_name_suffix(dns_name_view(&buffer), 9).length, 7);
}

/* Every octet against every other, at each place of the eight that are compared at once. */
static void equality_folds_letters_and_nothing_else(void **state)
{
    (void)state;
    for (unsigned size = 1; size <= 17; size += 4) {
        for (unsigned place = 1; place <= size; place += 3) {
            struct dns_name_buffer a = {.length = (uint8_t)(size + 2)}, b;
            a.wire[0] = (uint8_t)size;
            memset(a.wire + 1, 'm', size);
            a.wire[size + 1] = 0;
            b = a;
            for (unsigned x = 0; x < 256; x++) {
                for (unsigned y = 0; y < 256; y++) {
                    bool same = x == y || ((x ^ y) == 0x20 && (x | 0x20) >= 'a' && (x | 0x20) <= 'z');
                    a.wire[place] = (uint8_t)x;
                    b.wire[place] = (uint8_t)y;
                    if (dns_name_equal(dns_name_view(&a), dns_name_view(&b)) != same)
                        fail_msg("%u and %u at %u of %u", x, y, place, size);
                }
            }
        }
    }
}

static void equality_regards_label_boundaries(void **state)
{
    struct dns_name_buffer a = text_name("ab.c"), b = text_name("a.bc"), c = text_name("a\\001bc");
    (void)state;
    assert_false(dns_name_equal(dns_name_view(&a), dns_name_view(&b)));
    assert_false(dns_name_equal(dns_name_view(&b), dns_name_view(&c)));
    assert_false(dns_name_equal(dns_name_view(&a), dns_name_root()));
}

static void only_names_at_or_below_are_within(void **state)
{
    static const struct {
        const char *name, *ancestor;
        bool within;
    } table[] = {
        {"www.example.org", "EXAMPLE.org", true},
        {"example.org", "example.org", true},
        {"example.org", ".", true},
        {".", ".", true},
        {".", "org", false},
        {"org", "example.org", false},
        {"badexample.org", "example.org", false},
        {"a.b.c.d.e.f.g.h", "f.g.h", true},
        {"a.b.c.d.e.f.g.h", "e.g.h", false},
        {"example.com", "example.org", false},
        /* The octets of the ancestor within a label are not the ancestor. */
        {"aaa\\003org.org", "org.org", false},
        {"x\\003org", "org", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct dns_name_buffer name = text_name(table[i].name), ancestor = text_name(table[i].ancestor);
        assert_int_equal(dns_name_within(dns_name_view(&name), dns_name_view(&ancestor)), table[i].within);
    }
}

/* The example of RFC 4034 §6.1, with the root in front and a prefix label behind. */
static void canonical_order_is_that_of_rfc_4034(void **state)
{
    static const char *const table[] = {
        ".",           "example",         "a.example",        "yljkjljk.a.example",
        "Z.a.example", "zABC.a.EXAMPLE",  "z.example",        "\\001.z.example",
        "*.z.example", "\\200.z.example", "\\200a.z.example",
    };
    enum { COUNT = sizeof table / sizeof table[0] };
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j < COUNT; j++) {
            struct dns_name_buffer a = text_name(table[i]), b = text_name(table[j]);
            int order = dns_name_compare(dns_name_view(&a), dns_name_view(&b));
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static void lower_case_copy_keeps_all_but_letters(void **state)
{
    struct dns_name_buffer name = text_name("WWW.ExAmPlE-[@`{\\193.ORG"), lower;
    char text[DNS_NAME_TEXT_MAX];
    (void)state;
    dns_name_copy_lower(&lower, dns_name_view(&name));
    assert_string_equal(dns_name_to_text(dns_name_view(&lower), text), "www.example-[\\@`{\\193.org.");
    dns_name_copy_lower(&name, dns_name_view(&name));
    assert_int_equal(name.length, lower.length);
    assert_memory_equal(name.wire, lower.wire, lower.length);
}

static void case_bits_set_the_case_of_letters_only(void **state)
{
    struct dns_name_buffer name = text_name("wWw.eXample-1[.org"), mixed;
    uint8_t all[32], none[32] = {0}, some[32] = {0};
    char text[DNS_NAME_TEXT_MAX];
    (void)state;
    memset(all, 0xff, sizeof all);
    dns_name_copy_0x20(&mixed, dns_name_view(&name), all);
    assert_string_equal(dns_name_to_text(dns_name_view(&mixed), text), "WWW.EXAMPLE-1[.ORG.");
    dns_name_copy_0x20(&mixed, dns_name_view(&name), none);
    assert_string_equal(dns_name_to_text(dns_name_view(&mixed), text), "www.example-1[.org.");
    some[0] = 1 << 1 | 1 << 5; /* octets 1 and 5: the first letters of two labels */
    some[1] = 1 << 0;          /* octet 8 */
    dns_name_copy_0x20(&mixed, dns_name_view(&name), some);
    assert_string_equal(dns_name_to_text(dns_name_view(&mixed), text), "Www.ExaMple-1[.org.");
    assert_true(dns_name_equal(dns_name_view(&mixed), dns_name_view(&name)));
}

static void case_bits_reach_the_last_octet_of_the_longest_name(void **state)
{
    struct dns_name_buffer name = name_of_labels(127), mixed;
    uint8_t bits[32] = {[253 / 8] = 1 << 253 % 8};
    (void)state;
    dns_name_copy_0x20(&mixed, dns_name_view(&name), bits);
    assert_int_equal(mixed.wire[253], 'X');
    assert_int_equal(mixed.wire[251], 'x');
}

static void dname_replaces_the_suffix(void **state)
{
    struct dns_name_buffer name = text_name("a.b.Example.org"), owner = text_name("example.ORG"),
                           target = text_name("dst.net"), to;
    char text[DNS_NAME_TEXT_MAX];
    (void)state;
    assert_int_equal(
        dns_name_replace_suffix(&to, dns_name_view(&name), dns_name_view(&owner), dns_name_view(&target)),
        DNS_OK);
    assert_string_equal(dns_name_to_text(dns_name_view(&to), text), "a.b.dst.net.");
    assert_int_equal(
        dns_name_replace_suffix(&name, dns_name_view(&name), dns_name_view(&owner), dns_name_root()), DNS_OK);
    assert_string_equal(dns_name_to_text(dns_name_view(&name), text), "a.b.");
}

static void dname_result_of_256_octets_is_refused(void **state)
{
    struct dns_name_buffer name = text_name("aaa.x"), owner = text_name("x"), target = name_of_labels(125),
                           to;
    (void)state;
    assert_int_equal(
        dns_name_replace_suffix(&to, dns_name_view(&name), dns_name_view(&owner), dns_name_view(&target)),
        DNS_OK);
    assert_int_equal(to.length, 255);
    name = text_name("aaaa.x");
    assert_int_equal(
        dns_name_replace_suffix(&to, dns_name_view(&name), dns_name_view(&owner), dns_name_view(&target)),
        DNS_ERROR_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_becomes_wire_and_back),
        cmocka_unit_test(text_that_is_no_name_is_refused),
        cmocka_unit_test(labels_have_at_most_63_octets),
        cmocka_unit_test(names_have_at_most_255_octets),
        cmocka_unit_test(the_longest_text_form_fits),
        cmocka_unit_test(names_of_127_labels_work_and_128_do_not),
        cmocka_unit_test(wire_is_checked_up_to_the_root),
        cmocka_unit_test(parents_end_at_the_root),
        cmocka_unit_test(equality_folds_letters_and_nothing_else),
        cmocka_unit_test(equality_regards_label_boundaries),
        cmocka_unit_test(only_names_at_or_below_are_within),
        cmocka_unit_test(canonical_order_is_that_of_rfc_4034),
        cmocka_unit_test(lower_case_copy_keeps_all_but_letters),
        cmocka_unit_test(case_bits_set_the_case_of_letters_only),
        cmocka_unit_test(case_bits_reach_the_last_octet_of_the_longest_name),
        cmocka_unit_test(dname_replaces_the_suffix),
        cmocka_unit_test(dname_result_of_256_octets_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
