#include "capture/setup.h"

#include <stdlib.h>
#include <string.h>

/* More than named.conf can ask for, or anybody needs; a hostile file shall not take all memory. */
enum {
    ANCHORS_MOST = 1024,
    POLICIES_MOST = 1024,
    EXCEPTIONS_MOST = 4096,
    ROUTES_MOST = 4096,
    ADDRESSES_MOST = 16384,
    RULES_MOST = 4096,
    WORK_MOST = 100000,
    WALKS_MOST = 65536,
    DEPTH_MOST = 255,
};
static const uint64_t time_most = UINT64_C(3600) * 1000000;

/* -- writing ---------------------------------------------------------------------------------------- */

static void write_limits(struct fields *to, const struct engine_limits *limits)
{
    add_number(to, limits->packets);
    add_number(to, limits->packets_per_name);
    add_number(to, limits->names);
    add_number(to, limits->depth);
    add_number(to, limits->lookups);
    add_number(to, limits->time);
    add_number(to, limits->walks);
    add_number(to, limits->waiters);
}

static void write_plain(struct fields *to, const struct engine_options *options)
{
    write_limits(to, &options->limits);
    add_number(to, options->qmin);
    add_number(to, options->ipv4);
    add_number(to, options->ipv6);
    add_number(to, options->minimal_responses);
    add_number(to, options->synthesise);
    add_number(to, options->edns_udp_size);
    add_number(to, options->max_cache_ttl);
    add_number(to, options->min_cache_ttl);
    add_number(to, options->max_ncache_ttl);
    add_number(to, options->min_ncache_ttl);
}

static void write_hints(struct fields *to, const struct hints *hints)
{
    add_number(to, hints->count);
    for (size_t i = 0; i < hints->count; i++)
        add_name(to, dns_name_view(&hints->name[i]));
    add_number(to, hints->address_count);
    for (size_t i = 0; i < hints->address_count; i++) {
        add_address(to, &hints->address[i].address);
        add_number(to, hints->address[i].name);
    }
}

static void write_anchor(struct fields *to, const struct dnssec_anchor *anchor)
{
    add_name(to, dns_name_view(&anchor->zone));
    add_number(to, anchor->kind);
    add_number(to, anchor->initial);
    add_number(to, anchor->key_tag);
    add_number(to, anchor->algorithm);
    add_number(to, anchor->digest_type);
    add_octets(to, anchor->octets, anchor->length);
}

static void write_policy(struct fields *to, const struct dnssec_policy *policy)
{
    add_number(to, policy->algorithms);
    add_number(to, policy->digests);
    add_number(to, policy->rsa_bits_min);
    add_number(to, policy->rsa_bits_max);
    add_number(to, policy->nsec3_iterations);
    add_number(to, policy->skew_min);
    add_number(to, policy->skew_max);
    add_number(to, policy->accept_expired);
    add_number(to, policy->clock_floor);
}

static void write_validation(struct fields *to, const struct validation *validation)
{
    struct dns_name name;
    add_number(to, validation != NULL);
    if (validation == NULL)
        return;
    add_number(to, validation->enabled);
    add_number(to, validation->anchor_count);
    for (size_t i = 0; i < validation->anchor_count; i++)
        write_anchor(to, &validation->anchors[i]);
    add_number(to, validation->policy_count);
    for (size_t i = 0; i < validation->policy_count; i++) {
        write_policy(to, &validation->policies[i]);
        if (dns_name_from_wire(validation->policy_names[i], DNS_NAME_MAX, &name) == DNS_OK)
            add_name(to, name);
    }
    add_number(to, validation->except_count);
    for (size_t i = 0; i < validation->except_count; i++) {
        add_name(to, dns_name_view(&validation->except[i].name));
        add_number(to, validation->except[i].until);
    }
}

static void write_routes(struct fields *to, const struct engine_options *options)
{
    add_number(to, options->route_count);
    for (size_t i = 0; i < options->route_count; i++) {
        const struct route *route = &options->routes[i];
        add_name(to, route->name);
        add_number(to, route->kind);
        add_number(to, route->address_count);
        for (unsigned j = 0; j < route->address_count; j++)
            add_address(to, &route->addresses[j]);
    }
}

