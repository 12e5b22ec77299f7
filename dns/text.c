#include "dns/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/message.h"
#include "dns/rdata.h"
#include "dns/types.h"

enum { RECORD_FIXED = 10 };

/* ldns takes a default TTL of 0 for "none given" and puts 3600; this one it keeps, and TTLs above
   2^31-1 are read as 0 (RFC 2181 §8). */
static const uint32_t default_ttl_zero = UINT32_MAX;

static uint32_t known_ttl(uint32_t ttl)
{
    return ttl > INT32_MAX ? 0 : ttl;
}

/* Where text is written to, and whether all of it went in. */
struct output {
    char *text;
    size_t used, capacity;
    bool full;
};

static void put(struct output *output, const char *text, size_t length)
{
    if (output->full || output->capacity - output->used <= length) {
        output->full = true;
        return;
    }
    memcpy(output->text + output->used, text, length);
    output->used += length;
    output->text[output->used] = '\0';
}

static void put_text(struct output *output, const char *text)
{
    put(output, text, strlen(text));
}

static void put_class(struct output *output, uint16_t class)
{
    char text[16];
    switch (class) {
    case DNS_CLASS_IN:
        put_text(output, "IN");
        return;
    case DNS_CLASS_CH:
        put_text(output, "CH");
        return;
    case 4:
        put_text(output, "HS");
        return;
    default:
        snprintf(text, sizeof text, "CLASS%u", (unsigned)class);
        put_text(output, text);
    }
}

/* RFC 3597 §5. */
static void put_unknown(struct output *output, const uint8_t *rdata, size_t length)
{
    char text[16];
    snprintf(text, sizeof text, "\\# %zu", length);
    put_text(output, text);
    for (size_t i = 0; i < length && !output->full; i++) {
        snprintf(text, sizeof text, "%s%02x", i == 0 ? " " : "", rdata[i]);
        put_text(output, text);
    }
}

/* The record as ldns sees it, or NULL where it cannot read it or would not write the same octets. */
static ldns_rr *read_wire(uint16_t type, uint16_t class, const uint8_t *rdata, size_t length)
{
    size_t size = 1 + RECORD_FIXED + length, at = 0, written = 0;
    ldns_rr *rr = NULL;
    uint8_t *again = NULL, *wire = calloc(1, size);
    if (wire == NULL)
        return NULL;
    ldns_write_uint16(wire + 1, type);
    ldns_write_uint16(wire + 3, class);
    ldns_write_uint16(wire + 9, (uint16_t)length);
    if (length > 0)
        memcpy(wire + 1 + RECORD_FIXED, rdata, length);

    bool good = ldns_wire2rr(&rr, wire, size, &at, LDNS_SECTION_ANSWER) == LDNS_STATUS_OK && at == size &&
                ldns_rr2wire(&again, rr, LDNS_SECTION_ANSWER, &written) == LDNS_STATUS_OK &&
                written == size && memcmp(again, wire, size) == 0;
    free(again);
    free(wire);
    if (!good) {
        ldns_rr_free(rr);
        rr = NULL;
    }
    return rr;
}

/* The rdata within "owner\tTTL\tclass\ttype\trdata\n". NULL where there is none. */
static char *rdata_of_line(char *line)
{
    for (unsigned field = 0; field < 4; field++) {
        line = strchr(line, '\t');
        if (line == NULL)
            return NULL;
        line++;
    }
    size_t length = strlen(line);
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == ' '))
        line[--length] = '\0';
    return length > 0 ? line : NULL;
}

/* Addresses and single names, of which large zones consist, are written without ldns. */
static bool put_common(struct output *output, uint16_t type, uint16_t class, const uint8_t *rdata,
                       size_t length)
{
    char address[INET6_ADDRSTRLEN], text[DNS_NAME_TEXT_MAX];
    bool four = type == DNS_TYPE_A;
    struct dns_name name;
    if (class != DNS_CLASS_IN)
        return false;
    switch (type) {
    case DNS_TYPE_A:
    case DNS_TYPE_AAAA:
        if (length != (four ? 4 : 16))
            return false;
        put_text(output, inet_ntop(four ? AF_INET : AF_INET6, rdata, address, sizeof address));
        return true;
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME:
    case DNS_TYPE_PTR:
        if (dns_name_from_wire(rdata, length, &name) != DNS_OK || name.length != length)
            return false;
        put_text(output, dns_name_to_text(name, text));
        return true;
    default:
        return false;
    }
}

