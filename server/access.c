#include "server/access.h"

#include <string.h>

/* `reasons` may be NULL. */
static bool allows(const struct acl *acl, const char *statement, const struct settings *settings,
                   const struct dns_address *client, unsigned key, struct access_reasons *reasons)
{
    struct acl_verdict verdict = {0};
    if (acl != NULL)
        verdict = acl_match_signed(acl, client, &settings->interfaces.acl, key);
    if (reasons != NULL)
        reasons->event[reasons->count++] = (struct event){
            .kind = EVENT_ACCESS,
            .address = *client,
            .flags = verdict.allowed ? EVENT_GOOD : 0,
            .text = statement,
            .place = verdict.file,
            .count = verdict.line,
        };
    return verdict.allowed;
}

/* Nobody has us recurse by `recursion no`. */
static void note_no_recursion(const struct dns_address *client, struct access_reasons *reasons)
{
    if (reasons != NULL)
        reasons->event[reasons->count++] =
            (struct event){.kind = EVENT_ACCESS, .address = *client, .text = "recursion"};
}

static unsigned evaluate(const struct settings *settings, const struct dns_address *client, unsigned key,
                         struct access_reasons *reasons)
{
    const struct config *config = settings->config;
    unsigned access = ACCESS_QUERY;
    if (allows(config->blackhole, "blackhole", settings, client, key, reasons)) {
        if (reasons != NULL)
            reasons->event[0].flags = 0; /* who is in that list gets nothing */
        return ACCESS_BLACKHOLED;
    }
    if (reasons != NULL)
        reasons->count = 0; /* nothing to tell */
    if (!allows(config->allow_query, "allow-query", settings, client, key, reasons))
        access = 0;
    if (reasons != NULL && access == 0)
        return 0;
    if (allows(config->allow_query_cache, "allow-query-cache", settings, client, key, reasons))
        access |= ACCESS_CACHE;
    if (!(access & ACCESS_CACHE))
        return access;
    if (!config->recursion)
        note_no_recursion(client, reasons);
    else if (allows(config->allow_recursion, "allow-recursion", settings, client, key, reasons))
        access |= ACCESS_RECURSION;
    return access;
}

unsigned access_explain(const struct settings *settings, const struct dns_address *client,
                        struct access_reasons *reasons)
{
    reasons->count = 0;
    return evaluate(settings, client, 0, reasons);
}

unsigned access_of(struct access_table *table, const struct settings *settings,
                   const struct dns_address *client)
{
    uint64_t high, low;
    memcpy(&high, client->octets, 8);
    memcpy(&low, client->octets + 8, 8);
    /* Two clients in one place only cost each other an evaluation. */
    uint64_t mixed = (high ^ (low << 1)) * 0x9e3779b97f4a7c15u;
    size_t at = mixed >> 56;
    if (table->client[at].family == client->family && table->client[at].high == high &&
        table->client[at].low == low)
        return table->client[at].access;
    unsigned access = evaluate(settings, client, 0, NULL);
    table->client[at].high = high;
    table->client[at].low = low;
    table->client[at].family = client->family;
    table->client[at].access = (uint8_t)access;
    return access;
}

unsigned access_of_signed(const struct settings *settings, const struct dns_address *client, unsigned key)
{
    return evaluate(settings, client, key, NULL);
}

void access_forget(struct access_table *table)
{
    memset(table, 0, sizeof *table);
}
