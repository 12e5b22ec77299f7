/* Configurations that are right: what they mean, what is inherited, and that -p says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"

static struct config *read_good(const char *text)
{
    struct config_errors errors;
    struct config *config = config_read_text(text, "t", &errors);
    if (config == NULL)
        config_errors_print(&errors, stderr);
    assert_non_null(config);
    assert_int_equal(errors.count, 0);
    return config;
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

static char *print_given(const struct config *config)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    config_print_given(config, to);
    fclose(to);
    return text;
}

static void what_the_file_says_is_printed_alone(void **state)
{
    (void)state;
    struct config *config = read_good("options { max-cache-ttl 60; recursion yes; }; acl a { 192.0.2.1; };");
    char *text = print_given(config);
    assert_non_null(strstr(text, "max-cache-ttl 60;\n"));
    assert_non_null(strstr(text, "recursion yes;\n")); /* though that is the default */
    assert_non_null(strstr(text, "192.0.2.1"));
    assert_null(strstr(text, "max-cache-size"));
    assert_null(strstr(text, "logging"));
    config_free(config);
    config = read_good(text);
    char *again = print_given(config);
    assert_string_equal(again, text);
    free(again);
    free(text);
    config_free(config);
    config = config_default();
    text = print_given(config);
    assert_string_equal(text, "");
    free(text);
    config_free(config);
}

static void secrets_are_printed_or_hidden(void **state)
{
    (void)state;
    struct config *config = read_good("key k { algorithm hmac-sha256; secret \"c2VjcmV0\"; };");
    char *text = print(config);
    assert_non_null(strstr(text, "c2VjcmV0"));
    free(text);
    config->hide_secrets = true;
    text = print(config);
    assert_null(strstr(text, "c2VjcmV0"));
    assert_non_null(strstr(text, "secret \"????\";"));
    free(text);
    config_free(config);
}

static struct config *read_options(const char *options)
{
    char text[4096];
    snprintf(text, sizeof text, "options { %s };", options);
    return read_good(text);
}

static bool allows(const struct acl *acl, const char *client)
{
    struct dns_address address;
    assert_int_equal(dns_address_from_text(client, 0, &address), DNS_OK);
    return acl_match(acl, &address, NULL).allowed;
}

/* --- defaults */

static void no_file_listens_on_loopback_only(void **state)
{
    (void)state;
    struct config *config = config_default();
    assert_int_equal(config->listen_count, 1);
    assert_int_equal(config->listen[0].port, 0);
    assert_true(allows(config->listen[0].addresses, "127.0.0.1"));
    assert_false(allows(config->listen[0].addresses, "127.0.0.2"));
    assert_false(allows(config->listen[0].addresses, "192.0.2.1"));
    assert_int_equal(config->listen_v6_count, 1);
    assert_int_equal(config->listen_v6[0].port, 0);
    assert_true(allows(config->listen_v6[0].addresses, "::1"));
    assert_false(allows(config->listen_v6[0].addresses, "2001:db8::1"));
    assert_null(config->listen[0].place.file);
    config_free(config);
}

static void no_file_serves_this_host_and_its_networks(void **state)
{
    (void)state;
    struct config *config = config_default();
    struct dns_prefix ours = {.bits = 24};
    struct acl_interfaces interfaces = {&ours, 1};
    struct dns_address neighbour, stranger;
    assert_int_equal(dns_address_from_text("192.0.2.1", 0, &ours.address), DNS_OK);
    assert_int_equal(dns_address_from_text("192.0.2.99", 0, &neighbour), DNS_OK);
    assert_int_equal(dns_address_from_text("198.51.100.1", 0, &stranger), DNS_OK);
    const struct acl *lists[] = {config->allow_query, config->allow_query_cache, config->allow_recursion};
    for (int i = 0; i < 3; i++) {
        assert_true(acl_match(lists[i], &ours.address, &interfaces).allowed);
        assert_true(acl_match(lists[i], &neighbour, &interfaces).allowed);
        assert_false(acl_match(lists[i], &stranger, &interfaces).allowed);
    }
    assert_false(acl_match(config->blackhole, &stranger, &interfaces).allowed);
    config_free(config);
}

