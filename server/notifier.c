#include "server/notifier.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/clock.h"
#include "server/random.h"

enum {
    LINE = 400,
    HANDLES = 3,
    DNS_PORT = 53,
    LOOKUPS = 15, /* s that addresses of name servers are waited for */
};

/* One zone's round. */
struct telling {
    struct telling *next;
    struct notify_round round;
    struct tsig_key key; /* of its name servers, where `has_key` */
    bool has_key;
    uint64_t lookups_end;
    struct tsig_key *keys; /* of also-notify, one for each, copied: the configuration may change meanwhile */
};

struct notifier {
    uv_udp_t ipv4, ipv6;
    uv_timer_t timer;
    unsigned open_handles;
    notifier_say *say;
    notifier_lookup *lookup;
    void *context;
    struct telling *tellings;
    struct random random;
    uint8_t received[DNS_MESSAGE_MAX];
};

static uint64_t now(void)
{
    return clock_seconds(clock_now());
}

static void __attribute__((format(printf, 3, 4)))
say(struct notifier *notifier, enum config_severity severity, const char *format, ...)
{
    char line[LINE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    notifier->say(notifier->context, severity, line);
}

static void say_of(struct notifier *notifier, const struct telling *telling,
                   const struct dns_address *address, const char *what)
{
    char name[DNS_NAME_TEXT_MAX], text[DNS_ADDRESS_TEXT_MAX];
    say(notifier, CONFIG_WARNING, "zone %.200s: NOTIFY to %s: %s",
        dns_name_to_text(zone_apex(telling->round.zone), name), dns_address_to_text(address, text), what);
}

static void free_telling(struct telling *telling)
{
    notify_end(&telling->round);
    free(telling->keys);
    free(telling);
}

/* Takes the rounds that are over out of the list; or the one of `apex`, where that is given. */
static void drop(struct notifier *notifier, const struct dns_name *apex)
{
    for (struct telling **link = &notifier->tellings; *link != NULL;) {
        struct telling *each = *link;
        bool ends = apex != NULL ? dns_name_equal(zone_apex(each->round.zone), *apex)
                                 : each->lookups_end <= now() && notify_due(&each->round) == UINT64_MAX;
        if (!ends) {
            link = &each->next;
            continue;
        }
        *link = each->next;
        free_telling(each);
    }
}

/* -- sending ------------------------------------------------------------------------------------ */

static void send_to(struct notifier *notifier, struct telling *telling, struct notify_target *target)
{
    uint8_t wire[NOTIFY_SIZE];
    struct sockaddr_storage to;
    uint16_t id;
    random_fill(&notifier->random, (uint8_t *)&id, sizeof id);
    size_t length = notify_write(&telling->round, target, id, wire, sizeof wire, (uint64_t)time(NULL));
    if (length == 0)
        return;
    dns_address_to_sockaddr(&target->address, &to);
    uv_buf_t buffer = uv_buf_init((char *)wire, (unsigned)length);
    /* What is not sent now is like what is lost: it is tried again. */
    uv_udp_try_send(target->address.family == 4 ? &notifier->ipv4 : &notifier->ipv6, &buffer, 1,
                    (struct sockaddr *)&to);
}

static void on_timer(uv_timer_t *timer);

/* A round that has nothing to send ends, and lets go of its zone, when no more addresses are waited for. */
static uint64_t due_of(const struct telling *telling)
{
    uint64_t due = notify_due(&telling->round);
    return due != UINT64_MAX ? due : telling->lookups_end;
}

static void set_timer(struct notifier *notifier)
{
    uint64_t due = UINT64_MAX;
    for (struct telling *each = notifier->tellings; each != NULL; each = each->next)
        if (due_of(each) < due)
            due = due_of(each);
    uint64_t at = now();
    if (due == UINT64_MAX)
        uv_timer_stop(&notifier->timer);
    else
        uv_timer_start(&notifier->timer, on_timer, due > at ? (due - at) * 1000 : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct notifier *notifier = timer->data;
    for (struct telling *each = notifier->tellings; each != NULL; each = each->next) {
        struct notify_target *target, *given_up;
        while ((target = notify_next(&each->round, now(), &given_up)) != NULL || given_up != NULL) {
            if (target != NULL)
                send_to(notifier, each, target);
            else
                say_of(notifier, each, &given_up->address, "no answer, given up");
        }
    }
    drop(notifier, NULL);
    set_timer(notifier);
}

/* -- answers ------------------------------------------------------------------------------------ */

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct notifier *notifier = handle->data;
    (void)suggested;
    *buffer = uv_buf_init((char *)notifier->received, sizeof notifier->received);
}

static void on_received(uv_udp_t *handle, ssize_t length, const uv_buf_t *buffer, const struct sockaddr *peer,
                        unsigned flags)
{
    struct notifier *notifier = handle->data;
    struct dns_address from;
    uint16_t rcode;
    char text[DNS_TYPE_TEXT_MAX];
    (void)flags;
    if (length <= 0 || peer == NULL || !dns_address_from_sockaddr(peer, &from))
        return;
    for (struct telling *each = notifier->tellings; each != NULL; each = each->next) {
        enum notify_answer answer = notify_answered(&each->round, &from, (const uint8_t *)buffer->base,
                                                    (size_t)length, (uint64_t)time(NULL), &rcode);
        if (answer == NOTIFY_REFUSED)
            say_of(notifier, each, &from, dns_rcode_to_text(rcode, text));
        if (answer != NOTIFY_IGNORED)
            break;
    }
    drop(notifier, NULL);
    set_timer(notifier);
}

/* -- from outside ------------------------------------------------------------------------------- */

struct notifier *notifier_create(uv_loop_t *loop, notifier_say *say_line, notifier_lookup *lookup,
                                 void *context)
{
    struct notifier *notifier = calloc(1, sizeof *notifier);
    if (notifier == NULL)
        return NULL;
    notifier->say = say_line;
    notifier->lookup = lookup;
    notifier->context = context;
    uv_timer_init(loop, &notifier->timer);
    uv_udp_init(loop, &notifier->ipv4);
    uv_udp_init(loop, &notifier->ipv6);
    notifier->timer.data = notifier->ipv4.data = notifier->ipv6.data = notifier;
    notifier->open_handles = HANDLES;
    struct sockaddr_in any4 = {.sin_family = AF_INET};
    struct sockaddr_in6 any6 = {.sin6_family = AF_INET6};
    /* A family that the machine has not: sending fails, and that is said of each target. */
    if (uv_udp_bind(&notifier->ipv4, (struct sockaddr *)&any4, 0) == 0)
        uv_udp_recv_start(&notifier->ipv4, allocate, on_received);
    if (uv_udp_bind(&notifier->ipv6, (struct sockaddr *)&any6, UV_UDP_IPV6ONLY) == 0)
        uv_udp_recv_start(&notifier->ipv6, allocate, on_received);
    return notifier;
}

static bool copy_keys(struct telling *telling, const struct notifier_whom *whom)
{
    telling->has_key = whom->key != NULL;
    if (whom->key != NULL)
        telling->key = *whom->key;
    telling->keys = calloc(whom->also_count + 1, sizeof *telling->keys);
    for (unsigned i = 0; telling->keys != NULL && i < whom->also_count; i++)
        if (whom->also[i].key != NULL)
            telling->keys[i] = *whom->also[i].key;
    return telling->keys != NULL;
}

static void begin(struct notifier *notifier, struct telling *telling, struct zone *zone,
                  const struct notifier_whom *whom)
{
    struct dns_name names[NOTIFY_NAMES];
    if (whom->name_servers)
        notify_begin(&telling->round, zone, false, telling->has_key ? &telling->key : NULL, now());
    else
        telling->round.zone = zone_hold(zone);
    for (unsigned i = 0; i < whom->also_count; i++)
        notify_add(&telling->round, &whom->also[i].address,
                   whom->also[i].key != NULL ? &telling->keys[i] : NULL, now());
    unsigned count = whom->name_servers && notifier->lookup != NULL ? notify_names(zone, false, names) : 0;
    telling->lookups_end = now() + (count > 0 ? LOOKUPS : 0);
    for (unsigned i = 0; i < count; i++)
        notifier->lookup(notifier->context, zone_apex(zone), names[i]);
}

void notifier_tell(struct notifier *notifier, struct zone *zone, const struct notifier_whom *whom)
{
    struct dns_name apex = zone_apex(zone);
    char name[DNS_NAME_TEXT_MAX];
    drop(notifier, &apex);
    struct telling *telling = calloc(1, sizeof *telling);
    if (telling == NULL || !copy_keys(telling, whom)) {
        free(telling);
        say(notifier, CONFIG_ERROR, "zone %.200s: no memory to send NOTIFY", dns_name_to_text(apex, name));
        return;
    }
    telling->next = notifier->tellings;
    notifier->tellings = telling;
    begin(notifier, telling, zone, whom);
    say(notifier, CONFIG_INFO, "zone %.200s: NOTIFY of serial %u to %u addresses",
        dns_name_to_text(apex, name), (unsigned)zone_serial(zone), telling->round.count);
    set_timer(notifier);
}

void notifier_address(struct notifier *notifier, struct dns_name apex, const struct dns_address *address)
{
    struct dns_address to = *address;
    if (to.port == 0)
        to.port = DNS_PORT;
    for (struct telling *each = notifier->tellings; each != NULL; each = each->next)
        if (dns_name_equal(zone_apex(each->round.zone), apex))
            notify_add(&each->round, &to, each->has_key ? &each->key : NULL, now());
    set_timer(notifier);
}

void notifier_forget(struct notifier *notifier, struct dns_name apex)
{
    drop(notifier, &apex);
    set_timer(notifier);
}

unsigned notifier_open(const struct notifier *notifier)
{
    unsigned count = 0;
    for (const struct telling *each = notifier->tellings; each != NULL; each = each->next)
        for (unsigned i = 0; i < each->round.count; i++)
            count += !each->round.target[i].done;
    return count;
}

static void on_closed(uv_handle_t *handle)
{
    struct notifier *notifier = handle->data;
    if (--notifier->open_handles == 0)
        free(notifier);
}

void notifier_close(struct notifier *notifier)
{
    while (notifier->tellings != NULL) {
        struct telling *first = notifier->tellings;
        notifier->tellings = first->next;
        free_telling(first);
    }
    uv_close((uv_handle_t *)&notifier->timer, on_closed);
    uv_close((uv_handle_t *)&notifier->ipv4, on_closed);
    uv_close((uv_handle_t *)&notifier->ipv6, on_closed);
}
