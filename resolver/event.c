#include "resolver/event.h"

#include <stdarg.h>
#include <stdio.h>

#include "cache/cache.h"
#include "dns/types.h"
#include "resolver/trust.h"

/* The step of the walk that an event belongs to (docs/architecture.md), its word for machines and the one for people,
   and how the rest of its line is put together. */
struct form {
    uint8_t step;
    const char *word, *verb, *pattern;
};

/* %n name  %t type  %o other name  %z zone  %s server's name  %a address  %r rcode  %c count  %v value
   %m value as milliseconds  %x text  %p place  %w the other walk  %l TTL  %g age  %k rank  %u trust  %q key tag
   %h algorithm  %e extended error  %i id  %b blame  %0 to %3 a number  %f what is special.
   What stands in brackets is left out where a field in it is missing. */
static const struct form forms[EVENT_KINDS] = {
    [EVENT_ACCESS] = {3, "access", "access", "%x: %f for %a[, by %p]"},
    [EVENT_QUESTION] = {4, "question", "question", "%n %t"},
    [EVENT_ADOPTED] = {4, "adopted", "adopted",
                       "%n %t: a client asks now what was a step for [#%w: ]it goes on for him"},
    [EVENT_JOINED] = {4, "joined", "join", "%n %t is being walked already; %c wait for it now"},
    [EVENT_CACHE_HIT] =
        {4, "cache-hit", "cache",
         "hit: %n %t (%x)[, %l s left][, %g s old][, %k][, %u][, from %a][, %f][: %e][; id %i]"},
    [EVENT_CACHE_MISS] = {4, "cache-miss", "cache", "miss: %n %t"},
    [EVENT_LOCAL] = {5, "local", "local", "%n %t: [zone %z: ]%x"},
    [EVENT_DELEGATION] = {6, "delegation", "from",
                          "%z is the closest zone known (%x): %c name servers, %v addresses[; %u]"},
    [EVENT_SERVER] = {7, "server", "pick", "%a (%s), the best of %c, expected within %m ms[ (%f)]"},
    [EVENT_SEND] = {7, "send", "ask", "%a for zone %z: %n %t (%f)"},
    [EVENT_RECEIVE] = {7, "receive", "answer",
                       "%x, %r, from %a in %m ms[ (%f)]; %0+%1+%2 records, %3 octets"},
    [EVENT_SILENT] = {7, "silent", "silent", "%a has not answered within %m ms"},
    [EVENT_UNREACHABLE] = {7, "unreachable", "unreachable", "%a: %x"},
    [EVENT_PACKET_DROPPED] = {7, "packet-dropped", "drop", "a packet from %a: %x"},
    [EVENT_RECORD_DROPPED] = {7, "record-dropped", "drop", "%n %t: %x"},
    [EVENT_SERVER_DROPPED] = {7, "server-dropped", "give up", "%a for zone %z: %x"},
    [EVENT_REFERRAL] = {7, "referral", "down", "to %z: %c name servers, %v addresses as glue[; %u]"},
    [EVENT_ALIAS] = {7, "alias", "alias", "%n is %t of %o"},
    [EVENT_CHILD] = {7, "child", "need", "%n %t: %x[ (walk #%w)][, %f]"},
    [EVENT_CHILD_DONE] = {7, "child-done", "got", "%n %t: %r[, %x][; id %i][ (walk #%w)][, %f]"},
    [EVENT_KEYS] = {8, "keys", "keys", "of %z: %f[, key %q][ of algorithm %h][, %x]"},
    [EVENT_SIGNATURE] = {8, "signature", "sign",
                         "%n %t: signature of %z by key %q[ of algorithm %h]: %f[, %x]"},
    [EVENT_PROOF] = {8, "proof", "absent", "%n %t: proof by %z: %f[, %x]"},
    [EVENT_JUDGED] = {8, "judged", "prove", "%n %t is %u, in %z"},
    [EVENT_BOGUS] = {8, "bogus", "bogus", "%n %t: %x[ (%e)]"},
    [EVENT_KEPT] = {8, "kept", "keep", "%n %t for %v s (%x)[, %k][, %u]"},
    [EVENT_BUDGET] = {7, "budget", "budget", "spent: %x"},
    [EVENT_BUDGET_LEFT] =
        {8, "budget-left", "left",
         "of the budget: %0 packets, %1 aliases, %2 name servers' names, %3 signatures, %m ms"},
    [EVENT_ANSWER] = {8, "answer", "done", "%n %t: %r, %c records, %m ms[, %u][; %b][; id %i]"},
    [EVENT_FAILURE] = {8, "failure", "fail", "%n %t: %r, %x[ (%e)][; id %i]"},
};