static void no_file_has_the_limits_of_the_table(void **state)
{
    (void)state;
    struct config *config = config_default();
    assert_null(config->directory);
    assert_null(config->pid_file);
    assert_null(config->hostname);
    assert_null(config->server_id);
    assert_memory_equal(config->version, "rootwalk ", 9);
    assert_true(config->recursion);
    assert_int_equal(config->max_cache_size, 128 << 20);
    assert_int_equal(config->max_cache_ttl, 86400);
    assert_int_equal(config->min_cache_ttl, 0);
    assert_int_equal(config->max_ncache_ttl, 3600);
    assert_int_equal(config->min_ncache_ttl, 0);
    assert_int_equal(config->query_source.family, 0);
    assert_int_equal(config->query_source_v6.family, 0);
    assert_int_equal(config->edns_udp_size, 1232);
    assert_int_equal(config->max_udp_size, 1232);
    assert_int_equal(config->qname_minimization, CONFIG_QMIN_RELAXED);
    assert_true(config->minimal_responses);
    assert_false(config->query_log);
    assert_int_equal(config->tcp_clients, 1024);
    assert_int_equal(config->recursive_clients, 4096);
    assert_int_equal(config->clients_per_query, 100);
    assert_int_equal(config->max_recursion_queries, 50);
    assert_int_equal(config->max_query_count, 100);
    assert_int_equal(config->max_query_restarts, 11);
    assert_int_equal(config->max_recursion_depth, 6);
    assert_int_equal(config->resolver_query_timeout, 7000);
    assert_int_equal(config->server_count + config->zone_count + config->control_count, 0);
    assert_false(config->controls_given);
    config_free(config);
}

static void no_file_logs_to_syslog(void **state)
{
    (void)state;
    struct config *config = config_default();
    assert_int_equal(config->channel_count, 4);
    assert_int_equal(config->channels[0].to, CONFIG_LOG_SYSLOG);
    assert_int_equal(config->channels[1].severity, CONFIG_DYNAMIC);
    for (int i = 0; i < CONFIG_CATEGORIES; i++) {
        assert_int_equal(config->category[i][0], 0);
        assert_int_equal(config->category[i][1], 1);
        assert_int_equal(config->category[i][2], SIZE_MAX);
    }
    config_free(config);
}

static void an_empty_file_is_no_file(void **state)
{
    (void)state;
    static const char *const empty[] = {
        "", "\n", "# nothing", "/* nothing */", "options { };", "logging { };"};
    struct config *none = config_default();
    char *expected = print(none);
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        struct config *config = read_good(empty[i]);
        char *text = print(config);
        assert_string_equal(text, expected);
        free(text);
        config_free(config);
    }
    free(expected);
    config_free(none);
}

/* Each default, written out, gives what leaving it out gives. */
static void every_preset_reads_as_the_default(void **state)
{
    (void)state;
    size_t count;
    const struct config_statement *statements = config_statements(&count);
    struct config *none = config_default();
    char *expected = print(none);
    for (size_t i = 0; i < count; i++) {
        char option[512];
        if (strcmp(statements[i].block, "options") != 0 || statements[i].preset[0] == '\0')
            continue;
        snprintf(option, sizeof option, "%s %s;", statements[i].name, statements[i].preset);
        struct config *config = read_options(option);
        char *text = print(config);
        if (strcmp(statements[i].name, "allow-query") != 0) /* the others inherit from it, in its order */
            assert_string_equal(text, expected);
        free(text);
        config_free(config);
    }
    free(expected);
    config_free(none);
}

/* --- values */

