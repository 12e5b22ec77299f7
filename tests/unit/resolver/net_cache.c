/* What is in the cache, as text. */
#include "net_inside.h"

struct listing {
    char **line;
    size_t count, capacity;
    bool ttls;
};

static void add_text(char **at, const char *end, const char *text)
{
    int n = snprintf(*at, (size_t)(end - *at), "%s", text);
    assert(n >= 0 && n < end - *at);
    *at += n;
}

/* The pointers of an image point into the name it is of. */
static struct dns_name owner_of(const struct image_record *record, struct dns_name name)
{
    if ((record->owner[0] & 0xc0) != 0xc0) {
        struct dns_name owner;
        assert(dns_name_from_wire(record->owner, 255, &owner) == DNS_OK);
        return owner;
    }
    unsigned distance = ((unsigned)record->owner[0] << 8 | record->owner[1]) - IMAGE_NAME_POINTER;
    assert(distance < name.length);
    return (struct dns_name){name.wire + distance, (uint8_t)(name.length - distance)};
}

static void add_image(char **at, const char *end, struct dns_name name, const uint8_t *data, uint32_t length)
{
    static char text[70000];
    static uint8_t copy[CACHE_DATA_MAX + 256];
    struct image_record record;
    memset(copy, 0, sizeof copy);
    memcpy(copy, data, length);
    for (size_t position = 0; image_next(copy, &position, length - IMAGE_TRAILER, &record);) {
        struct dns_name_buffer owner_name;
        dns_name_copy_lower(&owner_name, owner_of(&record, name));
        enum dns_error error = dns_record_to_text(dns_name_view(&owner_name), record.type, record.class, 0,
                                                  record.rdata, record.rdata_length, text, sizeof text);
        assert(error == DNS_OK);
        add_text(at, end, text);
        add_text(at, end, "; ");
    }
}

static void add_delegation(char **at, const char *end, const uint8_t *data, uint32_t length)
{
    const uint8_t *stop = data + length;
    for (unsigned ds = *data++; ds > 0; ds--)
        data += 1 + *data;
    while (data < stop) {
        struct dns_name name;
        char text[DNS_NAME_TEXT_MAX], address[DNS_ADDRESS_TEXT_MAX];
        assert(dns_name_from_wire(data, (size_t)(stop - data), &name) == DNS_OK);
        add_text(at, end, dns_name_to_text(name, text));
        data += name.length;
        for (unsigned count = *data++; count > 0; count--) {
            struct dns_address one = dns_address_make(*data == 4 ? 4 : 6, data + 1, 53);
            add_text(at, end, " ");
            add_text(at, end, dns_address_to_text(&one, address));
            data += 1 + *data;
        }
        add_text(at, end, "; ");
    }
}

static void visit(void *context, const struct cache_key *key, const struct cache_hit *hit,
                  const uint8_t *data)
{
    static const char *const kinds[] = {"", "RRSET", "NODATA", "NXDOMAIN", "FAILURE", "DELEGATION"};
    static char line[400000];
    struct listing *listing = context;
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], ttl[32];
    char *at = line;
    const char *end = line + sizeof line;
    struct dns_name_buffer lower;
    if (key->kind == CACHE_SERVER || key->kind == CACHE_FAILED || key->kind == CACHE_RANGES)
        return; /* they are no data of the name */
    dns_name_copy_lower(&lower, key->name);
    add_text(&at, end, kinds[key->kind]);
    add_text(&at, end, " ");
    add_text(&at, end, dns_name_to_text(dns_name_view(&lower), name));
    if (key->kind == CACHE_RRSET || key->kind == CACHE_NODATA || key->kind == CACHE_FAILURE) {
        add_text(&at, end, " ");
        add_text(&at, end, dns_type_to_text(key->type, type));
    }
    add_text(&at, end, ": ");
    if (key->kind == CACHE_DELEGATION)
        add_delegation(&at, end, data, hit->length);
    else if (key->kind != CACHE_FAILURE)
        add_image(&at, end, key->name, data, hit->length);
    snprintf(ttl, sizeof ttl, "%u", hit->ttl);
    if (listing->ttls)
        add_text(&at, end, ttl);
    if (listing->count == listing->capacity) {
        listing->capacity = 2 * listing->capacity + 64;
        listing->line = realloc(listing->line, listing->capacity * sizeof *listing->line);
    }
    listing->line[listing->count++] = strdup(line);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *net_cache_text(struct net *net, bool ttls)
{
    struct listing listing = {.ttls = ttls};
    uint64_t cursor = 0;
    size_t length = 1;
    while (cache_walk(net->cache, &cursor, 64, (uint32_t)(net->now / 1000000), visit, &listing))
        ;
    if (listing.count > 0)
        qsort(listing.line, listing.count, sizeof *listing.line, by_text);
    for (size_t i = 0; i < listing.count; i++)
        length += strlen(listing.line[i]) + 1;
    free(net->listing);
    char *at = net->listing = malloc(length);
    *at = '\0';
    for (size_t i = 0; i < listing.count; i++) {
        at += sprintf(at, "%s\n", listing.line[i]);
        free(listing.line[i]);
    }
    free(listing.line);
    return net->listing;
}
