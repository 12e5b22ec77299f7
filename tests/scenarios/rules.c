/* What is wrong with servers and with the network: rules, of which later ones go before earlier ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

enum kind {
    /* what happens instead of the usual answer */
    RULE_SILENT,
    RULE_BREAKS, /* the exchange fails: `number` is the failure */
    RULE_RCODE,  /* a bare answer with the rcode `number` */
    RULE_TRUNCATES,
    RULE_REPLIES, /* as its body says */
    RULE_USUAL,
    RULE_INSTEAD = RULE_USUAL,
    /* what is changed in the answer, whatever it is */
    RULE_DELAY,
    RULE_CUT, /* TC, and only the first `number` octets */
    RULE_NO_EDNS,
    RULE_NO_AA,
    RULE_RA,
    RULE_LOWERS,
    RULE_TTL,     /* at most `number` */
    RULE_WITHOUT, /* the section `number`, or of it the type `dropped` */
    RULE_DENIES_ENTS,
    RULE_ADDS, /* the records of its body */
    /* what comes besides */
    RULE_SPOOFED,
};

struct rule {
    struct rule *next;
    struct dns_address server;
    enum kind kind;
    uint64_t number;
    uint16_t dropped;
    uint64_t delay;
    bool has_delay;
    bool named, below; /* below: all names under it as well */
    struct dns_name_buffer name;
    uint16_t type;         /* 0: any */
    int transport, edns;   /* -1: any */
    uint64_t first, after; /* of the queries that it is about: only so many; not the first */
    uint64_t met;
    const struct line *body;
    unsigned body_count;
};

enum { USUAL_DELAY = 10000, SPOOF_DELAY = 1000 };

void rules_free(struct play *play)
{
    while (play->rules != NULL) {
        struct rule *rule = play->rules;
        play->rules = rule->next;
        free(rule);
    }
}

static void forget_rules(struct play *play, const struct dns_address *server)
{
    struct rule **at = &play->rules;
    while (*at != NULL) {
        struct rule *rule = *at;
        if (dns_address_equal(&rule->server, server)) {
            *at = rule->next;
            free(rule);
        } else {
            at = &rule->next;
        }
    }
    play->rules_end = at;
}

/* -- reading ----------------------------------------------------------------------------------- */

/* "for NAME [TYPE]", "for *.NAME": all names below it. */
static bool read_for(struct rule *rule, const struct line *line, unsigned *at)
{
    rule->named = true;
    rule->below = strncmp(line->word[*at], "*.", 2) == 0;
    const char *text = line->word[*at] + (rule->below ? 2 : 0);
    if (*text == '\0' || dns_name_from_text(text, &rule->name) != DNS_OK)
        return text_mistake(line, "expected a domain name, not \"%s\"", line->word[*at]);
    ++*at;
    if (dns_type_from_text(line->word[*at], &rule->type) == DNS_OK)
        ++*at;
    else
        rule->type = 0;
    return true;
}

static bool read_with(struct rule *rule, const struct line *line, unsigned *at, bool with)
{
    if (!word_is(line, *at, "edns"))
        return text_mistake(line, "expected \"edns\", not \"%s\"", line->word[*at]);
    rule->edns = with;
    ++*at;
    return true;
}

static bool read_transport(struct rule *rule, const struct line *line, unsigned *at)
{
    if (!word_is(line, *at, "udp") && !word_is(line, *at, "tcp"))
        return text_mistake(line, "expected \"udp\" or \"tcp\", not \"%s\"", line->word[*at]);
    rule->transport = word_is(line, *at, "tcp") ? TRANSPORT_TCP : TRANSPORT_UDP;
    ++*at;
    return true;
}

/* Which queries the rule is about. */
static bool read_conditions(struct rule *rule, const struct line *line, unsigned at)
{
    while (at < line->count) {
        bool good;
        unsigned value = at + 1;
        if (word_is(line, at, "for")) {
            good = read_for(rule, line, &value);
        } else if (word_is(line, at, "over")) {
            good = read_transport(rule, line, &value);
        } else if (word_is(line, at, "with") || word_is(line, at, "without")) {
            good = read_with(rule, line, &value, word_is(line, at, "with"));
        } else if (word_is(line, at, "first")) {
            good = read_number(line, value++, UINT64_MAX, &rule->first);
        } else if (word_is(line, at, "after")) {
            good = read_number(line, value++, UINT64_MAX, &rule->after);
        } else if (word_is(line, at, "in")) {
            good = read_time(line, value++, &rule->delay);
            rule->has_delay = true;
        } else {
            return text_mistake(line, "expected for, over, with, without, first, after or in, not \"%s\"",
                                line->word[at]);
        }
        if (!good)
            return false;
        at = value;
    }
    return true;
}

