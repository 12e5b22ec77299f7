/*
 * What the daemon answers, as text for people or as JSON for programs; whoever answers says each fact once:
 *
 *      report_row(report, "entry");                                  www.example.org. A ttl 290
 *      report_name(report, "name", "", name);                        {"row":"entry","name":"www.example.org.",
 *      report_type(report, "type", "", type);                         "type":"A","ttl":290}
 *      report_seconds(report, "ttl", "ttl", 290);
 *      report_row_end(report);
 *      report_count(report, "entries", "", 1);                       entries                      1
 *      report_ok(report);                                            {"status":"ok","entries":1}
 *
 * Outside of a row each fact is a line of the text, and a member of JSON's last object. JSON is one object a line
 * (JSON Lines); the last one has a member "status": "ok", or "error" with "error" for people and "code" for programs. The
 * last line of the text is "ok", "error: ..." or, where the command itself is wrong, "usage: ...".
 *
 * `field`: the stable name of docs/control.md. `label`: what people read before the value, in a row; NULL: people do
 * not see it.
 */
#ifndef CONTROL_REPORT_H
#define CONTROL_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/address.h"
#include "dns/name.h"

/* Octets that grow. */
struct text {
    char *octets;
    size_t length, capacity;
    bool failed; /* out of memory: what is there is not whole */
};
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_octets(struct text *text, const char *octets, size_t length);
void text_reserve(struct text *text, size_t length); /* what is added next does not allocate, up to that */
void text_free(struct text *text);

struct report {
    bool json;
    struct text text;
    json_t *row, *last, *notes; /* json */
    bool in_row, first;
};

void report_start(struct report *report, bool json);
void report_end(struct report *report);

void report_row(struct report *report, const char *kind);
void report_row_end(struct report *report);

void report_string(struct report *report, const char *field, const char *label, const char *value);
void report_name(struct report *report, const char *field, const char *label, struct dns_name name);
void report_type(struct report *report, const char *field, const char *label, uint16_t type);
void report_address(struct report *report, const char *field, const char *label,
                    const struct dns_address *address);
void report_count(struct report *report, const char *field, const char *label, uint64_t value);
void report_flag(struct report *report, const char *field, const char *label, bool value); /* "yes", "no" */
void report_seconds(struct report *report, const char *field, const char *label,
                    uint64_t s); /* "3d 04:05:06" from a day on */
void report_micros(struct report *report, const char *field, const char *label,
                   uint64_t micros); /* "12.3 ms" */
void report_percent(struct report *report, const char *field, const char *label, double share); /* of 1 */
void report_time(struct report *report, const char *field, const char *label,
                 uint64_t wall); /* seconds since 1970 */

/* A value that is there already; stolen. `text`: what people read. */
void report_json(struct report *report, const char *field, json_t *value);

/* A line for people that says nothing which programs need; in JSON a member of "notes". */
void report_note(struct report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text as it is, many lines of it: in JSON the value of `field`. */
void report_block(struct report *report, const char *field, const char *text, size_t length);

void report_ok(struct report *report);
/* `code`: one word, stable: "usage", "refused", "failed", "not-found", ... */
void report_error(struct report *report, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
