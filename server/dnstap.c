#include "server/dnstap.h"

#include <errno.h>
#include <fcntl.h>
#include <fstrm.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dnstap.pb-c.h"
#include "server/dnstap_socket.h"
#include "server/worker.h"

#define CONTENT "protobuf:dnstap.Dnstap"

struct dnstap {
    unsigned kinds; /* bits of enum config_dnstap */
    char *identity, *version;
    struct fstrm_iothr *thread;
    unsigned workers;
    struct fstrm_iothr_queue *queue[]; /* of each worker */
};

/* -- its life ----------------------------------------------------------------------------------------- */

static struct fstrm_writer *file_writer(const char *path, const struct fstrm_writer_options *options)
{
    struct fstrm_file_options *file = fstrm_file_options_init();
    fstrm_file_options_set_file_path(file, path);
    struct fstrm_writer *writer = fstrm_file_writer_init(file, options);
    fstrm_file_options_destroy(&file);
    return writer;
}

/* Signals are the main thread's. */
static struct fstrm_iothr *start_thread(struct fstrm_writer **writer, unsigned workers)
{
    sigset_t all, old;
    struct fstrm_iothr_options *options = fstrm_iothr_options_init();
    fstrm_iothr_options_set_num_input_queues(options, workers);
    fstrm_iothr_options_set_queue_model(options, FSTRM_IOTHR_QUEUE_MODEL_SPSC);
    fstrm_iothr_options_set_input_queue_size(options, DNSTAP_QUEUE);
    fstrm_iothr_options_set_reopen_interval(options, 1);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    struct fstrm_iothr *thread = fstrm_iothr_init(options, writer);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    fstrm_iothr_options_destroy(&options);
    return thread;
}