static bool read_section(const struct line *line, unsigned index, uint64_t *section)
{
    static const char *const sections[DNS_SECTIONS] = {"answer", "authority", "additional"};
    for (*section = 0; *section < DNS_SECTIONS; ++*section)
        if (word_is(line, index, sections[*section]))
            return true;
    return text_mistake(line, "expected answer, authority or additional, not \"%s\"", line->word[index]);
}

/* Behaviours of one word. */
static bool read_plain(struct rule *rule, const char *word)
{
    static const struct {
        const char *word;
        enum kind kind;
        unsigned number;
    } known[] = {
        {"silent", RULE_SILENT, 0},
        {"unreachable", RULE_BREAKS, FAILURE_UNREACHABLE},
        {"closed", RULE_BREAKS, FAILURE_REFUSED},
        {"no-route", RULE_BREAKS, FAILURE_NO_ROUTE},
        {"no-socket", RULE_BREAKS, FAILURE_RESOURCES},
        {"hangs-up", RULE_BREAKS, FAILURE_CLOSED},
        {"truncates", RULE_TRUNCATES, 0},
        {"as-usual", RULE_USUAL, 0},
        {"without-edns", RULE_NO_EDNS, 0},
        {"without-aa", RULE_NO_AA, 0},
        {"with-ra", RULE_RA, 0},
        {"lowercases", RULE_LOWERS, 0},
        {"denies-ents", RULE_DENIES_ENTS, 0},
    };
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].word, word) == 0) {
            rule->kind = known[i].kind;
            rule->number = known[i].number;
            return true;
        }
    return false;
}

static bool read_behaviour(struct rule *rule, const struct line *line, unsigned *at)
{
    unsigned index = *at, rcode = 0;
    bool good;
    *at = index + 2;
    if (read_plain(rule, line->word[index])) {
        *at = index + 1;
        good = true;
    } else if (word_is(line, index, "delay")) {
        rule->kind = RULE_DELAY;
        good = read_time(line, index + 1, &rule->number);
    } else if (word_is(line, index, "rcode")) {
        rule->kind = RULE_RCODE;
        good = read_rcode(line, index + 1, &rcode);
        rule->number = rcode;
    } else if (word_is(line, index, "ttl")) {
        rule->kind = RULE_TTL;
        good = read_number(line, index + 1, UINT32_MAX, &rule->number);
    } else if (word_is(line, index, "cut")) {
        rule->kind = RULE_CUT;
        good = read_number(line, index + 1, DNS_MESSAGE_MAX, &rule->number);
    } else if (word_is(line, index, "omits")) {
        rule->kind = RULE_WITHOUT;
        good = read_section(line, index + 1, &rule->number);
        if (good && dns_type_from_text(line->word[index + 2], &rule->dropped) == DNS_OK)
            *at = index + 3;
    } else {
        return text_mistake(
            line,
            "expected what the server does: silent, unreachable, closed, no-route, no-socket, "
            "hangs-up, truncates, as-usual, without-edns, without-aa, with-ra, lowercases, "
            "denies-ents, delay, rcode, ttl, cut or omits; not \"%s\"",
            line->word[index]);
    }
    return good;
}

static size_t speak(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to);

static void add_rule(struct play *play, const struct rule *rule)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    struct dns_address bare = rule->server;
    struct rule *own = malloc(sizeof *own);
    *own = *rule;
    own->next = NULL;
    *play->rules_end = own;
    play->rules_end = &own->next;
    bare.port = 0;
    net_script(play->net, dns_address_to_text(&bare, text), speak, play);
}