static void put_rdata(struct output *output, uint16_t type, uint16_t class, const uint8_t *rdata,
                      size_t length)
{
    if (put_common(output, type, class, rdata, length))
        return;
    ldns_rr *rr = length > 0 ? read_wire(type, class, rdata, length) : NULL;
    char *line = rr != NULL ? ldns_rr2str_fmt(ldns_output_format_nocomments, rr) : NULL;
    char *text = line != NULL ? rdata_of_line(line) : NULL;
    if (text != NULL)
        put_text(output, text);
    else
        put_unknown(output, rdata, length);
    free(line);
    ldns_rr_free(rr);
}

enum dns_error dns_record_to_text(struct dns_name owner, uint16_t type, uint16_t class, uint32_t ttl,
                                  const uint8_t *rdata, size_t rdata_length, char *text, size_t capacity)
{
    struct output output = {.text = text, .capacity = capacity};
    char name[DNS_NAME_TEXT_MAX], type_text[DNS_TYPE_TEXT_MAX], ttl_text[16];
    if (rdata_length > DNS_RDATA_MAX)
        return DNS_ERROR_SPACE;
    put_text(&output, dns_name_to_text(owner, name));
    snprintf(ttl_text, sizeof ttl_text, " %u ", (unsigned)ttl);
    put_text(&output, ttl_text);
    put_class(&output, class);
    put_text(&output, " ");
    put_text(&output, dns_type_to_text(type, type_text));
    put_text(&output, " ");
    put_rdata(&output, type, class, rdata, rdata_length);
    return output.full ? DNS_ERROR_SPACE : DNS_OK;
}

static ldns_rdf *name_to_ldns(struct dns_name name)
{
    return ldns_dname_new_frm_data(name.length, name.wire);
}

static bool take_owner(const ldns_rdf *owner, struct dns_text_record *record)
{
    struct dns_name name;
    if (owner == NULL || dns_name_from_wire(ldns_rdf_data(owner), ldns_rdf_size(owner), &name) != DNS_OK)
        return false;
    dns_name_copy(&record->owner, name);
    return true;
}

/* Copies the rdata as a message without pointers, so that its form is checked as that of any other. */
static bool take_rdata(const ldns_rr *rr, struct dns_text_record *record)
{
    bool good = false;
    ldns_buffer *buffer = ldns_buffer_new(LDNS_MIN_BUFLEN);
    if (buffer == NULL)
        return false;
    if (ldns_rr_rdata2buffer_wire(buffer, rr) == LDNS_STATUS_OK &&
        ldns_buffer_position(buffer) <= DNS_RDATA_MAX) {
        uint16_t length = (uint16_t)ldns_buffer_position(buffer);
        struct dns_message message = {.wire = ldns_buffer_begin(buffer), .length = length};
        struct dns_record view = {.type = record->type, .class = record->class, .rdata_length = length};
        good = dns_rdata_expand(&message, &view, record->rdata, sizeof record->rdata,
                                &record->rdata_length) == DNS_OK;
    }
    ldns_buffer_free(buffer);
    return good;
}

static bool take_record(const ldns_rr *rr, struct dns_text_record *record)
{
    record->type = (uint16_t)ldns_rr_get_type(rr);
    record->class = (uint16_t)ldns_rr_get_class(rr);
    record->ttl = known_ttl(ldns_rr_ttl(rr));
    return take_owner(ldns_rr_owner(rr), record) && take_rdata(rr, record);
}

enum dns_error dns_record_from_text_why(const char *text, struct dns_name origin, uint32_t default_ttl,
                                        struct dns_text_record *record, const char **why)
{
    ldns_rr *rr = NULL;
    ldns_rdf *from = name_to_ldns(origin);
    *why = "out of memory";
    if (from == NULL)
        return DNS_ERROR_TEXT;
    if (default_ttl == 0)
        default_ttl = default_ttl_zero;
    ldns_status status = ldns_rr_new_frm_str(&rr, text, default_ttl, from, NULL);
    bool good = status == LDNS_STATUS_OK && rr != NULL;
    *why = good ? "the record is not of its type's form" : ldns_get_errorstr_by_id(status);
    good = good && take_record(rr, record);
    ldns_rr_free(rr);
    ldns_rdf_deep_free(from);
    return good ? DNS_OK : DNS_ERROR_TEXT;
}

