#include "server/event_json.h"

#include "dns/types.h"

static void set_number(json_t *to, const char *key, uint64_t value, bool given)
{
    if (given)
        json_object_set_new(to, key, json_integer((json_int_t)value));
}

static void set_text(json_t *to, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(to, key, json_string(text));
}

static void set_name(json_t *to, const char *key, struct dns_name name)
{
    char text[DNS_NAME_TEXT_MAX];
    if (name.wire != NULL)
        set_text(to, key, dns_name_to_text(name, text));
}

static void set_address(json_t *to, const char *key, const struct dns_address *address)
{
    char text[DNS_ADDRESS_TEXT_MAX];
    if (address->family != 0)
        set_text(to, key, dns_address_to_text(address, text));
}

static void set_id(json_t *to, uint32_t id)
{
    char text[CULPRIT_ID_TEXT];
    if (id != 0)
        set_text(to, "id", culprit_id_to_text(id, text));
}

/* What `value` and `count` are called for the kind; NULL: it has none. */
struct meaning {
    const char *value, *count, *number[EVENT_NUMBERS];
};

static const struct meaning meanings[EVENT_KINDS] = {
    [EVENT_ACCESS] = {.count = "line"},
    [EVENT_JOINED] = {.count = "clients"},
    [EVENT_DELEGATION] = {"addresses", "servers", {0}},
    [EVENT_SERVER] = {"expected_us", "candidates", {"rtt_ms", "silent", "packets", NULL}},
    [EVENT_RECEIVE] = {"rtt_us", NULL, {"answer", "authority", "additional", "octets"}},
    [EVENT_SILENT] = {.value = "waited_us"},
    [EVENT_REFERRAL] = {"glue", "servers", {0}},
    [EVENT_BUDGET_LEFT] = {"left_us", NULL, {"packets", "aliases", "lookups", "signatures"}},
    [EVENT_ANSWER] = {"took_us", "records", {0}},
    [EVENT_FAILURE] = {.value = "took_us"},
};

static bool has_type(enum event_kind kind)
{
    switch (kind) {
    case EVENT_ACCESS:
    case EVENT_DELEGATION:
    case EVENT_SERVER:
    case EVENT_RECEIVE:
    case EVENT_SILENT:
    case EVENT_UNREACHABLE:
    case EVENT_PACKET_DROPPED:
    case EVENT_SERVER_DROPPED:
    case EVENT_REFERRAL:
    case EVENT_KEYS:
    case EVENT_BUDGET:
    case EVENT_BUDGET_LEFT:
        return false;
    default:
        return true;
    }
}

static bool has_rcode(enum event_kind kind)
{
    return kind == EVENT_RECEIVE || kind == EVENT_CHILD_DONE || kind == EVENT_ANSWER || kind == EVENT_FAILURE;
}

static void set_numbers(json_t *to, const struct event *event)
{
    const struct meaning *meaning = &meanings[event->kind];
    if (meaning->value != NULL)
        set_number(to, meaning->value, event->value, true);
    if (meaning->count != NULL)
        set_number(to, meaning->count, event->count, true);
    for (unsigned i = 0; i < EVENT_NUMBERS; i++)
        if (meaning->number[i] != NULL)
            set_number(to, meaning->number[i], event->number[i], true);
    bool timed = event->kind == EVENT_CACHE_HIT || event->kind == EVENT_KEPT;
    set_number(to, "ttl", event->ttl, timed);
    set_number(to, "age", event->age, event->kind == EVENT_CACHE_HIT);
    set_number(to, "other_walk", event->related, event->related != 0);
    set_number(to, "key_tag", event->key_tag, event->algorithm != 0);
    set_number(to, "algorithm", event->algorithm, event->algorithm != 0);
}

static void set_words(json_t *to, const struct event *event)
{
    char text[DNS_TYPE_TEXT_MAX];
    if (has_type(event->kind))
        set_text(to, "type", dns_type_to_text(event->type, text));
    if (has_rcode(event->kind))
        set_text(to, "rcode", dns_rcode_to_text(event->rcode, text));
    if (event->rank != 0)
        set_text(to, "rank", event_rank_word(event->rank));
    if (event->trust != 0)
        set_text(to, "trust", event_trust_word(event->trust));
    if (event->flags & EVENT_HAS_EDE) {
        set_number(to, "ede", event->ede, true);
        set_text(to, "ede_text", dns_ede_to_text(event->ede));
    }
    set_text(to, "reason", event->text);
    set_text(to, "file", event->place);
}

static void set_flags(json_t *to, const struct event *event)
{
    for (unsigned bit = 0; bit < EVENT_FLAGS; bit++)
        if (event->flags >> bit & 1 && 1 << bit != EVENT_HAS_EDE)
            json_object_set_new(to, event_flag_word(bit), json_true());
}

json_t *event_culprit_to_json(const struct event *event)
{
    json_t *culprit = json_object();
    if (culprit == NULL)
        return NULL;
    set_name(culprit, "zone", event->zone);
    set_address(culprit, "server", &event->address);
    set_text(culprit, "blame", blame_word((enum blame)event->blame));
    set_text(culprit, "reason", event->text);
    set_id(culprit, event->id);
    return culprit;
}

json_t *event_to_json(const struct event *event, uint64_t start)
{
    json_t *to = json_object();
    bool ended = event->kind == EVENT_ANSWER || event->kind == EVENT_FAILURE;
    if (to == NULL)
        return NULL;
    set_number(to, "time_us", event->time - start, true);
    set_number(to, "step", event_step(event->kind), true);
    set_text(to, "event", event_word(event->kind));
    set_number(to, "walk", event->walk, true);
    set_number(to, "parent", event->parent, event->parent != 0);
    set_number(to, "depth", event->depth, true);
    set_name(to, "name", event->name);
    set_name(to, "target", event->other);
    set_words(to, event);
    set_numbers(to, event);
    set_flags(to, event);
    if (ended && (event->kind == EVENT_FAILURE || event->id != 0)) {
        json_object_set_new(to, "culprit", event_culprit_to_json(event));
        return to;
    }
    set_name(to, "zone", event->zone);
    set_name(to, "server", event->server);
    set_address(to, event->kind == EVENT_ACCESS ? "client" : "address", &event->address);
    set_id(to, event->id);
    return to;
}