/* Addresses may be many, with commas between them. Returns the index behind them. */
static unsigned read_servers(const struct line *line, struct dns_address *server, unsigned capacity,
                             unsigned *count)
{
    unsigned at = 1;
    for (*count = 0; *count < capacity; at++) {
        char text[DNS_ADDRESS_TEXT_MAX];
        snprintf(text, sizeof text, "%s", line->word[at]);
        bool more = text[0] != '\0' && text[strlen(text) - 1] == ',';
        if (more)
            text[strlen(text) - 1] = '\0';
        if (dns_address_from_text(text, 53, &server[(*count)++]) != DNS_OK) {
            text_mistake(line, "expected an address such as 192.0.2.1, not \"%s\"", line->word[at]);
            return 0;
        }
        if (!more)
            return at + 1;
    }
    text_mistake(line, "too many addresses");
    return 0;
}

enum { SERVERS_AT_ONCE = 16 };

bool rules_server(struct play *play, const struct statement *statement)
{
    const struct line *line = statement->head;
    struct dns_address server[SERVERS_AT_ONCE];
    unsigned count, at = read_servers(line, server, SERVERS_AT_ONCE, &count);
    struct rule rule = {.transport = -1, .edns = -1, .first = UINT64_MAX};
    if (at == 0)
        return false;
    if (statement->count > 0)
        return text_mistake(statement->body, "nothing is expected below \"server\"");
    bool well = word_is(line, at, "well");
    if (!well && (!read_behaviour(&rule, line, &at) || !read_conditions(&rule, line, at)))
        return false;
    for (unsigned i = 0; i < count; i++) {
        rule.server = server[i];
        if (well)
            forget_rules(play, &server[i]);
        else
            add_rule(play, &rule);
    }
    return !well || read_end(line, at + 1);
}

bool rules_reply(struct play *play, const struct statement *statement)
{
    const struct line *line = statement->head;
    struct dns_address server[SERVERS_AT_ONCE];
    unsigned count, at = read_servers(line, server, SERVERS_AT_ONCE, &count);
    struct rule rule = {.transport = -1, .edns = -1, .first = UINT64_MAX};
    rule.kind = word_is(line, 0, "reply")   ? RULE_REPLIES
                : word_is(line, 0, "spoof") ? RULE_SPOOFED
                                            : RULE_ADDS;
    rule.body = statement->body;
    rule.body_count = statement->count;
    if (at == 0 || !read_conditions(&rule, line, at))
        return false;
    struct draft draft;
    draft_start(&draft, NULL);
    bool good = true;
    for (unsigned i = 0; i < statement->count && good; i++)
        good = draft_read_line(&draft, &statement->body[i]);
    draft_free(&draft);
    for (unsigned i = 0; i < count && good; i++) {
        rule.server = server[i];
        add_rule(play, &rule);
    }
    return good;
}

/* -- speaking ---------------------------------------------------------------------------------- */

static bool is_about(struct rule *rule, const struct effect *effect, const struct dns_message *query)
{
    struct dns_name asked = dns_name_view(&query->qname), name = dns_name_view(&rule->name);
    if (!dns_address_equal(&rule->server, &effect->server) ||
        (rule->transport >= 0 && rule->transport != (int)effect->transport) ||
        (rule->edns >= 0 && rule->edns != (int)query->edns.present) ||
        (rule->type != 0 && rule->type != query->qtype))
        return false;
    if (rule->named && !(rule->below ? dns_name_within(asked, name) && asked.length > name.length
                                     : dns_name_equal(asked, name)))
        return false;
    rule->met++;
    return rule->met > rule->after && rule->met - rule->after <= rule->first;
}

static void read_body(struct play *play, struct draft *draft, const struct rule *rule)
{
    for (unsigned i = 0; i < rule->body_count; i++)
        play->mistaken |= !draft_read_line(draft, &rule->body[i]);
}

static void send_off(struct play *play, struct draft *draft, uint64_t delay, uint8_t *wire)
{
    struct dns_address from = draft->from;
    size_t length = draft_write(draft, wire);
    unsigned transport = draft->transport < 0 ? play->effect->transport : (unsigned)draft->transport;
    net_forge_from(play->net, delay, from.family == 0 ? &play->effect->server : &from, transport, wire,
                   length);
}

static void send_spoofed(struct play *play, const struct rule *rule, const struct dns_message *query,
                         uint8_t *wire)
{
    struct draft draft;
    draft_start(&draft, query);
    read_body(play, &draft, rule);
    send_off(play, &draft, rule->has_delay ? rule->delay : SPOOF_DELAY, wire);
    draft_free(&draft);
}

