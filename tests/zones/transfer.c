/*
 * The transfer code as a program, for tests/zones/transfers, with blocking sockets:
 *
 *      transfer fetch ADDRESS PORT ZONE [-k KEY] [-o FILE] [-w]     AXFR, or IXFR from the version in FILE (with -w AXFR);
 *                                                                   the zone to standard output, how it came to standard error
 *      transfer serve ADDRESS PORT ZONE [-k KEY] [-n PORT]... FILE... the first FILE, and after each SIGUSR1 the next one;
 *                                                                   NOTIFY to these ports of ADDRESS
 *
 * KEY is algorithm:name:secret in base64, as dig's -y. With a key, nobody else is served.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dns/builder.h"
#include "dns/octets.h"
#include "dns/text.h"
#include "zones/answer.h"
#include "zones/file.h"
#include "zones/notify.h"
#include "zones/transfer_in.h"
#include "zones/transfer_out.h"
#include "zones/zonemd.h"

enum { FILES = 16, TARGETS = 8, EDNS_SIZE = 1232 };

struct program {
    struct dns_address address;
    struct dns_name_buffer apex;
    struct tsig_key key;
    bool has_key, whole;
    const char *old, *file[FILES];
    unsigned files;
    uint16_t target[TARGETS];
    unsigned targets;
    struct zone *zone;
    struct notify_round round;
    int udp;
};

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
    (void)number;
    signalled = 1;
}

static void __attribute__((noreturn)) die(const char *what)
{
    fprintf(stderr, "transfer: %s: %s\n", what, strerror(errno));
    exit(2);
}

static uint64_t now(void)
{
    return (uint64_t)time(NULL);
}

static struct zone *load(const struct program *program, const char *path)
{
    static struct zone_problems problems;
    memset(&problems, 0, sizeof problems);
    struct zone *zone = zone_file_read(path, dns_name_view(&program->apex), &problems);
    zone_problems_print(&problems, stderr);
    if (zone == NULL)
        exit(2);
    return zone;
}

static void dump(const struct zone *zone)
{
    static char line[1 << 18];
    struct zone_cursor cursor = {0};
    struct zone_record record;
    while (zone_next(zone, &cursor, &record))
        if (dns_record_to_text(record.owner, record.type, DNS_CLASS_IN, record.ttl, record.rdata,
                               record.rdata_length, line, sizeof line) == DNS_OK)
            puts(line);
}

static bool read_all(int fd, uint8_t *to, size_t length)
{
    for (ssize_t got; length > 0; to += got, length -= (size_t)got)
        if ((got = recv(fd, to, length, 0)) <= 0)
            return false;
    return true;
}

static bool write_message(int fd, const uint8_t *wire, size_t length)
{
    uint8_t prefix[2];
    put16(prefix, (unsigned)length);
    if (send(fd, prefix, 2, MSG_MORE | MSG_NOSIGNAL) != 2)
        return false;
    for (ssize_t sent; length > 0; wire += sent, length -= (size_t)sent)
        if ((sent = send(fd, wire, length, MSG_NOSIGNAL)) <= 0)
            return false;
    return true;
}

static int open_socket(const struct program *program, int type, bool listening)
{
    struct sockaddr_storage to;
    int one = 1, fd = socket(AF_INET, type, 0);
    socklen_t length = dns_address_to_sockaddr(&program->address, &to);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    int failed =
        listening ? bind(fd, (struct sockaddr *)&to, length) : connect(fd, (struct sockaddr *)&to, length);
    if (failed != 0 || (listening && type == SOCK_STREAM && listen(fd, 16) != 0))
        die("socket");
    return fd;
}

/* -- fetch -------------------------------------------------------------------------------------- */

static int fetch(struct program *program)
{
    static uint8_t wire[DNS_MESSAGE_MAX];
    static struct zone_problems problems;
    struct zone *old = program->old != NULL ? load(program, program->old) : NULL;
    struct transfer_in_options options = {.apex = dns_name_view(&program->apex),
                                          .old = old,
                                          .whole = program->whole,
                                          .key = program->has_key ? &program->key : NULL,
                                          .id = (uint16_t)getpid()};
    struct transfer_in *transfer = transfer_in_new(&options);
    int fd = open_socket(program, SOCK_STREAM, false);
    size_t length = transfer_in_query(transfer, wire, sizeof wire, now()), messages = 0;
    enum transfer_in_state state = TRANSFER_IN_MORE;
    if (!write_message(fd, wire, length))
        die("write");
    for (; state == TRANSFER_IN_MORE && read_all(fd, wire, 2); messages++) {
        length = get16(wire);
        if (!read_all(fd, wire, length))
            break;
        state = transfer_in_message(transfer, wire, length, now());
    }
    close(fd);
    struct zone *zone = transfer_in_finish(transfer, &problems);
    zone_problems_print(&problems, stderr);
    fprintf(stderr, "%s%s%s, serial %u, %zu messages, %s\n",
            state == TRANSFER_IN_UP_TO_DATE     ? "up to date"
            : zone == NULL                      ? "failed: "
            : transfer_in_incremental(transfer) ? "IXFR"
                                                : "AXFR",
            zone == NULL ? transfer_in_reason(transfer) : "",
            state == TRANSFER_IN_MORE ? "the stream ended" : "", (unsigned)transfer_in_serial(transfer),
            messages, zone != NULL ? zonemd_text(zonemd_verify(zone)) : "no zone");
    if (zone != NULL)
        dump(zone);
    bool good = zone != NULL || state == TRANSFER_IN_UP_TO_DATE;
    transfer_in_free(transfer);
    zone_release(zone);
    zone_release(old);
    return good ? 0 : 1;
}

