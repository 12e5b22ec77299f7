/*
 * event_bench journal|none|hit: what events cost, in instructions, which are the same each time:
 *
 *      for what in none journal; do        # 200 cold questions, walked from the root
 *          valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=engine_ask \
 *              --toggle-collect=engine_receive --toggle-collect=engine_next --toggle-collect=engine_wake \
 *              build/tests/event_bench $what
 *      done
 *      valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=hit build/tests/event_bench hit
 */
#include <stdio.h>
#include <string.h>

#include "net.h"
#include "resolver/reply.h"

enum { QUESTIONS = 200, HITS = 10000 };

static struct net *world(bool journal)
{
    struct net *net = net_small();
    net_options(net)->journal = journal;
    net_options(net)->events = (struct event_sink){NULL, NULL};
    net_reconfigure(net);
    return net;
}

/* The way of an answer out of the cache (docs/architecture.md). */
__attribute__((noipa)) static size_t hit(struct net *net, const struct query *query, uint8_t *wire,
                                         size_t capacity)
{
    struct answer answer;
    answer_start(&answer, wire, capacity, dns_name_view(&query->qname), query->qtype, false);
    if (answer_from_cache(&answer, net_cache(net), query->qtype, (uint32_t)(net_now(net) / 1000000), 11) !=
        ANSWER_COMPLETE)
        return 0;
    return reply_finish(&answer, query, &(struct reply_options){.limit = capacity, .udp_size = 1232});
}

static void hits(void)
{
    uint8_t wire[1232];
    struct query query = {.edns = true, .question = true, .qtype = DNS_TYPE_A, .qclass = DNS_CLASS_IN};
    struct net *net = world(true);
    size_t octets = 0;
    dns_name_from_text("www.example.com.", &query.qname);
    net_ask(net, "www.example.com", "A");
    for (unsigned i = 0; i < HITS; i++)
        octets += hit(net, &query, wire, sizeof wire);
    printf("%d hits, %zu octets\n", HITS, octets);
    net_destroy(net);
}

int main(int count, char **argument)
{
    unsigned packets = 0;
    const char *what = count > 1 ? argument[1] : "journal";
    if (strcmp(what, "hit") == 0) {
        hits();
        return 0;
    }
    for (unsigned i = 0; i < QUESTIONS; i++) {
        struct net *net = world(strcmp(what, "journal") == 0);
        packets += net_ask(net, "www.example.com", "A")->packets;
        net_destroy(net);
    }
    printf("%d questions, %u packets: %s\n", QUESTIONS, packets, what);
    return 0;
}