static void deny_ent(struct draft *draft)
{
    bool nothing = true;
    for (unsigned i = 0; i < draft->count; i++)
        nothing &= draft->record[i].section == DNS_AUTHORITY && draft->record[i].type == DNS_TYPE_SOA;
    if (nothing && draft->rcode == DNS_RCODE_NOERROR)
        draft->rcode = DNS_RCODE_NXDOMAIN;
}

static void change(struct play *play, struct draft *draft, const struct rule *rule)
{
    switch (rule->kind) {
    case RULE_CUT:
        draft->cut = true;
        draft->limit = rule->number;
        break;
    case RULE_NO_EDNS:
        draft->edns = false;
        break;
    case RULE_NO_AA:
        draft->flags &= ~(unsigned)DNS_FLAG_AA;
        break;
    case RULE_RA:
        draft->flags |= DNS_FLAG_RA;
        break;
    case RULE_LOWERS:
        draft->question = DRAFT_LOWER;
        break;
    case RULE_TTL:
        for (unsigned i = 0; i < draft->count; i++)
            if (draft->record[i].ttl > rule->number)
                draft->record[i].ttl = (uint32_t)rule->number;
        break;
    case RULE_WITHOUT:
        draft_drop(draft, (enum dns_section)rule->number, rule->dropped);
        break;
    case RULE_DENIES_ENTS:
        deny_ent(draft);
        break;
    case RULE_ADDS:
        read_body(play, draft, rule);
        break;
    default:
        break;
    }
}

/* The rules that are about this query: those beside the answer are carried out, the last of those instead
   of it is returned, and how many of the others apply. */
static struct rule *sort_rules(struct play *play, const struct dns_message *query,
                               const struct rule **changes, unsigned *count, uint8_t *wire)
{
    struct rule *instead = NULL;
    *count = 0;
    for (struct rule *rule = play->rules; rule != NULL; rule = rule->next) {
        if (!is_about(rule, play->effect, query))
            continue;
        if (rule->kind == RULE_SPOOFED)
            send_spoofed(play, rule, query, wire);
        else if (rule->kind <= RULE_INSTEAD)
            instead = rule;
        else if (*count < 32)
            changes[(*count)++] = rule;
    }
    return instead;
}

static void say(struct play *play, const struct rule *instead, struct draft *draft, uint8_t *to)
{
    switch (instead == NULL ? RULE_USUAL : instead->kind) {
    case RULE_RCODE:
        draft->flags = DNS_FLAG_QR;
        draft->rcode = (unsigned)instead->number;
        draft->edns &= draft->rcode != DNS_RCODE_FORMERR && draft->rcode != DNS_RCODE_NOTIMP;
        break;
    case RULE_TRUNCATES:
        draft->flags = DNS_FLAG_QR | DNS_FLAG_TC;
        break;
    case RULE_REPLIES:
        read_body(play, draft, instead);
        break;
    default:
        draft_read_usual(draft, to, net_usual(play->net, draft->query, to));
    }
}

static size_t speak(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to)
{
    struct play *play = context;
    const struct rule *changes[32];
    unsigned count;
    uint64_t delay = USUAL_DELAY;
    struct rule *instead = sort_rules(play, query, changes, &count, to);
    for (unsigned i = 0; i < count; i++)
        if (changes[i]->kind == RULE_DELAY)
            delay = changes[i]->number;
    delay = udp ? delay : 2 * delay; /* a connection first */
    if (instead != NULL && instead->has_delay)
        delay = instead->delay;
    if (instead != NULL && instead->kind == RULE_SILENT)
        return NET_SAYS_NOTHING;
    if (instead != NULL && instead->kind == RULE_BREAKS) {
        net_break_off(net,
                      instead->number == FAILURE_NO_ROUTE || instead->number == FAILURE_RESOURCES ? 0 : delay,
                      (enum failure)instead->number);
        return NET_SAYS_NOTHING;
    }
    struct draft draft;
    draft_start(&draft, query);
    if (udp)
        draft.limit = query->edns.present ? query->edns.udp_size : 512;
    say(play, instead, &draft, to);
    for (unsigned i = 0; i < count; i++)
        change(play, &draft, changes[i]);
    send_off(play, &draft, delay, to);
    draft_free(&draft);
    return NET_SAYS_NOTHING;
}

void rules_watch_over(struct play *play, const char *server)
{
    net_script(play->net, server, speak, play);
}
