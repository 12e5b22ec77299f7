/* Validation: which anchors and policies a configuration comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

#define ROOT_DIGEST "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
#define KEY_15      "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="

static const char root_key[] =
    "AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh"
    "4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb"
    "9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6"
    "+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU=";

static struct config *read_good(const char *text)
{
    struct config_errors errors;
    struct config *config = config_read_text(text, "t", &errors);
    if (config == NULL)
        config_errors_print(&errors, stderr);
    assert_non_null(config);
    return config;
}

static const struct dnssec_policy *policy_of(const struct config *config, const char *name)
{
    struct dns_name_buffer buffer;
    assert_int_equal(dns_name_from_text(name, &buffer), DNS_OK);
    for (size_t i = 0; i < config->trust.policy_count; i++)
        if (memcmp(config->trust.policy_names[i], buffer.wire, buffer.length) == 0)
            return &config->trust.policies[i];
    fail_msg("no policy of %s", name);
    return NULL;
}

static void no_file_validates_by_the_two_keys_of_the_root(void **state)
{
    (void)state;
    struct config *config = config_default();
    const struct config_trust *trust = &config->trust;
    assert_int_equal(config->dnssec_validation, CONFIG_VALIDATION_AUTO);
    assert_true(trust->enabled);
    assert_int_equal(trust->anchor_count, 2);
    assert_int_equal(trust->anchors[0].key_tag, 20326);
    assert_int_equal(trust->anchors[1].key_tag, 38696);
    assert_true(trust->anchors[0].initial && trust->anchors[1].initial);
    assert_int_equal(config->validate_except_count, 0);
    assert_int_equal(config->nta_lifetime, 3600);
    assert_null(config->managed_keys_directory);
    config_free(config);
}

static void sha1_is_off_unless_an_empty_list_says_otherwise(void **state)
{
    (void)state;
    struct config *config = config_default();
    struct dnssec_policy preset = dnssec_policy_default();
    assert_int_equal(config->trust.policy_count, 1);
    assert_int_equal(config->trust.policies[0].algorithms, preset.algorithms);
    assert_int_equal(config->trust.policies[0].digests, preset.digests);
    assert_false(dnssec_policy_has_algorithm(&config->trust.policies[0], DNSSEC_RSASHA1));
    assert_false(config->trust.policies[0].accept_expired);
    assert_true(config->trust.policies[0].clock_floor > 1780000000);
    assert_int_equal(config->trust.policies[0].clock_floor % 86400, 0);
    config_free(config);

    config = read_good("options { disable-algorithms \".\" { }; disable-ds-digests . { }; "
                       "dnssec-accept-expired yes; };");
    const struct dnssec_policy *policy = policy_of(config, ".");
    assert_true(dnssec_policy_has_algorithm(policy, DNSSEC_RSASHA1));
    assert_true(dnssec_policy_has_algorithm(policy, DNSSEC_RSASHA1_NSEC3));
    assert_true(dnssec_policy_has_digest(policy, DNSSEC_DIGEST_SHA1));
    assert_true(policy->accept_expired);
    config_free(config);
}

static void the_deepest_list_decides_alone_and_each_kind_for_itself(void **state)
{
    (void)state;
    struct config *config = read_good("options {\n"
                                      "  disable-algorithms Example.ORG { ECDSA256; ed25519; 3; 99; };\n"
                                      "  disable-algorithms sub.example.org { };\n"
                                      "  disable-ds-digests example.org { sha-384; };\n"
                                      "  disable-ds-digests com { SHA256; };\n};");
    const struct dnssec_policy *org = policy_of(config, "example.org"), *com = policy_of(config, "com");
    const struct dnssec_policy *sub = policy_of(config, "sub.example.org");
    assert_int_equal(config->trust.policy_count, 4);
    assert_int_equal(config->trust.policy_names[0][0], 0);
    assert_true(dnssec_policy_has_algorithm(org, DNSSEC_RSASHA1)); /* the root's list is not in force here */
    assert_false(dnssec_policy_has_algorithm(org, DNSSEC_ECDSA_P256));
    assert_false(dnssec_policy_has_algorithm(org, DNSSEC_ED25519));
    assert_true(dnssec_policy_has_algorithm(org, DNSSEC_ECDSA_P384));
    assert_true(dnssec_policy_has_digest(org, DNSSEC_DIGEST_SHA1));
    assert_false(dnssec_policy_has_digest(org, DNSSEC_DIGEST_SHA384));
    assert_true(dnssec_policy_has_algorithm(sub, DNSSEC_ECDSA_P256));
    assert_false(dnssec_policy_has_digest(sub, DNSSEC_DIGEST_SHA384));
    assert_false(dnssec_policy_has_algorithm(com, DNSSEC_RSASHA1));
    assert_false(dnssec_policy_has_digest(com, DNSSEC_DIGEST_SHA256));
    assert_false(dnssec_policy_has_algorithm(policy_of(config, "."), DNSSEC_RSASHA1));
    config_free(config);
}

