/*
 * The small internet of the engine's tests (tests/unit/resolver/net.h) on real sockets, with zones whose owner
 * attacks resolvers. Prints the root's key as named.conf's trust-anchors have it, then serves until it is killed;
 * tests/attack/run gives the addresses to the loopback interface of a namespace of its own.
 *
 *      example.com      ordinary, signed: w0 to w1999
 *      trap.com         600 keys of one tag, 600 wrong signatures by them
 *      costly.com       signed by P-384, and proofs without end
 *      hashes.com       NSEC3 with 50 iterations and a salt of 255 octets
 *      large.com        answers of 1000 records, without a signature
 */
#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "dns/octets.h"
#include "dnssec/key.h"
#include "net_signed.h"

enum { SERVERS = 7, UDP_MAX = 1232, WORDS = 2000 };
static const char *const addresses[SERVERS] = {"198.41.0.4", "192.0.2.1",  "192.0.2.11", "192.0.2.31",
                                               "192.0.2.32", "192.0.2.33", "192.0.2.34"};

/* -- the world ----------------------------------------------------------------------------------- */

static void delegate(struct net *net, const char *zone, const char *address, struct net_signing how)
{
    char text[300];
    snprintf(text, sizeof text, "%s NS ns.%s\nns.%s A %s\n", zone, zone, zone, address);
    net_zone_add(net, "com.", text);
    net_zone(net, zone, address, text);
    net_sign(net, zone, how);
}

static void set_trap(struct net *net)
{
    struct dns_name_buffer owner;
    uint8_t rdata[36] = {1, 0, DNSSEC_KEY_PROTOCOL, DNSSEC_ED25519};
    dns_name_from_text("trap.com.", &owner);
    for (unsigned i = 0; i < 600; i++) {
        put32(rdata + 8, i);
        net_set_tag(rdata, sizeof rdata, net_key_tag(net, "trap.com."));
        net_record(net, "trap.com.", dns_name_view(&owner), DNS_TYPE_DNSKEY, rdata, sizeof rdata, false);
    }
}

/* An answer without signatures, and as much beside it as is looked at. */
static size_t say_much(void *context, struct net *net, const struct dns_message *query, bool udp, uint8_t *to)
{
    static const uint8_t address[4] = {203, 0, 113, 66};
    struct dns_builder builder;
    struct dns_name_buffer owner;
    char text[300];
    (void)context;
    (void)net;
    (void)udp;
    if (query->qtype != DNS_TYPE_A)
        return 0;
    dns_builder_start(&builder, to, DNS_MESSAGE_MAX, query->id, DNS_FLAG_QR | DNS_FLAG_AA);
    dns_builder_question(&builder, dns_name_view(&query->qname), query->qtype, DNS_CLASS_IN);
    dns_builder_record(&builder, DNS_ANSWER, dns_name_view(&query->qname), DNS_TYPE_A, DNS_CLASS_IN, 60,
                       address, 4);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "%050d.%060d.%060d.%050d%02u.large.com", 0, 0, 0, 0,
                 i % 500 < 60 ? i % 500 : 60);
        dns_name_from_text(text, &owner);
        dns_builder_record(&builder, i < 500 ? DNS_ANSWER : DNS_AUTHORITY, dns_name_view(&owner), DNS_TYPE_A,
                           DNS_CLASS_IN, 60, address, 4);
    }
    return dns_builder_finish(&builder);
}

/* Without it the names between would be proven not to exist, and nothing below them. */
static void add_deep_name(struct net *net)
{
    char text[300] = "*.";
    for (unsigned i = 0; i < 100; i++)
        strcat(text, "a.");
    strcat(text, "large.com. A 203.0.113.1\n");
    net_zone_add(net, "large.com.", text);
}

