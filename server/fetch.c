#include "server/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "dns/builder.h"
#include "dns/octets.h"
#include "dns/rdata.h"
#include "server/framing.h"
#include "server/store.h"
#include "zones/zonemd.h"

enum { QUERY_ROOM = 2048, READ_ROOM = 65536, RECORDS_MAX = 64, REASON_MAX = 512 };

struct fetch {
    fetch_done *done; /* NULL: ended, or cancelled */
    void *context;
    unsigned held; /* handles that are not closed, and the work */
    bool closing;
    atomic_bool given_up; /* nothing of it is stored */
    uv_loop_t *loop;
    uv_timer_t timer;
    uv_udp_t udp;
    uv_tcp_t tcp;
    bool over_tcp;
    struct dns_name_buffer apex;
    struct dns_address primary;
    struct tsig_key key;
    bool has_key;
    uint16_t id;
    struct tsig_chain chain; /* of a serial */
    char
        complaint[TSIG_COMPLAINT_MAX]; /* about an answer that anybody could have sent: we wait for another */
    struct transfer_in *transfer;
    uint64_t started; /* ms */
    struct framing framing;
    uv_connect_t connecting;
    uv_write_t writing;
    uv_work_t work;
    struct zone_problems *problems;
    struct zone *zone;
    char *path;
    char reason[REASON_MAX], unstored[STORE_WHY_MAX];
    uint8_t query[2 + QUERY_ROOM], read[READ_ROOM], message[DNS_MESSAGE_MAX];
};

static uint64_t wall_now(void)
{
    return (uint64_t)time(NULL);
}

/* -- the end --------------------------------------------------------------------------------------------- */

static void release(struct fetch *fetch)
{
    if (--fetch->held > 0)
        return;
    tsig_chain_end(&fetch->chain);
    transfer_in_free(fetch->transfer);
    zone_release(fetch->zone);
    free(fetch->problems);
    free(fetch->path);
    free(fetch);
}

static void on_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void close_handles(struct fetch *fetch)
{
    if (fetch->closing)
        return;
    fetch->closing = true;
    uv_close((uv_handle_t *)&fetch->timer, on_closed);
    uv_close(fetch->over_tcp ? (uv_handle_t *)&fetch->tcp : (uv_handle_t *)&fetch->udp, on_closed);
}

static void end(struct fetch *fetch, struct fetch_result result)
{
    fetch_done *done = fetch->done;
    fetch->done = NULL;
    close_handles(fetch);
    if (done == NULL)
        return;
    result.reason = fetch->reason;
    result.unstored = fetch->unstored[0] != '\0' ? fetch->unstored : NULL;
    done(fetch->context, &result);
}

static void fail(struct fetch *fetch, enum fetch_end how, const char *format, const char *what)
{
    snprintf(fetch->reason, sizeof fetch->reason, format, what);
    end(fetch, (struct fetch_result){.end = how});
}

void fetch_cancel(struct fetch *fetch)
{
    fetch->done = NULL;
    fetch->given_up = true;
    close_handles(fetch);
}

static void on_late(uv_timer_t *timer)
{
    struct fetch *fetch = timer->data;
    fail(fetch, fetch->over_tcp ? FETCH_FAILED : FETCH_SILENT, "%s",
         fetch->complaint[0] != '\0' ? fetch->complaint : "it does not answer");
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct fetch *fetch = handle->data;
    (void)suggested;
    *buffer = uv_buf_init((char *)fetch->read, READ_ROOM);
}

/* -- a serial ---------------------------------------------------------------------------------------------- */

static bool is_signed_well(struct fetch *fetch, struct dns_message *message)
{
    struct tsig_record record;
    enum tsig_verdict verdict = tsig_verify(&fetch->chain, message, wall_now(), &record);
    if (verdict == TSIG_GOOD || verdict == TSIG_UNSIGNED)
        return true;
    tsig_complaint(message, verdict, &record, fetch->complaint);
    return false;
}

