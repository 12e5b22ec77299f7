/* The oracles that judge data: O-answer, O-cache and O-lease, by what the model says. */
#include <stdio.h>
#include <string.h>

#include "dns/octets.h"
#include "dns/rdata.h"
#include "resolver/image.h"
#include "sim.h"
#include "validity.h"

enum {
    RDATA_ROOM = 1 << 17,
    LINKS_MAX = 16,
    MANY_FAULTS = 10,
    CONNECTIONS_MAX = 4,
    REMEMBERED_SECONDS = 1300
};

/* A message whose records are stepped through from the first to the last. */
struct reading {
    struct sim *sim;
    struct dns_message message;
    struct dns_record record[DNS_RECORDS_MAX];
    unsigned next;                      /* of the answer section */
    struct dns_name_buffer name, dname; /* where the chain has come to */
    struct dns_name dname_view;
    uint8_t rdata[RDATA_ROOM];
    size_t rdata_used;
    struct claim claim;
    struct dns_name_buffer soa_owner;
    bool may_be_secure, may_be_insecure; /* the chain so far */
};

/* -- reading ----------------------------------------------------------------------------------- */

/* Of the answer to ANY signatures are a part, of which the model knows nothing; and of the answer to a question for
   signatures those of the aliases on the way. */
static bool is_passed_over(const struct reading *reading, const struct dns_record *record)
{
    if (record->type != DNS_TYPE_RRSIG || record->rdata_length < 2)
        return false;
    unsigned covers = get16(reading->message.wire + record->rdata);
    return reading->message.qtype == DNS_TYPE_ANY || (reading->message.qtype == DNS_TYPE_RRSIG &&
                                                      (covers == DNS_TYPE_DNAME || covers == DNS_TYPE_CNAME));
}

static const struct dns_record *peek(struct reading *reading)
{
    while (reading->next < reading->message.count[DNS_ANSWER] &&
           is_passed_over(reading, &reading->message.section[DNS_ANSWER][reading->next]))
        reading->next++;
    return reading->next < reading->message.count[DNS_ANSWER]
               ? &reading->message.section[DNS_ANSWER][reading->next]
               : NULL;
}

static bool owner_is(struct reading *reading, const struct dns_record *record, struct dns_name name)
{
    return dns_message_owner_is(&reading->message, record, name);
}

static bool take_rdata(struct reading *reading, const struct dns_record *record, struct claim_record *taken)
{
    uint8_t *to = reading->rdata + reading->rdata_used;
    if (reading->rdata_used + 4096 > RDATA_ROOM ||
        dns_rdata_expand(&reading->message, record, to, RDATA_ROOM - reading->rdata_used, &taken->length) !=
            DNS_OK)
        return false;
    taken->rdata = to;
    reading->rdata_used += taken->length;
    return true;
}

/* All records of the RRset at hand into the claim. */
static const char *take_rrset(struct reading *reading, uint16_t type)
{
    struct claim *claim = &reading->claim;
    const struct dns_record *record;
    while ((record = peek(reading)) != NULL && (record->type == type || type == DNS_TYPE_ANY) &&
           owner_is(reading, record, dns_name_view(&reading->name))) {
        if (claim->count == CLAIM_RECORDS || !take_rdata(reading, record, &claim->record[claim->count]))
            return "records that cannot be read";
        if (record->class != DNS_CLASS_IN)
            return "a record of another class";
        if (claim->count > 0 && record->ttl != claim->ttl && !claim->whole)
            return "different TTLs within an RRset";
        claim->record[claim->count].type = record->type;
        claim->ttl = record->ttl;
        claim->count++;
        reading->next++;
    }
    return NULL;
}

/* Seconds for which it may be remembered whether a zone is signed. */
enum { VALIDITY_MEMORY = 90000 };