static void values_are_read(void **state)
{
    (void)state;
    struct config *config = read_options(
        "directory \"/a \\\"b\\\" \\\\c\"; pid-file \"p\"; version none; hostname \"h\"; server-id \"s\";"
        "RECURSION False; max-cache-size 1G; max-cache-ttl 1d2h3m4s; min-cache-ttl 1M; max-ncache-ttl 10m;"
        "min-ncache-ttl 5; edns-udp-size 512; max-udp-size 4096; qname-minimization strict;"
        "minimal-responses no; querylog 1; tcp-clients 7; resolver-query-timeout 9;");
    assert_string_equal(config->directory, "/a \"b\" \\c");
    assert_string_equal(config->pid_file, "p");
    assert_null(config->version);
    assert_string_equal(config->hostname, "h");
    assert_string_equal(config->server_id, "s");
    assert_false(config->recursion);
    assert_int_equal(config->max_cache_size, 1 << 30);
    assert_int_equal(config->max_cache_ttl, 86400 + 2 * 3600 + 3 * 60 + 4);
    assert_int_equal(config->min_cache_ttl, 60);
    assert_int_equal(config->max_ncache_ttl, 600);
    assert_int_equal(config->min_ncache_ttl, 5);
    assert_int_equal(config->edns_udp_size, 512);
    assert_int_equal(config->max_udp_size, 4096);
    assert_int_equal(config->qname_minimization, CONFIG_QMIN_STRICT);
    assert_false(config->minimal_responses);
    assert_true(config->query_log);
    assert_int_equal(config->tcp_clients, 7);
    assert_int_equal(config->resolver_query_timeout, 9000);
    config_free(config);
}

static void sizes_have_units_and_percentages(void **state)
{
    (void)state;
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    static const struct {
        const char *text;
        uint64_t size;
    } sizes[] = {{"2097152", 2 << 20},
                 {"2048k", 2 << 20},
                 {"3M", 3 << 20},
                 {"2g", 2ull << 30},
                 {"default", 128 << 20}};
    char option[64];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        snprintf(option, sizeof option, "max-cache-size %s;", sizes[i].text);
        struct config *config = read_options(option);
        assert_int_equal(config->max_cache_size, sizes[i].size);
        config_free(config);
    }
    struct config *config = read_options("max-cache-size 10%;");
    assert_int_equal(config->max_cache_size, memory / 100 * 10);
    config_free(config);
}

static void timeouts_up_to_300_are_seconds(void **state)
{
    (void)state;
    struct config *config = read_options("resolver-query-timeout 30;");
    assert_int_equal(config->resolver_query_timeout, 30000);
    config_free(config);
    config = read_options("resolver-query-timeout 301;");
    assert_int_equal(config->resolver_query_timeout, 301);
    config_free(config);
}

static void query_source_takes_bind_s_forms(void **state)
{
    (void)state;
    static const char *const any[] = {"*",      "address *",       "* port *", "address * port *",
                                      "port *", "port * address *"};
    char option[128];
    for (size_t i = 0; i < sizeof any / sizeof any[0]; i++) {
        snprintf(option, sizeof option, "query-source %s;", any[i]);
        struct config *config = read_options(option);
        assert_int_equal(config->query_source.family, 0);
        config_free(config);
    }
    struct config *config =
        read_options("query-source 192.0.2.1 port *; query-source-v6 port * address 2001:db8::1;");
    char text[DNS_ADDRESS_TEXT_MAX];
    assert_string_equal(dns_address_to_text(&config->query_source, text), "192.0.2.1");
    assert_string_equal(dns_address_to_text(&config->query_source_v6, text), "2001:db8::1");
    config_free(config);
}

static void listen_on_may_be_given_more_than_once(void **state)
{
    (void)state;
    struct config *config = read_options("listen-on { any; }; listen-on port 5353 { 10.0.0.1; };"
                                         "listen-on port 53 { none; };");
    assert_int_equal(config->listen_count, 3);
    assert_int_equal(config->listen[0].port, 0);
    assert_int_equal(config->listen[1].port, 5353);
    assert_true(allows(config->listen[1].addresses, "10.0.0.1"));
    assert_int_equal(config->listen[2].port, 53);
    assert_false(allows(config->listen[2].addresses, "10.0.0.1"));
    assert_int_equal(config->listen[1].place.line, 1);
    assert_int_equal(config->listen_v6_count, 1);
    config_free(config);
}

