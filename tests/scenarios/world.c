/* Zones, who serves them, and what changes; settings of the resolver. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

enum { TTL_DEFAULT = 3600, RECORD_TEXT = 70000, SERVERS_MAX = 16, GENERATED_MAX = 4000 };

/* -- records ----------------------------------------------------------------------------------- */

struct zone_reader {
    struct play *play;
    char origin[DNS_NAME_TEXT_MAX];
    struct dns_name_buffer name;
    uint32_t ttl;
};

static bool add_text(struct zone_reader *reader, const struct line *line, const char *text)
{
    static struct dns_text_record record;
    static char absolute[RECORD_TEXT];
    if (!read_record_text(line, text, dns_name_view(&reader->name), reader->ttl, &record) ||
        dns_record_to_text(dns_name_view(&record.owner), record.type, record.class, record.ttl, record.rdata,
                           record.rdata_length, absolute, sizeof absolute) != DNS_OK)
        return false;
    if (!dns_name_within(dns_name_view(&record.owner), dns_name_view(&reader->name)))
        return text_mistake(line, "the record is not in the zone %s", reader->origin);
    net_zone_add(reader->play->net, reader->origin, absolute);
    return true;
}

/* "$GENERATE 1-100 www A 10.0.0.$": $ stands for the number. */
static bool generate(struct zone_reader *reader, const struct line *line)
{
    struct range range;
    if (!read_range(line, 1, false, &range))
        return false;
    if (range.most - range.least > GENERATED_MAX)
        return text_mistake(line, "expected at most %d records", GENERATED_MAX);
    for (uint64_t i = range.least; i <= range.most; i++) {
        char text[4096] = "";
        for (const char *at = line->rest[2]; *at != '\0'; at++) {
            size_t used = strlen(text);
            if (*at == '$')
                snprintf(text + used, sizeof text - used, "%llu", (unsigned long long)i);
            else
                snprintf(text + used, sizeof text - used, "%c", *at);
        }
        if (!add_text(reader, line, text))
            return false;
    }
    return true;
}

static bool read_zone_line(struct zone_reader *reader, const struct line *line)
{
    uint64_t ttl;
    if (word_is(line, 0, "$TTL")) {
        if (!read_number(line, 1, INT32_MAX, &ttl))
            return false;
        reader->ttl = (uint32_t)ttl;
        return read_end(line, 2);
    }
    if (word_is(line, 0, "$GENERATE"))
        return generate(reader, line);
    return add_text(reader, line, line->rest[0]);
}

/* -- zones ------------------------------------------------------------------------------------- */

static int find_zone(const struct play *play, struct dns_name name)
{
    for (unsigned i = 0; i < play->zone_count; i++)
        if (dns_name_equal(dns_name_view(&play->zone[i]), name))
            return (int)i;
    return -1;
}

/* The zone that delegates this one. */
static int find_parent(const struct play *play, struct dns_name name)
{
    int parent = -1;
    while (!dns_name_is_root(name) && parent < 0) {
        name = dns_name_parent(name);
        parent = find_zone(play, name);
    }
    return parent;
}

/* A word with the comma behind it taken off. True: there was one. */
static bool take_word(const struct line *line, unsigned index, char *word, size_t capacity)
{
    snprintf(word, capacity, "%s", line->word[index]);
    size_t length = strlen(word);
    if (length == 0 || word[length - 1] != ',')
        return false;
    word[length - 1] = '\0';
    return true;
}

struct server_line {
    struct dns_name_buffer name; /* length 0: none is given */
    char address[2 * SERVERS_MAX][DNS_ADDRESS_TEXT_MAX];
    unsigned of[2 * SERVERS_MAX]; /* which name server's */
    struct dns_name_buffer host[SERVERS_MAX];
    unsigned host_count, address_count;
};

static bool is_address(const char *text)
{
    struct dns_address address;
    return dns_address_from_text(text, 0, &address) == DNS_OK;
}