static struct net *make_world(void)
{
    char text[128];
    struct net *net = net_small();
    net_set_wall(net, (uint64_t)time(NULL));
    net_zone_replace(net, "com.",
                     "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\nexample.com. NS ns1.example.com.\n"
                     "ns1.example.com. A 192.0.2.11\n");
    for (unsigned i = 0; i < WORDS; i++) {
        snprintf(text, sizeof text, "w%u.example.com. 5 A 203.0.113.1\n", i);
        net_zone_add(net, "example.com.", text);
    }
    delegate(net, "trap.com.", "192.0.2.31", (struct net_signing){0});
    delegate(net, "costly.com.", "192.0.2.32", (struct net_signing){.algorithm = DNSSEC_ECDSA_P384});
    delegate(net, "hashes.com.", "192.0.2.33",
             (struct net_signing){.nsec3 = true, .iterations = 50, .salt_length = 255});
    delegate(net, "large.com.", "192.0.2.34", (struct net_signing){0});
    for (unsigned i = 0; i < 30; i++) {
        snprintf(text, sizeof text, "n%u.costly.com. A 203.0.113.1\n", i);
        net_zone_add(net, "costly.com.", text);
    }
    net_zone_add(net, "trap.com.", "*.trap.com. A 203.0.113.1\n");
    add_deep_name(net);
    net_sign(net, ".", (struct net_signing){0});
    net_sign(net, "com.", (struct net_signing){0});
    net_sign(net, "example.com.", (struct net_signing){0});
    set_trap(net);
    net_publish(net);
    net_false_signatures(net, "trap.com.", "*.trap.com.", "A", 600);
    net_behave(net, "192.0.2.32", NET_SAYS_ALL_PROOFS);
    net_script(net, "192.0.2.34", say_much, NULL);
    return net;
}

/* -- sockets --------------------------------------------------------------------------------------- */

static int open_socket(const char *address, int type)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53)};
    int yes = 1, size = 1 << 22, fd = socket(AF_INET, type, 0);
    inet_pton(AF_INET, address, &at.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || (type == SOCK_STREAM && listen(fd, 1024) != 0)) {
        perror(address);
        exit(1);
    }
    return fd;
}

static void answer_udp(struct net *net, const char *address, int fd)
{
    static uint8_t query[65536], answer[DNS_MESSAGE_MAX + 1];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t octets = recvfrom(fd, query, sizeof query, 0, (struct sockaddr *)&from, &length);
    size_t said = octets <= 0 ? 0 : net_answer(net, address, query, (size_t)octets, true, answer);
    if (said > UDP_MAX) {
        struct dns_message message;
        struct dns_builder builder;
        struct dns_record records[16];
        dns_message_parse(&message, query, (size_t)octets, records, 16);
        dns_builder_start(&builder, answer, sizeof answer, message.id, DNS_FLAG_QR | DNS_FLAG_TC);
        dns_builder_question(&builder, dns_name_view(&message.qname), message.qtype, DNS_CLASS_IN);
        said = dns_builder_finish(&builder);
    }
    if (said > 0)
        sendto(fd, answer, said, 0, (struct sockaddr *)&from, length);
}

static bool receive_all(int fd, uint8_t *to, size_t length)
{
    while (length > 0) {
        ssize_t got = recv(fd, to, length, 0);
        if (got <= 0)
            return false;
        to += got;
        length -= (size_t)got;
    }
    return true;
}

/* One question for each connection. */
static void answer_tcp(struct net *net, const char *address, int listener)
{
    static uint8_t query[65536 + 2], answer[2 + DNS_MESSAGE_MAX];
    struct timeval patience = {.tv_sec = 1};
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (receive_all(fd, query, 2) && receive_all(fd, query + 2, get16(query))) {
        size_t said = net_answer(net, address, query + 2, get16(query), false, answer + 2);
        put16(answer, (uint16_t)said);
        for (size_t at = 0; said > 0 && at < said + 2;) {
            ssize_t sent = send(fd, answer + at, said + 2 - at, MSG_NOSIGNAL);
            if (sent <= 0)
                break;
            at += (size_t)sent;
        }
    }
    close(fd);
}

/* One server, in a process of its own: what keeps one busy is nothing to the others. */
static void serve(struct net *net, const char *address, int udp, int tcp)
{
    struct pollfd polls[2] = {{udp, POLLIN, 0}, {tcp, POLLIN, 0}};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        poll(polls, 2, -1);
        if (polls[0].revents != 0)
            answer_udp(net, address, udp);
        if (polls[1].revents != 0)
            answer_tcp(net, address, tcp);
    }
}

static void print_anchor(struct net *net)
{
    char key[300];
    net_key_text(net, ".", key);
    char *words[4] = {key};
    for (unsigned i = 1; i < 4; i++) {
        words[i] = strchr(words[i - 1], ' ') + 1;
        words[i][-1] = '\0';
    }
    printf("\".\" static-key %s %s %s \"%s\";\n", words[0], words[1], words[2], words[3]);
    fflush(stdout);
}

int main(void)
{
    struct net *net = make_world();
    for (unsigned i = 0; i < SERVERS; i++) {
        int udp = open_socket(addresses[i], SOCK_DGRAM), tcp = open_socket(addresses[i], SOCK_STREAM);
        if (fork() == 0)
            serve(net, addresses[i], udp, tcp);
        close(udp);
        close(tcp);
    }
    print_anchor(net);
    for (;;)
        pause();
}
