#include "server/cache_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/text.h"
#include "dns/types.h"
#include "resolver/image.h"
#include "resolver/trust.h"

#define DUMPED_AT   "; dumped at "
#define TIME_FORMAT "%Y-%m-%d %H:%M:%S UTC"

/* What the lines that come next belong to. */
enum state {
    BEFORE, /* the time of the dump has not been said */
    NOTHING,
    ENTRY,   /* one that is being put together */
    SKIPPED, /* one that is not loaded */
};

struct cache_load {
    struct cache_load_options options;
    struct cache_load_counts counts;
    enum state state;
    uint64_t line;   /* its number, from 1 on */
    uint32_t passed; /* seconds since the dump */
    bool told_where; /* that there is no time */
    /* the entry */
    enum cache_kind kind;
    uint16_t type;
    uint32_t ttl;
    struct dns_name_buffer name;
    struct image_writer image;
    uint8_t octets[CACHE_DATA_MAX];
    struct dns_text_record record;
    /* the line */
    size_t length;
    bool too_long;
    char text[CACHE_LOAD_LINE_MAX + 1];
};

struct cache_load *cache_load_begin(const struct cache_load_options *options)
{
    struct cache_load *load = calloc(1, sizeof *load);
    if (load != NULL)
        load->options = *options;
    return load;
}

void cache_load_free(struct cache_load *load)
{
    free(load);
}

static void wrong(struct cache_load *load, const char *why)
{
    load->counts.wrong++;
    load->options.wrong(load->options.context, load->line, why);
}

/* -- an entry --------------------------------------------------------------------------------------- */

static void end_entry(struct cache_load *load, uint32_t now)
{
    bool negative = load->kind != CACHE_RRSET;
    uint32_t most = negative ? load->options.max_negative_ttl : load->options.max_ttl;
    if (load->state != ENTRY)
        return;
    load->state = NOTHING;
    if (load->image.count[negative ? IMAGE_AUTHORITY : IMAGE_ANSWER] == 0) {
        wrong(load, "the entry before this line has none of its records");
        return;
    }
    size_t length = image_finish(&load->image);
    struct cache_key key = {load->kind, load->type, dns_name_view(&load->name)};
    struct cache_value value = {
        .ttl = load->ttl < most ? load->ttl : most,
        .rank = CACHE_RANK_ADDITIONAL,
        .mark = TRUST_INSECURE,
        .data = load->octets,
        .length = (uint32_t)length,
        .since = load->options.since,
    };
    if (length == 0)
        wrong(load, "the entry before this line is too large");
    else if (cache_put(load->options.cache, &key, &value, now) == CACHE_STORED)
        load->counts.loaded++;
    else
        load->counts.known++;
}

static void skip(struct cache_load *load, uint64_t *count)
{
    ++*count;
    load->state = SKIPPED;
}

static void spoil(struct cache_load *load, const char *why)
{
    wrong(load, why);
    if (load->state != BEFORE)
        load->state = SKIPPED;
}

/* "3588 s", and "3d 04:05:06" from a day on. */
static bool read_seconds(const char *text, uint32_t *seconds)
{
    unsigned d = 0, h, m, s;
    char unit;
    if (sscanf(text, "%9u %c", &s, &unit) == 2 && unit == 's')
        *seconds = s;
    else if (sscanf(text, "%5ud %2u:%2u:%2u", &d, &h, &m, &s) == 4 && d <= INT32_MAX / 86400 - 1)
        *seconds = ((d * 24 + h) * 60 + m) * 60 + s;
    else
        return false;
    return true;
}

static bool read_kind(const char *word, enum cache_kind *kind, bool *typed)
{
    static const struct {
        const char *word;
        enum cache_kind kind;
        bool typed;
    } kinds[] = {
        {"records", CACHE_RRSET, true},        {"nodata", CACHE_NODATA, true},
        {"nxdomain", CACHE_NXDOMAIN, false},   {"failure", CACHE_FAILURE, true},
        {"failed-before", CACHE_FAILED, true}, {"delegation", CACHE_DELEGATION, false},
        {"nsec-ranges", CACHE_RANGES, false},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(word, kinds[i].word) == 0) {
            *kind = kinds[i].kind;
            *typed = kinds[i].typed;
            return true;
        }
    return false;
}