/* "ns1", "ns1.example.net." */
static bool read_host(const struct line *line, const char *word, const struct zone_reader *reader,
                      struct server_line *servers)
{
    char text[2 * DNS_NAME_TEXT_MAX];
    bool absolute = word[0] != '\0' && word[strlen(word) - 1] == '.';
    snprintf(text, sizeof text, absolute || reader->origin[1] == '\0' ? "%s" : "%s.%s", word, reader->origin);
    if (servers->host_count < SERVERS_MAX &&
        dns_name_from_text(text, &servers->host[servers->host_count++]) == DNS_OK)
        return true;
    return text_mistake(line, "expected the name of a name server, not \"%s\"", word);
}

static bool read_servers(const struct line *line, const struct zone_reader *reader,
                         struct server_line *servers, bool named)
{
    for (unsigned at = 3; at < line->count; at++) {
        char word[DNS_NAME_TEXT_MAX];
        take_word(line, at, word, sizeof word);
        if (!is_address(word) && named) {
            if (!read_host(line, word, reader, servers))
                return false;
            continue;
        }
        if (!is_address(word) || servers->address_count == 2 * SERVERS_MAX)
            return text_mistake(line, "expected an address, not \"%s\"", word);
        if (named && servers->host_count == 0)
            return text_mistake(line, "expected the name of a name server before \"%s\"", word);
        servers->of[servers->address_count] = servers->host_count - 1;
        snprintf(servers->address[servers->address_count++], DNS_ADDRESS_TEXT_MAX, "%.46s", word);
    }
    if (servers->address_count > 0 || (named && servers->host_count > 0))
        return true;
    return text_mistake(line, "expected %s behind \"%s\"",
                        named ? "name servers and their addresses" : "addresses", line->word[2]);
}

static void add_servers(struct play *play, const char *to, const char *zone,
                        const struct server_line *servers, struct dns_name within)
{
    char text[3 * DNS_NAME_TEXT_MAX], name[DNS_NAME_TEXT_MAX];
    for (unsigned i = 0; i < servers->host_count; i++) {
        snprintf(text, sizeof text, "%s 3600 NS %s", zone,
                 dns_name_to_text(dns_name_view(&servers->host[i]), name));
        net_zone_add(play->net, to, text);
    }
    for (unsigned i = 0; i < servers->address_count; i++) {
        struct dns_name host = dns_name_view(&servers->host[servers->of[i]]);
        const char *address = servers->address[i];
        if (!dns_name_within(host, within))
            continue;
        snprintf(text, sizeof text, "%s 3600 %s %s", dns_name_to_text(host, name),
                 strchr(address, ':') != NULL ? "AAAA" : "A", address);
        net_zone_add(play->net, to, text);
    }
}

static bool has_soa(const struct statement *statement)
{
    for (unsigned i = 0; i < statement->count; i++)
        for (unsigned j = 0; j < statement->body[i].count && j < 4; j++)
            if (word_is(&statement->body[i], j, "SOA"))
                return true;
    return false;
}

static void begin_zone(struct play *play, const struct zone_reader *reader, const struct server_line *servers,
                       bool makes_soa)
{
    char addresses[2 * SERVERS_MAX * DNS_ADDRESS_TEXT_MAX] = "";
    for (unsigned i = 0; i < servers->address_count; i++)
        snprintf(addresses + strlen(addresses), sizeof addresses - strlen(addresses), "%s%s",
                 i > 0 ? " " : "", servers->address[i]);
    net_zone(play->net, reader->origin, addresses, "");
    if (!makes_soa)
        net_zone_remove(play->net, reader->origin, reader->origin, "SOA");
    for (unsigned i = 0; i < servers->address_count; i++)
        rules_watch_over(play, servers->address[i]);
}

