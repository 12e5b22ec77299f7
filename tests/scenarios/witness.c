/* Which packets have been sent, and what is in the cache. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

/* -- packets ----------------------------------------------------------------------------------- */

/* "packets N", "packets to ADDRESS N", "packets for NAME [TYPE] N", "packets over tcp N", in this step. */
static bool witness_count(struct play *play, const struct line *line)
{
    struct dns_address server = {.family = 0};
    struct dns_name_buffer name = {.length = 0};
    struct range range;
    uint16_t type = 0;
    bool tcp = false;
    unsigned at = 1, count = 0;
    if (word_is(line, at, "to")) {
        if (!read_address(line, at + 1, &server))
            return false;
        at += 2;
    }
    if (word_is(line, at, "for")) {
        if (!read_name(line, at + 1, &name))
            return false;
        at += 2;
        if (at + 1 < line->count && !read_type(line, at++, &type))
            return false;
    }
    if (word_is(line, at, "over")) {
        tcp = true;
        at += 2;
    }
    if (!read_range(line, at, false, &range) || !read_end(line, at + 1))
        return false;
    for (unsigned i = play->step_sent; i < play->sent_count; i++) {
        const struct sent *sent = &play->sent[i];
        count += (server.family == 0 || dns_address_equal(&sent->server, &server)) &&
                 (name.length == 0 || dns_name_equal(dns_name_view(&sent->name), dns_name_view(&name))) &&
                 (type == 0 || sent->type == type) && (!tcp || sent->tcp);
    }
    return range_has(&range, count) ||
           play_missed(play, line, NULL, "expected %s such packets in this step, there were %u",
                       line->word[at], count);
}

/* "192.0.2.1" or "192.0.2.1|192.0.2.2" or "*" */
static bool server_is(const struct line *line, const struct sent *sent, bool *good)
{
    char text[256], *save = NULL;
    snprintf(text, sizeof text, "%s", line->word[1]);
    for (char *word = strtok_r(text, "|", &save); word != NULL; word = strtok_r(NULL, "|", &save)) {
        struct dns_address address;
        if (strcmp(word, "*") == 0)
            return true;
        if (dns_address_from_text(word, 53, &address) != DNS_OK)
            *good = text_mistake(line, "expected an address, not \"%s\"", word);
        else if (dns_address_equal(&address, &sent->server))
            return true;
    }
    return false;
}

/* "sent SERVER NAME TYPE [over tcp] [without edns]" */
static bool packet_is(const struct line *line, const struct sent *sent, bool *good)
{
    struct dns_name_buffer name;
    uint16_t type;
    bool tcp = false, edns = true;
    if (!read_name(line, 2, &name) || !read_type(line, 3, &type))
        return *good = false;
    for (unsigned i = 4; i + 1 < line->count; i += 2) {
        tcp |= word_is(line, i, "over") && word_is(line, i + 1, "tcp");
        edns &= !(word_is(line, i, "without") && word_is(line, i + 1, "edns"));
    }
    return server_is(line, sent, good) && dns_name_equal(dns_name_view(&sent->name), dns_name_view(&name)) &&
           sent->type == type && sent->tcp == tcp && sent->edns == edns;
}

bool witness_packets(struct play *play, const struct statement *statement)
{
    unsigned next = play->step_sent, lines = 0;
    bool good = true;
    for (unsigned i = 0; i < statement->count && good; i++) {
        const struct line *line = &statement->body[i];
        if (!word_is(line, 0, "sent"))
            continue;
        lines++;
        if (word_is(line, 1, "nothing"))
            break;
        if (next >= play->sent_count)
            return play_missed(play, line, NULL, "expected this packet, there was none");
        if (!packet_is(line, &play->sent[next++], &good))
            return good && play_missed(play, line, NULL, "expected packet %u of this step to be this one",
                                       next - play->step_sent);
    }
    if (lines == 0 || next == play->sent_count || !good)
        return good;
    return play_missed(play, statement->head, NULL, "expected %u packets in this step, there were %u",
                       next - play->step_sent, play->sent_count - play->step_sent);
}

/* -- the cache --------------------------------------------------------------------------------- */

static const struct {
    const char *word, *listed;
    enum cache_kind kind;
    bool typed;
} kinds[] = {
    {"rrset", "RRSET", CACHE_RRSET, true},
    {"nodata", "NODATA", CACHE_NODATA, true},
    {"nxdomain", "NXDOMAIN", CACHE_NXDOMAIN, false},
    {"failure", "FAILURE", CACHE_FAILURE, true},
    {"delegation", "DELEGATION", CACHE_DELEGATION, false},
};

struct entry {
    unsigned kind; /* index of kinds */
    struct dns_name_buffer name;
    uint16_t type;
};

