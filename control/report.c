#include "control/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/types.h"

enum { FACT_WIDTH = 28 };

/* -- octets that grow ------------------------------------------------------------------------------ */

static bool make_room(struct text *text, size_t more)
{
    if (text->length + more <= text->capacity)
        return true;
    size_t capacity = (text->length + more) * 2 + 1024;
    char *octets = text->failed ? NULL : realloc(text->octets, capacity);
    if (octets == NULL) {
        text->failed = true;
        return false;
    }
    text->octets = octets;
    text->capacity = capacity;
    return true;
}

void text_reserve(struct text *text, size_t length)
{
    (void)make_room(text, length);
}

void text_add_octets(struct text *text, const char *octets, size_t length)
{
    if (!make_room(text, length))
        return;
    memcpy(text->octets + text->length, octets, length);
    text->length += length;
}

static void add_formatted(struct text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0 || !make_room(text, (size_t)length + 1))
        return;
    vsnprintf(text->octets + text->length, (size_t)length + 1, format, arguments);
    text->length += (size_t)length;
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_formatted(text, format, arguments);
    va_end(arguments);
}

void text_free(struct text *text)
{
    free(text->octets);
    *text = (struct text){0};
}

/* -- JSON ------------------------------------------------------------------------------------------- */

static int write_json(const char *octets, size_t length, void *context)
{
    text_add_octets(context, octets, length);
    return 0;
}