static void servers_zones_and_controls_are_read(void **state)
{
    (void)state;
    struct config *config =
        read_good("server 192.0.2.0/24 { bogus yes; };\nserver 2001:db8::1 { edns no; };\n"
                  "zone \".\" IN { type hint; file \"named.root\"; };\n"
                  "controls { unix \"/c\" perm 0640 owner 3 group 4; unix \"/d\" read-only yes; };");
    assert_int_equal(config->server_count, 2);
    assert_true(config->servers[0].bogus_given && config->servers[0].bogus && !config->servers[0].edns_given);
    assert_int_equal(config->servers[0].prefix.bits, 24);
    assert_true(config->servers[1].edns_given && !config->servers[1].edns && !config->servers[1].bogus_given);
    assert_int_equal(config->servers[1].prefix.bits, 128);
    assert_int_equal(config->zone_count, 1);
    assert_true(dns_name_is_root(dns_name_view(config->zones[0].name)));
    assert_string_equal(config->zones[0].file, "named.root");
    assert_int_equal(config->zones[0].place.line, 3);
    assert_true(config->controls_given);
    assert_int_equal(config->control_count, 2);
    assert_int_equal(config->controls[0].mode, 0640);
    assert_int_equal(config->controls[0].owner, 3);
    assert_int_equal(config->controls[0].group, 4);
    assert_false(config->controls[0].read_only);
    assert_int_equal(config->controls[1].mode, 0600);
    assert_int_equal(config->controls[1].owner, UINT32_MAX);
    assert_true(config->controls[1].read_only);
    config_free(config);
}

static void empty_controls_mean_no_socket(void **state)
{
    (void)state;
    struct config *config = read_good("controls { };");
    assert_true(config->controls_given);
    assert_int_equal(config->control_count, 0);
    config_free(config);
}

static void logging_is_read_whatever_its_order(void **state)
{
    (void)state;
    struct config *config =
        read_good("logging { category queries { q; null; }; category default { s; };\n"
                  "channel q { file \"q.log\" versions 3 size 10M; severity debug 3; print-time yes; };\n"
                  "channel s { syslog local3; severity warning; print-category yes; print-severity yes; };\n"
                  "category lame-servers { null; }; };");
    assert_int_equal(config->channel_count, 6);
    const struct config_channel *q = &config->channels[4], *s = &config->channels[5];
    assert_int_equal(q->to, CONFIG_LOG_FILE);
    assert_string_equal(q->file, "q.log");
    assert_int_equal(q->versions, 3);
    assert_int_equal(q->size, 10 << 20);
    assert_int_equal(q->severity, CONFIG_DEBUG);
    assert_int_equal(q->debug_level, 3);
    assert_true(q->print_time && !q->print_category && !q->print_severity);
    assert_int_equal(s->to, CONFIG_LOG_SYSLOG);
    assert_int_equal(s->facility, LOG_LOCAL3);
    assert_int_equal(s->severity, CONFIG_WARNING);
    const size_t *queries = config->category[CONFIG_CATEGORY_QUERIES];
    assert_true(queries[0] == 4 && queries[1] == 3 && queries[2] == SIZE_MAX);
    assert_true(config->category[CONFIG_CATEGORY_RESOLVER][0] == 5);
    assert_true(config->category[CONFIG_CATEGORY_RESOLVER][1] == SIZE_MAX);
    config_free(config);
}

static void what_bind_s_files_have_is_accepted(void **state)
{
    (void)state;
    size_t count;
    const struct config_statement *statements = config_statements(&count);
    unsigned ignored = 0;
    char text[1024];
    for (size_t i = 0; i < count; i++) {
        if (!statements[i].ignored)
            continue;
        const char *value = statements[i].form[0] == '{' ? "{ \"null\"; }" : "\"x\"";
        if (strcmp(statements[i].block, "options") == 0)
            snprintf(text, sizeof text, "options { %s %s; };", statements[i].name, value);
        else if (strcmp(statements[i].block, "logging.channel") == 0)
            snprintf(text, sizeof text, "logging { channel c { null; %s %s; }; };", statements[i].name,
                     value);
        else
            snprintf(text, sizeof text, "logging { category %s %s; };", statements[i].name, value);
        config_free(read_good(text));
        ignored++;
    }
    assert_true(ignored >= 10);
    config_free(read_options("auth-nxdomain no; allow-transfer { 192.0.2.1; !{ none; }; }; forwarders { }; "
                             "dnssec-validation no;"));
}

/* --- allow-query, allow-query-cache, allow-recursion */