/* What a validator may say of the name now, or may have said when it was kept. */
static unsigned validity_of(const struct sim *sim, struct dns_name name, uint16_t type, uint64_t told,
                            uint64_t age)
{
    uint64_t span = (age + VALIDITY_MEMORY) * SECOND;
    return validity_between(sim->world, name, type, told > span ? told - span : 0, told);
}

static const char *check_link_validity(struct reading *reading, uint64_t told)
{
    const struct sim *sim = reading->sim;
    if (!sim->scenario->signatures)
        return NULL;
    unsigned validity =
        validity_of(sim, reading->claim.name, reading->claim.type, told, sim->options.max_cache_ttl);
    reading->may_be_secure &= (validity & VALID_SECURE) != 0;
    reading->may_be_insecure |= (validity & VALID_INSECURE) != 0;
    return validity == VALID_BOGUS ? "it is bogus" : NULL;
}

static const char *check_validity(const struct reading *reading, const struct answer *answer)
{
    if (!reading->sim->scenario->signatures)
        return NULL;
    if (answer->trust == TRUST_SECURE && !reading->may_be_secure)
        return "it is called secure";
    if (answer->trust == TRUST_SECURE && beside_is_in(answer->wire, answer->length))
        return "a forged record beside what is secure";
    bool too_long = reading->message.rcode == DNS_RCODE_YXDOMAIN; /* never called secure: no harm in that */
    if (answer->trust != TRUST_SECURE && !reading->may_be_insecure && !too_long)
        return "it is secure, and was taken for insecure";
    return NULL;
}

static const char *check_end(struct reading *reading, const char *why, uint64_t told)
{
    return why != NULL ? why : check_link_validity(reading, told);
}

static void start_claim(struct reading *reading, enum claim_kind kind, uint64_t told, uint16_t type)
{
    reading->claim.kind = kind;
    reading->claim.name = dns_name_view(&reading->name);
    reading->claim.type = type;
    reading->claim.dname = NULL;
    reading->claim.count = 0;
    reading->claim.part = false;
    reading->claim.soa = false;
    reading->claim.told = told;
    reading->claim.ttl = 0;
    reading->claim.whole = false;
    reading->rdata_used = 0;
}

/* -- one link of a chain ------------------------------------------------------------------------ */

/* The DNAME above the name, where the next record is one. */
static bool take_dname(struct reading *reading)
{
    const struct dns_record *record = peek(reading);
    struct dns_name name = dns_name_view(&reading->name);
    if (record == NULL || record->type != DNS_TYPE_DNAME ||
        dns_message_name(&reading->message, record->owner, &reading->dname) != DNS_OK)
        return false;
    reading->dname_view = dns_name_view(&reading->dname);
    if (reading->dname.length >= name.length || !dns_name_within(name, reading->dname_view))
        return false;
    reading->claim.dname = &reading->dname_view;
    reading->claim.ttl = record->ttl;
    reading->next++;
    return true;
}

/* The alias at hand; the chain goes on at its target. */
static const char *check_alias(struct reading *reading, uint64_t told, uint16_t type)
{
    struct claim *claim = &reading->claim;
    struct dns_name_buffer target;
    struct dns_name view;
    start_claim(reading, CLAIM_ALIAS, told, type);
    bool dname = take_dname(reading);
    const struct dns_record *record = peek(reading);
    if (dname && record == NULL && reading->message.rcode == DNS_RCODE_YXDOMAIN) {
        claim->kind = CLAIM_YXDOMAIN;
        claim->record[0].length = 0;
        return model_refutes(&reading->sim->model, claim);
    }
    if (record == NULL || record->type != DNS_TYPE_CNAME ||
        !owner_is(reading, record, dns_name_view(&reading->name)))
        return "a record that does not belong there";
    if (!take_rdata(reading, record, &claim->record[0]) ||
        dns_name_from_wire(claim->record[0].rdata, claim->record[0].length, &view) != DNS_OK)
        return "an alias that cannot be read";
    claim->count = 1;
    claim->ttl = record->ttl;
    reading->next++;
    dns_name_copy(&target, view);
    const char *why = check_end(reading, model_refutes(&reading->sim->model, claim), told);
    reading->name = target;
    return why;
}