static void write_object(struct report *report, json_t *object)
{
    if (object == NULL ||
        json_dump_callback(object, write_json, &report->text, JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
        report->text.failed = true;
    text_add_octets(&report->text, "\n", 1);
}

static void set(struct report *report, const char *field, json_t *value)
{
    if (value == NULL || json_object_set_new(report->in_row ? report->row : report->last, field, value) != 0)
        report->text.failed = true;
}

/* What is not UTF-8, such as a path, is told without its other octets. */
static json_t *string(const char *octets, size_t length)
{
    json_t *value = json_stringn(octets, length);
    struct text plain = {0};
    if (value != NULL)
        return value;
    for (size_t i = 0; i < length; i++)
        text_add_octets(&plain, (unsigned char)octets[i] < 0x80 ? octets + i : "?", 1);
    value = json_stringn(plain.octets, plain.length);
    text_free(&plain);
    return value;
}

void report_start(struct report *report, bool json)
{
    *report = (struct report){.json = json};
    if (!json)
        return;
    report->last = json_object();
    report->notes = json_array();
    report->text.failed = report->last == NULL || report->notes == NULL;
    set(report, "status", json_string("ok"));
}

void report_end(struct report *report)
{
    json_decref(report->row);
    json_decref(report->last);
    json_decref(report->notes);
    text_free(&report->text);
}

/* -- facts ------------------------------------------------------------------------------------------ */

void report_row(struct report *report, const char *kind)
{
    report->in_row = report->first = true;
    if (!report->json)
        return;
    report->row = json_object();
    set(report, "row", json_string(kind));
}

void report_row_end(struct report *report)
{
    report->in_row = false;
    if (!report->json) {
        text_add_octets(&report->text, "\n", 1);
        return;
    }
    write_object(report, report->row);
    json_decref(report->row);
    report->row = NULL;
}

/* What people read of a fact. */
static void tell(struct report *report, const char *field, const char *label, const char *value)
{
    if (label == NULL)
        return;
    if (report->in_row)
        text_add(&report->text, "%s%s%s%s", report->first ? "" : " ", label, label[0] != '\0' ? " " : "",
                 value);
    else
        text_add(&report->text, "%-*s %s\n", FACT_WIDTH, label[0] != '\0' ? label : field, value);
    report->first = false;
}

void report_string(struct report *report, const char *field, const char *label, const char *value)
{
    if (report->json)
        set(report, field, string(value, strlen(value)));
    else
        tell(report, field, label, value);
}

void report_name(struct report *report, const char *field, const char *label, struct dns_name name)
{
    char text[DNS_NAME_TEXT_MAX];
    report_string(report, field, label, dns_name_to_text(name, text));
}

void report_type(struct report *report, const char *field, const char *label, uint16_t type)
{
    char text[DNS_TYPE_TEXT_MAX];
    report_string(report, field, label, dns_type_to_text(type, text));
}

void report_address(struct report *report, const char *field, const char *label,
                    const struct dns_address *address)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    report_string(report, field, label, dns_address_to_text(address, text));
}

void report_count(struct report *report, const char *field, const char *label, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    if (report->json)
        set(report, field, json_integer((json_int_t)value));
    else
        tell(report, field, label, text);
}

void report_flag(struct report *report, const char *field, const char *label, bool value)
{
    if (report->json)
        set(report, field, json_boolean(value));
    else
        tell(report, field, label, value ? "yes" : "no");
}

void report_seconds(struct report *report, const char *field, const char *label, uint64_t s)
{
    unsigned long long seconds = s;
    char text[48];
    if (report->in_row)
        snprintf(text, sizeof text, "%llu s", seconds);
    else
        snprintf(text, sizeof text, "%llud %02llu:%02llu:%02llu", seconds / 86400, seconds / 3600 % 24,
                 seconds / 60 % 60, seconds % 60);
    if (report->json)
        set(report, field, json_integer((json_int_t)s));
    else
        tell(report, field, label, text);
}

void report_micros(struct report *report, const char *field, const char *label, uint64_t micros)
{
    char text[48];
    snprintf(text, sizeof text, "%.1f ms", (double)micros / 1000);
    if (report->json)
        set(report, field, json_integer((json_int_t)micros));
    else
        tell(report, field, label, text);
}

void report_percent(struct report *report, const char *field, const char *label, double share)
{
    char text[48];
    snprintf(text, sizeof text, "%.1f%%", 100 * share);
    if (report->json)
        set(report, field, json_real(share));
    else
        tell(report, field, label, text);
}

void report_time(struct report *report, const char *field, const char *label, uint64_t wall)
{
    struct tm parts = {0};
    time_t at = (time_t)wall;
    char text[48] = "";
    gmtime_r(&at, &parts);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    if (report->json)
        set(report, field, json_integer((json_int_t)wall));
    else
        tell(report, field, label, text);
}

void report_json(struct report *report, const char *field, json_t *value)
{
    set(report, field, value);
}

void report_note(struct report *report, const char *format, ...)
{
    va_list arguments;
    struct text line = {0};
    va_start(arguments, format);
    add_formatted(report->json ? &line : &report->text, format, arguments);
    va_end(arguments);
    if (!report->json)
        text_add_octets(&report->text, "\n", 1);
    else if (json_array_append_new(report->notes, string(line.octets, line.length)) != 0)
        report->text.failed = true;
    text_free(&line);
}

void report_block(struct report *report, const char *field, const char *text, size_t length)
{
    if (report->json)
        set(report, field, string(text, length));
    else
        text_add_octets(&report->text, text, length);
}

/* -- the end ---------------------------------------------------------------------------------------- */

static void end_json(struct report *report)
{
    if (json_array_size(report->notes) > 0)
        set(report, "notes", json_incref(report->notes));
    write_object(report, report->last);
}

void report_ok(struct report *report)
{
    if (report->json)
        end_json(report);
    else
        text_add(&report->text, "ok\n");
}

void report_error(struct report *report, const char *code, const char *format, ...)
{
    va_list arguments;
    struct text line = {0};
    va_start(arguments, format);
    add_formatted(&line, format, arguments);
    va_end(arguments);
    if (report->json) {
        set(report, "status", json_string("error"));
        set(report, "code", json_string(code));
        set(report, "error", string(line.octets, line.length));
        end_json(report);
    } else {
        text_add(&report->text, "%s: %.*s\n", strcmp(code, "usage") == 0 ? "usage" : "error",
                 (int)line.length, line.octets);
    }
    text_free(&line);
}