static const char *const flag_words[EVENT_FLAGS] = {
    "good", "stale", "foreign",   "lame",   "backoff", "exploring", "again", "tcp",
    "edns", "case",  "minimised", "cookie", "aa",      "ra",        "tc",    "has-ede",
};

const char *event_word(enum event_kind kind)
{
    return kind < EVENT_KINDS ? forms[kind].word : "unknown";
}

unsigned event_step(enum event_kind kind)
{
    return kind < EVENT_KINDS ? forms[kind].step : 0;
}

const char *event_flag_word(unsigned bit)
{
    return bit < EVENT_FLAGS ? flag_words[bit] : "unknown";
}

const char *event_rank_word(uint8_t rank)
{
    static const char *const words[] = {
        "none",   "additional", "referral", "answer without authority", "authority section",
        "answer", "validated",
    };
    return rank < sizeof words / sizeof words[0] ? words[rank] : "unknown";
}

const char *event_trust_word(uint8_t trust)
{
    return trust == TRUST_SECURE ? "secure" : trust == TRUST_INSECURE ? "insecure" : "unchecked";
}

struct line {
    char *text;
    size_t length, capacity;
    bool missing; /* a field, since the last bracket was opened */
};

static void append(struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(line->text + line->length, line->capacity - line->length, format, arguments);
    va_end(arguments);
    if (n > 0)
        line->length += (size_t)n;
    if (line->length >= line->capacity)
        line->length = line->capacity - 1;
}

static void append_word(struct line *line, const char *word)
{
    line->missing |= word == NULL || word[0] == '\0';
    append(line, "%s", word == NULL || word[0] == '\0' ? "-" : word);
}

static void append_number(struct line *line, uint64_t number, bool known)
{
    line->missing |= !known;
    append(line, "%llu", (unsigned long long)number);
}

static void append_name(struct line *line, struct dns_name name)
{
    char text[DNS_NAME_TEXT_MAX];
    append_word(line, name.wire == NULL ? NULL : dns_name_to_text(name, text));
}

static void append_address(struct line *line, const struct dns_address *address)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    append_word(line, address->family == 0 ? NULL : dns_address_to_text(address, text));
}

/* What is special of it, in words. */
static void append_flags(struct line *line, const struct event *event)
{
    char text[128] = "";
    size_t length = 0;
#define SAY(condition, word)                                                                                 \
    if (condition)                                                                                           \
    length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", length > 0 ? ", " : "", word)
    unsigned flags = event->flags;
    SAY(event->kind == EVENT_ACCESS, flags & EVENT_GOOD ? "allowed" : "refused");
    SAY(event->kind == EVENT_KEYS, flags & EVENT_GOOD ? "believed" : "not believed");
    SAY(event->kind == EVENT_SIGNATURE, flags & EVENT_GOOD ? "good" : "not good");
    SAY(event->kind == EVENT_PROOF, flags & EVENT_GOOD ? "complete" : "not complete");
    SAY(event->kind == EVENT_SEND, flags & EVENT_TCP ? "TCP" : "UDP");
    SAY(event->kind == EVENT_SEND && !(flags & EVENT_EDNS), "without EDNS");
    SAY(event->kind == EVENT_RECEIVE && flags & EVENT_TCP, "TCP");
    SAY(event->kind == EVENT_RECEIVE && flags & EVENT_AA, "with authority");
    SAY(event->kind == EVENT_RECEIVE && flags & EVENT_RA, "recursion available");
    SAY(event->kind == EVENT_RECEIVE && flags & EVENT_TC, "truncated");
    SAY(flags & EVENT_CASE, "random case");
    SAY(flags & EVENT_MINIMISED, "minimised");
    SAY(flags & EVENT_COOKIE, "cookie");
    SAY(flags & EVENT_STALE, "stale");
    SAY(flags & EVENT_FOREIGN, "for another question");
    SAY(event->kind == EVENT_SERVER && event->number[1] > 0, "silent lately");
    SAY(flags & EVENT_LAME, "known as lame");
    SAY(flags & EVENT_BACKOFF, "left alone so far");
    SAY(flags & EVENT_EXPLORING, "to explore");
    SAY(flags & EVENT_AGAIN, "once more, in another way");
#undef SAY
    append_word(line, text);
}

