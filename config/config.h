/*
 * The configuration: named.conf's language, read into one immutable value.
 *
 * Nothing is half accepted: any unknown word, wrong type or contradiction refuses the whole file with
 * file:line:column, what is wrong and, where a known word is close, a suggestion. All errors of a file
 * are reported, not only the first. No file at all gives the defaults: a safe local resolver.
 *
 * The table of statements (config_statements()) is the one place where a statement's name, place, type,
 * default and meaning stand; the parser, `rootwalk-checkconf -l` and docs/configuration.md all come
 * from it.
 *
 *      struct config_errors errors = {0};
 *      struct config *config = config_read("/etc/rootwalk/named.conf", &errors);
 *      if (config == NULL) { config_errors_print(&errors, stderr); exit(1); }
 *      ... config->allow_recursion ...
 *      config_free(config);
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/acl.h"
#include "dns/address.h"
#include "dns/name.h"
#include "dnssec/anchor.h"
#include "zones/tsig.h"

struct config_place {
    const char *file; /* NULL: a default */
    unsigned line, column;
};

/* One `listen-on [port N] { match list };` */
struct config_listen {
    struct acl *addresses; /* interfaces' addresses that match are listened on */
    uint16_t port;         /* 0: none given, the one of -p, else 53 */
    struct config_place place;
};

/* One `server PREFIX { ... };` */
struct config_server {
    struct dns_prefix prefix;
    bool bogus_given, bogus; /* never asked; `bogus no` allows addresses that are not asked by default */
    bool edns_given, edns;
    struct config_place place;
};

/* Addresses of servers, each with its port. */
struct config_addresses {
    struct dns_address *address;
    size_t count;
};

enum config_zone_type {
    CONFIG_ZONE_NO_TYPE,
    CONFIG_ZONE_HINT,
    CONFIG_ZONE_FORWARD,
    CONFIG_ZONE_STATIC_STUB,
    CONFIG_ZONE_PRIMARY,
    CONFIG_ZONE_SECONDARY,
};

enum config_forward { CONFIG_FORWARD_FIRST, CONFIG_FORWARD_ONLY };

/* key "NAME" { algorithm ...; secret "..."; }; known by its number, its place in config.keys plus 1 */
struct config_key {
    struct tsig_key key;
    char *name; /* as written */
    struct config_place place;
};

/* ADDRESS [ port N ] [ key NAME ]; another server of a zone */
struct config_remote {
    struct dns_address address;
    unsigned key; /* number; 0: messages are not signed */
};

struct config_remotes {
    struct config_remote *remote;
    size_t count;
};

/* primaries NAME { ... }; at the top: to be named in the lists of zones, which have copies of it */
struct config_remote_list {
    char *name;
    struct config_remotes remotes;
    struct config_place place;
};

/* Who is told of a new version of a zone: the name servers it names and also-notify, the latter only, or nobody. */
enum config_notify { CONFIG_NOTIFY_NOT_SAID, CONFIG_NOTIFY_YES, CONFIG_NOTIFY_EXPLICIT, CONFIG_NOTIFY_NO };

/* One `zone "NAME" { type ...; ... };` */
struct config_zone {
    struct dns_name_buffer *name;
    enum config_zone_type type;
    char *file;                  /* as written; relative to `directory`. Of a secondary zone it may be NULL */
    enum config_forward forward; /* of type forward */
    struct config_addresses addresses; /* forwarders, server-addresses; no forwarders: the walk, as ever */
    /* of zones of our own, primary and secondary */
    struct config_remotes primaries, also_notify;
    struct acl *allow_query; /* NULL: that of the options */
    struct acl *allow_transfer,
        *allow_notify; /* not given: that of the options; allow_notify NULL: primaries alone */
    enum config_notify notify;
    struct config_place place;
};

/* One `unix "PATH" perm MODE owner UID group GID [read-only yes];` in controls */
struct config_control {
    char *path;
    unsigned mode;
    uint32_t owner, group; /* UINT32_MAX: not given */
    bool read_only;
    struct config_place place;
};

/* One `inet ADDRESS [port N] [allow { match list }];` in statistics-channels */
struct config_statistics_channel {
    struct dns_address address; /* 0.0.0.0 for "*" */
    struct acl *allow;          /* NULL: loopback addresses only */
    struct config_place place;
};

