#include "zones/build.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dns/message.h"
#include "dns/octets.h"
#include "dns/types.h"

enum {
    SLOTS_FIRST = 1024,
    RRSIG_MIN = 18 + 1, /* RFC 4034 §3.1: the fixed fields and a name */
    OFFSETS_MAX = UINT32_MAX,
};

struct zone_builder *zone_builder_new(struct dns_name apex, struct zone_problems *problems)
{
    struct zone_builder *builder = calloc(1, sizeof *builder);
    if (builder == NULL)
        return NULL;
    dns_name_copy(&builder->apex, apex);
    builder->problems = problems;
    builder->slots = calloc(SLOTS_FIRST, sizeof *builder->slots);
    builder->slot_count = SLOTS_FIRST;
    bool keyed = getrandom(&builder->key, sizeof builder->key, 0) == (ssize_t)sizeof builder->key;
    if (!keyed || builder->slots == NULL || raw_intern(builder, apex) == NO_NODE) {
        zone_builder_free(builder);
        return NULL;
    }
    return builder;
}

void zone_builder_free(struct zone_builder *builder)
{
    if (builder == NULL)
        return;
    free(builder->names);
    free(builder->rdata);
    free(builder->records);
    free(builder->owners);
    free(builder->slots);
    free(builder);
}

void zone_builder_report(struct zone_builder *builder, struct zone_problems *problems)
{
    builder->problems = problems;
}

size_t zone_builder_records(const struct zone_builder *builder)
{
    return builder->record_count;
}

struct zone_place raw_place(const struct zone_builder *builder, const struct raw_record *record)
{
    return (struct zone_place){builder->files[record->file], record->line};
}

static void report(struct zone_builder *builder, enum zone_severity severity, struct zone_place place,
                   const char *format, va_list arguments)
{
    char text[ZONE_PROBLEM_TEXT];
    vsnprintf(text, sizeof text, format, arguments);
    zone_report(builder->problems, severity, place, "%s", text);
}

void raw_error(struct zone_builder *builder, struct zone_place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(builder, ZONE_ERROR, place, format, arguments);
    va_end(arguments);
    builder->errors++;
}

void raw_warning(struct zone_builder *builder, struct zone_place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(builder, ZONE_WARNING, place, format, arguments);
    va_end(arguments);
}

void raw_out_of_memory(struct zone_builder *builder)
{
    if (!builder->broken)
        raw_error(builder, (struct zone_place){NULL, 0}, "out of memory, or more than 4 GiB of records");
    builder->broken = true;
}

/* Room for `more` in an array whose elements have `size` octets. Offsets and numbers must fit 32 bits. */
static bool grow(void **array, size_t *capacity, size_t used, size_t more, size_t size)
{
    if (more <= *capacity - used)
        return true;
    size_t wanted = *capacity < 1024 ? 1024 : *capacity + *capacity / 2;
    if (wanted < used + more)
        wanted = used + more;
    if (used + more > OFFSETS_MAX || wanted > SIZE_MAX / size)
        return false;
    void *larger = realloc(*array, wanted * size);
    if (larger == NULL)
        return false;
    *array = larger;
    *capacity = wanted;
    return true;
}

static uint32_t hash(const struct zone_builder *builder, struct dns_name name)
{
    return (uint32_t)siphash_lower(&builder->key, name.wire, name.length);
}

static bool grow_slots(struct zone_builder *builder)
{
    size_t count = builder->slot_count * 2;
    struct raw_slot *slots = count <= (size_t)UINT32_MAX + 1 ? calloc(count, sizeof *slots) : NULL;
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < builder->slot_count; i++) {
        if (builder->slots[i].number == 0)
            continue;
        size_t slot = builder->slots[i].hash & (count - 1);
        while (slots[slot].number != 0)
            slot = (slot + 1) & (count - 1);
        slots[slot] = builder->slots[i];
    }
    free(builder->slots);
    builder->slots = slots;
    builder->slot_count = count;
    return true;
}

static bool add_owner(struct zone_builder *builder, struct dns_name name)
{
    if (!grow((void **)&builder->owners, &builder->owner_capacity, builder->owner_count, 1,
              sizeof *builder->owners) ||
        !grow((void **)&builder->names, &builder->names_capacity, builder->names_length, name.length, 1))
        return false;
    memcpy(builder->names + builder->names_length, name.wire, name.length);
    builder->owners[builder->owner_count++] =
        (struct raw_owner){.name = (uint32_t)builder->names_length, .name_length = name.length};
    builder->names_length += name.length;
    return true;
}

int64_t raw_intern(struct zone_builder *builder, struct dns_name name)
{
    if (builder->owner_count * 3 >= builder->slot_count * 2 && !grow_slots(builder))
        return NO_NODE;
    uint32_t wanted = hash(builder, name);
    size_t mask = builder->slot_count - 1, slot = wanted & mask;
    for (; builder->slots[slot].number != 0; slot = (slot + 1) & mask) {
        if (builder->slots[slot].hash != wanted)
            continue;
        const struct raw_owner *owner = &builder->owners[builder->slots[slot].number - 1];
        if (owner->name_length == name.length && dns_name_equal(raw_name(builder, owner), name))
            return builder->slots[slot].number - 1;
    }
    if (!add_owner(builder, name))
        return NO_NODE;
    builder->slots[slot] = (struct raw_slot){(uint32_t)builder->owner_count, wanted};
    return (int64_t)builder->owner_count - 1;
}

