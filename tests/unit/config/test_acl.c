/* Address match lists against a naive model that recurses the way BIND's documentation reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"

static struct dns_prefix prefix_of(const char *address, uint8_t bits)
{
    struct dns_prefix prefix = {.bits = bits};
    assert_int_equal(dns_address_from_text(address, 0, &prefix.address), DNS_OK);
    return prefix;
}

/* Whether `list` allows `client`, on a host with one IPv4 and one IPv6 network and loopback. */
static struct acl_verdict judge(const char *before, const char *list, const char *client)
{
    char text[4096];
    struct config_errors errors;
    struct dns_prefix ours[] = {prefix_of("192.0.2.17", 24), prefix_of("2001:db8:1::17", 64),
                                prefix_of("127.0.0.1", 8), prefix_of("::1", 128)};
    struct acl_interfaces interfaces = {ours, 4};
    struct dns_address address;
    snprintf(text, sizeof text, "%s\noptions { allow-query %s; };", before, list);
    struct config *config = config_read_text(text, "t", &errors);
    if (config == NULL)
        config_errors_print(&errors, stderr);
    assert_non_null(config);
    assert_int_equal(dns_address_from_text(client, 4711, &address), DNS_OK);
    struct acl_verdict verdict = acl_match(config->allow_query, &address, &interfaces);
    if (verdict.file != NULL)
        assert_string_equal(verdict.file, "t");
    verdict.file = verdict.file != NULL ? "t" : NULL; /* the config's memory ends here */
    config_free(config);
    return verdict;
}

static void assert_judged(const char *list, const char *client, bool allowed)
{
    struct acl_verdict verdict = judge("", list, client);
    if (verdict.allowed != allowed)
        print_error("%s and %s\n", list, client);
    assert_int_equal(verdict.allowed, allowed);
}

static void first_match_wins(void **state)
{
    (void)state;
    assert_judged("{ 10.0.0.0/8; !10.1.0.0/16; }", "10.1.2.3", true);
    assert_judged("{ !10.1.0.0/16; 10.0.0.0/8; }", "10.1.2.3", false);
    assert_judged("{ !10.1.0.0/16; 10.0.0.0/8; }", "10.2.2.3", true);
    assert_judged("{ any; none; }", "10.2.2.3", true);
    assert_judged("{ none; any; }", "10.2.2.3", false);
}

static void nothing_matching_means_no(void **state)
{
    (void)state;
    assert_judged("{ }", "10.1.2.3", false);
    assert_judged("{ 10.0.0.0/8; }", "11.1.2.3", false);
    assert_judged("{ !11.0.0.0/8; }", "10.0.0.1", false);
    assert_judged("{ !10.0.0.0/8; !11.0.0.0/8; }", "12.0.0.1", false);
}

static void nested_no_decides_nothing(void **state)
{
    (void)state;
    assert_judged("{ { !10.1.0.0/16; 10.0.0.0/8; }; any; }", "10.1.2.3", true);
    assert_judged("{ { !10.1.0.0/16; 10.0.0.0/8; }; }", "10.1.2.3", false);
    assert_judged("{ !{ !10.1.0.0/16; 10.0.0.0/8; }; any; }", "10.1.2.3", true);
    assert_judged("{ !{ !10.1.0.0/16; 10.0.0.0/8; }; any; }", "10.2.2.3", false);
    assert_judged("{ !{ !10.1.0.0/16; any; }; }", "10.1.2.3", false);
    assert_judged("{ { { !10.1.0.0/16; any; }; 10.1.2.3; }; }", "10.1.2.3", true);
    assert_judged("{ { none; }; 10.1.2.3; }", "10.1.2.3", true);
    assert_judged("{ !none; }", "10.1.2.3", true);
}

static void families_do_not_mix(void **state)
{
    (void)state;
    assert_judged("{ 0.0.0.0/0; }", "10.0.0.1", true);
    assert_judged("{ 0.0.0.0/0; }", "2001:db8::1", false);
    assert_judged("{ ::/0; }", "2001:db8::1", true);
    assert_judged("{ ::/0; }", "10.0.0.1", false);
    assert_judged("{ ::/0; }", "0.0.0.0", false);
    assert_judged("{ 10.0.0.0/8; }", "a00::", false);
    assert_judged("{ a00::/8; }", "10.0.0.0", false);
}

static void prefixes_end_at_any_bit(void **state)
{
    (void)state;
    for (unsigned bits = 1; bits <= 32; bits++) {
        char list[64], inside[32] = "128.0.0.0", outside[32];
        uint32_t flipped = 0x80000000u ^ (1u << (32 - bits));
        snprintf(list, sizeof list, "{ 128.0.0.0/%u; }", bits);
        snprintf(outside, sizeof outside, "%u.%u.%u.%u", flipped >> 24, flipped >> 16 & 255,
                 flipped >> 8 & 255, flipped & 255);
        assert_judged(list, inside, true);
        assert_judged(list, outside, false);
    }
    assert_judged("{ 2001:db8::/65; }", "2001:db8::7fff:0:0:1", true);
    assert_judged("{ 2001:db8::/65; }", "2001:db8::8000:0:0:1", false);
    assert_judged("{ 2001:db8::1; }", "2001:db8::1", true);
    assert_judged("{ 2001:db8::1; }", "2001:db8::2", false);
}