/* What dnstap writes; bits. */
enum config_dnstap {
    CONFIG_DNSTAP_CLIENT_QUERY = 1,
    CONFIG_DNSTAP_CLIENT_RESPONSE = 2,
    CONFIG_DNSTAP_RESOLVER_QUERY = 4,
    CONFIG_DNSTAP_RESOLVER_RESPONSE = 8
};

enum config_log_to {
    CONFIG_LOG_SYSLOG,
    CONFIG_LOG_STDERR,
    CONFIG_LOG_FILE,
    CONFIG_LOG_NULL,
    CONFIG_LOG_JOURNAL
};
enum config_severity {
    CONFIG_CRITICAL,
    CONFIG_ERROR,
    CONFIG_WARNING,
    CONFIG_NOTICE,
    CONFIG_INFO,
    CONFIG_DEBUG,
    CONFIG_DYNAMIC /* as deep as the daemon's debug level (-d) says; nothing at level 0 */
};

struct config_channel {
    char *name;
    enum config_log_to to;
    char *file;
    uint64_t size; /* octets at which a file is rolled; 0: never */
    unsigned versions;
    int facility; /* LOG_DAEMON ... */
    enum config_severity severity;
    unsigned debug_level; /* of CONFIG_DEBUG, from 1: all messages are of level 1 */
    bool print_time, print_category, print_severity;
    bool print_json;           /* instead of these three */
    struct config_place place; /* file NULL: built in */
};

enum config_category {
    CONFIG_CATEGORY_DEFAULT,
    CONFIG_CATEGORY_GENERAL,
    CONFIG_CATEGORY_CONFIG,
    CONFIG_CATEGORY_NETWORK,
    CONFIG_CATEGORY_CLIENT,
    CONFIG_CATEGORY_SECURITY,
    CONFIG_CATEGORY_QUERIES,
    CONFIG_CATEGORY_RESOLVER,
    CONFIG_CATEGORY_DNSSEC,
    CONFIG_CATEGORY_CONTROL,
    CONFIG_CATEGORY_NOTIFY,
    CONFIG_CATEGORY_XFER_IN,
    CONFIG_CATEGORY_XFER_OUT,
    CONFIG_CATEGORY_ZONELOAD,
    CONFIG_CATEGORIES
};

enum config_qmin { CONFIG_QMIN_OFF, CONFIG_QMIN_RELAXED, CONFIG_QMIN_STRICT };

enum config_validation { CONFIG_VALIDATION_NO, CONFIG_VALIDATION_YES, CONFIG_VALIDATION_AUTO };

/* One entry of trust-anchors, trusted-keys or managed-keys. */
struct config_anchor {
    struct dnssec_anchor anchor;
    struct config_place place;
};

/* What disable-algorithms or disable-ds-digests say of a name. */
struct config_disabled {
    struct dns_name_buffer name; /* in lower case */
    uint8_t numbers[32];         /* bit i & 7 of octet i / 8: number i is disabled */
    struct config_place place;
};

/* What follows from all statements about validation, for the resolver. */
struct config_trust {
    bool enabled;
    struct dnssec_anchor *anchors; /* with those built in, where dnssec-validation is auto */
    unsigned anchor_count;
    struct dnssec_policy *policies;
    const uint8_t **policy_names; /* of each, in wire form and lower case; the first is the root */
    size_t policy_count;
};

/* One `acl NAME { ... };` */
struct config_acl {
    char *name;
    struct acl *acl;
    struct config_place place;
};

struct config_memory;