static void append_common(struct line *line, const struct event *event, char field)
{
    char text[DNS_TYPE_TEXT_MAX];
    switch (field) {
    case 't':
        append(line, "%s", dns_type_to_text(event->type, text));
        break;
    case 'r':
        append(line, "%s", dns_rcode_to_text(event->rcode, text));
        break;
    case 'c':
        append_number(line, event->count, true);
        break;
    case 'v':
        append_number(line, event->kind == EVENT_KEPT ? event->ttl : event->value, true);
        break;
    case 'm':
        append(line, "%llu.%llu", (unsigned long long)event->value / 1000,
               (unsigned long long)event->value / 100 % 10);
        break;
    case '0':
    case '1':
    case '2':
    case '3':
        append_number(line, event->number[field - '0'], true);
        break;
    default:
        append_word(line, event->text);
    }
}

static void append_typed(struct line *line, const struct event *event, char field)
{
    char text[CULPRIT_ID_TEXT];
    switch (field) {
    case 'p':
        append_word(line, event->place);
        if (event->count > 0)
            append(line, ":%u", (unsigned)event->count);
        break;
    case 'w':
        append_number(line, event->related, event->related != 0);
        break;
    case 'l':
        append_number(line, event->ttl, event->ttl != 0);
        break;
    case 'g':
        append_number(line, event->age, event->ttl != 0 || event->age != 0);
        break;
    case 'k':
        append_word(line, event->rank == 0 ? NULL : event_rank_word(event->rank));
        break;
    case 'u':
        append_word(line, event->trust == 0 ? NULL : event_trust_word(event->trust));
        break;
    case 'q':
        append_number(line, event->key_tag, event->algorithm != 0);
        break;
    case 'h':
        append_number(line, event->algorithm, event->algorithm != 0);
        break;
    case 'e':
        append_word(line, event->flags & EVENT_HAS_EDE ? dns_ede_to_text(event->ede) : NULL);
        break;
    case 'i':
        append_word(line, event->id == 0 ? NULL : culprit_id_to_text(event->id, text));
        break;
    case 'b':
        append_word(line, event->blame == BLAME_NONE ? NULL : blame_to_text(event->blame));
        break;
    default:
        append_common(line, event, field);
    }
}

static void append_field(struct line *line, const struct event *event, char field)
{
    switch (field) {
    case 'n':
        append_name(line, event->name);
        break;
    case 'o':
        append_name(line, event->other);
        break;
    case 'z':
        append_name(line, event->zone);
        break;
    case 's':
        append_name(line, event->server);
        break;
    case 'a':
        append_address(line, &event->address);
        break;
    case 'f':
        append_flags(line, event);
        break;
    default:
        append_typed(line, event, field);
    }
}

const char *event_to_text(const struct event *event, char text[EVENT_TEXT_MAX])
{
    struct line line = {text, 0, EVENT_TEXT_MAX, false};
    const struct form *form = &forms[event->kind];
    size_t opened = 0;

    append(&line, "%u %-8s ", form->step, form->verb);
    for (const char *at = form->pattern; *at != '\0'; at++) {
        if (*at == '[') {
            opened = line.length;
            line.missing = false;
        } else if (*at == ']') {
            if (line.missing)
                text[line.length = opened] = '\0';
        } else if (*at == '%') {
            append_field(&line, event, *++at);
        } else {
            append(&line, "%c", *at);
        }
    }
    return text;
}

const char *event_culprit_to_text(const struct event *event, char text[EVENT_TEXT_MAX])
{
    struct line line = {text, 0, EVENT_TEXT_MAX, false};
    char id[CULPRIT_ID_TEXT];
    bool told = event->text != NULL && event->text[0] != '\0';
    text[0] = '\0';
    if (event->blame == BLAME_NETWORK || event->blame == BLAME_RESOURCES || event->blame == BLAME_ACCESS) {
        append(&line, "this resolver: ");
    } else if (event->zone.wire == NULL) {
        append(&line, "as before: ");
    } else {
        append(&line, "zone ");
        append_name(&line, event->zone);
        append(&line, "%s", event->address.family == 0 ? "" : ", server ");
        if (event->address.family != 0)
            append_address(&line, &event->address);
        append(&line, ": ");
    }
    if (event->blame != BLAME_NONE)
        append(&line, "%s%s", blame_to_text((enum blame)event->blame), told ? ": " : "");
    append(&line, "%s", told ? event->text : "");
    if (event->id != 0)
        append(&line, "; id %s", culprit_id_to_text(event->id, id));
    return text;
}