static void localhost_is_our_addresses_and_localnets_their_networks(void **state)
{
    (void)state;
    assert_judged("{ localhost; }", "192.0.2.17", true);
    assert_judged("{ localhost; }", "192.0.2.18", false);
    assert_judged("{ localhost; }", "2001:db8:1::17", true);
    assert_judged("{ localhost; }", "127.0.0.2", false);
    assert_judged("{ localnets; }", "192.0.2.18", true);
    assert_judged("{ localnets; }", "192.0.3.18", false);
    assert_judged("{ localnets; }", "2001:db8:1::ffff", true);
    assert_judged("{ localnets; }", "2001:db8:2::1", false);
    assert_judged("{ localnets; }", "127.255.0.2", true);
    assert_judged("{ !localhost; localnets; }", "192.0.2.17", false);
    assert_judged("{ !localhost; localnets; }", "192.0.2.1", true);
}

static void without_interfaces_nothing_is_local(void **state)
{
    (void)state;
    struct config_errors errors;
    struct config *config =
        config_read_text("options { allow-query { !localhost; localnets; any; }; };", "t", &errors);
    struct dns_address client;
    assert_non_null(config);
    assert_int_equal(dns_address_from_text("127.0.0.1", 0, &client), DNS_OK);
    assert_true(acl_match(config->allow_query, &client, NULL).allowed);
    assert_false(acl_match(config->allow_recursion, &(struct dns_address){0}, NULL).file == NULL);
    config_free(config);
}

static void verdict_names_the_element_that_decided(void **state)
{
    (void)state;
    const char *lan = "\n\nacl lan {\n10.0.0.0/8;\n!192.168.0.0/16;\n};";
    assert_int_equal(judge(lan, "{\nlan;\nany;\n}", "10.1.1.1").line, 4);
    assert_int_equal(judge(lan, "{\nlan;\nany;\n}", "192.168.1.1").line, 9);
    assert_int_equal(judge(lan, "{\n!lan;\nany;\n}", "10.1.1.1").line, 4);
    assert_false(judge(lan, "{\n!lan;\nany;\n}", "10.1.1.1").allowed);
    assert_null(judge(lan, "{\nlan;\n}", "11.1.1.1").file);
    assert_int_equal(judge(lan, "{\n{ !any; };\n{ any; }; }", "11.1.1.1").line, 9);
}

static void default_lists_name_no_file_of_ours(void **state)
{
    (void)state;
    struct config *config = config_default();
    struct dns_prefix ours = prefix_of("127.0.0.1", 8);
    struct acl_interfaces interfaces = {&ours, 1};
    struct acl_verdict verdict = acl_match(config->allow_query, &ours.address, &interfaces);
    assert_true(verdict.allowed);
    assert_string_equal(verdict.file, "default");
    config_free(config);
}

/* --- the model: lists as trees, judged by recursion */

enum { CASES = 3000, NODES = 64, NAMED = 4 };

struct node {
    bool negated;
    int kind; /* 0 prefix, 1 any, 2 none, 3 nested, 4 named */
    uint32_t address;
    unsigned bits;
    int child[5], children; /* of a nested list */
    int named;
};

struct model {
    struct node node[NODES];
    int count;
    int root[NAMED + 1]; /* the named acls, and the list itself */
    uint64_t random;
};

static uint32_t draw(struct model *model, uint32_t below)
{
    model->random = model->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((model->random >> 33) % below);
}

static int make_list(struct model *model, int depth, int named)
{
    int at = model->count++;
    struct node *node = &model->node[at];
    *node = (struct node){.kind = 3};
    node->children = (int)draw(model, 5);
    for (int i = 0; i < node->children; i++) {
        int kind = (int)draw(model, 8);
        kind = kind > 4 ? 0 : kind;
        if (kind == 3 && (depth == 3 || model->count > NODES - 12))
            kind = 0;
        if (kind == 4 && named == 0)
            kind = 1;
        if (model->count > NODES - 8) {
            node->children = i;
            break;
        }
        int child = kind == 3 ? make_list(model, depth + 1, named) : model->count++;
        if (kind != 3)
            model->node[child] = (struct node){.kind = kind};
        node->child[i] = child;
        model->node[child].negated = draw(model, 3) == 0;
        model->node[child].bits = 24 + draw(model, 9);
        model->node[child].address =
            (0x0a000000u | draw(model, 16)) & ~((1ull << (32 - model->node[child].bits)) - 1);
        if (kind == 4)
            model->node[child].named = (int)draw(model, (uint32_t)named);
    }
    return at;
}