/* The SOA record of the answer; false: it is none to this question. */
static bool read_serial(struct fetch *fetch, const uint8_t *wire, size_t length, uint32_t *serial)
{
    struct dns_record records[RECORDS_MAX];
    struct dns_message message;
    struct dns_soa soa;
    uint8_t rdata[2 * DNS_NAME_MAX + 20];
    uint16_t rdata_length;
    if (dns_message_parse(&message, wire, length, records, RECORDS_MAX) != DNS_OK || !message.response ||
        message.id != fetch->id || message.questions != 1 || message.qtype != DNS_TYPE_SOA ||
        !dns_name_equal(dns_name_view(&message.qname), dns_name_view(&fetch->apex)) ||
        !is_signed_well(fetch, &message))
        return false;
    for (unsigned i = 0; message.rcode == DNS_RCODE_NOERROR && i < message.count[DNS_ANSWER]; i++) {
        const struct dns_record *record = &message.section[DNS_ANSWER][i];
        if (record->type == DNS_TYPE_SOA &&
            dns_message_owner_is(&message, record, dns_name_view(&fetch->apex)) &&
            dns_rdata_expand(&message, record, rdata, sizeof rdata, &rdata_length) == DNS_OK &&
            dns_rdata_soa(rdata, rdata_length, &soa) == DNS_OK) {
            *serial = soa.serial;
            return true;
        }
    }
    snprintf(fetch->reason, sizeof fetch->reason, "it says %s and no SOA record",
             dns_rcode_to_text(message.rcode, (char[DNS_TYPE_TEXT_MAX]){0}));
    return true;
}

static void on_datagram(uv_udp_t *udp, ssize_t length, const uv_buf_t *buffer, const struct sockaddr *from,
                        unsigned flags)
{
    struct fetch *fetch = udp->data;
    uint32_t serial = 0;
    (void)from;
    (void)flags;
    if (length == 0 || fetch->closing)
        return;
    if (length < 0)
        fail(fetch, FETCH_SILENT, "it cannot be reached: %s", uv_strerror((int)length));
    else if (!read_serial(fetch, (const uint8_t *)buffer->base, (size_t)length, &serial))
        return; /* somebody else's; the time goes on */
    else if (fetch->reason[0] != '\0')
        end(fetch, (struct fetch_result){.end = FETCH_SILENT});
    else
        end(fetch, (struct fetch_result){.end = FETCH_SERIAL, .serial = serial});
}

static bool ask_serial(struct fetch *fetch)
{
    struct sockaddr_storage to;
    struct dns_builder builder;
    dns_address_to_sockaddr(&fetch->primary, &to);
    dns_builder_start(&builder, fetch->query, QUERY_ROOM, fetch->id, 0);
    dns_builder_question(&builder, dns_name_view(&fetch->apex), DNS_TYPE_SOA, DNS_CLASS_IN);
    size_t length = dns_builder_finish(&builder);
    tsig_chain_start(&fetch->chain, fetch->has_key ? &fetch->key : NULL);
    uv_buf_t buffer = uv_buf_init((char *)fetch->query, 0);
    if (!tsig_sign(&fetch->chain, fetch->query, &length, QUERY_ROOM, wall_now()) ||
        uv_udp_connect(&fetch->udp, (struct sockaddr *)&to) != 0 ||
        uv_udp_recv_start(&fetch->udp, allocate, on_datagram) != 0)
        return false;
    buffer.len = length;
    return uv_udp_try_send(&fetch->udp, &buffer, 1, NULL) == (int)length &&
           uv_timer_start(&fetch->timer, on_late, FETCH_ANSWER_TIME, 0) == 0;
}

/* -- a zone ------------------------------------------------------------------------------------------------- */

