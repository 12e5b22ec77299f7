/*
 * event_bench [off]: cold questions, each in an internet of its own that is walked from the root, three zones
 * deep; with journals, or without. For callgrind, which counts the engine's instructions only:
 *
 *      for w in "" off; do
 *          valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='engine_ask' \
 *              --toggle-collect='engine_receive' --toggle-collect='engine_next' --toggle-collect='engine_wake' \
 *              build/tests/event_bench $w
 *      done
 */
#include <stdio.h>
#include <string.h>

#include "net.h"

enum { QUESTIONS = 200 };

int main(int count, char **argument)
{
    bool off = count > 1 && strcmp(argument[1], "off") == 0;
    unsigned packets = 0;
    for (unsigned i = 0; i < QUESTIONS; i++) {
        struct net *net = net_small();
        net_options(net)->journal = !off;
        net_options(net)->events = (struct event_sink){NULL, NULL};
        net_reconfigure(net);
        packets += net_ask(net, "www.example.com", "A")->packets;
        net_destroy(net);
    }
    printf("%d questions, %u packets, %s\n", QUESTIONS, packets, off ? "without journals" : "with journals");
    return 0;
}