static const char *check_absence(struct reading *reading, uint64_t told, uint16_t type)
{
    struct claim *claim = &reading->claim;
    struct dns_message *message = &reading->message;
    start_claim(reading, message->rcode == DNS_RCODE_NXDOMAIN ? CLAIM_NXDOMAIN : CLAIM_NODATA, told, type);
    if (message->count[DNS_AUTHORITY] > 0 && reading->sim->scenario->extras &&
        message->section[DNS_AUTHORITY][0].type != DNS_TYPE_SOA)
        return model_refutes(&reading->sim->model, claim);
    if (message->count[DNS_AUTHORITY] > 1)
        return "more than a SOA record with a negative answer";
    if (message->count[DNS_AUTHORITY] == 1) {
        const struct dns_record *record = &message->section[DNS_AUTHORITY][0];
        if (record->type != DNS_TYPE_SOA ||
            dns_message_name(message, record->owner, &reading->soa_owner) != DNS_OK ||
            !take_rdata(reading, record, &claim->soa_record))
            return "something else in place of the SOA record";
        claim->soa = true;
        claim->soa_owner = dns_name_view(&reading->soa_owner);
        claim->ttl = record->ttl;
    }
    return model_refutes(&reading->sim->model, claim);
}

static const char *check_chain(struct reading *reading, uint64_t told, uint16_t type)
{
    const char *why = NULL;
    for (unsigned links = 0; links < LINKS_MAX && why == NULL; links++) {
        const struct dns_record *record = peek(reading);
        if (record == NULL)
            return reading->message.rcode == DNS_RCODE_YXDOMAIN && links > 0
                       ? NULL
                       : check_end(reading, check_absence(reading, told, type), told);
        if ((record->type == type || type == DNS_TYPE_ANY) &&
            owner_is(reading, record, dns_name_view(&reading->name))) {
            start_claim(reading, CLAIM_RRSET, told, type);
            if ((why = take_rrset(reading, type)) != NULL ||
                (why = check_end(reading, model_refutes(&reading->sim->model, &reading->claim), told)) !=
                    NULL)
                return why;
            if (reading->message.rcode != DNS_RCODE_NOERROR)
                return "records, and an error code";
            if (reading->message.count[DNS_AUTHORITY] > 0 && !reading->sim->scenario->extras)
                return "records that nobody asked for";
            return peek(reading) == NULL ? NULL : "further records behind the answer";
        }
        why = check_alias(reading, told, type);
        if (type == DNS_TYPE_CNAME && peek(reading) == NULL)
            return why; /* a CNAME made from a DNAME is what was asked for */
    }
    return why != NULL ? why : "an endless chain";
}

/* The name is in a zone that is secure, whatever is remembered of it. */
static bool is_signed_there(const struct reading *reading, uint64_t told)
{
    const struct sim *sim = reading->sim;
    return validity_of(sim, dns_name_view(&reading->name), DNS_TYPE_RRSIG, told,
                       sim->options.max_cache_ttl) == VALID_SECURE;
}

/* What a question for signatures brings: the model knows none, but where they are, and that no alias but a DNAME leads
   on from there. */
static const char *check_signatures(struct reading *reading, uint64_t told)
{
    const struct dns_record *record;
    const char *why = NULL;
    start_claim(reading, CLAIM_ALIAS, told, DNS_TYPE_RRSIG);
    for (unsigned links = 0; why == NULL && (record = peek(reading)) != NULL && links < LINKS_MAX; links++) {
        if (record->type == DNS_TYPE_RRSIG)
            break;
        if (record->type != DNS_TYPE_DNAME && links == 0 && is_signed_there(reading, told))
            return "an alias in place of signatures";
        why = check_alias(reading, told, DNS_TYPE_RRSIG);
    }
    for (; why == NULL && (record = peek(reading)) != NULL; reading->next++)
        if (record->type != DNS_TYPE_RRSIG ||
            (reading->claim.count == 0 && !owner_is(reading, record, dns_name_view(&reading->name))))
            why = "something else in place of signatures";
    return why;
}