static bool read_entry(const struct line *line, unsigned *at, struct entry *entry)
{
    for (entry->kind = 0; entry->kind < sizeof kinds / sizeof *kinds; entry->kind++)
        if (word_is(line, *at, kinds[entry->kind].word))
            break;
    if (entry->kind == sizeof kinds / sizeof *kinds)
        return text_mistake(line, "expected rrset, nodata, nxdomain, failure or delegation, not \"%s\"",
                            line->word[*at]);
    if (!read_name(line, *at + 1, &entry->name))
        return false;
    *at += 2;
    entry->type = 0;
    return !kinds[entry->kind].typed || read_type(line, (*at)++, &entry->type);
}

/* The line of net_cache_text() that begins with this. NULL: there is none. */
static const char *find_listed(const char *listing, const struct entry *entry)
{
    char start[DNS_NAME_TEXT_MAX + 64], name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    struct dns_name_buffer lower;
    dns_name_copy_lower(&lower, dns_name_view(&entry->name));
    dns_name_to_text(dns_name_view(&lower), name);
    if (kinds[entry->kind].typed)
        snprintf(start, sizeof start, "%s %s %s: ", kinds[entry->kind].listed, name,
                 dns_type_to_text(entry->type, type));
    else
        snprintf(start, sizeof start, "%s %s: ", kinds[entry->kind].listed, name);
    for (const char *at = listing; at != NULL && *at != '\0'; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, start, strlen(start)) == 0)
            return at;
    }
    return NULL;
}

static bool listed_has(const char *listed, const char *text)
{
    const char *end = strchr(listed, '\n'), *at = strstr(listed, text);
    return at != NULL && (end == NULL || at < end);
}

/* "cached rrset NAME TYPE [ttl N] [with TEXT]..." */
static bool witness_cached(struct play *play, const struct line *line)
{
    struct entry entry;
    struct cache_hit hit;
    uint8_t nothing[1];
    unsigned at = 1;
    if (!read_entry(line, &at, &entry))
        return false;
    struct cache_key key = {kinds[entry.kind].kind, entry.type, dns_name_view(&entry.name)};
    uint32_t now = (uint32_t)(net_now(play->net) / 1000000);
    const char *listed = find_listed(net_cache_text(play->net, true), &entry);
    if (!cache_find(net_cache(play->net), &key, now, &hit, nothing, 0) || listed == NULL)
        return play_missed(play, line, NULL, "expected this in the cache, and it is not there");
    for (; at + 1 < line->count; at += 2) {
        struct range range;
        if (word_is(line, at, "ttl")) {
            if (!read_range(line, at + 1, false, &range))
                return false;
            if (!range_has(&range, hit.ttl))
                return play_missed(play, line, NULL, "expected %s seconds left, there are %u",
                                   line->word[at + 1], hit.ttl);
        } else if (word_is(line, at, "with")) {
            if (!listed_has(listed, line->word[at + 1]))
                return play_missed(play, line, NULL,
                                   "expected it in the cache with \"%s\"; it is there as\n    %.*s",
                                   line->word[at + 1], (int)strcspn(listed, "\n"), listed);
        } else {
            break;
        }
    }
    return read_end(line, at);
}

static bool witness_not_cached(struct play *play, const struct line *line)
{
    struct entry entry;
    unsigned at = 2;
    if (!read_entry(line, &at, &entry) || !read_end(line, at))
        return false;
    const char *listed = find_listed(net_cache_text(play->net, true), &entry);
    return listed == NULL ||
           play_missed(play, line, NULL, "expected this not to be in the cache; it is there as\n    %.*s",
                       (int)strcspn(listed, "\n"), listed);
}

/* "cache without TEXT": in no entry. */
static bool witness_without(struct play *play, const struct line *line)
{
    if (!word_is(line, 1, "without") || line->count != 3)
        return text_mistake(line, "expected \"cache without TEXT\"");
    const char *listing = net_cache_text(play->net, true), *at = strstr(listing, line->word[2]);
    if (at == NULL)
        return true;
    while (at > listing && at[-1] != '\n')
        at--;
    return play_missed(play, line, NULL, "expected no \"%s\" in the cache, there is\n    %.*s", line->word[2],
                       (int)strcspn(at, "\n"), at);
}

bool witness(struct play *play, const struct line *line, bool *known)
{
    *known = true;
    if (word_is(line, 0, "packets"))
        return witness_count(play, line);
    if (word_is(line, 0, "sent"))
        return true; /* all of them together: witness_packets() */
    if (word_is(line, 0, "cached"))
        return witness_cached(play, line);
    if (word_is(line, 0, "not") && word_is(line, 1, "cached"))
        return witness_not_cached(play, line);
    if (word_is(line, 0, "cache"))
        return witness_without(play, line);
    *known = false;
    return true;
}