static void trust_anchors_are_read_in_all_their_forms(void **state)
{
    (void)state;
    struct config *config = read_good("trust-anchors {\n"
                                      "  a.example initial-key 257 3 15 \"l02Woi0iS8Aa25FQkUd9RMz\n"
                                      "      ZHJpBoRQwAQEX1SxZJA4=\";\n"
                                      "  \"B.example.\" static-ds 1 8 2 \"" ROOT_DIGEST "\";\n};\n"
                                      "managed-keys { c.example initial-key 257 3 15 \"" KEY_15 "\"; };\n"
                                      "trusted-keys { d.example 256 3 15 \"" KEY_15 "\"; };\n"
                                      "trust-anchors { };");
    const struct dnssec_anchor *anchors = config->trust.anchors;
    char text[DNS_NAME_TEXT_MAX];
    assert_int_equal(config->trust.anchor_count, 6);
    assert_int_equal(anchors[0].key_tag, 3613);
    assert_true(anchors[0].initial);
    assert_int_equal(anchors[1].kind, DNSSEC_ANCHOR_DS);
    assert_false(anchors[1].initial);
    assert_string_equal(dns_name_to_text(dns_name_view(&anchors[1].zone), text), "b.example.");
    assert_true(anchors[2].initial);
    assert_false(anchors[3].initial);
    assert_int_equal(anchors[3].octets[1], 0);
    assert_int_equal(anchors[5].key_tag, 38696);
    assert_int_equal(config->anchors[1].place.line, 4);
    config_free(config);
}

static void yes_trusts_nothing_but_what_is_given(void **state)
{
    (void)state;
    struct config *config = read_good("options { dnssec-validation yes; };\n"
                                      "trust-anchors { . static-ds 20326 8 2 \"" ROOT_DIGEST "\"; };");
    assert_true(config->trust.enabled);
    assert_int_equal(config->trust.anchor_count, 1);
    assert_int_equal(config->trust.anchors[0].kind, DNSSEC_ANCHOR_DS);
    config_free(config);
    config = read_good("options { dnssec-validation no; };");
    assert_false(config->trust.enabled);
    assert_int_equal(config->trust.anchor_count, 0);
    config_free(config);
}

static void the_roots_own_digest_goes_with_the_keys_that_are_built_in(void **state)
{
    (void)state;
    struct config *config = read_good("trust-anchors { . initial-ds 20326 8 2 \"" ROOT_DIGEST "\"; };");
    assert_int_equal(config->trust.anchor_count, 3);
    config_free(config);
    /* The same key as one that is built in is there once. */
    char text[1024];
    snprintf(text, sizeof text, "trust-anchors { . initial-key 257 3 8 \"%s\"; };", root_key);
    config = read_good(text);
    assert_int_equal(config->trust.anchor_count, 2);
    assert_int_equal(config->trust.anchors[0].key_tag, 20326);
    config_free(config);
}

static void exceptions_are_names_in_lower_case(void **state)
{
    (void)state;
    struct config *config = read_good("options { validate-except { \"Corp.Example\"; lan; }; };");
    char text[DNS_NAME_TEXT_MAX];
    assert_int_equal(config->validate_except_count, 2);
    assert_string_equal(dns_name_to_text(dns_name_view(&config->validate_except[0]), text), "corp.example.");
    assert_string_equal(dns_name_to_text(dns_name_view(&config->validate_except[1]), text), "lan.");
    config_free(config);
}

