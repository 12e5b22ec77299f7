/* What follows from the statements about validation: policies by name, anchors that fit together. */
#include <string.h>

#include "config/parser.h"
#include "config/values.h"
#include "dnssec/workspace.h"

/* --- policies */

static void default_of_the_root(struct config_parser *parser, const char *statement,
                                struct config_disabled *const *list, const size_t *count)
{
    const struct config_rule *rule = config_rule_find(CONFIG_OPTIONS, statement);
    if (config_find_disabled(*list, *count, dns_name_root()) == NULL)
        config_read_preset(parser, rule, rule->preset);
}

static const struct config_disabled *deepest(const struct config_disabled *list, size_t count,
                                             struct dns_name name)
{
    for (;; name = dns_name_parent(name)) {
        const struct config_disabled *found = config_find_disabled(list, count, name);
        if (found != NULL || dns_name_is_root(name))
            return found;
    }
}

static struct dnssec_policy policy_of(const struct config *config, struct dns_name name)
{
    struct dnssec_policy policy = dnssec_policy_default();
    const struct config_disabled *algorithms =
        deepest(config->disabled_algorithms, config->disabled_algorithm_count, name);
    const struct config_disabled *digests =
        deepest(config->disabled_digests, config->disabled_digest_count, name);
    for (unsigned number = 0; number <= UINT8_MAX; number++) {
        dnssec_policy_enable_algorithm(&policy, (uint8_t)number, !config_is_disabled(algorithms, number));
        dnssec_policy_enable_digest(&policy, (uint8_t)number, !config_is_disabled(digests, number));
    }
    policy.accept_expired = config->dnssec_accept_expired;
    policy.clock_floor = ROOTWALK_BUILT;
    return policy;
}

static void add_policy(struct config *config, const struct dns_name_buffer *name)
{
    struct config_trust *trust = &config->trust;
    trust->policy_names[trust->policy_count] = name->wire;
    trust->policies[trust->policy_count++] = policy_of(config, dns_name_view(name));
}

static bool make_policies(struct config_parser *parser)
{
    struct config *config = parser->config;
    struct config_trust *trust = &config->trust;
    size_t most = config->disabled_algorithm_count + config->disabled_digest_count;
    trust->policies = config_take(parser, most * sizeof *trust->policies);
    trust->policy_names = config_take(parser, most * sizeof *trust->policy_names);
    if (trust->policies == NULL || trust->policy_names == NULL)
        return false;
    for (unsigned pass = 0; pass < 2; pass++) /* the root first */
        for (size_t i = 0; i < config->disabled_algorithm_count; i++)
            if (dns_name_is_root(dns_name_view(&config->disabled_algorithms[i].name)) == (pass == 0))
                add_policy(config, &config->disabled_algorithms[i].name);
    for (size_t i = 0; i < config->disabled_digest_count; i++) {
        const struct dns_name_buffer *name = &config->disabled_digests[i].name;
        if (config_find_disabled(config->disabled_algorithms, config->disabled_algorithm_count,
                                 dns_name_view(name)) == NULL)
            add_policy(config, name);
    }
    return true;
}

static const struct dnssec_policy *policy_at(const struct config_trust *trust, struct dns_name name)
{
    size_t best = 0, depth = 0;
    for (size_t i = 0; i < trust->policy_count; i++) {
        struct dns_name at;
        if (dns_name_from_wire(trust->policy_names[i], DNS_NAME_MAX, &at) == DNS_OK && at.length > depth &&
            dns_name_within(name, at)) {
            best = i;
            depth = at.length;
        }
    }
    return &trust->policies[best];
}

/* --- anchors */

static bool same_anchor(const struct dnssec_anchor *a, const struct dnssec_anchor *b)
{
    return dns_name_equal(dns_name_view(&a->zone), dns_name_view(&b->zone)) && a->kind == b->kind &&
           a->initial == b->initial && a->key_tag == b->key_tag && a->algorithm == b->algorithm &&
           a->digest_type == b->digest_type && a->length == b->length &&
           memcmp(a->octets, b->octets, a->length) == 0;
}

/* Those of the configuration first, then those built in that are not among them. */
static bool gather_anchors(struct config_parser *parser)
{
    struct config *config = parser->config;
    struct config_trust *trust = &config->trust;
    struct dnssec_anchor root[DNSSEC_ROOT_ANCHORS];
    unsigned given = (unsigned)config->anchor_count;
    trust->anchors = config_take(parser, (given + DNSSEC_ROOT_ANCHORS) * sizeof *trust->anchors);
    if (trust->anchors == NULL)
        return false;
    for (unsigned i = 0; i < given; i++)
        trust->anchors[trust->anchor_count++] = config->anchors[i].anchor;
    unsigned built_in = config->dnssec_validation == CONFIG_VALIDATION_AUTO ? dnssec_root_anchors(root) : 0;
    for (unsigned i = 0; i < built_in; i++) {
        bool known = false;
        for (unsigned k = 0; k < given && !known; k++)
            known = same_anchor(&root[i], &trust->anchors[k]);
        if (!known)
            trust->anchors[trust->anchor_count++] = root[i];
    }
    return true;
}

