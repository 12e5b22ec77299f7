/* What signed zones add for DO, judged by dnssec/ (tests/zones/prove.h), for each of three signers' chains; and for NSEC the
   very records that RFC 4035 §3.1.3 names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../zones/prove.h"
#include "dns/types.h"
#include "support.h"

#define SIGNED SOURCE_DIR "/tests/dnssec/signed/"

static const char *const chains[] = {"bind-8-nsec",    "knot-13-nsec",   "ldns-16-nsec",
                                     "bind-13-nsec3",  "knot-13-nsec3",  "ldns-14-nsec3",
                                     "bind-13-optout", "knot-14-optout", "ldns-13-optout"};

static struct zone *read_signed(const char *name)
{
    struct dns_name_buffer apex;
    char path[512];
    snprintf(path, sizeof path, SIGNED "%s.zone", name);
    assert_int_equal(dns_name_from_text("example", &apex), DNS_OK);
    memset(&problems, 0, sizeof problems);
    struct zone *zone = zone_file_read(path, dns_name_view(&apex), &problems);
    if (zone == NULL)
        fail_msg("%s:%u: %s", problems.problem[0].file, problems.problem[0].line, problems.problem[0].text);
    assert_true(zone_is_signed(zone));
    return zone;
}

static const struct {
    const char *name;
    uint16_t type;
    const char *begins; /* of the answer as text */
    const char *
        nsec; /* owners whose NSEC records stand in the authority section of an NSEC chain, with blanks between */
} table[] = {
    {"ml.example", DNS_TYPE_A, "NXDOMAIN AA\n", "example. mixed.example."},
    {"zzz.example", DNS_TYPE_A, "NXDOMAIN AA\n", "xx.example. example."},
    {"a.b.c.zzz.example", DNS_TYPE_A, "NXDOMAIN AA\n", "xx.example. example."},
    {"ns1.example", DNS_TYPE_MX, "NOERROR AA\n", "ns1.example."},
    {"deep.example", DNS_TYPE_A, "NOERROR AA\n", "d.example."},
    {"q.deep.example", DNS_TYPE_A, "NXDOMAIN AA\n", NULL},
    {"a.z.w.example", DNS_TYPE_MX, "NOERROR AA\nanswer a.z.w.example. 3600 IN MX 1 ai.example.\n", NULL},
    {"a.z.w.example", DNS_TYPE_AAAA, "NOERROR AA\n", NULL},
    {"x.wild.example", DNS_TYPE_A, "NOERROR AA\nanswer x.wild.example. 3600 IN CNAME ai.example.\n", NULL},
    {"x.wild.example", DNS_TYPE_MX, "NOERROR AA\nanswer x.wild.example. 3600 IN CNAME ai.example.\n", NULL},
    {"Alias.example", DNS_TYPE_TXT, "NOERROR AA\nanswer Alias.example. 3600 IN CNAME ", NULL},
    {"n.d.example", DNS_TYPE_MX, "NOERROR AA\nanswer d.example. 3600 IN DNAME target.w.example.\n", NULL},
    {"b.example", DNS_TYPE_DS, "NOERROR AA\n", "b.example."},
    {"a.example", DNS_TYPE_DS, "NOERROR AA\nanswer a.example. 3600 IN DS ", ""},
    {"mc.b.example", DNS_TYPE_A, "NOERROR\nauthority b.example. 3600 IN NS ns1.b.example.\n", "b.example."},
    {"mc.a.example", DNS_TYPE_A, "NOERROR\nauthority a.example. 3600 IN NS ns1.a.example.\n", ""},
    {"example", DNS_TYPE_DNSKEY, "NOERROR AA\nanswer example. ", ""},
    {"xx.example", DNS_TYPE_RRSIG, "NOERROR AA\nanswer xx.example. 3600 IN RRSIG ", ""},
    {"ns1.example", DNS_TYPE_ANY, "NOERROR AA\nanswer ns1.example. 3600 IN A 192.0.2.1\n", NULL},
};