static void write_rules(struct fields *to, const struct engine_options *options)
{
    add_number(to, options->rule_count);
    for (size_t i = 0; i < options->rule_count; i++) {
        const struct engine_server_rule *rule = &options->rules[i];
        add_address(to, &rule->prefix.address);
        add_number(to, rule->prefix.bits);
        add_number(to, rule->bogus_given);
        add_number(to, rule->bogus);
        add_number(to, rule->edns_given);
        add_number(to, rule->edns);
    }
}

void setup_write(struct fields *to, const struct engine_options *options)
{
    write_plain(to, options);
    write_hints(to, options->hints);
    write_validation(to, options->validation);
    write_routes(to, options);
    write_rules(to, options);
}

/* -- reading ---------------------------------------------------------------------------------------- */

static void read_limits(struct reading *from, struct engine_limits *limits)
{
    limits->packets = (unsigned)take_number(from, WORK_MOST);
    limits->packets_per_name = (unsigned)take_number(from, WORK_MOST);
    limits->names = (unsigned)take_number(from, DEPTH_MOST);
    limits->depth = (unsigned)take_number(from, DEPTH_MOST);
    limits->lookups = (unsigned)take_number(from, WORK_MOST);
    limits->time = take_number(from, time_most);
    limits->walks = (unsigned)take_number(from, WALKS_MOST);
    limits->waiters = (unsigned)take_number(from, WALKS_MOST);
}

static void read_plain(struct reading *from, struct engine_options *options)
{
    read_limits(from, &options->limits);
    options->qmin = (enum engine_qmin)take_number(from, ENGINE_QMIN_STRICT);
    options->ipv4 = take_flag(from);
    options->ipv6 = take_flag(from);
    options->minimal_responses = take_flag(from);
    options->synthesise = take_flag(from);
    options->edns_udp_size = (uint16_t)take_number(from, UINT16_MAX);
    options->max_cache_ttl = (uint32_t)take_number(from, INT32_MAX);
    options->min_cache_ttl = (uint32_t)take_number(from, INT32_MAX);
    options->max_ncache_ttl = (uint32_t)take_number(from, INT32_MAX);
    options->min_ncache_ttl = (uint32_t)take_number(from, INT32_MAX);
}

static struct dns_address take_some_address(struct reading *from)
{
    struct dns_address address = take_address(from);
    from->failed = from->failed || address.family == 0;
    return address;
}

static bool read_hints(struct reading *from, struct hints *hints)
{
    hints->count = take_number(from, HINTS_NAMES);
    for (size_t i = 0; i < hints->count; i++)
        dns_name_copy(&hints->name[i], take_name(from));
    hints->address_count = take_number(from, HINTS_ADDRESSES);
    for (size_t i = 0; i < hints->address_count; i++) {
        hints->address[i].address = take_some_address(from);
        hints->address[i].name = (uint8_t)take_number(from, HINTS_NAMES - 1);
        from->failed = from->failed || hints->address[i].name >= hints->count;
    }
    return !from->failed;
}

static void read_anchor(struct reading *from, struct dnssec_anchor *anchor)
{
    size_t length;
    dns_name_copy(&anchor->zone, take_name(from));
    anchor->kind = (enum dnssec_anchor_kind)take_number(from, DNSSEC_ANCHOR_KEY);
    anchor->initial = take_flag(from);
    anchor->key_tag = (uint16_t)take_number(from, UINT16_MAX);
    anchor->algorithm = (uint8_t)take_number(from, UINT8_MAX);
    anchor->digest_type = (uint8_t)take_number(from, UINT8_MAX);
    const uint8_t *octets = take_octets(from, DNSSEC_ANCHOR_OCTETS, &length);
    memcpy(anchor->octets, octets, length);
    anchor->length = (uint16_t)length;
}

static void read_policy(struct reading *from, struct dnssec_policy *policy)
{
    policy->algorithms = (uint32_t)take_number(from, UINT32_MAX);
    policy->digests = (uint32_t)take_number(from, UINT32_MAX);
    policy->rsa_bits_min = (uint16_t)take_number(from, UINT16_MAX);
    policy->rsa_bits_max = (uint16_t)take_number(from, UINT16_MAX);
    policy->nsec3_iterations = (uint16_t)take_number(from, UINT16_MAX);
    policy->skew_min = (uint32_t)take_number(from, UINT32_MAX);
    policy->skew_max = (uint32_t)take_number(from, UINT32_MAX);
    policy->accept_expired = take_flag(from);
    policy->clock_floor = take_number(from, UINT64_MAX);
}