/* The number of a file's name; when there are too many, the last one stands for them. */
static uint16_t file_number(struct zone_builder *builder, const char *file)
{
    for (unsigned i = builder->file_count; i > 0; i--)
        if (builder->files[i - 1] == file)
            return (uint16_t)(i - 1);
    if (builder->file_count == RAW_FILES)
        return RAW_FILES - 1;
    builder->files[builder->file_count] = file;
    return (uint16_t)builder->file_count++;
}

/* May this record be in this zone at all? */
static bool belongs(struct zone_builder *builder, struct dns_name owner, uint16_t type, uint16_t class,
                    size_t length, struct zone_place place)
{
    char name[DNS_NAME_TEXT_MAX], apex[DNS_NAME_TEXT_MAX], word[DNS_TYPE_TEXT_MAX];
    struct dns_name zone = dns_name_view(&builder->apex);
    if (!dns_name_within(owner, zone))
        raw_error(builder, place, "%s is outside of the zone %s; is a final dot missing or too much?",
                  dns_name_to_text(owner, name), dns_name_to_text(zone, apex));
    else if (class != DNS_CLASS_IN)
        raw_error(builder, place, "%s is not of class IN", dns_name_to_text(owner, name));
    else if (type == DNS_TYPE_SOA && owner.length != zone.length)
        raw_error(builder, place, "the SOA record is of %s, not of the zone's own name %s",
                  dns_name_to_text(owner, name), dns_name_to_text(zone, apex));
    else if (type == DNS_TYPE_OPT || (type >= DNS_TYPE_TKEY && type <= DNS_TYPE_ANY) || type == 0)
        raw_error(builder, place, "%s records cannot be in a zone", dns_type_to_text(type, word));
    else if (length > DNS_MESSAGE_MAX - DNS_HEADER_SIZE - IMAGE_FIXED ||
             (type == DNS_TYPE_RRSIG && length < RRSIG_MIN))
        raw_error(builder, place, "the data of %s %s is too %s", dns_name_to_text(owner, name),
                  dns_type_to_text(type, word), type == DNS_TYPE_RRSIG ? "short" : "long for a message");
    else
        return true;
    return false;
}

/* The owner's number; most records have the owner of the one before. */
static int64_t owner_number(struct zone_builder *builder, struct dns_name name)
{
    if (builder->recent != 0) {
        const struct raw_owner *recent = &builder->owners[builder->recent - 1];
        if (recent->name_length == name.length && dns_name_equal(raw_name(builder, recent), name))
            return builder->recent - 1;
    }
    return raw_intern(builder, name);
}

bool zone_builder_add(struct zone_builder *builder, struct dns_name owner, uint16_t type, uint16_t class,
                      uint32_t ttl, const uint8_t *rdata, size_t rdata_length, struct zone_place place)
{
    if (!belongs(builder, owner, type, class, rdata_length, place))
        return false;
    int64_t number = owner_number(builder, owner);
    if (number == NO_NODE ||
        !grow((void **)&builder->records, &builder->record_capacity, builder->record_count, 1,
              sizeof *builder->records) ||
        !grow((void **)&builder->rdata, &builder->rdata_capacity, builder->rdata_length, rdata_length, 1)) {
        raw_out_of_memory(builder);
        return false;
    }
    builder->records[builder->record_count++] = (struct raw_record){
        .rdata = (uint32_t)builder->rdata_length,
        .ttl = ttl > INT32_MAX ? 0 : ttl, /* RFC 2181 §8 */
        .line = place.line,
        .file = file_number(builder, place.file),
        .type = type,
        .length = (uint16_t)rdata_length,
        .covered = type == DNS_TYPE_RRSIG ? get16(rdata) : type,
    };
    if (rdata_length > 0)
        memcpy(builder->rdata + builder->rdata_length, rdata, rdata_length);
    builder->rdata_length += rdata_length;
    struct raw_owner *at = &builder->owners[number];
    uint32_t record = (uint32_t)builder->record_count;
    if (at->first == 0)
        at->first = record;
    else
        builder->records[at->last - 1].next = record;
    at->last = record;
    builder->recent = (uint32_t)number + 1;
    return true;
}

bool raw_is_nsec3_only(const struct zone_builder *builder, const struct raw_owner *owner)
{
    struct dns_name name = raw_name(builder, owner);
    if (owner->first == 0 || name.wire[0] != NSEC3_LABEL ||
        name.length != builder->apex.length + NSEC3_LABEL + 1)
        return false;
    for (uint32_t at = owner->first; at != 0; at = builder->records[at - 1].next)
        if (builder->records[at - 1].covered != DNS_TYPE_NSEC3)
            return false;
    return true;
}