static void answers_with_do_prove_what_they_say_by_every_chain(void **state)
{
    static uint8_t wire[DNS_MESSAGE_MAX];
    struct dnssec_workspace *workspace = dnssec_workspace_new();
    (void)state;
    assert_non_null(workspace);
    for (size_t chain = 0; chain < sizeof chains / sizeof chains[0]; chain++) {
        struct zone *zone = read_signed(chains[chain]);
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
            struct dns_name_buffer name;
            struct dns_builder builder;
            struct zone_answer answer;
            const char *text = ask(zone, table[i].name, table[i].type, "dm");
            if (strncmp(text, table[i].begins, strlen(table[i].begins)) != 0)
                fail_msg("%s: %s: expected\n%s\nbut was\n%s", chains[chain], table[i].name, table[i].begins,
                         text);
            dns_name_from_text(table[i].name, &name);
            struct zone_question question = {dns_name_view(&name), table[i].type, .dnssec = true,
                                             .minimal = true, .workspace = workspace};
            dns_builder_start(&builder, wire, sizeof wire, 1, DNS_FLAG_QR);
            dns_builder_question(&builder, question.qname, question.qtype, DNS_CLASS_IN);
            zone_answer(zone, &question, &builder, &answer);
            if (!prove_answer(zone, &question, &answer, wire, dns_builder_finish(&builder)))
                fail_msg("%s: %s %u is not proven:\n%s", chains[chain], table[i].name, table[i].type, text);
        }
        zone_release(zone);
    }
    dnssec_workspace_free(workspace);
}

/* The owners of NSEC records in the authority section, in their order, blanks between. */
static const char *nsec_owners(const char *answer)
{
    static char owners[1024];
    owners[0] = '\0';
    for (const char *line = answer; line != NULL;
         line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL) {
        char owner[256], type[32];
        if (sscanf(line, "authority %255s %*u IN %31s", owner, type) == 2 && strcmp(type, "NSEC") == 0) {
            if (owners[0] != '\0')
                strcat(owners, " ");
            strcat(owners, owner);
        }
    }
    return owners;
}

static bool same_words(const char *a, const char *b)
{
    char word[256];
    int used;
    if (strlen(a) != strlen(b))
        return false;
    for (; sscanf(a, "%255s%n", word, &used) == 1; a += used)
        if (strstr(b, word) == NULL)
            return false;
    return true;
}

static void the_nsec_records_are_those_that_the_standard_names(void **state)
{
    (void)state;
    struct zone *zone = read_signed("bind-8-nsec");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *owners = nsec_owners(ask(zone, table[i].name, table[i].type, "dm"));
        if (table[i].nsec != NULL && !same_words(owners, table[i].nsec))
            fail_msg("%s: expected NSEC of \"%s\", but was \"%s\"", table[i].name, table[i].nsec, owners);
    }
    zone_release(zone);
}

static void without_do_nothing_is_proven(void **state)
{
    (void)state;
    for (size_t chain = 0; chain < sizeof chains / sizeof chains[0]; chain++) {
        struct zone *zone = read_signed(chains[chain]);
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
            const char *text = ask(zone, table[i].name, table[i].type, "m");
            if (table[i].type != DNS_TYPE_RRSIG)
                assert_null(strstr(text, "RRSIG "));
            assert_null(strstr(text, "IN NSEC"));
        }
        zone_release(zone);
    }
}

static void without_a_workspace_there_are_no_nsec3_proofs_but_answers(void **state)
{
    static uint8_t wire[DNS_MESSAGE_MAX];
    struct dns_name_buffer name;
    struct dns_builder builder;
    struct zone_answer answer;
    (void)state;
    struct zone *zone = read_signed("bind-13-nsec3");
    dns_name_from_text("zzz.example", &name);
    struct zone_question question = {dns_name_view(&name), DNS_TYPE_A, .dnssec = true};
    dns_builder_start(&builder, wire, sizeof wire, 1, DNS_FLAG_QR);
    dns_builder_question(&builder, question.qname, question.qtype, DNS_CLASS_IN);
    zone_answer(zone, &question, &builder, &answer);
    assert_int_equal(answer.rcode, DNS_RCODE_NXDOMAIN);
    zone_release(zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_with_do_prove_what_they_say_by_every_chain),
        cmocka_unit_test(the_nsec_records_are_those_that_the_standard_names),
        cmocka_unit_test(without_do_nothing_is_proven),
        cmocka_unit_test(without_a_workspace_there_are_no_nsec3_proofs_but_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