/* Room for `count` of them; one more, so that none is no failure. */
static void *room_for(struct reading *from, size_t count, size_t size)
{
    void *room = from->failed ? NULL : calloc(count + 1, size);
    from->failed = room == NULL;
    return room;
}

static bool read_anchors(struct reading *from, struct setup *setup)
{
    size_t count = take_number(from, ANCHORS_MOST);
    setup->anchors = room_for(from, count, sizeof *setup->anchors);
    for (size_t i = 0; i < count && !from->failed; i++)
        read_anchor(from, &setup->anchors[i]);
    setup->validation.anchors = setup->anchors;
    setup->validation.anchor_count = count;
    return !from->failed;
}

/* The first is the root's: where there is none, nothing is validated. */
static bool read_policies(struct reading *from, struct setup *setup)
{
    size_t count = take_number(from, POLICIES_MOST);
    setup->policies = room_for(from, count, sizeof *setup->policies);
    setup->policy_names = room_for(from, count, sizeof *setup->policy_names);
    for (size_t i = 0; i < count && !from->failed; i++) {
        read_policy(from, &setup->policies[i]);
        setup->policy_names[i] = take_name(from).wire;
        from->failed = from->failed || (i == 0 && setup->policy_names[0][0] != 0);
    }
    setup->validation.policies = setup->policies;
    setup->validation.policy_names = setup->policy_names;
    setup->validation.policy_count = count;
    return !from->failed && (count > 0 || !setup->validation.enabled);
}

static bool read_exceptions(struct reading *from, struct setup *setup)
{
    size_t count = take_number(from, EXCEPTIONS_MOST);
    setup->except = room_for(from, count, sizeof *setup->except);
    for (size_t i = 0; i < count && !from->failed; i++) {
        dns_name_copy(&setup->except[i].name, take_name(from));
        setup->except[i].until = take_number(from, UINT64_MAX);
    }
    setup->validation.except = setup->except;
    setup->validation.except_count = count;
    return !from->failed;
}

static bool read_validation(struct reading *from, struct setup *setup)
{
    if (!take_flag(from))
        return !from->failed;
    setup->options.validation = &setup->validation;
    setup->validation.enabled = take_flag(from);
    return read_anchors(from, setup) && read_policies(from, setup) && read_exceptions(from, setup);
}

static bool read_routes(struct reading *from, struct setup *setup)
{
    size_t count = take_number(from, ROUTES_MOST), used = 0;
    setup->routes = room_for(from, count, sizeof *setup->routes);
    setup->addresses = room_for(from, ADDRESSES_MOST, sizeof *setup->addresses);
    for (size_t i = 0; i < count && !from->failed; i++) {
        struct route *route = &setup->routes[i];
        route->name = take_name(from);
        route->kind = (enum route_kind)take_number(from, ROUTE_STUB);
        route->address_count = (unsigned)take_number(from, ADDRESSES_MOST - used);
        route->addresses = setup->addresses + used;
        for (unsigned j = 0; j < route->address_count && !from->failed; j++)
            setup->addresses[used++] = take_some_address(from);
    }
    setup->options.routes = setup->routes;
    setup->options.route_count = count;
    return !from->failed;
}

static bool read_rules(struct reading *from, struct setup *setup)
{
    size_t count = take_number(from, RULES_MOST);
    setup->rules = room_for(from, count, sizeof *setup->rules);
    for (size_t i = 0; i < count && !from->failed; i++) {
        struct engine_server_rule *rule = &setup->rules[i];
        rule->prefix.address = take_some_address(from);
        rule->prefix.bits = (uint8_t)take_number(from, 8 * dns_address_size(&rule->prefix.address));
        rule->bogus_given = take_flag(from);
        rule->bogus = take_flag(from);
        rule->edns_given = take_flag(from);
        rule->edns = take_flag(from);
    }
    setup->options.rules = setup->rules;
    setup->options.rule_count = count;
    return !from->failed;
}

bool setup_read(struct reading *from, struct setup *setup)
{
    *setup = (struct setup){.options.hints = &setup->hints};
    read_plain(from, &setup->options);
    return read_hints(from, &setup->hints) && read_validation(from, setup) && read_routes(from, setup) &&
           read_rules(from, setup);
}

void setup_free(struct setup *setup)
{
    free(setup->anchors);
    free(setup->policies);
    free(setup->policy_names);
    free(setup->except);
    free(setup->routes);
    free(setup->addresses);
    free(setup->rules);
}