/* -- further records, where minimal-responses is off --------------------------------------------- */

/* Glue may be given also while its own zone is not delegated. */
static bool is_glue(const struct reading *reading, uint64_t told)
{
    const struct claim *claim = &reading->claim;
    bool known = claim->count > 0;
    for (unsigned i = 0; i < claim->count && known; i++) {
        struct dns_address address =
            dns_address_make(claim->type == DNS_TYPE_A ? 4 : 6, claim->record[i].rdata, 53);
        known = model_knew_address(&reading->sim->model, claim->name, &address, told);
    }
    return known;
}

/* The records of the section from `first` on with its owner and type: what a server may say beside an answer. */
static const char *check_extra(struct reading *reading, enum dns_section section, unsigned first,
                               uint64_t told)
{
    struct dns_message *message = &reading->message;
    const struct dns_record *record = &message->section[section][first];
    uint16_t type = record->type;
    if (record->class != DNS_CLASS_IN || dns_message_name(message, record->owner, &reading->name) != DNS_OK ||
        (section == DNS_AUTHORITY ? type != DNS_TYPE_NS : type != DNS_TYPE_A && type != DNS_TYPE_AAAA))
        return "a further record that may not be there";
    if (record->ttl == 0 && reading->sim->scenario->marked)
        return "a further record whose time is over";
    start_claim(reading, CLAIM_RRSET, told, type);
    struct claim *claim = &reading->claim;
    claim->part = true;
    claim->ttl = record->ttl > 0 ? record->ttl - reading->sim->scenario->marked : 0;
    for (unsigned i = first; i < message->count[section]; i++) {
        record = &message->section[section][i];
        if (record->type != type || !owner_is(reading, record, dns_name_view(&reading->name)))
            continue;
        if (claim->count == CLAIM_RECORDS || !take_rdata(reading, record, &claim->record[claim->count++]))
            return "further records that cannot be read";
    }
    const char *why = model_refutes(&reading->sim->model, claim);
    return why != NULL && section == DNS_ADDITIONAL && is_glue(reading, told) ? NULL : why;
}

static const char *check_extras(struct reading *reading, uint64_t told)
{
    const char *why = NULL;
    for (enum dns_section section = DNS_AUTHORITY; section <= DNS_ADDITIONAL; section++)
        for (unsigned i = 0; i < reading->message.count[section] && why == NULL; i++)
            if (reading->message.section[section][i].type != DNS_TYPE_SOA)
                why = check_extra(reading, section, i, told);
    return why;
}

/* -- answers to clients -------------------------------------------------------------------------- */

/* The machine slept while the question was open. */
static bool jumped_since(const struct sim *sim, uint64_t at)
{
    return sim->jumped_at > at;
}

/* The zone that the words of a failure name is one there is. */
static bool names_a_zone(const struct sim *sim, const char *text)
{
    static const char before[] = "at zone ";
    struct dns_name_buffer zone;
    const char *at = strstr(text, before);
    return at == NULL || strlen(at) > 90 ||
           (dns_name_from_text(at + sizeof before - 1, &zone) == DNS_OK &&
            world_find_zone(sim->world, dns_name_view(&zone)) != NONE);
}

/* It ends with the time of another question that was asked before the machine slept, and that it has joined. */
static bool ends_with_a_sleeper(const struct sim *sim)
{
    for (unsigned i = 0; i < sim->ask_count; i++) {
        const struct ask *other = &sim->ask[i];
        uint64_t end = other->asked + sim->options.limits.time;
        if (other->asked != 0 && jumped_since(sim, other->asked) && sim->now >= end &&
            sim->now - end < SECOND / 10)
            return true;
    }
    return false;
}