/* "; NAME [TYPE] KIND ttl SECONDS ... rank RANK [TRUST] ...". False: it is another comment. */
static bool begin_entry(struct cache_load *load, uint32_t now)
{
    char name[DNS_NAME_TEXT_MAX + 1], one[32], other[32];
    const char *ttl = strstr(load->text, " ttl "), *rank = strstr(load->text, " rank ");
    enum cache_kind kind;
    bool typed;
    if (strncmp(load->text, ";  ", 3) == 0 || ttl == NULL || rank == NULL ||
        sscanf(load->text, "; %1024s %31s %31s", name, one, other) != 3)
        return false;
    bool has_type = !read_kind(one, &kind, &typed);
    if (has_type && !read_kind(other, &kind, &typed))
        return false;
    end_entry(load, now);
    load->kind = kind;
    load->type = 0;
    if (has_type != typed || dns_name_from_text(name, &load->name) != DNS_OK ||
        (has_type && dns_type_from_text(one, &load->type) != DNS_OK) || !read_seconds(ttl + 5, &load->ttl)) {
        spoil(load, "the name, type or ttl of this entry cannot be read");
        return true;
    }
    bool insecure = strstr(rank, " insecure ") != NULL;
    bool kept = load->kind == CACHE_RRSET || load->kind == CACHE_NODATA || load->kind == CACHE_NXDOMAIN;
    if (!kept || load->type == DNS_TYPE_ANY || (!insecure && load->options.validating) ||
        load->options.left_out(load->options.context, dns_name_view(&load->name), load->type))
        skip(load, &load->counts.left_out);
    else if (load->ttl <= load->passed)
        skip(load, &load->counts.expired);
    else {
        load->ttl -= load->passed;
        load->state = ENTRY;
        image_start(&load->image, dns_name_view(&load->name), load->octets, sizeof load->octets);
    }
    return true;
}

/* -- a record --------------------------------------------------------------------------------------- */

/* The part of the image that the record belongs to; IMAGE_PARTS: none, it is not needed. */
static enum image_part part_of(const struct cache_load *load, const struct dns_text_record *record)
{
    struct dns_name owner = dns_name_view(&record->owner), name = dns_name_view(&load->name);
    bool own = dns_name_equal(owner, name);
    uint16_t covered = record->type == DNS_TYPE_RRSIG && record->rdata_length >= 2 ? get16(record->rdata) : 0;
    if (load->kind == CACHE_RRSET) {
        bool second = load->type == DNS_TYPE_CNAME && load->image.count[IMAGE_ANSWER] > 0;
        if (own && record->type == load->type && !second)
            return IMAGE_ANSWER;
        return own && covered == load->type ? IMAGE_SIGNATURES : IMAGE_PARTS;
    }
    if (record->type == DNS_TYPE_SOA && dns_name_within(name, owner))
        return IMAGE_AUTHORITY;
    return covered != 0 || record->type == DNS_TYPE_NSEC || record->type == DNS_TYPE_NSEC3 ? IMAGE_PROOFS
                                                                                           : IMAGE_PARTS;
}

/* An alias has to be one: it is followed without being looked at again. */
static bool is_of_its_form(const struct dns_text_record *record)
{
    struct dns_name target;
    struct dns_soa soa;
    if (record->type == DNS_TYPE_CNAME || record->type == DNS_TYPE_DNAME)
        return dns_rdata_target(record->type, record->rdata, record->rdata_length, &target) == DNS_OK;
    return record->type != DNS_TYPE_SOA || dns_rdata_soa(record->rdata, record->rdata_length, &soa) == DNS_OK;
}