static void access_is_inherited_as_in_bind(void **state)
{
    (void)state;
    /* What is given to 10.0.0.1, 10.0.0.2 and 10.0.0.3; who may query, use the cache, recurse: bits of these. */
    static const struct {
        const char *options;
        unsigned query, cache, recursion;
    } cases[] = {
        {"", 0, 0, 0},
        {"allow-query { 10.0.0.1; };", 1, 1, 1},
        {"allow-query-cache { 10.0.0.2; };", 0, 2, 2},
        {"allow-recursion { 10.0.0.3; };", 0, 4, 4},
        {"allow-query { 10.0.0.1; }; allow-query-cache { 10.0.0.2; };", 1, 2, 2},
        {"allow-query { 10.0.0.1; }; allow-recursion { 10.0.0.3; };", 1, 4, 4},
        {"allow-query-cache { 10.0.0.2; }; allow-recursion { 10.0.0.3; };", 0, 2, 4},
        {"allow-query { 10.0.0.1; }; allow-query-cache { 10.0.0.2; }; allow-recursion { 10.0.0.3; };", 1, 2,
         4},
        {"recursion no; allow-query { 10.0.0.1; };", 1, 0, 1},
        {"recursion no; allow-query { 10.0.0.1; }; allow-query-cache { 10.0.0.2; };", 1, 2, 2},
        {"recursion no; allow-recursion { 10.0.0.3; };", 0, 4, 4},
        {"allow-recursion { 10.0.0.3; }; recursion no;", 0, 4, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct config *config = read_options(cases[i].options);
        for (unsigned client = 0; client < 3; client++) {
            char address[16];
            snprintf(address, sizeof address, "10.0.0.%u", client + 1);
            assert_int_equal(allows(config->allow_query, address), cases[i].query >> client & 1);
            assert_int_equal(allows(config->allow_query_cache, address), cases[i].cache >> client & 1);
            assert_int_equal(allows(config->allow_recursion, address), cases[i].recursion >> client & 1);
        }
        config_free(config);
    }
}

/* --- the printed form */

static void assert_prints_itself(struct config *config)
{
    struct config_errors errors;
    char *first = print(config);
    struct config *again = config_read_text(first, "t", &errors);
    if (again == NULL)
        config_errors_print(&errors, stderr);
    assert_non_null(again);
    char *second = print(again);
    assert_string_equal(second, first);
    assert_int_equal(again->server_count, config->server_count);
    assert_int_equal(again->listen_count, config->listen_count);
    assert_int_equal(again->acl_count, config->acl_count);
    assert_int_equal(again->channel_count, config->channel_count);
    assert_int_equal(again->control_count, config->control_count);
    assert_int_equal(again->zone_count, config->zone_count);
    assert_memory_equal(again->category, config->category, sizeof config->category);
    free(first);
    free(second);
    config_free(again);
    config_free(config);
}

static void the_printed_form_reads_back_to_the_same(void **state)
{
    (void)state;
    assert_prints_itself(config_default());
    assert_prints_itself(read_good(
        "acl \"a b\" { 10/8; !{ 10.1/16; !10.1.2.3; }; localnets; };\nacl c { \"a b\"; !any; none; ::/0; };\n"
        "options { directory \"/x\\\\y \\\"z\\\"\"; version none; server-id hostname; listen-on port 5 { c; "
        "};\n"
        "  listen-on { !c; \"a b\"; }; allow-query { c; }; max-cache-size 3000001; query-source 192.0.2.1;\n"
        "  query-source-v6 2001:db8::5; min-cache-ttl 1m; qname-minimization disabled; forwarders { };\n"
        "  recursion no; blackhole { 2001:db8::/32; }; };\n"
        "server 10/8 { bogus no; edns yes; };\nserver ::1 { };\nzone . { type hint; file \"a\\\"b\"; };\n"
        "controls { unix \"/a\" perm 0000 group 5; };\ncontrols { unix \"/b\" read-only yes; };\n"
        "logging { channel \"x y\" { file \"f\" versions 2 size 1500; severity debug; };\n"
        "  channel z { stderr; severity dynamic; }; channel n { null; }; channel j { journal; print-json "
        "yes; }; channel s { syslog ftp; severity "
        "critical; };\n"
        "  category default { \"x y\"; z; n; s; }; category security { }; };"));
    assert_prints_itself(read_good(
        "acl \"q\\\"b\\\\c\" { 10/8; };\noptions { dnstap { client; resolver response; }; dnstap-output unix "
        "\"/a b\"; dnstap-identity \"x\"; dnstap-version none; allow-query { !\"q\\\"b\\\\c\"; any; }; };\n"
        "statistics-channels { inet 127.0.0.1 port 8053 allow { localhost; 10/8; }; inet *; };\n"
        "statistics-channels { inet ::1; };\n"

        "server 10/8 { edns no; };\ncontrols { unix \"/a\" perm 0600 owner 7 group 8; };\n"
        "logging { channel a { file \"f\" size unlimited versions 3; print-time yes; print-category yes;\n"
        "    print-severity yes; severity debug 3; };\n"
        "  channel b { syslog; print-time no; print-category no; print-severity no; severity info; };\n"
        "  category default { a; b; }; };"));
}

static void ownership_and_modes_of_sockets_survive_printing(void **state)
{
    (void)state;
    struct config *config = read_good("controls { unix \"/a\" perm 0600 owner 7 group 8 read-only yes; };");
    char *text = print(config);
    assert_non_null(strstr(text, "unix \"/a\" perm 0600 owner 7 group 8 read-only yes;\n"));
    free(text);
    config_free(config);
}

static void examples_are_right(void **state)
{
    (void)state;
    static const char *const examples[] = {"named.conf", "lan-resolver.conf", "mail-server.conf"};
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        char path[512];
        struct config_errors errors;
        snprintf(path, sizeof path, "%s/examples/%s", SOURCE_DIR, examples[i]);
        struct config *config = config_read(path, &errors);
        if (config == NULL)
            config_errors_print(&errors, stderr);
        assert_non_null(config);
        assert_string_equal(config->place.file, path);
        assert_prints_itself(config);
    }
}

