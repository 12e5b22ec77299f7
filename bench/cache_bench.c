/* What a look into the cache costs: cache_bench [entries] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache/cache.h"
#include "dns/types.h"

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long resident_kilobytes(void)
{
    char line[256];
    long kilobytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmRSS: %ld", &kilobytes) == 1)
            break;
    if (status)
        fclose(status);
    return kilobytes;
}

static struct dns_name name_number(unsigned number, struct dns_name_buffer *buffer)
{
    char text[64];
    snprintf(text, sizeof text, "host%u.example.org", number);
    dns_name_from_text(text, buffer);
    return dns_name_view(buffer);
}

static double look(struct cache *cache, const struct dns_name_buffer *names, unsigned among,
                   double *hits_per_look)
{
    uint8_t data[512];
    struct cache_hit hit;
    unsigned looks = 0, hits = 0, number = 0, random = 1;
    double start = seconds(), end;
    do {
        for (unsigned i = 0; i < 10000; i++) {
            struct dns_name name = dns_name_view(&names[number]);
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            number = random % among;
            hits += cache_find_answer(cache, cache_hash(cache, name), name, DNS_TYPE_A, 1, &hit, data,
                                      sizeof data);
        }
        looks += 10000;
        end = seconds();
    } while (end - start < 0.5);
    *hits_per_look = (double)hits / looks;
    return (end - start) / looks * 1e9;
}

int main(int argc, char **argv)
{
    unsigned entries = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
    static const uint8_t key[16] = "not random";
    struct dns_name_buffer *names = calloc(entries, sizeof *names);
    if (!entries || !names)
        return 1;
    for (unsigned i = 0; i < entries; i++)
        name_number(i, &names[i]);
    long before = resident_kilobytes();
    struct cache *cache = cache_create(&(struct cache_options){.size = (size_t)512 << 20, .key = key});
    if (!cache)
        return 1;
    struct cache_value value = {.ttl = 300, .rank = CACHE_RANK_ANSWER, .data = key, .length = 16};
    double start = seconds();
    for (unsigned i = 0; i < entries; i++)
        cache_put(cache, &(struct cache_key){CACHE_RRSET, DNS_TYPE_A, dns_name_view(&names[i])}, &value, 0);
    printf("put            %7.1f ns\n", (seconds() - start) / entries * 1e9);
    printf("resident       %7.1f octets an entry\n",
           (double)(resident_kilobytes() - before) * 1024 / entries);
    const unsigned among[] = {100, 1000, 10000, entries};
    for (unsigned i = 0; i < sizeof among / sizeof among[0] && among[i] <= entries; i++) {
        double hits, cost = look(cache, names, among[i], &hits);
        printf("find_answer    %7.1f ns among %u (%.0f%% hits)\n", cost, among[i], 100 * hits);
    }
    cache_destroy(cache);
    free(names);
    return 0;
}