static uint32_t hash_words(const char *words)
{
    uint32_t hash = 2166136261u;
    for (; *words != '\0'; words++)
        hash = (hash ^ (uint8_t)*words) * 16777619u;
    return hash;
}

/* So many answers with wrong signatures came since the question was asked, or the one that it has joined. */
static bool was_damaged(const struct sim *sim, const struct ask *ask)
{
    uint64_t oldest = sim->damaged_at[sim->damaged_count % DAMAGED_MAX];
    return sim->damaged_count >= DAMAGED_MAX && oldest + sim->options.limits.time >= ask->asked;
}

/* A failure that is remembered has the same words. */
static bool was_told_before(const struct sim *sim, const char *words)
{
    uint32_t hash = hash_words(words);
    for (unsigned i = 0; i < REMEMBERED_MAX; i++)
        if (sim->remembered[i].at != 0 && sim->remembered[i].hash == hash &&
            sim->now - sim->remembered[i].at < REMEMBERED_SECONDS * SECOND)
            return true;
    return false;
}

static void remember_words(struct sim *sim, const char *words)
{
    sim->remembered[sim->remembered_count++ % REMEMBERED_MAX] =
        (struct remembered){hash_words(words), sim->now};
}

static void judge_failure(struct sim *sim, const struct ask *ask, const struct answer *answer,
                          const char *name, const char *type)
{
    sim->verdict->failures++;
    if (answer->rcode != DNS_RCODE_SERVFAIL)
        sim_fail(sim, ORACLE_ANSWER, "%s %s: rcode %u", name, type, answer->rcode);
    if (!names_a_zone(sim, answer->ede_text))
        sim_fail(sim, ORACLE_ANSWER, "%s %s: its failure names no zone (%s)", name, type, answer->ede_text);
    /* Aliases of different times can form a circle that never was. */
    bool circle = sim->world->change_count > 0 && strstr(answer->ede_text, "form a circle") != NULL;
    /* Many losses one after the other take the whole of a question's time. */
    bool limit = strncmp(answer->ede_text, "limit reached", 13) == 0;
    bool many = sim->scenario->wide || sim->hard_faults - ask->faults_before >= MANY_FAULTS;
    /* Only a few connections of one question may fail. */
    bool connections = sim->connections_lost - ask->lost_before >= CONNECTIONS_MAX;
    bool bounded = was_damaged(sim, ask) || circle || connections || (limit && ends_with_a_sleeper(sim)) ||
                   sim->options.limits.packets < 100 || (limit && many);
    if (clock_is_blamed_on_others(sim, answer->ede_text))
        sim_fail(sim, ORACLE_ANSWER, "%s %s: others are blamed for the clock (%s)", name, type,
                 answer->ede_text);
    if (bounded || clock_excuses(sim) || jumped_since(sim, ask->asked) ||
        model_excuse(&sim->model, dns_name_view(&ask->name), ask->type, sim->now) != NULL) {
        /* Without signatures the model's own excuses last for as long as the failures that come of them. */
        if (bounded || sim->scenario->signatures)
            remember_words(sim, answer->ede_text);
    } else if (!was_told_before(sim, answer->ede_text)) {
        sim_fail(sim, ORACLE_ANSWER, "%s %s: SERVFAIL without need (%s)", name, type, answer->ede_text);
        return;
    }
    sim->verdict->excused++;
}

