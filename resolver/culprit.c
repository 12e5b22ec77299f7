#include "resolver/culprit.h"

#include <stdio.h>
#include <string.h>

#include "dns/octets.h"

static const struct {
    const char *word, *text;
} blames[BLAMES] = {
    [BLAME_NONE] = {"none", "nobody is to blame"},
    [BLAME_SILENT] = {"silent", "its servers do not answer"},
    [BLAME_UNREACHABLE] = {"unreachable", "its servers cannot be reached"},
    [BLAME_LAME] = {"lame", "its servers do not serve it"},
    [BLAME_BROKEN] = {"broken", "its servers answer with errors"},
    [BLAME_MIXED] = {"no-server-helps", "none of its servers gives an answer"},
    [BLAME_NO_ADDRESS] = {"no-address", "its name servers have no address"},
    [BLAME_FORBIDDEN] = {"forbidden", "none of its servers may be asked"},
    [BLAME_BOGUS] = {"bogus", "its data fail validation"},
    [BLAME_PROOF] = {"unproven", "whether it is signed cannot be told"},
    [BLAME_WORK] = {"validation-limit", "to validate it costs more than one question may"},
    [BLAME_CIRCLE] = {"alias-circle", "its aliases form a circle"},
    [BLAME_ALIASES] = {"alias-limit", "too many aliases follow each other"},
    [BLAME_PACKETS] = {"packet-limit", "it takes more packets than one question may cost"},
    [BLAME_LOOKUPS] = {"lookup-limit", "too many name servers' names have to be looked up"},
    [BLAME_TIME] = {"time-limit", "it takes longer than one question may"},
    [BLAME_UNREADABLE] = {"unreadable", "its answer cannot be used"},
    [BLAME_NETWORK] = {"network", "it has no way to any server"},
    [BLAME_RESOURCES] = {"resources", "it lacks memory, sockets or walks"},
    [BLAME_SLOW] = {"slow", "its answer took more than 2 s"},
    [BLAME_STALE] = {"stale", "the answer is old, no server gave a newer one"},
    [BLAME_LOCAL] = {"local", "it is ours, and not loaded"},
    [BLAME_ACCESS] = {"access", "the client may not ask"},
    [BLAME_TCP] = {"tcp", "its servers do not answer over TCP"},
    [BLAME_ITSELF] = {"itself", "its name servers can be found only through itself"},
};

const char *blame_word(enum blame blame)
{
    return blame < BLAMES ? blames[blame].word : "unknown";
}

const char *blame_to_text(enum blame blame)
{
    return blame < BLAMES ? blames[blame].text : "for an unknown reason";
}

/* FNV-1a: nobody gains anything by two failures that have the same id. */
static uint32_t mix(uint32_t hash, const uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ octets[i]) * 16777619u;
    return hash;
}

uint32_t culprit_id(struct dns_name zone, enum blame blame, int ede, const struct dns_address *server)
{
    struct dns_name_buffer lower = {0};
    uint8_t reason[3] = {(uint8_t)blame};
    put16(reason + 1, (unsigned)(ede + 1));
    if (zone.wire != NULL)
        dns_name_copy_lower(&lower, zone);
    uint32_t hash = mix(2166136261u, reason, sizeof reason);
    hash = mix(hash, lower.wire, lower.length);
    if (server != NULL && server->family != 0)
        hash = mix(hash, server->octets, server->family == 4 ? 4 : 16);
    hash = (hash ^ hash >> 28) & CULPRIT_ID_MAX;
    return hash == 0 ? 1 : hash;
}

const char *culprit_id_to_text(uint32_t id, char text[CULPRIT_ID_TEXT])
{
    snprintf(text, CULPRIT_ID_TEXT, "%07x", (unsigned)(id & CULPRIT_ID_MAX));
    return text;
}

uint32_t culprit_id_from_text(const char *text)
{
    uint32_t id = 0;
    if (strlen(text) != CULPRIT_ID_TEXT - 1 || strspn(text, "0123456789abcdefABCDEF") != CULPRIT_ID_TEXT - 1)
        return 0;
    for (; *text != '\0'; text++)
        id = id << 4 | (uint32_t)(*text <= '9' ? *text - '0' : (*text | 0x20) - 'a' + 10);
    return id;
}
