/* What named has and rootwalk has not: people will look for it, and are told so. */
#include <strings.h>

#include "config/parser.h"

/* clang-format off */
static const char *const names[] = {
    "allow-query-cache-on", "allow-query-on", "allow-recursion-on", "answer-cookie", "attach-cache",
    "avoid-v4-udp-ports", "avoid-v6-udp-ports", "catalog-zones", "check-integrity", "check-names",
    "cookie-algorithm", "cookie-secret", "deny-answer-addresses", "deny-answer-aliases",
    "dlz", "dns64", "dnssec-enable",
    "dnssec-lookaside", "dnssec-must-be-secure", "dnssec-policy", "dual-stack-servers",
    "fetches-per-server", "fetches-per-zone", "filter-aaaa-on-v4",
    "geoip-directory", "heartbeat-interval", "http", "ixfr-from-differences", "keys", "lame-ttl",
    "max-clients-per-query", "max-journal-size", "max-stale-ttl",
    "message-compression", "no-case-compress", "nocookie-udp-size", "padding", "parental-agents", "plugin",
    "port", "preferred-glue", "prefetch", "provide-ixfr", "rate-limit", "request-ixfr",
    "request-nsid", "require-server-cookie", "reserved-sockets", "response-policy", "root-delegation-only",
    "rrset-order", "send-cookie", "servfail-ttl", "sortlist", "stale-answer-enable",
    "stale-answer-ttl", "stale-cache-enable",
    "tcp-advertised-timeout", "tcp-idle-timeout", "tcp-initial-timeout", "tcp-keepalive-timeout",
    "tcp-listen-queue", "tls", "transfer-format", "transfers", 
    "use-v4-udp-ports", "use-v6-udp-ports", "view",
};
/* clang-format on */

static const struct {
    const char *name, *remedy;
} remedies[] = {
    {"view", "put what is in it at the top, for everybody"},
    {"port", "say it in listen-on port, or with -p"},
    {"keys", "leave it out; permissions of the control socket say who may use it"},
    {"dnssec-lookaside", "nobody serves DLV any more; leave it out"},
    {"dnssec-must-be-secure", "leave it out; what a signed parent vouches for must be secure anyhow"},
    {"dnssec-enable", "leave it out; records of DNSSEC are passed on to who asks for them"},
};

const char *config_named_remedy(const char *name)
{
    for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++)
        if (strcasecmp(remedies[i].name, name) == 0)
            return remedies[i].remedy;
    return "leave it out";
}

bool config_is_named_statement(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
}