/* The answer as the message it will become. */
static bool parse(struct reading *reading, const struct answer *answer, uint8_t *wire)
{
    struct answer plain = *answer;
    memcpy(wire, answer->wire, answer->length);
    plain.wire = wire;
    if (plain.dnssec && !answer_leave_out_dnssec(&plain))
        return false;
    answer = &plain;
    memset(wire, 0, DNS_HEADER_SIZE);
    wire[2] = 0x80;
    wire[3] = (uint8_t)(answer->rcode & 15);
    wire[5] = 1;
    for (unsigned i = 0; i < DNS_SECTIONS; i++) {
        wire[6 + 2 * i] = (uint8_t)(answer->count[i] >> 8);
        wire[7 + 2 * i] = (uint8_t)answer->count[i];
    }
    return dns_message_parse(&reading->message, wire, answer->length, reading->record, DNS_RECORDS_MAX) ==
           DNS_OK;
}

void oracle_answer(struct sim *sim, unsigned question, const struct answer *answer)
{
    static struct reading reading;
    struct ask *ask = &sim->ask[question];
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    dns_name_to_text(dns_name_view(&ask->name), name);
    dns_type_to_text(ask->type, type);
    sim_trace(sim, "answer %u: %s %s rcode %u %s", question, name, type, answer->rcode, answer->ede_text);
    if (ask->asked == 0 || ask->answered) {
        sim_fail(sim, ORACLE_ANSWER, "%s %s: answered %s", name, type,
                 ask->answered ? "twice" : "without being asked");
        return;
    }
    ask->answered = true;
    sim->waiting--;
    if (sim->now > ask->asked + sim->options.limits.time + SECOND / 10 && !jumped_since(sim, ask->asked))
        sim_fail(sim, ORACLE_ANSWER, "%s %s: answered after %llu us", name, type,
                 (unsigned long long)(sim->now - ask->asked));
    reading.sim = sim;
    reading.next = 0;
    if (!parse(&reading, answer, sim->scratch)) {
        sim_fail(sim, ORACLE_ANSWER, "%s %s: an answer that cannot be read", name, type);
        return;
    }
    if (reading.message.qtype != ask->type ||
        !dns_name_equal(dns_name_view(&reading.message.qname), dns_name_view(&ask->name)))
        sim_fail(sim, ORACLE_ANSWER, "%s %s: an answer to another question", name, type);
    if (answer->rcode != DNS_RCODE_NOERROR && answer->rcode != DNS_RCODE_NXDOMAIN &&
        answer->rcode != DNS_RCODE_YXDOMAIN) {
        judge_failure(sim, ask, answer, name, type);
        return;
    }
    reading.name = ask->name;
    if (reading.message.count[DNS_ADDITIONAL] > 0 && !sim->scenario->extras)
        sim_fail(sim, ORACLE_ANSWER, "%s %s: additional records", name, type);
    reading.may_be_secure = true;
    reading.may_be_insecure = false;
    if (ask->unchecked && answer->trust == TRUST_NONE)
        return; /* what nobody has checked: it must not be kept */
    const char *why = ask->type == DNS_TYPE_RRSIG ? check_signatures(&reading, sim->now)
                                                  : check_chain(&reading, sim->now, ask->type);
    if (ask->type != DNS_TYPE_RRSIG)
        why = why != NULL ? why : check_validity(&reading, answer);
    if (why == NULL && sim->scenario->extras)
        why = check_extras(&reading, sim->now);
    if (why != NULL) {
        char at[DNS_NAME_TEXT_MAX];
        sim_fail(sim, ORACLE_ANSWER, "%s %s: %s (at %s, link with TTL %u)", name, type, why,
                 dns_name_to_text(dns_name_view(&reading.name), at), reading.claim.ttl);
    }
}

/* -- the cache ----------------------------------------------------------------------------------- */

static void fail_entry(struct sim *sim, enum oracle oracle, const struct cache_key *key,
                       const struct cache_hit *hit, const char *why)
{
    static const char *const kinds[] = {"", "RRset", "no data", "no name", "failure", "delegation", "server"};
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    sim_fail(sim, oracle, "the cache holds %s %s (%s, TTL %u, kept %u s ago): %s",
             dns_name_to_text(key->name, name), key->type == 0 ? "-" : dns_type_to_text(key->type, type),
             kinds[hit->kind], hit->ttl, hit->age, why);
}