static bool is_writable(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static struct dnstap *start(const struct config *config, const char *path, unsigned workers)
{
    struct fstrm_writer_options *options = fstrm_writer_options_init();
    struct dnstap *dnstap = calloc(1, sizeof *dnstap + workers * sizeof(struct fstrm_iothr_queue *));
    fstrm_writer_options_add_content_type(options, CONTENT, sizeof CONTENT - 1);
    struct fstrm_writer *writer =
        config->dnstap_to_socket ? dnstap_socket_writer(path, options) : file_writer(path, options);
    fstrm_writer_options_destroy(&options);
    if (dnstap != NULL && writer != NULL)
        dnstap->thread = start_thread(&writer, workers);
    if (writer != NULL)
        fstrm_writer_destroy(&writer);
    if (dnstap == NULL || dnstap->thread == NULL) {
        free(dnstap);
        return NULL;
    }
    dnstap->kinds = config->dnstap;
    dnstap->workers = workers;
    dnstap->identity = config->dnstap_identity != NULL ? strdup(config->dnstap_identity) : NULL;
    dnstap->version = config->dnstap_version != NULL ? strdup(config->dnstap_version) : NULL;
    for (unsigned i = 0; i < workers; i++)
        dnstap->queue[i] = fstrm_iothr_get_input_queue_idx(dnstap->thread, i);
    return dnstap;
}

bool dnstap_create(struct dnstap **dnstap, const struct config *config, const char *base, unsigned workers,
                   char problem[DNSTAP_PROBLEM_MAX])
{
    char path[4096];
    *dnstap = NULL;
    if (config->dnstap == 0)
        return true;
    const char *name = config->dnstap_path;
    snprintf(path, sizeof path, "%s%s%s", name[0] == '/' ? "" : base, name[0] == '/' ? "" : "/", name);
    if (!config->dnstap_to_socket && !is_writable(path)) {
        snprintf(problem, DNSTAP_PROBLEM_MAX,
                 "cannot write the dnstap file %.300s: %s; let the daemon's user write there", path,
                 strerror(errno));
        return false;
    }
    *dnstap = start(config, path, workers);
    if (*dnstap == NULL)
        snprintf(problem, DNSTAP_PROBLEM_MAX, "dnstap: out of memory, or its path %.300s is too long", path);
    return *dnstap != NULL;
}

void dnstap_destroy(struct dnstap *dnstap)
{
    if (dnstap == NULL)
        return;
    fstrm_iothr_destroy(&dnstap->thread);
    free(dnstap->identity);
    free(dnstap->version);
    free(dnstap);
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool dnstap_same(const struct config *a, const struct config *b)
{
    return a->dnstap == b->dnstap && a->dnstap_to_socket == b->dnstap_to_socket &&
           same_text(a->dnstap_path, b->dnstap_path) && same_text(a->dnstap_identity, b->dnstap_identity) &&
           same_text(a->dnstap_version, b->dnstap_version) && same_text(a->directory, b->directory);
}

/* -- a frame ------------------------------------------------------------------------------------------ */

static ProtobufCBinaryData binary(const void *octets, size_t length)
{
    return (ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)octets, .len = length};
}

static void set_addresses(Dnstap__Message *message, const struct dnstap_event *event)
{
    const struct dns_address *any = event->asker != NULL ? event->asker : event->answerer;
    message->has_socket_family = message->has_socket_protocol = true;
    message->socket_family = any->family == 4 ? DNSTAP__SOCKET_FAMILY__INET : DNSTAP__SOCKET_FAMILY__INET6;
    message->socket_protocol = event->tcp ? DNSTAP__SOCKET_PROTOCOL__TCP : DNSTAP__SOCKET_PROTOCOL__UDP;
    if (event->asker != NULL) {
        message->has_query_address = message->has_query_port = true;
        message->query_address = binary(event->asker->octets, dns_address_size(event->asker));
        message->query_port = event->asker->port;
    }
    if (event->answerer != NULL) {
        message->has_response_address = message->has_response_port = true;
        message->response_address = binary(event->answerer->octets, dns_address_size(event->answerer));
        message->response_port = event->answerer->port;
    }
}

static void set_times(Dnstap__Message *message, const struct dnstap_event *event, uint64_t offset)
{
    if (event->asked != 0) {
        message->has_query_time_sec = message->has_query_time_nsec = true;
        message->query_time_sec = (event->asked + offset) / 1000000;
        message->query_time_nsec = (uint32_t)((event->asked + offset) % 1000000 * 1000);
    }
    if (event->answered != 0) {
        message->has_response_time_sec = message->has_response_time_nsec = true;
        message->response_time_sec = (event->answered + offset) / 1000000;
        message->response_time_nsec = (uint32_t)((event->answered + offset) % 1000000 * 1000);
    }
}

static Dnstap__Message__Type type_of(enum config_dnstap kind)
{
    switch (kind) {
    case CONFIG_DNSTAP_CLIENT_QUERY:
        return DNSTAP__MESSAGE__TYPE__CLIENT_QUERY;
    case CONFIG_DNSTAP_CLIENT_RESPONSE:
        return DNSTAP__MESSAGE__TYPE__CLIENT_RESPONSE;
    case CONFIG_DNSTAP_RESOLVER_QUERY:
        return DNSTAP__MESSAGE__TYPE__RESOLVER_QUERY;
    case CONFIG_DNSTAP_RESOLVER_RESPONSE:
        break;
    }
    return DNSTAP__MESSAGE__TYPE__RESOLVER_RESPONSE;
}

static void set_message(Dnstap__Message *message, const struct dnstap_event *event)
{
    bool query = event->kind == CONFIG_DNSTAP_CLIENT_QUERY || event->kind == CONFIG_DNSTAP_RESOLVER_QUERY;
    message->type = type_of(event->kind);
    message->has_query_message = query;
    message->has_response_message = !query;
    *(query ? &message->query_message : &message->response_message) = binary(event->wire, event->length);
    message->has_query_zone = event->zone.wire != NULL;
    message->query_zone = binary(event->zone.wire, event->zone.length);
}

void dnstap_write(struct worker *worker, const struct dnstap_event *event)
{
    struct dnstap *dnstap = worker->dnstap;
    if (!(dnstap->kinds & event->kind))
        return;
    Dnstap__Message message = DNSTAP__MESSAGE__INIT;
    Dnstap__Dnstap frame = DNSTAP__DNSTAP__INIT;
    set_message(&message, event);
    set_addresses(&message, event);
    set_times(&message, event, worker->wall_offset);
    frame.type = DNSTAP__DNSTAP__TYPE__MESSAGE;
    frame.message = &message;
    if (dnstap->identity != NULL) {
        frame.has_identity = true;
        frame.identity = binary(dnstap->identity, strlen(dnstap->identity));
    }
    if (dnstap->version != NULL) {
        frame.has_version = true;
        frame.version = binary(dnstap->version, strlen(dnstap->version));
    }
    size_t length = dnstap__dnstap__get_packed_size(&frame);
    uint8_t *octets = malloc(length);
    if (octets != NULL) {
        dnstap__dnstap__pack(&frame, octets);
        if (fstrm_iothr_submit(dnstap->thread, dnstap->queue[worker->number], octets, length,
                               fstrm_free_wrapper, NULL) == fstrm_res_success) {
            worker->counters.dnstap_queued++;
            return;
        }
        free(octets);
    }
    worker->counters.dnstap_dropped++;
}