/* On a thread of its own. */
static void make_zone(uv_work_t *work)
{
    struct fetch *fetch = work->data;
    fetch->problems = calloc(1, sizeof *fetch->problems);
    fetch->zone = fetch->problems == NULL ? NULL : transfer_in_finish(fetch->transfer, fetch->problems);
    enum zonemd_verdict verdict = fetch->zone == NULL ? ZONEMD_NONE : zonemd_verify(fetch->zone);
    if (verdict == ZONEMD_WRONG || verdict == ZONEMD_SERIAL || verdict == ZONEMD_NO_MEMORY) {
        snprintf(fetch->reason, sizeof fetch->reason, "%s", zonemd_text(verdict));
        zone_release(fetch->zone);
        fetch->zone = NULL;
    }
    if (fetch->zone != NULL && fetch->path != NULL &&
        store_zone(fetch->zone, fetch->path, &fetch->given_up, fetch->unstored) && !fetch->given_up)
        store_journal(fetch->zone, fetch->path, fetch->unstored);
}

static void tell_first_problem(struct fetch *fetch)
{
    char *text = NULL;
    size_t size;
    FILE *to = fetch->problems == NULL ? NULL : open_memstream(&text, &size);
    if (fetch->reason[0] != '\0' || to == NULL)
        return;
    zone_problems_print(fetch->problems, to);
    fclose(to);
    snprintf(fetch->reason, sizeof fetch->reason, "it is no good zone: %.*s",
             text == NULL ? 0 : (int)strcspn(text, "\n"), text == NULL ? "" : text);
    free(text);
}

static void on_made(uv_work_t *work, int status)
{
    struct fetch *fetch = work->data;
    (void)status;
    if (fetch->done != NULL && fetch->zone != NULL) {
        struct fetch_result result = {.end = FETCH_ZONE,
                                      .zone = zone_hold(fetch->zone),
                                      .serial = zone_serial(fetch->zone),
                                      .incremental = transfer_in_incremental(fetch->transfer),
                                      .records = transfer_in_records(fetch->transfer),
                                      .octets = transfer_in_octets(fetch->transfer)};
        end(fetch, result);
    } else if (fetch->done != NULL) {
        tell_first_problem(fetch);
        end(fetch, (struct fetch_result){.end = transfer_in_incremental(fetch->transfer) ? FETCH_NO_IXFR
                                                                                         : FETCH_FAILED});
    }
    release(fetch);
}

static void complete(struct fetch *fetch)
{
    fetch->work.data = fetch;
    uv_timer_stop(&fetch->timer);
    uv_read_stop((uv_stream_t *)&fetch->tcp);
    fetch->held++;
    if (uv_queue_work(fetch->loop, &fetch->work, make_zone, on_made) == 0)
        return;
    fetch->held--;
    fail(fetch, FETCH_FAILED, "%s", "there is no thread to make it on");
}