bool world_zone(struct play *play, const struct statement *statement)
{
    const struct line *line = statement->head;
    struct zone_reader reader = {.play = play, .ttl = TTL_DEFAULT};
    struct server_line servers = {.host_count = 0};
    char parent_text[DNS_NAME_TEXT_MAX];
    if (!read_name(line, 1, &reader.name))
        return false;
    struct dns_name name = dns_name_view(&reader.name);
    dns_name_to_text(name, reader.origin);
    bool named = word_is(line, 2, "by");
    if (!named && !word_is(line, 2, "at"))
        return text_mistake(line, "expected \"by\" with name servers, or \"at\" with addresses");
    if (!read_servers(line, &reader, &servers, named))
        return false;
    if (play->zone_count == sizeof play->zone / sizeof *play->zone)
        return text_mistake(line, "there are too many zones");
    begin_zone(play, &reader, &servers, !has_soa(statement));
    int parent = find_parent(play, name);
    play->zone[play->zone_count++] = reader.name;
    if (named) {
        add_servers(play, reader.origin, reader.origin, &servers, name);
        if (parent >= 0)
            add_servers(play, dns_name_to_text(dns_name_view(&play->zone[parent]), parent_text),
                        reader.origin, &servers, name);
    }
    for (unsigned i = 0; i < statement->count; i++)
        if (!read_zone_line(&reader, &statement->body[i]))
            return false;
    return true;
}

/* -- changes ----------------------------------------------------------------------------------- */

static bool begin_change(struct play *play, const struct line *line, unsigned index,
                         struct zone_reader *reader)
{
    *reader = (struct zone_reader){.play = play, .ttl = TTL_DEFAULT};
    if (!read_name(line, index, &reader->name))
        return false;
    dns_name_to_text(dns_name_view(&reader->name), reader->origin);
    return find_zone(play, dns_name_view(&reader->name)) >= 0 ||
           text_mistake(line, "there is no zone %s", reader->origin);
}

static bool remove_records(struct zone_reader *reader, const struct line *line)
{
    char owner[2 * DNS_NAME_TEXT_MAX];
    uint16_t type;
    const char *word = line->word[1];
    bool absolute = word[0] != '\0' && word[strlen(word) - 1] == '.';
    struct dns_name_buffer name;
    if (word_is(line, 1, "@"))
        snprintf(owner, sizeof owner, "%s", reader->origin);
    else
        snprintf(owner, sizeof owner, absolute || reader->origin[1] == '\0' ? "%s" : "%s.%s", word,
                 reader->origin);
    if (line->count < 2 || dns_name_from_text(owner, &name) != DNS_OK)
        return text_mistake(line, "expected \"- OWNER TYPE\"");
    if (line->count > 2 && !read_type(line, 2, &type))
        return false;
    return net_zone_remove(reader->play->net, reader->origin, owner,
                           line->count > 2 ? line->word[2] : NULL) ||
           text_mistake(line, "the zone has no such records");
}

bool world_change(struct play *play, const struct statement *statement)
{
    struct zone_reader reader;
    if (!begin_change(play, statement->head, 1, &reader) || !read_end(statement->head, 2))
        return false;
    for (unsigned i = 0; i < statement->count; i++) {
        const struct line *line = &statement->body[i];
        bool good = false;
        if (word_is(line, 0, "-"))
            good = remove_records(&reader, line);
        else if (word_is(line, 0, "+"))
            good = add_text(&reader, line, line->rest[1]);
        else
            text_mistake(line, "expected \"- OWNER TYPE\" or \"+ RECORD\"");
        if (!good)
            return false;
    }
    return true;
}

bool world_move(struct play *play, const struct statement *statement)
{
    const struct line *line = statement->head;
    struct zone_reader reader;
    struct dns_address address;
    bool serves = word_is(line, 2, "serves");
    if (!read_address(line, 1, &address) || !begin_change(play, line, 3, &reader))
        return false;
    bool served = net_serve(play->net, line->word[1], reader.origin, serves);
    rules_watch_over(play, line->word[1]);
    return serves || served || text_mistake(line, "it does not serve the zone");
}

/* -- settings ---------------------------------------------------------------------------------- */

static bool set_yes_no(const struct line *line, bool *value)
{
    *value = word_is(line, 2, "yes");
    return *value || word_is(line, 2, "no") || text_mistake(line, "expected yes or no");
}