/* When it was put, as well as seconds can tell. */
static uint64_t put_at(const struct sim *sim, const struct cache_hit *hit)
{
    uint64_t second = sim->now / SECOND - hit->age + 1;
    return second * SECOND - 1 < sim->now ? second * SECOND - 1 : sim->now;
}

/* The image without its signatures and proofs. */
static size_t plain_octets(const uint8_t *data, size_t length)
{
    const uint8_t *count = data + length;
    struct image_record record;
    size_t position = 0;
    for (unsigned i = count[IMAGE_ANSWER] + count[IMAGE_AUTHORITY] + count[IMAGE_ADDITIONAL]; i > 0; i--)
        if (!image_next((uint8_t *)(uintptr_t)data, &position, length, &record))
            return length;
    return position;
}

/* What the entry says of its validity. */
static const char *check_mark(const struct sim *sim, const struct cache_key *key, const struct cache_hit *hit)
{
    uint16_t type = key->kind == CACHE_NXDOMAIN ? DNS_TYPE_A : key->type;
    if (!sim->scenario->signatures)
        return NULL;
    if (key->kind == CACHE_RRSET && type == DNS_TYPE_CNAME)
        type = DNS_TYPE_A; /* also one that was made of a DNAME */
    unsigned validity = validity_of(sim, key->name, type, put_at(sim, hit), 0);
    if (trust_of_mark(hit->mark) == TRUST_SECURE && !(validity & VALID_SECURE))
        return "it is marked as secure";
    if (trust_of_mark(hit->mark) == TRUST_SECURE && clock_was_wrong_at(sim, put_at(sim, hit)))
        return "it is marked as secure, and the clock said that it is not";
    if (trust_of_mark(hit->mark) == TRUST_INSECURE && !(validity & VALID_INSECURE))
        return "it is marked as insecure";
    return NULL;
}

static const char *check_image(struct reading *reading, const struct cache_key *key,
                               const struct cache_hit *hit, const uint8_t *data)
{
    struct sim *sim = reading->sim;
    uint8_t *wire = sim->scratch;
    size_t length = DNS_HEADER_SIZE + key->name.length + 4u;
    if (hit->length < IMAGE_TRAILER)
        return "its data are too short";
    size_t octets = plain_octets(data, hit->length - IMAGE_TRAILER);
    memset(wire, 0, length);
    memcpy(wire + DNS_HEADER_SIZE, key->name.wire, key->name.length);
    wire[length - 4] = (uint8_t)(key->type >> 8);
    wire[length - 3] = (uint8_t)key->type;
    memcpy(wire + length, data, octets);
    wire[2] = 0x80;
    wire[3] = key->kind == CACHE_NXDOMAIN ? DNS_RCODE_NXDOMAIN : 0;
    wire[5] = 1;
    for (unsigned i = 0; i < DNS_SECTIONS; i++)
        wire[7 + 2 * i] = data[hit->length - IMAGE_TRAILER + i];
    length += octets;
    if (dns_message_parse(&reading->message, wire, length, reading->record, DNS_RECORDS_MAX) != DNS_OK)
        return "it cannot be read";
    dns_name_copy(&reading->name, key->name);
    reading->next = 0;
    uint64_t told = put_at(sim, hit);
    uint16_t type = key->kind == CACHE_NXDOMAIN ? DNS_TYPE_A : key->type;
    struct claim *claim = &reading->claim;
    const char *why = NULL;
    if (key->kind != CACHE_RRSET) {
        if (reading->message.count[DNS_ANSWER] > 0)
            return "an absence with records";
        why = check_absence(reading, told, type);
        return why == NULL && hit->ttl + hit->age > claim->ttl ? "it is kept for longer than its SOA record"
                                                               : why;
    }
    const struct dns_record *record = peek(reading);
    if (type == DNS_TYPE_CNAME && record != NULL && record->type == DNS_TYPE_DNAME) {
        why = check_alias(reading, told, DNS_TYPE_A);
        if (why == NULL && hit->ttl + hit->age > claim->ttl)
            why = "it is kept for longer than its record";
    } else {
        start_claim(reading, CLAIM_RRSET, told, type);
        claim->whole = true;
        why = take_rrset(reading, type);
        claim->ttl = hit->ttl + hit->age;
        why = why != NULL ? why : model_refutes(&sim->model, claim);
    }
    return why != NULL ? why : peek(reading) == NULL ? NULL : "records that do not belong there";
}