static void report_pair(struct config_parser *parser, enum dnssec_anchor_error error, unsigned first,
                        unsigned second)
{
    const struct config *config = parser->config;
    const struct dnssec_anchor *anchors = config->trust.anchors;
    char zone[DNS_NAME_TEXT_MAX];
    dns_name_to_text(dns_name_view(&anchors[first].zone), zone);
    if (second >= config->anchor_count && error == DNSSEC_ANCHOR_MIXED)
        config_report(parser, config->anchors[first].place,
                      "a static trust anchor of the root and dnssec-validation auto, whose keys of the root "
                      "are initial, do not go together: write dnssec-validation yes, or initial-key");
    else if (second >= config->anchor_count)
        config_report(parser, config->anchors[first].place,
                      "trust anchor of %.60s: it differs from the root's key %u that is built in; remove it, "
                      "or write dnssec-validation yes",
                      zone, anchors[second].key_tag);
    else
        config_report(parser, config->anchors[second].place,
                      "trust anchor of %.60s: %s; the other stands at %.60s:%u:%u", zone,
                      dnssec_anchor_error_text(error), config->anchors[first].place.file,
                      config->anchors[first].place.line, config->anchors[first].place.column);
}

static void check_pairs(struct config_parser *parser)
{
    const struct config_trust *trust = &parser->config->trust;
    unsigned first = 0, second = 0;
    if (parser->config->anchor_count == 0)
        return;
    struct dnssec_workspace *workspace = dnssec_workspace_new();
    if (workspace == NULL) {
        config_report(parser, parser->config->anchors[0].place, "out of memory");
        return;
    }
    enum dnssec_anchor_error error =
        dnssec_anchors_check(workspace, trust->anchors, trust->anchor_count, &first, &second);
    if (error != DNSSEC_ANCHOR_OK)
        report_pair(parser, error, first, second);
    dnssec_workspace_free(workspace);
}

/* A zone none of whose anchors can be used would be insecure without a word. */
static void check_usable(struct config_parser *parser, unsigned at)
{
    const struct config_trust *trust = &parser->config->trust;
    struct dns_name zone = dns_name_view(&trust->anchors[at].zone);
    const struct dnssec_policy *policy = policy_at(trust, zone);
    char text[DNS_NAME_TEXT_MAX];
    for (unsigned i = 0; i < trust->anchor_count; i++) {
        if (!dns_name_equal(dns_name_view(&trust->anchors[i].zone), zone))
            continue;
        if (dnssec_anchor_usable(policy, &trust->anchors[i]) || i < at)
            return; /* or said already */
    }
    const struct config *config = parser->config;
    struct config_place place = at < config->anchor_count
                                    ? config->anchors[at].place
                                    : *config_given(parser, CONFIG_OPTIONS, "disable-algorithms");
    config_report(
        parser, place,
        "none of the trust anchors of %.60s can be used: algorithm %u%s is disabled; enable it with "
        "disable-algorithms and disable-ds-digests, or take another key",
        dns_name_to_text(zone, text), trust->anchors[at].algorithm,
        trust->anchors[at].kind == DNSSEC_ANCHOR_DS ? " or its digest" : "");
}

static void check_anchors(struct config_parser *parser)
{
    const struct config *config = parser->config;
    struct config_place place = *config_given(parser, CONFIG_OPTIONS, "dnssec-validation");
    check_pairs(parser);
    for (unsigned i = 0; i < config->trust.anchor_count; i++)
        check_usable(parser, i);
    /* Where an anchor was refused, that has been said. */
    if (config->dnssec_validation == CONFIG_VALIDATION_YES && config->anchor_count == 0 &&
        parser->errors->count == 0)
        config_report(
            parser, place,
            "dnssec-validation yes, but there are no trust-anchors to validate by: write auto for the "
            "root's keys that are built in, or give trust-anchors { ... }");
}

void config_finish_trust(struct config_parser *parser)
{
    struct config *config = parser->config;
    default_of_the_root(parser, "disable-algorithms", &config->disabled_algorithms,
                        &config->disabled_algorithm_count);
    default_of_the_root(parser, "disable-ds-digests", &config->disabled_digests,
                        &config->disabled_digest_count);
    if (parser->out_of_memory || config->disabled_algorithm_count == 0 ||
        config->disabled_digest_count == 0 || !make_policies(parser) || !gather_anchors(parser))
        return;
    config->trust.enabled = config->dnssec_validation != CONFIG_VALIDATION_NO;
    check_anchors(parser);
}
