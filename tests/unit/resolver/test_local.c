/* Walks that come to names in zones of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "net.h"

/* "ours.example.com.", in the middle of what others have. */
struct ours {
    struct net *net;
    struct dns_name_buffer apex;
    bool loaded;
    const char *address; /* of www */
    unsigned asked;
};

static bool is_ours(const void *context, struct dns_name name, uint16_t type, struct dns_name_buffer *apex)
{
    const struct ours *ours = context;
    struct dns_name own = dns_name_view(&ours->apex);
    if (!dns_name_within(name, own) || (type == DNS_TYPE_DS && name.length == own.length))
        return false;
    *apex = ours->apex;
    return true;
}

static size_t answer(const void *context, struct dns_name name, uint16_t type, uint8_t *to, size_t capacity)
{
    static const char soa[] = "ours.example.com. SOA a. b. 1 1 1 1 300\n";
    const struct ours *ours = context;
    struct dns_message query = {.questions = 1, .qtype = type, .qclass = DNS_CLASS_IN};
    char text[DNS_NAME_TEXT_MAX], record[128];
    (void)capacity;
    ((struct ours *)ours)->asked++;
    if (!ours->loaded)
        return 0;
    dns_name_copy(&query.qname, name);
    dns_name_to_text(name, text);
    if (strcasecmp(text, "www.ours.example.com.") == 0) {
        snprintf(record, sizeof record, "www.ours.example.com. A %s\n", ours->address);
        return net_write(&query, DNS_FLAG_AA, record, NULL, NULL, to);
    }
    if (strcasecmp(text, "out.ours.example.com.") == 0)
        return net_write(&query, DNS_FLAG_AA, "out.ours.example.com. CNAME www.example.com.\n", NULL, NULL,
                         to);
    if (dns_name_labels(name) > 4)
        return net_write(&query, 0, NULL, "sub.ours.example.com. NS ns.sub.ours.example.com.\n",
                         "ns.sub.ours.example.com. A 192.0.2.77\n", to);
    return net_write(&query, DNS_FLAG_AA | DNS_RCODE_NXDOMAIN, NULL, soa, NULL, to);
}

static struct ours ours;
static bool authoritative;

static void note_authority(void *context, const struct effect *effect)
{
    (void)context;
    if (effect->kind == EFFECT_ANSWER)
        authoritative = effect->answer->authoritative;
}

static int up(void **state)
{
    ours = (struct ours){.net = net_small(), .loaded = true, .address = "203.0.113.5"};
    assert_int_equal(dns_name_from_text("ours.example.com", &ours.apex), DNS_OK);
    *state = ours.net;
    net_options(ours.net)->local = (struct engine_local){is_ours, answer, &ours};
    net_reconfigure(ours.net);
    net_zone_add(ours.net, "example.com.", "to-ours.example.com. CNAME www.ours.example.com.\n");
    net_zone_add(ours.net, "example.com.", "served.example.com. NS www.ours.example.com.\n");
    net_zone(ours.net, "served.example.com.", "203.0.113.5", "a.served.example.com. A 192.0.2.3\n");
    net_zone(ours.net, "sub.ours.example.com.", "192.0.2.77", "x.sub.ours.example.com. A 192.0.2.4\n");
    net_zone_add(ours.net, "sub.ours.example.com.", "y.sub.ours.example.com. A 192.0.2.5\n");
    net_set_watch(ours.net, &(struct net_watch){.told = note_authority});
    return 0;
}

static int down(void **state)
{
    net_end(*state);
    return 0;
}

static void what_is_ours_is_answered_without_a_packet(void **state)
{
    const struct net_reply *reply = net_ask(*state, "www.ours.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\nwww.ours.example.com. 3600 IN A 203.0.113.5\n");
    assert_int_equal(reply->packets, 0);
    assert_true(authoritative);
    assert_int_equal(net_ask(*state, "no.ours.example.com", "A")->rcode, DNS_RCODE_NXDOMAIN);
    assert_true(authoritative);
}

static void an_alias_from_elsewhere_leads_into_our_zone(void **state)
{
    const struct net_reply *reply = net_ask(*state, "to-ours.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\nto-ours.example.com. 3600 IN CNAME www.ours.example.com.\n"
                                     "www.ours.example.com. 3600 IN A 203.0.113.5\n");
    assert_false(authoritative);
}

static void an_alias_of_ours_leads_out_and_the_answer_has_authority(void **state)
{
    assert_int_equal(net_ask(*state, "out.ours.example.com", "A")->count[DNS_ANSWER], 2);
    assert_true(authoritative);
}