static void take_record(struct cache_load *load)
{
    struct dns_text_record *record = &load->record;
    const char *why = "it is no record";
    if (load->state == BEFORE) {
        if (!load->told_where)
            wrong(load, "the time of the dump is not said above this line, so that nothing can be loaded");
        load->told_where = true;
        return;
    }
    if (load->state == NOTHING) {
        wrong(load, "this record belongs to no entry: the comment above it is missing");
        return;
    }
    if (dns_record_from_text_why(load->text, dns_name_root(), 0, record, &why) != DNS_OK ||
        record->class != DNS_CLASS_IN || !is_of_its_form(record)) {
        spoil(load, why);
        return;
    }
    enum image_part part = load->state == ENTRY ? part_of(load, record) : IMAGE_PARTS;
    if (part == IMAGE_PARTS)
        return;
    uint32_t left = record->ttl > load->passed ? record->ttl - load->passed : 0;
    uint32_t ttl = left < load->ttl ? left : load->ttl;
    image_add(&load->image, part, dns_name_view(&record->owner), record->type, DNS_CLASS_IN, ttl,
              record->rdata, record->rdata_length);
}

/* -- lines ------------------------------------------------------------------------------------------ */

static void take_time(struct cache_load *load)
{
    struct tm parts = {0};
    const char *end = strptime(load->text + sizeof DUMPED_AT - 1, TIME_FORMAT, &parts);
    int64_t at = end != NULL && *end == '\0' ? (int64_t)timegm(&parts) : -1;
    int64_t passed = (int64_t)load->options.wall - at;
    load->told_where = true;
    load->state = BEFORE;
    if (at < 0)
        wrong(load, "this is no time, so that nothing can be loaded");
    else if (passed < -CACHE_LOAD_CLOCKS)
        wrong(load, "it was dumped in the future by this machine's clock, so that nothing can be loaded");
    else {
        load->passed = passed < 0 ? 0 : passed > INT32_MAX ? INT32_MAX : (uint32_t)passed;
        load->state = NOTHING;
    }
}

static void take_comment(struct cache_load *load, uint32_t now)
{
    if (strncmp(load->text, DUMPED_AT, sizeof DUMPED_AT - 1) == 0) {
        end_entry(load, now);
        take_time(load);
    } else if (load->state != BEFORE && !begin_entry(load, now) && load->state == ENTRY &&
               strncmp(load->text, "; a record that is too long", 27) == 0) {
        skip(load, &load->counts.left_out);
    }
}

/* `rootwalkctl` ends what it prints with nothing; the socket with "ok". */
static bool is_verdict(const char *line)
{
    return strcmp(line, "ok") == 0;
}

static void take_line(struct cache_load *load, uint32_t now)
{
    bool cut = load->too_long || memchr(load->text, '\0', load->length) != NULL;
    load->text[load->length] = '\0';
    load->line++;
    if (cut)
        spoil(load, load->too_long ? "it is too long for a line of a dump" : "this is no text");
    else if (load->text[0] == ';')
        take_comment(load, now);
    else if (load->length > 0 && !is_verdict(load->text))
        take_record(load);
    load->length = 0;
    load->too_long = false;
}

void cache_load_take(struct cache_load *load, const char *octets, size_t length, uint32_t now)
{
    for (const char *end; length > 0; length -= (size_t)(end - octets), octets = end) {
        const char *newline = memchr(octets, '\n', length);
        size_t piece = newline != NULL ? (size_t)(newline - octets) : length;
        size_t room = CACHE_LOAD_LINE_MAX - load->length, taken = piece < room ? piece : room;
        end = octets + piece + (newline != NULL);
        memcpy(load->text + load->length, octets, taken);
        load->length += taken;
        load->too_long |= taken < piece;
        if (newline != NULL)
            take_line(load, now);
    }
}

struct cache_load_counts cache_load_finish(struct cache_load *load, uint32_t now)
{
    if (load->length > 0)
        take_line(load, now);
    load->line++;
    end_entry(load, now);
    if (load->state == BEFORE && !load->told_where)
        wrong(load, "it does not begin with a line \"" DUMPED_AT "TIME\": it is no dump of the cache");
    return load->counts;
}