/* Everything a config points to lives and dies with it. */
struct config {
    struct config_place place;            /* of the file */
    char *directory;                      /* NULL: none given */
    char *pid_file;                       /* NULL: none */
    char *version, *hostname, *server_id; /* NULL: none (refused) ; defaults stand in the table */
    struct config_listen *listen;         /* IPv4 (listen-on) */
    size_t listen_count;
    struct config_listen *listen_v6; /* IPv6 (listen-on-v6) */
    size_t listen_v6_count;
    bool recursion;
    bool
        serves_only; /* there is no recursion because nothing was said of it, and of nothing but zones of ours */
    struct acl *allow_query, *allow_query_cache, *allow_recursion;
    struct acl *blackhole;
    uint64_t max_cache_size;                                               /* octets */
    uint32_t max_cache_ttl, min_cache_ttl, max_ncache_ttl, min_ncache_ttl; /* seconds */
    struct dns_address query_source, query_source_v6; /* family 0: any; port always chosen at random */
    uint16_t edns_udp_size, max_udp_size;
    struct config_place query_source_place, query_source_v6_place;
    enum config_qmin qname_minimization;
    bool minimal_responses;
    bool query_log;
    unsigned tcp_clients, recursive_clients, clients_per_query;
    unsigned max_recursion_queries, max_query_count, max_query_restarts, max_recursion_depth;
    unsigned resolver_query_timeout; /* milliseconds */
    enum config_validation dnssec_validation;
    bool dnssec_accept_expired;
    bool synth_from_dnssec;
    uint32_t nta_lifetime;        /* seconds */
    char *managed_keys_directory; /* NULL: none given */
    struct config_anchor *anchors;
    size_t anchor_count;
    struct config_disabled *disabled_algorithms, *disabled_digests; /* each has the root */
    size_t disabled_algorithm_count, disabled_digest_count;
    struct dns_name_buffer *validate_except;
    size_t validate_except_count;
    struct config_trust trust;
    struct config_server *servers;
    size_t server_count;
    struct config_key *keys;
    size_t key_count;
    struct config_remote_list *remote_lists;
    size_t remote_list_count;
    struct acl *allow_transfer,
        *allow_notify; /* of zones of our own that do not say otherwise; allow_notify: or NULL */
    struct config_remotes also_notify; /* of primary zones that do not say otherwise */
    enum config_notify notify;
    bool empty_zones; /* special names are answered here (RFC 6303 and others), but these: */
    struct dns_name_buffer *disabled_empty_zones;
    size_t disabled_empty_zone_count;
    struct config_zone *zones;
    size_t zone_count;
    enum config_forward forward;        /* of all names without a zone of their own */
    struct config_addresses forwarders; /* none: the walk from the root */
    struct config_control *controls;
    size_t control_count;
    bool controls_given;                    /* an empty `controls { };` means no control socket */
    unsigned dnstap;                        /* 0: nothing; else there is a path */
    bool dnstap_to_socket;                  /* else to a file */
    char *dnstap_path;                      /* as written; relative to `directory` */
    char *dnstap_identity, *dnstap_version; /* NULL: none */
    struct config_statistics_channel *statistics_channels;
    size_t statistics_channel_count;
    struct config_channel *channels; /* begins with default_syslog, default_debug, default_stderr, null */
    size_t channel_count;
    size_t category[CONFIG_CATEGORIES][4]; /* indices into channels, SIZE_MAX behind the last; a category
                                                   that is not given has the default category's */
    struct config_acl *acls;
    size_t acl_count;
    const bool *given;            /* of config_rules(): which of them the file has */
    bool hide_secrets;            /* when it is printed: as question marks */
    struct config_memory *memory; /* what config_free frees */
};

enum { CONFIG_ERRORS_MAX = 20 };

struct config_error {
    char file[256];
    unsigned line, column;
    char text[256];
};

struct config_errors {
    size_t count; /* may exceed CONFIG_ERRORS_MAX: that many are kept */
    struct config_error error[CONFIG_ERRORS_MAX];
};

/* Reads a file. NULL when there was any error. */
struct config *config_read(const char *path, struct config_errors *errors);

/* Reads text, for tests; `name` stands for the file's name. */
struct config *config_read_text(const char *text, const char *name, struct config_errors *errors);

/* What holds where there is no file. Never NULL unless memory runs out. */
struct config *config_default(void);

void config_free(struct config *config);

/* Writes what holds, defaults included, as named.conf text that reads back to the same value. */
void config_print(const struct config *config, FILE *to);

/* The same without the statements that the file does not have. */
void config_print_given(const struct config *config, FILE *to);

/* Seconds, or "1h30m"; saturates. False when it is neither. */
bool config_time(const char *text, uint64_t *seconds);

/* "file:line:column: text", a line each. */
void config_errors_print(const struct config_errors *errors, FILE *to);

/* The table of statements, for -l, the documentation and its test. */
struct config_statement {
    const char *block; /* "options", "zone", "logging.channel", "logging.category" (name: the
                                           category), "" for the top */
    const char *name;
    const char *form;    /* "yes_or_no", "{ address_match_element; ... }" */
    const char *preset;  /* the default as one would write it; "" : none */
    const char *meaning; /* one sentence */
    bool ignored;        /* accepted because BIND's files have it; without effect */
};
const struct config_statement *config_statements(size_t *count);

#endif