enum dns_error dns_record_from_text(const char *text, struct dns_name origin, uint32_t default_ttl,
                                    struct dns_text_record *record)
{
    const char *why;
    return dns_record_from_text_why(text, origin, default_ttl, record, &why);
}

/* A zone file being read; ldns replaces the origin and the previous owner as it goes along. */
struct zonefile {
    FILE *file;
    ldns_rdf *origin, *previous;
    uint32_t default_ttl;
    int line;
    struct dns_text_record *record;
    bool (*each)(void *context, const struct dns_text_record *record);
    void *context;
};

enum step { STEP_ON, STEP_STOP, STEP_FAIL };

static void say(struct dns_zonefile_error *error, int line, const char *message)
{
    error->line = line > 0 ? (unsigned)line : 0;
    snprintf(error->message, sizeof error->message, "%s", message);
}

static enum step step_record(struct zonefile *zone, ldns_rr *rr, struct dns_zonefile_error *error)
{
    bool good = take_record(rr, zone->record);
    ldns_rr_free(rr);
    if (!good) {
        say(error, zone->line, "the record is not of its type's form");
        return STEP_FAIL;
    }
    return zone->each(zone->context, zone->record) ? STEP_ON : STEP_STOP;
}

/* Reads up to the end of the next record or directive. */
static enum step step(struct zonefile *zone, struct dns_zonefile_error *error)
{
    ldns_rr *rr = NULL;
    ldns_status status = ldns_rr_new_frm_fp_l(&rr, zone->file, &zone->default_ttl, &zone->origin,
                                              &zone->previous, &zone->line);
    switch (status) {
    case LDNS_STATUS_OK:
        return rr != NULL ? step_record(zone, rr, error) : STEP_ON;
    case LDNS_STATUS_SYNTAX_TTL:
        if (zone->default_ttl == 0)
            zone->default_ttl = default_ttl_zero;
        return STEP_ON;
    case LDNS_STATUS_SYNTAX_EMPTY:
    case LDNS_STATUS_SYNTAX_ORIGIN:
        return STEP_ON;
    case LDNS_STATUS_SYNTAX_INCLUDE:
        say(error, zone->line, "$INCLUDE is not supported");
        return STEP_FAIL;
    default:
        say(error, zone->line, ldns_get_errorstr_by_id(status));
        return STEP_FAIL;
    }
}

static enum dns_error read_all(struct zonefile *zone, struct dns_zonefile_error *error)
{
    enum step next = STEP_ON;
    while (next == STEP_ON && !feof(zone->file) && !ferror(zone->file))
        next = step(zone, error);
    if (ferror(zone->file)) {
        say(error, zone->line, "the file cannot be read");
        return DNS_ERROR_TEXT;
    }
    return next == STEP_FAIL ? DNS_ERROR_TEXT : DNS_OK;
}

enum dns_error dns_zonefile_read(const char *path, struct dns_name origin,
                                 bool (*each)(void *context, const struct dns_text_record *record),
                                 void *context, struct dns_zonefile_error *error)
{
    struct zonefile zone = {.file = fopen(path, "re"), .each = each, .context = context};
    enum dns_error result = DNS_ERROR_TEXT;
    say(error, 0, "");
    if (zone.file == NULL) {
        say(error, 0, strerror(errno));
        return DNS_ERROR_TEXT;
    }
    zone.origin = name_to_ldns(origin);
    zone.record = malloc(sizeof *zone.record);
    if (zone.origin != NULL && zone.record != NULL)
        result = read_all(&zone, error);
    else
        say(error, 0, "out of memory");
    free(zone.record);
    ldns_rdf_deep_free(zone.origin);
    ldns_rdf_deep_free(zone.previous);
    fclose(zone.file);
    return result;
}