/* --- zones of our own */

static void zones_of_our_own_are_read(void **state)
{
    (void)state;
    struct config *config = read_good(
        "key \"k1\" { algorithm hmac-sha256; secret \"c2VjcmV0\"; };"
        "options { allow-transfer { key k1; 192.0.2.1; }; also-notify { 192.0.2.9; }; };"
        "zone example.org { type master; file \"x\"; notify explicit; allow-update { none; }; allow-query { "
        "10/8; }; };"
        "zone example.net in { type slave; masters port 5353 { 192.0.2.1; 192.0.2.2 port 53 key K1.; };"
        " allow-transfer { any; }; };");
    const struct config_zone *primary = &config->zones[0], *secondary = &config->zones[1];
    struct dns_address client;
    assert_int_equal(config->key_count, 1);
    assert_int_equal(config->keys[0].key.secret_length, 6);
    assert_int_equal(primary->type, CONFIG_ZONE_PRIMARY);
    assert_int_equal(primary->notify, CONFIG_NOTIFY_EXPLICIT);
    assert_int_equal(primary->also_notify.count, 1);
    assert_true(allows(primary->allow_query, "10.1.1.1"));
    assert_true(allows(primary->allow_transfer, "192.0.2.1"));
    assert_false(allows(primary->allow_transfer, "192.0.2.2"));
    dns_address_from_text("192.0.2.2", 53, &client);
    assert_true(acl_match_signed(primary->allow_transfer, &client, NULL, 1).allowed);
    assert_false(acl_match_signed(primary->allow_transfer, &client, NULL, 2).allowed);
    assert_int_equal(secondary->type, CONFIG_ZONE_SECONDARY);
    assert_null(secondary->file);
    assert_int_equal(secondary->notify, CONFIG_NOTIFY_YES);
    assert_int_equal(secondary->also_notify.count, 0);
    assert_int_equal(secondary->primaries.count, 2);
    assert_int_equal(secondary->primaries.remote[0].address.port, 5353);
    assert_int_equal(secondary->primaries.remote[0].key, 0);
    assert_int_equal(secondary->primaries.remote[1].address.port, 53);
    assert_int_equal(secondary->primaries.remote[1].key, 1);
    assert_true(allows(secondary->allow_transfer, "203.0.113.1"));
    char *text = print(config);
    struct config *again = read_good(text);
    char *same = print(again);
    assert_string_equal(same, text);
    free(same);
    free(text);
    config_free(again);
    config_free(config);
}