/* -- serve -------------------------------------------------------------------------------------- */

/* An answer to anything but a transfer; signed as the request was. */
static size_t answer(struct program *program, struct dns_message *message, enum tsig_verdict verdict,
                     const struct tsig_record *record, struct tsig_chain *chain, uint8_t *out,
                     size_t capacity)
{
    struct dns_builder builder;
    struct zone_answer result;
    struct zone_question question = {dns_name_view(&message->qname), message->qtype, .minimal = true};
    bool served = (verdict == TSIG_GOOD || verdict == TSIG_UNSIGNED) &&
                  dns_name_within(question.qname, dns_name_view(&program->apex)) &&
                  message->qtype != DNS_TYPE_AXFR && message->qtype != DNS_TYPE_IXFR;
    dns_builder_start(
        &builder, out, capacity - TSIG_SIZE_MAX, message->id,
        (uint16_t)(DNS_FLAG_QR | message->opcode << DNS_OPCODE_SHIFT | (served ? 0 : DNS_RCODE_REFUSED)));
    dns_builder_question(&builder, question.qname, message->qtype, DNS_CLASS_IN);
    if (served)
        zone_answer(program->zone, &question, &builder, &result);
    size_t length = dns_builder_finish(&builder);
    if (verdict >= TSIG_BADSIG)
        tsig_refuse(chain, record, verdict, out, &length, capacity, now());
    else
        tsig_sign(chain, out, &length, capacity, now());
    return length;
}

struct served {
    struct dns_record records[64];
    struct dns_message message;
    struct tsig_chain chain;
    struct tsig_record record;
    struct transfer_request request;
    enum tsig_verdict verdict;
    bool transfer;
};

static bool understand(struct program *program, const uint8_t *wire, size_t length, struct served *served)
{
    const struct tsig_key *keys[] = {&program->key};
    if (dns_message_parse(&served->message, wire, length, served->records, 64) != DNS_OK ||
        served->message.response)
        return false;
    served->verdict =
        tsig_verify_request(&served->message, keys, program->has_key, now(), &served->chain, &served->record);
    bool allowed = served->verdict == (program->has_key ? TSIG_GOOD : TSIG_UNSIGNED);
    served->transfer = allowed &&
                       (served->message.qtype == DNS_TYPE_AXFR || served->message.qtype == DNS_TYPE_IXFR) &&
                       dns_name_equal(dns_name_view(&served->message.qname), dns_name_view(&program->apex)) &&
                       transfer_request_read(&served->message, &served->request);
    return true;
}

static void serve_datagram(struct program *program)
{
    static uint8_t in[DNS_MESSAGE_MAX], out[DNS_MESSAGE_MAX];
    static struct served served;
    struct sockaddr_storage peer;
    socklen_t peer_length = sizeof peer;
    struct dns_address from;
    uint16_t rcode;
    ssize_t length = recvfrom(program->udp, in, sizeof in, 0, (struct sockaddr *)&peer, &peer_length);
    if (length <= 0 || !dns_address_from_sockaddr((struct sockaddr *)&peer, &from))
        return;
    if (notify_answered(&program->round, &from, in, (size_t)length, now(), &rcode) != NOTIFY_IGNORED)
        fprintf(stderr, "NOTIFY answered by port %u, rcode %u\n", from.port, rcode);
    if (!understand(program, in, (size_t)length, &served))
        return;
    size_t reply =
        served.transfer && served.request.type == DNS_TYPE_IXFR
            ? transfer_out_datagram(program->zone, &served.request, &served.chain, out, EDNS_SIZE, now())
            : answer(program, &served.message, served.verdict, &served.record, &served.chain, out, EDNS_SIZE);
    tsig_chain_end(&served.chain);
    sendto(program->udp, out, reply, 0, (struct sockaddr *)&peer, peer_length);
}

static void send_zone(struct program *program, int fd, struct served *served, uint8_t *out)
{
    struct transfer_out transfer;
    size_t length;
    transfer_out_start(&transfer, program->zone, &served->request, &served->chain);
    while (transfer_out_next(&transfer, out, DNS_MESSAGE_MAX, now(), &length) == TRANSFER_OUT_MESSAGE &&
           write_message(fd, out, length))
        ;
    fprintf(stderr, "sent %s, %zu records in %zu messages\n",
            transfer.kind == TRANSFER_OUT_WHOLE ? "whole"
            : transfer.kind == TRANSFER_OUT_SOA ? "soa"
                                                : "differences",
            transfer.records, transfer.messages);
    transfer_out_end(&transfer);
}