static void check_delegation(struct sim *sim, const struct cache_key *key, const struct cache_hit *hit,
                             const uint8_t *data)
{
    struct dns_name server[16];
    unsigned count = 0;
    uint64_t told = put_at(sim, hit);
    int zone = world_find_zone(sim->world, key->name);
    if (zone == NONE) {
        fail_entry(sim, ORACLE_CACHE, key, hit, "there is no such zone");
        return;
    }
    const uint8_t *at = data + 1, *end = data + hit->length;
    for (unsigned ds = data[0]; ds > 0; ds--)
        at += 1 + *at;
    for (; at < end && count < 16; count++) {
        if (dns_name_from_wire(at, (size_t)(end - at), &server[count]) != DNS_OK) {
            fail_entry(sim, ORACLE_CACHE, key, hit, "it cannot be read");
            return;
        }
        at += server[count].length;
        for (unsigned addresses = *at++; addresses > 0; addresses--) {
            struct dns_address address = dns_address_make(*at == 4 ? 4 : 6, at + 1, 53);
            at += 1 + *at;
            if (!model_knows_address(&sim->model, server[count], &address, told))
                fail_entry(sim, ORACLE_CACHE, key, hit, "an address that the name server does not have");
        }
    }
    uint64_t expires = (sim->now / SECOND + hit->ttl) * SECOND;
    const char *why =
        model_refutes_delegation(&sim->model, zone, server, count, told, expires, hit->ttl + hit->age);
    if (why != NULL)
        fail_entry(sim, ORACLE_LEASE, key, hit, why);
}

static void visit(void *context, const struct cache_key *key, const struct cache_hit *hit,
                  const uint8_t *data)
{
    static struct reading reading;
    struct sim *sim = context;
    const char *why = NULL;
    if (ballast_is(key->name))
        return;
    if (hit->age > (uint32_t)(sim->now / SECOND) - sim->cache_seen)
        return; /* looked at before */
    sim->verdict->checked++;
    if (key->kind == CACHE_DELEGATION) {
        check_delegation(sim, key, hit, data);
        return;
    }
    if (key->kind == CACHE_FAILURE || key->kind == CACHE_FAILED || key->kind == CACHE_SERVER) {
        if (hit->ttl + hit->age > 900)
            fail_entry(sim, ORACLE_CACHE, key, hit, "it is kept for too long");
        return;
    }
    if (beside_is_in(data, hit->length))
        fail_entry(sim, ORACLE_CACHE, key, hit, "a forged record beside what is good");
    if (key->type == DNS_TYPE_RRSIG && hit->kind == CACHE_RRSET)
        return;
    reading.sim = sim;
    why = check_image(&reading, key, hit, data);
    why = why != NULL ? why : check_mark(sim, key, hit);
    if (why != NULL)
        fail_entry(sim, ORACLE_CACHE, key, hit, why);
}

void oracle_cache(struct sim *sim)
{
    uint64_t cursor = 0;
    uint32_t now = (uint32_t)(sim->now / SECOND);
    while (cache_walk(sim->cache, &cursor, 1000, now, visit, sim))
        continue;
    sim->cache_seen = now;
}