/* 1: yes, -1: no, 0: does not match */
static int model_judge(const struct model *model, int at, uint32_t client)
{
    const struct node *list = &model->node[at];
    for (int i = 0; i < list->children; i++) {
        const struct node *node = &model->node[list->child[i]];
        int sign = node->negated ? -1 : 1;
        bool hit = false;
        if (node->kind == 0)
            hit = (client >> (32 - node->bits)) == (node->address >> (32 - node->bits));
        else if (node->kind == 1)
            hit = true;
        else if (node->kind == 2)
            return -sign;
        else
            hit = model_judge(model, node->kind == 3 ? list->child[i] : model->root[node->named], client) > 0;
        if (hit)
            return sign;
    }
    return 0;
}

static void write_list(const struct model *model, int at, FILE *to)
{
    const struct node *list = &model->node[at];
    fputs("{ ", to);
    for (int i = 0; i < list->children; i++) {
        const struct node *node = &model->node[list->child[i]];
        fputs(node->negated ? "!" : "", to);
        if (node->kind == 0)
            fprintf(to, "10.0.0.%u/%u", node->address & 255, node->bits);
        else if (node->kind == 1 || node->kind == 2)
            fputs(node->kind == 1 ? "any" : "none", to);
        else if (node->kind == 3)
            write_list(model, list->child[i], to);
        else
            fprintf(to, "acl%d", node->named);
        fputs("; ", to);
    }
    fputs("}", to);
}

static void random_lists_agree_with_the_model(void **state)
{
    (void)state;
    struct model model = {.random = 20261122};
    unsigned allowed = 0;
    for (int n = 0; n < CASES; n++) {
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);
        model.count = 0;
        for (int i = 0; i < NAMED; i++) {
            model.root[i] = make_list(&model, 2, i);
            fprintf(to, "acl acl%d ", i);
            write_list(&model, model.root[i], to);
            fputs(";\n", to);
        }
        model.root[NAMED] = make_list(&model, 0, NAMED);
        fputs("options { allow-query ", to);
        write_list(&model, model.root[NAMED], to);
        fputs("; };", to);
        fclose(to);
        struct config_errors errors;
        struct config *config = config_read_text(text, "t", &errors);
        if (config == NULL)
            config_errors_print(&errors, stderr);
        assert_non_null(config);
        for (uint32_t last = 0; last < 17; last++) {
            uint8_t octets[4] = {10, 0, 0, (uint8_t)last};
            struct dns_address client = dns_address_make(4, octets, 53);
            int expected = model_judge(&model, model.root[NAMED], 0x0a000000u | last);
            struct acl_verdict verdict = acl_match(config->allow_query, &client, NULL);
            if (verdict.allowed != (expected > 0) || (verdict.file == NULL) != (expected == 0))
                print_error("10.0.0.%u in %s\n", last, text);
            assert_int_equal(verdict.allowed, expected > 0);
            assert_int_equal(verdict.file == NULL, expected == 0);
            allowed += verdict.allowed;
        }
        config_free(config);
        free(text);
    }
    assert_in_range(allowed, CASES, CASES * 16); /* neither always yes nor always no */
}

static void host_addresses_that_are_named_can_be_listed(void **state)
{
    (void)state;
    struct config_errors errors;
    struct dns_address hosts[8];
    static const char *const expected[] = {"192.0.2.1", "10.0.0.5", "2001:db8::1", "192.0.2.77"};
    struct config *config = config_read_text(
        "acl ours { 192.0.2.77; 192.0.2.0/25; };\n"
        "options { allow-query { 192.0.2.1; 198.51.100.0/24; !10.0.0.5; any; localnets; 2001:db8::1;\n"
        "    2001:db8::/32; 2001:db8::/64; { ours; }; 10.0.0.0/31; }; };",
        "t", &errors);
    assert_non_null(config);
    assert_int_equal(acl_hosts(config->allow_query, hosts, 8), 4);
    for (unsigned i = 0; i < 4; i++) {
        char text[DNS_ADDRESS_TEXT_MAX];
        assert_string_equal(dns_address_to_text(&hosts[i], text), expected[i]);
    }
    assert_int_equal(acl_hosts(config->allow_query, hosts, 2), 2); /* no more than there is room for */
    assert_int_equal(acl_hosts(config->allow_query, hosts, 0), 0);
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_match_wins),
        cmocka_unit_test(nothing_matching_means_no),
        cmocka_unit_test(nested_no_decides_nothing),
        cmocka_unit_test(families_do_not_mix),
        cmocka_unit_test(prefixes_end_at_any_bit),
        cmocka_unit_test(localhost_is_our_addresses_and_localnets_their_networks),
        cmocka_unit_test(without_interfaces_nothing_is_local),
        cmocka_unit_test(verdict_names_the_element_that_decided),
        cmocka_unit_test(default_lists_name_no_file_of_ours),
        cmocka_unit_test(random_lists_agree_with_the_model),
        cmocka_unit_test(host_addresses_that_are_named_can_be_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