static void serve_connection(struct program *program, int listener)
{
    static uint8_t in[DNS_MESSAGE_MAX], out[DNS_MESSAGE_MAX];
    static struct served served;
    int fd = accept(listener, NULL, NULL);
    struct timeval patience = {.tv_sec = 1};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (fd >= 0 && read_all(fd, in, 2)) {
        size_t length = get16(in);
        if (!read_all(fd, in, length) || !understand(program, in, length, &served))
            break;
        if (served.transfer)
            send_zone(program, fd, &served, out);
        else
            write_message(fd, out,
                          answer(program, &served.message, served.verdict, &served.record, &served.chain, out,
                                 DNS_MESSAGE_MAX));
        tsig_chain_end(&served.chain);
    }
    close(fd);
}

static void next_version(struct program *program, unsigned *number)
{
    if (*number == program->files)
        return;
    struct zone *zone = load(program, program->file[(*number)++]);
    zone_follow(zone, program->zone);
    zone_release(program->zone);
    program->zone = zone;
    notify_begin(&program->round, zone, false, NULL, now());
    program->round.count = 0; /* only those that the test names */
    for (unsigned i = 0; i < program->targets; i++) {
        struct dns_address address = program->address;
        address.port = program->target[i];
        notify_add(&program->round, &address, program->has_key ? &program->key : NULL, now());
    }
    fprintf(stderr, "serial %u, %zu changes known\n", (unsigned)zone_serial(zone),
            zone_journal_count(zone_journal(zone)));
}

static void notify_all(struct program *program)
{
    static uint8_t wire[NOTIFY_SIZE];
    struct notify_target *target;
    while ((target = notify_next(&program->round, now(), NULL)) != NULL) {
        struct sockaddr_storage to;
        socklen_t length = dns_address_to_sockaddr(&target->address, &to);
        size_t octets =
            notify_write(&program->round, target, (uint16_t)(rand() & 0xffff), wire, sizeof wire, now());
        sendto(program->udp, wire, octets, 0, (struct sockaddr *)&to, length);
    }
}

static void __attribute__((noreturn)) serve(struct program *program)
{
    struct sigaction action = {.sa_handler = on_signal};
    unsigned number = 0;
    sigaction(SIGUSR1, &action, NULL);
    program->udp = open_socket(program, SOCK_DGRAM, true);
    struct pollfd polled[] = {{.fd = program->udp, .events = POLLIN},
                              {.fd = open_socket(program, SOCK_STREAM, true), .events = POLLIN}};
    next_version(program, &number);
    for (;;) {
        notify_all(program);
        if (poll(polled, 2, 200) > 0) {
            if (polled[0].revents != 0)
                serve_datagram(program);
            if (polled[1].revents != 0)
                serve_connection(program, polled[1].fd);
        }
        if (signalled) {
            signalled = 0;
            next_version(program, &number);
        }
    }
}

/* -- arguments ---------------------------------------------------------------------------------- */

static void read_key(struct program *program, char *text)
{
    char *name = strchr(text, ':'), *secret = name != NULL ? strchr(name + 1, ':') : NULL;
    if (secret == NULL)
        die("-k algorithm:name:secret");
    *name++ = *secret++ = '\0';
    size_t length = strlen(secret);
    int octets = EVP_DecodeBlock(program->key.secret, (const uint8_t *)secret, (int)length);
    while (length > 0 && secret[--length] == '=')
        octets--;
    if (!tsig_algorithm_from_text(text, &program->key.algorithm, &program->key.mac_length) || octets <= 0 ||
        dns_name_from_text(name, &program->key.name) != DNS_OK)
        die("-k");
    program->key.secret_length = (uint16_t)octets;
    program->has_key = true;
}

int main(int count, char **words)
{
    static struct program program;
    if (count < 5 || dns_address_from_text(words[2], (uint16_t)atoi(words[3]), &program.address) != DNS_OK ||
        dns_name_from_text(words[4], &program.apex) != DNS_OK)
        die("transfer fetch|serve ADDRESS PORT ZONE ...");
    optind = 5;
    for (int option; (option = getopt(count, words, "k:o:n:w")) != -1;) {
        if (option == 'k')
            read_key(&program, optarg);
        else if (option == 'o')
            program.old = optarg;
        else if (option == 'n' && program.targets < TARGETS)
            program.target[program.targets++] = (uint16_t)atoi(optarg);
        else if (option == 'w')
            program.whole = true;
    }
    while (optind < count && program.files < FILES)
        program.file[program.files++] = words[optind++];
    if (strcmp(words[1], "fetch") == 0)
        return fetch(&program);
    serve(&program);
}