static char *print(const struct config *config)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    config_print(config, to);
    fclose(to);
    return text;
}

static void what_is_printed_reads_back_to_the_same(void **state)
{
    (void)state;
    struct config *config = read_good(
        "options { dnssec-validation yes; dnssec-accept-expired yes; nta-lifetime 2h;\n"
        "  managed-keys-directory \"/k\"; validate-except { \"a b\"; c; };\n"
        "  disable-algorithms . { }; disable-algorithms x { 5; 200; DSA; }; disable-ds-digests y { 2; }; };\n"
        "trusted-keys { d.example 257 3 15 \"" KEY_15 "\"; };\n"
        "managed-keys { . initial-ds 20326 8 2 \"" ROOT_DIGEST "\"; };");
    char *first = print(config);
    struct config *again = read_good(first);
    char *second = print(again);
    assert_string_equal(first, second);
    assert_non_null(strstr(first, "disable-algorithms \"x.\" { DSA; RSASHA1; 200; };"));
    assert_non_null(strstr(first, "nta-lifetime 7200;"));
    assert_int_equal(again->trust.anchor_count, config->trust.anchor_count);
    assert_memory_equal(again->trust.anchors, config->trust.anchors,
                        config->trust.anchor_count * sizeof *config->trust.anchors);
    assert_memory_equal(again->trust.policies, config->trust.policies,
                        config->trust.policy_count * sizeof *config->trust.policies);
    free(first);
    free(second);
    config_free(again);
    config_free(config);
}

static void lists_are_bounded(void **state)
{
    (void)state;
    static char text[512 * 1024];
    struct config_errors errors;
    char *at = stpcpy(text, "trust-anchors {\n");
    for (unsigned i = 0; i < 129; i++)
        at += sprintf(at, "z%u static-ds 1 8 2 \"" ROOT_DIGEST "\";\n", i);
    strcpy(at, "};");
    assert_null(config_read_text(text, "t", &errors));
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.error[0].text, "more than 128 trust anchors");
    assert_int_equal(errors.error[0].line, 130);

    at = stpcpy(text, "trust-anchors {\n");
    for (unsigned i = 0; i < 17; i++)
        at += sprintf(at, "example static-ds %u 8 2 \"" ROOT_DIGEST "\";\n", i);
    strcpy(at, "};");
    assert_null(config_read_text(text, "t", &errors));
    assert_string_equal(errors.error[0].text, "more than 16 trust anchors of one zone");
    assert_int_equal(errors.error[0].line, 18);

    at = stpcpy(text, "options {\n");
    for (unsigned i = 0; i < 257; i++)
        at += sprintf(at, "disable-algorithms z%u { };\n", i);
    strcpy(at, "};");
    assert_null(config_read_text(text, "t", &errors));
    assert_string_equal(errors.error[0].text, "more than 256 times disable-algorithms");

    at = stpcpy(text, "options { validate-except {\n");
    for (unsigned i = 0; i < 1025; i++)
        at += sprintf(at, "z%u;\n", i);
    strcpy(at, "}; };");
    assert_null(config_read_text(text, "t", &errors));
    assert_string_equal(errors.error[0].text, "more than 1024 names");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_validates_by_the_two_keys_of_the_root),
        cmocka_unit_test(sha1_is_off_unless_an_empty_list_says_otherwise),
        cmocka_unit_test(the_deepest_list_decides_alone_and_each_kind_for_itself),
        cmocka_unit_test(trust_anchors_are_read_in_all_their_forms),
        cmocka_unit_test(yes_trusts_nothing_but_what_is_given),
        cmocka_unit_test(the_roots_own_digest_goes_with_the_keys_that_are_built_in),
        cmocka_unit_test(exceptions_are_names_in_lower_case),
        cmocka_unit_test(what_is_printed_reads_back_to_the_same),
        cmocka_unit_test(lists_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