static void lists_of_servers_are_used_by_name(void **state)
{
    (void)state;
    struct config *config =
        read_good("key k1 { algorithm hmac-sha256; secret \"c2VjcmV0\"; };"
                  "key k2 { algorithm hmac-sha256; secret \"c2VjcmV0\"; };"
                  "masters inner port 5300 { 192.0.2.1; 2001:db8::1 port 53 key k1; };"
                  "remote-servers \"Outer\" { inner; 192.0.2.3 key k2; };"
                  "options { also-notify { outer; }; };"
                  "zone example.net { type secondary; primaries port 5400 { 192.0.2.9; Inner key k2; }; };");
    const struct config_remotes *primaries = &config->zones[0].primaries;
    assert_int_equal(config->also_notify.count, 3);
    assert_int_equal(config->also_notify.remote[2].key, 2);
    assert_int_equal(primaries->count, 3);
    assert_int_equal(primaries->remote[0].address.port, 5400);
    assert_int_equal(primaries->remote[0].key, 0);
    assert_int_equal(primaries->remote[1].address.port, 5300);
    assert_int_equal(primaries->remote[1].key, 2); /* has none of its own */
    assert_int_equal(primaries->remote[2].address.port, 53);
    assert_int_equal(primaries->remote[2].key, 1);
    char *text = print(config);
    struct config *again = read_good(text);
    assert_int_equal(again->zones[0].primaries.count, 3);
    assert_int_equal(again->zones[0].primaries.remote[1].key, 2);
    free(text);
    config_free(again);
    config_free(config);
}

/* As when BIND's tutorial takes the hint zone away. */
static void recursion_goes_with_the_hint_zone(void **state)
{
#define OURS "zone example.org { type primary; file \"x\"; };"
    static const struct {
        const char *text;
        bool recursion;
    } cases[] = {
        {"", true},
        {OURS, false},
        {OURS "options { recursion yes; };", true},
        {OURS "zone . { type hint; file \"r\"; };", true},
        {OURS "zone . { type primary; file \"r\"; };", true},
        {OURS "zone example.net { type forward; forwarders { 192.0.2.1; }; };", true},
        {OURS "options { forwarders { 192.0.2.1; }; };", true},
        {"zone . { type hint; file \"r\"; }; options { recursion no; };", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct config *config = read_good(cases[i].text);
        assert_int_equal(config->recursion, cases[i].recursion);
        assert_int_equal(config->serves_only, i == 1);
        if (!cases[i].recursion)
            assert_false(allows(config->allow_query_cache, "127.0.0.1"));
        config_free(config);
    }
}

static void everybody_may_ask_for_zones_of_our_own_where_nothing_is_said(void **state)
{
    (void)state;
    struct config *config = read_good(OURS);
    assert_true(allows(config->zones[0].allow_query, "198.51.100.1"));
    config_free(config);
    config = read_good(OURS "options { allow-query { 192.0.2.1; }; };");
    assert_null(config->zones[0].allow_query);
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recursion_goes_with_the_hint_zone),
        cmocka_unit_test(everybody_may_ask_for_zones_of_our_own_where_nothing_is_said),
        cmocka_unit_test(what_the_file_says_is_printed_alone),
        cmocka_unit_test(secrets_are_printed_or_hidden),
        cmocka_unit_test(no_file_listens_on_loopback_only),
        cmocka_unit_test(no_file_serves_this_host_and_its_networks),
        cmocka_unit_test(no_file_has_the_limits_of_the_table),
        cmocka_unit_test(no_file_logs_to_syslog),
        cmocka_unit_test(an_empty_file_is_no_file),
        cmocka_unit_test(every_preset_reads_as_the_default),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(sizes_have_units_and_percentages),
        cmocka_unit_test(timeouts_up_to_300_are_seconds),
        cmocka_unit_test(query_source_takes_bind_s_forms),
        cmocka_unit_test(listen_on_may_be_given_more_than_once),
        cmocka_unit_test(servers_zones_and_controls_are_read),
        cmocka_unit_test(empty_controls_mean_no_socket),
        cmocka_unit_test(logging_is_read_whatever_its_order),
        cmocka_unit_test(what_bind_s_files_have_is_accepted),
        cmocka_unit_test(access_is_inherited_as_in_bind),
        cmocka_unit_test(the_printed_form_reads_back_to_the_same),
        cmocka_unit_test(ownership_and_modes_of_sockets_survive_printing),
        cmocka_unit_test(examples_are_right),
        cmocka_unit_test(zones_of_our_own_are_read),
        cmocka_unit_test(lists_of_servers_are_used_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
