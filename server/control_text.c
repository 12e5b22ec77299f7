/* What the control socket tells. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/control.h"

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    char line[2048];
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof line || text->failed)
        return;
    if (text->length + (size_t)length > text->capacity) {
        size_t capacity = (text->length + (size_t)length) * 2 + 1024;
        char *octets = realloc(text->octets, capacity);
        if (octets == NULL) {
            text->failed = true;
            return;
        }
        text->octets = octets;
        text->capacity = capacity;
    }
    for (int i = 0; i < length; i++)
        text->octets[text->length++] = line[i];
}

static void add_duration(struct text *text, const char *label, uint64_t microseconds)
{
    unsigned long long seconds = microseconds / 1000000;
    text_add(text, "%s%llud %02llu:%02llu:%02llu\n", label, seconds / 86400, seconds / 3600 % 24,
             seconds / 60 % 60, seconds % 60);
}

void control_write_status(struct text *text, const struct daemon *daemon)
{
    struct cache_statistics cache;
    char address[DNS_ADDRESS_TEXT_MAX];
    cache_get_statistics(daemon->shared.cache, &cache);
    text_add(text, "version        rootwalk " ROOTWALK_VERSION "\n");
    text_add(text, "process        %ld\n", (long)getpid());
    add_duration(text, "running for    ", clock_now() - daemon->started);
    text_add(text, "configuration  %s",
             daemon->settings->config->place.file != NULL ? daemon->settings->config->place.file
                                                          : "defaults");
    text_add(text, ", reloaded %u times\n", daemon->reloads);
    text_add(text, "workers        %u\n", daemon->worker_count);
    for (size_t i = 0; i < daemon->endpoints.count; i++)
        text_add(text, "listening on   %s\n",
                 dns_address_to_text(&daemon->endpoints.list[i].address, address));
    text_add(text, "cache          %llu entries, %llu of %llu octets\n", (unsigned long long)cache.entries,
             (unsigned long long)(cache.used + cache.overhead), (unsigned long long)cache.size);
}

static void sum(uint64_t *to, const uint64_t *from, size_t octets)
{
    for (size_t i = 0; i < octets / sizeof *to; i++)
        to[i] += from[i];
}

static void add(struct text *text, const char *name, uint64_t value)
{
    text_add(text, "%-28s %llu\n", name, (unsigned long long)value);
}

static void write_counters(struct text *text, const struct counters *total)
{
    add(text, "queries", total->queries);
    add(text, "queries.udp", total->queries_udp);
    add(text, "queries.tcp", total->queries_tcp);
    add(text, "queries.from-cache", total->hits);
    text_add(text, "%-28s %.1f%%\n", "queries.hit-rate",
             total->queries > 0 ? 100.0 * (double)total->hits / (double)total->queries : 0.0);
    add(text, "queries.referred", total->referrals);
    add(text, "queries.refused", total->refused);
    add(text, "queries.malformed", total->malformed);
    add(text, "queries.dropped", total->dropped);
    add(text, "queries.blackholed", total->blackholed);
    add(text, "replies", total->replies);
    add(text, "replies.unsent", total->replies_unsent);
    add(text, "clients.waiting", total->clients_now);
    add(text, "clients.rejected", total->clients_rejected);
    add(text, "clients.crowded", total->clients_crowded);
    add(text, "tcp.connections", total->tcp_now);
    add(text, "tcp.accepted", total->tcp_accepted);
    add(text, "tcp.rejected", total->tcp_rejected);
    add(text, "tcp.timeouts", total->tcp_timeouts);
    add(text, "tcp.overrun", total->tcp_overrun);
    add(text, "upstream.errors", total->upstream_errors);
}

static void write_engine(struct text *text, const struct engine_statistics *total)
{
    add(text, "resolver.questions", total->questions);
    add(text, "resolver.joined", total->joined);
    add(text, "resolver.answered", total->answered);
    add(text, "resolver.failed", total->failed);
    add(text, "resolver.walks", total->walks);
    add(text, "resolver.walks.now", total->walks_now);
    add(text, "resolver.exchanges.now", total->exchanges_now);
    add(text, "resolver.sent.udp", total->sent_udp);
    add(text, "resolver.sent.tcp", total->sent_tcp);
    add(text, "resolver.received", total->received);
    add(text, "resolver.silent", total->silent);
    add(text, "resolver.unreachable", total->unreachable);
    add(text, "resolver.dropped.unmatched", total->dropped_unmatched);
    add(text, "resolver.dropped.malformed", total->dropped_malformed);
    add(text, "resolver.mismatched.ids", total->mismatched_ids);
    add(text, "resolver.mismatched.questions", total->mismatched_questions);
    add(text, "resolver.records.dropped", total->records_dropped);
    add(text, "resolver.budgets.spent", total->budgets_spent);
}

static void write_cache(struct text *text, struct cache *cache)
{
    struct cache_statistics now;
    cache_get_statistics(cache, &now);
    add(text, "cache.size", now.size);
    add(text, "cache.used", now.used);
    add(text, "cache.overhead", now.overhead);
    add(text, "cache.entries", now.entries);
    add(text, "cache.entries.protected", now.entries_protected);
    add(text, "cache.lookups.found", now.hits);
    add(text, "cache.lookups.missed", now.misses);
    add(text, "cache.insertions", now.insertions);
    add(text, "cache.replacements", now.replacements);
    add(text, "cache.evictions.expired", now.evictions_expired);
    add(text, "cache.evictions.lru", now.evictions_lru);
    add(text, "cache.rejected", now.rejected);
}

void control_write_statistics(struct text *text, const struct daemon *daemon, const struct round *round)
{
    /* Both are nothing but 64-bit counters. */
    struct counters counters = {0};
    struct engine_statistics engine = {0};
    for (unsigned i = 0; i < round->count; i++) {
        sum((uint64_t *)&counters, (const uint64_t *)&round->message[i].counters, sizeof counters);
        sum((uint64_t *)&engine, (const uint64_t *)&round->message[i].engine, sizeof engine);
    }
    write_counters(text, &counters);
    write_engine(text, &engine);
    write_cache(text, daemon->shared.cache);
}
