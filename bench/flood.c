/* flood ADDRESS FILE SECONDS: as many questions over UDP as the server answers. FILE has "name type" lines, A and no other
   types. Keeps 256 questions in flight, 64 packets for each system call, so that it costs less than any server;
   what is lost is asked anew after 0.1 s of silence. Prints how many were answered, and in how many seconds. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dns/builder.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/types.h"

enum { FLIGHT = 256, BATCH = 64, PACKET = 320, ANSWER = 1500, SILENCE = 100 /* ms */, LINE = 300 };

struct question {
    uint8_t wire[PACKET];
    size_t length;
};

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct question *read_questions(const char *path, size_t *count)
{
    FILE *file = fopen(path, "re");
    struct question *questions = NULL;
    char line[LINE];
    *count = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        struct dns_name_buffer name;
        struct dns_builder builder;
        line[strcspn(line, " \n")] = '\0';
        if ((*count & (*count - 1)) == 0) {
            questions = realloc(questions, (*count == 0 ? 1 : *count * 2) * sizeof *questions);
            if (questions == NULL)
                return NULL;
        }
        struct question *question = &questions[*count];
        if (dns_name_from_text(line, &name) != DNS_OK)
            return NULL;
        dns_builder_start(&builder, question->wire, PACKET, (uint16_t)*count, 0);
        dns_builder_question(&builder, dns_name_view(&name), DNS_TYPE_A, DNS_CLASS_IN);
        question->length = dns_builder_finish(&builder);
        ++*count;
    }
    if (file != NULL)
        fclose(file);
    return *count > 0 ? questions : NULL;
}

static int open_socket(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
    int number = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (number < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
        connect(number, (struct sockaddr *)&to, sizeof to) != 0)
        return -1;
    return number;
}

static void flood(int number, struct question *questions, size_t count, double length)
{
    static uint8_t answers[BATCH][ANSWER];
    struct mmsghdr out[BATCH] = {0}, in[BATCH] = {0};
    struct iovec from[BATCH], into[BATCH];
    size_t next = 0;
    unsigned long answered = 0;
    int flight = 0;
    for (unsigned i = 0; i < BATCH; i++) {
        into[i] = (struct iovec){answers[i], ANSWER};
        in[i].msg_hdr = (struct msghdr){.msg_iov = &into[i], .msg_iovlen = 1};
        out[i].msg_hdr = (struct msghdr){.msg_iov = &from[i], .msg_iovlen = 1};
    }
    double began = seconds(), now = began;
    for (; now - began < length; now = seconds()) {
        int batch = FLIGHT - flight < BATCH ? FLIGHT - flight : BATCH;
        for (int i = 0; i < batch; i++) {
            struct question *question = &questions[(next + (size_t)i) % count];
            from[i] = (struct iovec){question->wire, question->length};
        }
        int sent = batch > 0 ? sendmmsg(number, out, (unsigned)batch, 0) : 0;
        next += sent > 0 ? (size_t)sent : 0;
        flight += sent > 0 ? sent : 0;
        int received = recvmmsg(number, in, BATCH, MSG_DONTWAIT, NULL);
        if (received <= 0 && flight == FLIGHT) {
            struct pollfd wait = {.fd = number, .events = POLLIN};
            if (poll(&wait, 1, SILENCE) == 0)
                flight = 0;
            continue;
        }
        answered += received > 0 ? (unsigned)received : 0;
        flight -= received > 0 ? received : 0;
        flight = flight < 0 ? 0 : flight;
    }
    printf("%lu %.3f\n", answered, now - began);
}

int main(int argc, char **argv)
{
    size_t count;
    struct question *questions = argc == 4 ? read_questions(argv[2], &count) : NULL;
    int number = argc == 4 ? open_socket(argv[1]) : -1;
    if (questions == NULL || number < 0) {
        fputs("Usage: flood ADDRESS FILE SECONDS\n", stderr);
        return 2;
    }
    flood(number, questions, count, strtod(argv[3], NULL));
    free(questions);
    close(number);
    return EXIT_SUCCESS;
}