/* True: more is to be read. */
static bool take_message(struct fetch *fetch)
{
    switch (transfer_in_message(fetch->transfer, fetch->framing.buffer, fetch->framing.length, wall_now())) {
    case TRANSFER_IN_MORE:
        uv_timer_again(&fetch->timer);
        if (uv_now(fetch->loop) - fetch->started <= FETCH_TIME)
            return true;
        fail(fetch, FETCH_FAILED, "%s", "it takes longer than two hours");
        return false;
    case TRANSFER_IN_COMPLETE:
        complete(fetch);
        return false;
    case TRANSFER_IN_UP_TO_DATE:
        end(fetch,
            (struct fetch_result){.end = FETCH_CURRENT, .serial = transfer_in_serial(fetch->transfer)});
        return false;
    case TRANSFER_IN_UNSUPPORTED:
        fail(fetch, FETCH_NO_IXFR, "%s", transfer_in_reason(fetch->transfer));
        return false;
    default: /* changes that do not fit: the whole zone may (RFC 1995 §4) */
        fail(fetch, transfer_in_incremental(fetch->transfer) ? FETCH_NO_IXFR : FETCH_FAILED, "%s",
             transfer_in_reason(fetch->transfer));
        return false;
    }
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct fetch *fetch = stream->data;
    const uint8_t *data = (const uint8_t *)buffer->base;
    if (length < 0) {
        fail(fetch, FETCH_FAILED, "%s",
             length == UV_EOF ? "the stream ended before the zone did" : uv_strerror((int)length));
        return;
    }
    for (size_t left = (size_t)length; left > 0;) {
        enum framing_found found = framing_next(&fetch->framing, &data, &left);
        if (found == FRAMING_WRONG)
            fail(fetch, FETCH_FAILED, "%s", "it sends garbage");
        if (found != FRAMING_MESSAGE || !take_message(fetch))
            return;
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct fetch *fetch = write->data;
    if (status != 0 && !fetch->closing)
        fail(fetch, FETCH_FAILED, "%s", uv_strerror(status));
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct fetch *fetch = connect->data;
    if (fetch->closing)
        return;
    size_t length = transfer_in_query(fetch->transfer, fetch->query + 2, QUERY_ROOM, wall_now());
    if (status != 0 || length == 0) {
        fail(fetch, FETCH_FAILED, "no connection: %s", status != 0 ? uv_strerror(status) : "out of memory");
        return;
    }
    put16(fetch->query, (unsigned)length);
    uv_buf_t buffer = uv_buf_init((char *)fetch->query, (unsigned)(2 + length));
    fetch->writing.data = fetch;
    framing_start(&fetch->framing, fetch->message, sizeof fetch->message);
    if (uv_write(&fetch->writing, (uv_stream_t *)&fetch->tcp, &buffer, 1, on_written) != 0 ||
        uv_read_start((uv_stream_t *)&fetch->tcp, allocate, on_read) != 0)
        fail(fetch, FETCH_FAILED, "%s", "the connection is broken");
}

static bool ask_zone(struct fetch *fetch, const struct fetch_options *options)
{
    struct sockaddr_storage to;
    struct transfer_in_options asked = {.apex = dns_name_view(&fetch->apex),
                                        .old = options->old,
                                        .whole = options->whole,
                                        .octets_max = FETCH_OCTETS_MAX,
                                        .key = fetch->has_key ? &fetch->key : NULL,
                                        .id = fetch->id};
    dns_address_to_sockaddr(&fetch->primary, &to);
    fetch->transfer = transfer_in_new(&asked);
    fetch->connecting.data = fetch;
    fetch->started = uv_now(fetch->loop);
    return fetch->transfer != NULL &&
           uv_tcp_connect(&fetch->connecting, &fetch->tcp, (struct sockaddr *)&to, on_connected) == 0 &&
           uv_timer_start(&fetch->timer, on_late, FETCH_IDLE_TIME, FETCH_IDLE_TIME) == 0;
}

/* -- the beginning ------------------------------------------------------------------------------------------- */

static void on_stillborn(uv_timer_t *timer)
{
    struct fetch *fetch = timer->data;
    fail(fetch, fetch->over_tcp ? FETCH_FAILED : FETCH_SILENT, "%s", "it cannot be reached from here");
}

struct fetch *fetch_start(const struct fetch_options *options, fetch_done *done, void *context)
{
    struct fetch *fetch = calloc(1, sizeof *fetch);
    if (fetch == NULL)
        return NULL;
    fetch->done = done;
    fetch->context = context;
    fetch->loop = options->loop;
    fetch->primary = options->primary;
    dns_name_copy(&fetch->apex, options->apex);
    fetch->has_key = options->key != NULL;
    if (fetch->has_key)
        fetch->key = *options->key;
    if (options->path != NULL)
        fetch->path = strdup(options->path);
    (void)!getrandom(&fetch->id, sizeof fetch->id, 0);
    fetch->over_tcp = !options->serial_only;
    fetch->held = 2;
    fetch->timer.data = fetch->udp.data = fetch->tcp.data = fetch;
    uv_timer_init(fetch->loop, &fetch->timer);
    if (fetch->over_tcp)
        uv_tcp_init(fetch->loop, &fetch->tcp);
    else
        uv_udp_init(fetch->loop, &fetch->udp);
    if (!(fetch->over_tcp ? ask_zone(fetch, options) : ask_serial(fetch)))
        uv_timer_start(&fetch->timer, on_stillborn, 1, 0);
    return fetch;
}
