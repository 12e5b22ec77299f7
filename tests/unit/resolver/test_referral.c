/* What clients get that do not want recursion when the answer is not in the cache: the deepest cut known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/rdata.h"
#include "dns/text.h"
#include "net.h"
#include "resolver/reply.h"

/* The authority and additional sections, a line each. */
static const char *refer(struct net *net, const char *name, uint32_t now)
{
    static char text[8192];
    static struct dns_record records[64];
    static uint8_t wire[4096], rdata[300];
    struct query query = {.qtype = DNS_TYPE_A, .qclass = DNS_CLASS_IN, .question = true};
    struct dns_message message;
    struct answer answer;
    uint16_t size;
    assert_int_equal(dns_name_from_text(name, &query.qname), DNS_OK);
    answer_start(&answer, wire, sizeof wire, dns_name_view(&query.qname), DNS_TYPE_A, false);
    answer_referral(&answer, net_cache(net), net_options(net)->hints, now);
    size_t length = reply_finish(&answer, &query, &(struct reply_options){.limit = sizeof wire});
    assert_int_equal(dns_message_parse(&message, wire, length, records, 64), DNS_OK);
    assert_int_equal(message.rcode, DNS_RCODE_NOERROR);
    assert_false(message.authoritative);
    assert_int_equal(message.count[DNS_ANSWER], 0);
    text[0] = '\0';
    for (unsigned section = DNS_AUTHORITY; section <= DNS_ADDITIONAL; section++)
        for (unsigned i = 0; i < message.count[section]; i++) {
            const struct dns_record *record = &message.section[section][i];
            struct dns_name_buffer owner;
            char line[2048];
            assert_int_equal(dns_message_name(&message, record->owner, &owner), DNS_OK);
            assert_int_equal(dns_rdata_expand(&message, record, rdata, sizeof rdata, &size), DNS_OK);
            assert_int_equal(dns_record_to_text(dns_name_view(&owner), record->type, 1, record->ttl, rdata,
                                                size, line, sizeof line),
                             DNS_OK);
            strcat(strcat(text, line), "\n");
        }
    return text;
}

static uint32_t seconds(struct net *net)
{
    return (uint32_t)(net_now(net) / 1000000);
}

static void with_nothing_known_it_is_to_the_root(void **state)
{
    assert_string_equal(refer(*state, "www.example.com", seconds(*state)),
                        ". 86400 IN NS a.root-servers.net.\na.root-servers.net. 86400 IN A 198.41.0.4\n");
}

static void it_is_to_the_deepest_zone_known_with_what_is_left_of_its_time(void **state)
{
    net_zone_add(*state, "com.", "ns2.example.com. AAAA 2001:db8::12\n");
    net_ask(*state, "www.example.com", "A");
    net_pass(*state, 600);
    assert_string_equal(refer(*state, "other.example.com", seconds(*state)),
                        "example.com. 3000 IN NS ns1.example.com.\nexample.com. 3000 IN NS ns2.example.com.\n"
                        "ns1.example.com. 3000 IN A 192.0.2.11\nns2.example.com. 3000 IN A 192.0.2.12\n"
                        "ns2.example.com. 3000 IN AAAA 2001:db8::12\n");
    assert_memory_equal(refer(*state, "other.com", seconds(*state)), "com. 3000 IN NS a.gtld.com.\n", 28);
}

static void what_has_ended_is_not_referred_to(void **state)
{
    net_ask(*state, "www.example.com", "A");
    net_pass(*state, 3600);
    assert_memory_equal(refer(*state, "other.example.com", seconds(*state)), ". ", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(with_nothing_known_it_is_to_the_root, net_small_up, net_down),
        cmocka_unit_test_setup_teardown(it_is_to_the_deepest_zone_known_with_what_is_left_of_its_time,
                                        net_small_up, net_down),
        cmocka_unit_test_setup_teardown(what_has_ended_is_not_referred_to, net_small_up, net_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