static bool set_number(const struct line *line, unsigned *value, uint64_t most)
{
    uint64_t number;
    if (!read_number(line, 2, most, &number))
        return false;
    *value = (unsigned)number;
    return true;
}

static bool set_minimisation(const struct line *line, struct engine_options *options)
{
    static const char *const words[] = {"off", "relaxed", "strict"};
    for (unsigned i = 0; i < 3; i++)
        if (word_is(line, 2, words[i])) {
            options->qmin = (enum engine_qmin)i;
            return true;
        }
    return text_mistake(line, "expected off, relaxed or strict");
}

/* "option server 192.0.2.0/24 bogus yes" */
static bool set_rule(struct play *play, const struct line *line, struct engine_options *options)
{
    struct engine_server_rule rule = {.bogus_given = word_is(line, 3, "bogus"),
                                      .edns_given = word_is(line, 3, "edns")};
    bool value = word_is(line, 4, "yes");
    if (dns_prefix_from_text(line->word[2], &rule.prefix) != DNS_OK)
        return text_mistake(line, "expected an address or a prefix, not \"%s\"", line->word[2]);
    if ((!rule.bogus_given && !rule.edns_given) || (!value && !word_is(line, 4, "no")) ||
        options->rule_count == PLAY_OPTION_RULES)
        return text_mistake(line, "expected \"option server PREFIX bogus yes\" or the like");
    rule.bogus = rule.edns = value;
    play->option_rules[options->rule_count++] = rule;
    options->rules = play->option_rules;
    return true;
}

static bool set(struct play *play, const struct line *line, struct engine_options *options)
{
    struct engine_limits *limits = &options->limits;
    const struct {
        const char *name;
        unsigned *value;
    } numbers[] = {
        {"max-cache-ttl", &options->max_cache_ttl},   {"min-cache-ttl", &options->min_cache_ttl},
        {"max-ncache-ttl", &options->max_ncache_ttl}, {"min-ncache-ttl", &options->min_ncache_ttl},
        {"max-query-count", &limits->packets},        {"max-recursion-queries", &limits->packets_per_name},
        {"max-query-restarts", &limits->names},       {"max-recursion-depth", &limits->depth},
        {"clients-per-query", &limits->waiters},      {"name-server-lookups", &limits->lookups},
    };
    unsigned size = 0;
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (word_is(line, 1, numbers[i].name))
            return set_number(line, numbers[i].value, UINT32_MAX);
    if (word_is(line, 1, "edns-udp-size")) {
        bool good = set_number(line, &size, 65535);
        options->edns_udp_size = (uint16_t)size;
        return good;
    }
    if (word_is(line, 1, "qname-minimization"))
        return set_minimisation(line, options);
    if (word_is(line, 1, "minimal-responses"))
        return set_yes_no(line, &options->minimal_responses);
    if (word_is(line, 1, "ipv4"))
        return set_yes_no(line, &options->ipv4);
    if (word_is(line, 1, "ipv6"))
        return set_yes_no(line, &options->ipv6);
    if (word_is(line, 1, "priming"))
        return set_yes_no(line, &play->priming);
    if (word_is(line, 1, "server"))
        return set_rule(play, line, options);
    if (word_is(line, 1, "resolver-query-timeout"))
        return read_time(line, 2, &limits->time);
    return text_mistake(
        line,
        "there is no option \"%s\"; there are max-cache-ttl, min-cache-ttl, max-ncache-ttl, "
        "min-ncache-ttl, max-query-count, max-recursion-queries, max-query-restarts, "
        "max-recursion-depth, clients-per-query, name-server-lookups, resolver-query-timeout, "
        "edns-udp-size, qname-minimization, minimal-responses, ipv4, ipv6, priming and server",
        line->word[1]);
}

bool world_option(struct play *play, const struct statement *statement)
{
    if (!set(play, statement->head, net_options(play->net)))
        return false;
    net_reconfigure(play->net);
    return true;
}
