#include "resolver/event.h"

#include <stdarg.h>
#include <stdio.h>

#include "dns/types.h"

/* The step of the walk that an event belongs to (docs/architecture.md), its verb, and how the rest of
   its line is put together. */
struct form {
    uint8_t step;
    const char *verb;
    const char *pattern;
};

/* %n name  %t type  %o other name  %z zone  %s server's name  %a address  %r rcode  %c count
   %v value  %m value as milliseconds  %x text */
static const struct form forms[] = {
    [EVENT_QUESTION] = {4, "question", "%n %t"},
    [EVENT_JOINED] = {4, "join", "%n %t is being walked already; %c wait for it now"},
    [EVENT_CACHE_HIT] = {4, "cache", "hit: %n %t (%x)"},
    [EVENT_CACHE_MISS] = {4, "cache", "miss: %n %t"},
    [EVENT_DELEGATION] = {6, "from", "%z is the closest zone known (%x): %c name servers, %v addresses"},
    [EVENT_SERVER] = {7, "pick", "%a (%s), the best of %c, expected within %m ms"},
    [EVENT_SEND] = {7, "ask", "%a for zone %z: %n %t (%x)"},
    [EVENT_RECEIVE] = {7, "answer", "%x, %r, from %a in %m ms"},
    [EVENT_SILENT] = {7, "silent", "%a has not answered within %m ms"},
    [EVENT_UNREACHABLE] = {7, "unreachable", "%a: %x"},
    [EVENT_PACKET_DROPPED] = {7, "drop", "a packet from %a: %x"},
    [EVENT_RECORD_DROPPED] = {7, "drop", "%n %t: %x"},
    [EVENT_SERVER_DROPPED] = {7, "give up", "%a for zone %z: %x"},
    [EVENT_REFERRAL] = {7, "down", "to %z: %c name servers, %v addresses as glue"},
    [EVENT_ALIAS] = {7, "alias", "%n is %t of %o"},
    [EVENT_CHILD] = {7, "need", "%n %t: %x"},
    [EVENT_JUDGED] = {8, "prove", "%n %t is %x, in %z"},
    [EVENT_BOGUS] = {8, "bogus", "%n %t: %x"},
    [EVENT_KEPT] = {8, "keep", "%n %t for %v s (%x)"},
    [EVENT_BUDGET] = {7, "budget", "spent: %x"},
    [EVENT_ANSWER] = {8, "done", "%n %t: %r, %c records, %m ms"},
    [EVENT_FAILURE] = {8, "fail", "%n %t: %r, %x"},
};

struct line {
    char *text;
    size_t length, capacity;
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

static void append_name(struct line *line, struct dns_name name)
{
    char text[DNS_NAME_TEXT_MAX];
    append(line, "%s", name.wire == NULL ? "-" : dns_name_to_text(name, text));
}

static void append_field(struct line *line, const struct event *event, char field)
{
    char text[DNS_ADDRESS_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
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
    case 't':
        append(line, "%s", dns_type_to_text(event->type, type));
        break;
    case 'r':
        append(line, "%s", dns_rcode_to_text(event->rcode, type));
        break;
    case 'a':
        append(line, "%s", dns_address_to_text(&event->address, text));
        break;
    case 'c':
        append(line, "%u", (unsigned)event->count);
        break;
    case 'v':
        append(line, "%llu", (unsigned long long)event->value);
        break;
    case 'm':
        append(line, "%llu.%llu", (unsigned long long)event->value / 1000,
               (unsigned long long)event->value / 100 % 10);
        break;
    default:
        append(line, "%s", event->text == NULL ? "-" : event->text);
    }
}

const char *event_to_text(const struct event *event, char text[EVENT_TEXT_MAX])
{
    struct line line = {text, 0, EVENT_TEXT_MAX};
    const struct form *form = &forms[event->kind];

    append(&line, "%u %-8s ", form->step, form->verb);
    for (const char *at = form->pattern; *at != '\0'; at++) {
        if (*at == '%')
            append_field(&line, event, *++at);
        else
            append(&line, "%c", *at);
    }
    return text;
}