static void nothing_of_ours_comes_into_the_cache(void **state)
{
    net_ask(*state, "to-ours.example.com", "A");
    net_ask(*state, "out.ours.example.com", "A");
    net_ask(*state, "no.ours.example.com", "A");
    assert_null(strstr(net_cache_text(*state, false), " www.ours.example.com.:"));
    assert_null(strstr(net_cache_text(*state, false), "RRSET www.ours"));
    assert_null(strstr(net_cache_text(*state, false), "RRSET out.ours"));
    assert_null(strstr(net_cache_text(*state, false), "NXDOMAIN no.ours"));
    ours.address = "203.0.113.6";
    assert_non_null(strstr(net_ask(*state, "to-ours.example.com", "A")->text, "203.0.113.6"));
}

static void a_name_server_in_our_zone_is_found_there(void **state)
{
    assert_string_equal(net_ask(*state, "a.served.example.com", "A")->text,
                        "NOERROR\na.served.example.com. 3600 IN A 192.0.2.3\n");
}

static void below_our_zone_cut_its_servers_are_asked_and_the_cut_is_known_from_then_on(void **state)
{
    const struct net_reply *reply = net_ask(*state, "x.sub.ours.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\nx.sub.ours.example.com. 3600 IN A 192.0.2.4\n");
    assert_int_equal(reply->packets, 1);
    assert_false(authoritative);
    unsigned asked = ours.asked;
    assert_string_equal(net_ask(*state, "y.sub.ours.example.com", "A")->text,
                        "NOERROR\ny.sub.ours.example.com. 3600 IN A 192.0.2.5\n");
    assert_int_equal(ours.asked, asked);
}

/* The public tree has no such name, and says so before. */
static void what_is_said_above_our_zone_does_not_hold_below_it(void **state)
{
    struct engine_local local = net_options(*state)->local;
    net_options(*state)->local = (struct engine_local){0};
    net_reconfigure(*state);
    assert_int_equal(net_ask(*state, "ours.example.com", "A")->rcode, DNS_RCODE_NXDOMAIN);
    net_options(*state)->local = local;
    net_reconfigure(*state);
    assert_int_equal(net_ask(*state, "www.ours.example.com", "A")->rcode, DNS_RCODE_NOERROR);
    assert_int_equal(net_ask(*state, "x.sub.ours.example.com", "A")->rcode, DNS_RCODE_NOERROR);
    assert_int_equal(net_ask(*state, "y.sub.ours.example.com", "A")->rcode, DNS_RCODE_NOERROR);
}

static void a_zone_that_is_not_loaded_is_a_failure_that_nobody_remembers(void **state)
{
    ours.loaded = false;
    const struct net_reply *reply = net_ask(*state, "www.ours.example.com", "A");
    assert_int_equal(reply->rcode, DNS_RCODE_SERVFAIL);
    assert_int_equal(reply->ede, DNS_EDE_NOT_READY);
    assert_string_equal(reply->ede_text, "the zone ours.example.com. is ours, and is not loaded");
    assert_false(authoritative);
    assert_int_equal(net_ask(*state, "to-ours.example.com", "A")->rcode, DNS_RCODE_SERVFAIL);
    ours.loaded = true;
    assert_int_equal(net_ask(*state, "www.ours.example.com", "A")->rcode, DNS_RCODE_NOERROR);
    assert_int_equal(net_ask(*state, "to-ours.example.com", "A")->rcode, DNS_RCODE_NOERROR);
}

static void the_ds_of_our_zone_is_its_parents(void **state)
{
    const struct net_reply *reply = net_ask(*state, "ours.example.com", "DS");
    assert_true(reply->packets > 0);
    assert_int_equal(ours.asked, 0);
}

int main(void)
{
#define LOCAL(test) cmocka_unit_test_setup_teardown(test, up, down)
    const struct CMUnitTest tests[] = {
        LOCAL(what_is_ours_is_answered_without_a_packet),
        LOCAL(an_alias_from_elsewhere_leads_into_our_zone),
        LOCAL(an_alias_of_ours_leads_out_and_the_answer_has_authority),
        LOCAL(nothing_of_ours_comes_into_the_cache),
        LOCAL(a_name_server_in_our_zone_is_found_there),
        LOCAL(below_our_zone_cut_its_servers_are_asked_and_the_cut_is_known_from_then_on),
        LOCAL(what_is_said_above_our_zone_does_not_hold_below_it),
        LOCAL(a_zone_that_is_not_loaded_is_a_failure_that_nobody_remembers),
        LOCAL(the_ds_of_our_zone_is_its_parents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
