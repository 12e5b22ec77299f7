#include "play.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"

enum { STEPS_MAX = 200000, ANSWER_TIME = 60000000, REPLY_MAX = 66000, TIMES_MAX = 300 };

/* -- what happens ------------------------------------------------------------------------------ */

static void note_sent(void *context, const struct effect *effect, const struct dns_message *query)
{
    struct play *play = context;
    play->effect = effect;
    if (play->sent_count == play->sent_capacity) {
        play->sent_capacity = 2 * play->sent_capacity + 64;
        play->sent = realloc(play->sent, play->sent_capacity * sizeof *play->sent);
    }
    play->sent[play->sent_count++] = (struct sent){
        .at = net_now(play->net),
        .server = effect->server,
        .name = query->qname,
        .type = query->qtype,
        .tcp = effect->transport == TRANSPORT_TCP,
        .edns = query->edns.present,
    };
}

static void note_answered(void *context, unsigned number, const struct answer *answer)
{
    struct play *play = context;
    struct asked *asked = play->asked[number];
    struct answer own = *answer;
    struct reply_options options = {.limit = asked->limit, .udp_size = 1232, .recursion_available = true};
    asked->wire = own.wire = malloc(REPLY_MAX);
    memcpy(own.wire, answer->wire, answer->length);
    asked->length = reply_finish(&own, &asked->query, &options);
    asked->records = calloc(DNS_RECORDS_MAX, sizeof *asked->records);
    if (dns_message_parse(&asked->reply, asked->wire, asked->length, asked->records, DNS_RECORDS_MAX) !=
        DNS_OK)
        play->mistaken = !text_mistake(&play->page.line[play->next - 1], "the reply cannot be parsed");
    asked->done = true;
    asked->ended = net_now(play->net);
}

/* -- telling ----------------------------------------------------------------------------------- */

bool record_to_text(struct dns_message *message, const struct dns_record *record, char *text, size_t capacity)
{
    static uint8_t rdata[DNS_RDATA_MAX];
    struct dns_name_buffer owner;
    uint16_t length;
    return dns_message_name(message, record->owner, &owner) == DNS_OK &&
           dns_rdata_expand(message, record, rdata, sizeof rdata, &length) == DNS_OK &&
           dns_record_to_text(dns_name_view(&owner), record->type, record->class, record->ttl, rdata, length,
                              text, capacity) == DNS_OK;
}

static void print_reply(const struct asked *asked)
{
    static const char *const sections[DNS_SECTIONS] = {"answer    ", "authority ", "additional"};
    static char text[70000];
    struct dns_message message = asked->reply;
    char rcode[DNS_TYPE_TEXT_MAX];
    fprintf(stderr, "    the reply: %s, %zu octets, after %.1f ms%s%s\n",
            dns_rcode_to_text(message.rcode, rcode), asked->length,
            (double)(asked->ended - asked->began) / 1000, message.truncated ? ", tc" : "",
            message.authentic_data ? ", ad" : "");
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        for (unsigned i = 0; i < message.count[section] && i < 40; i++)
            if (record_to_text(&message, &message.section[section][i], text, sizeof text))
                fprintf(stderr, "        %s %.300s\n", sections[section], text);
}

static void print_packets(const struct play *play)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], server[DNS_ADDRESS_TEXT_MAX];
    fprintf(stderr, "    packets so far, at ms%s\n", play->sent_count == 0 ? ": none" : "");
    unsigned first = play->sent_count > 120 ? play->sent_count - 120 : 0;
    for (unsigned i = first; i < play->sent_count; i++) {
        const struct sent *sent = &play->sent[i];
        struct dns_address bare = sent->server;
        bare.port = 0;
        fprintf(stderr, "      %c %10.1f  %-15s %s %s%s%s\n", i < play->step_sent ? ' ' : '>',
                (double)sent->at / 1000 - 1000000.0, dns_address_to_text(&bare, server),
                dns_name_to_text(dns_name_view(&sent->name), name), dns_type_to_text(sent->type, type),
                sent->tcp ? " over tcp" : "", sent->edns ? "" : " without edns");
    }
}

bool play_missed(const struct play *play, const struct line *line, const struct asked *asked,
                 const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%u: ", line->file, line->number);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    if (asked != NULL && asked->done)
        print_reply(asked);
    print_packets(play);
    return false;
}

/* -- steps ------------------------------------------------------------------------------------- */

static void start(struct play *play)
{
    if (play->started)
        return;
    play->started = true;
    if (play->priming) {
        engine_prime(net_engine(play->net), net_now(play->net));
        net_pass_time(play->net, 8000000);
    }
}

static unsigned outstanding(const struct play *play)
{
    unsigned count = 0;
    for (unsigned i = 0; i < play->asked_count; i++)
        count += !play->asked[i]->done;
    return count;
}

static void begin_step(struct play *play)
{
    start(play);
    if (outstanding(play) == 0)
        play->step_sent = play->sent_count;
}

struct client {
    struct dns_name_buffer name;
    uint16_t type;
    bool cd, ad, tcp, edns, dnssec_ok;
    uint64_t size, times;
    struct range each; /* $ in the name stands for these numbers, one after the other; most 0: not so */
};

static bool read_client_option(struct client *client, const struct line *line, unsigned *at)
{
    const char *word = line->word[*at];
    if (word_is(line, *at, "x"))
        return read_number(line, ++*at, TIMES_MAX, &client->times);
    if (word_is(line, *at, "each"))
        return read_range(line, ++*at, false, &client->each) &&
               (client->each.most <= TIMES_MAX || text_mistake(line, "expected numbers up to %d", TIMES_MAX));
    if (strncmp(word, "+bufsize=", 9) == 0)
        client->size = strtoull(word + 9, NULL, 10);
    else if (strcmp(word, "+cd") == 0)
        client->cd = true;
    else if (strcmp(word, "+ad") == 0)
        client->ad = true;
    else if (strcmp(word, "+do") == 0)
        client->dnssec_ok = true;
    else if (strcmp(word, "+tcp") == 0)
        client->tcp = true;
    else if (strcmp(word, "+noedns") == 0)
        client->edns = false;
    else
        return text_mistake(
            line, "expected +cd, +ad, +do, +tcp, +noedns, +bufsize=N, x N or each A-B, not \"%s\"", word);
    return true;
}

static bool read_client(struct client *client, const struct line *line, unsigned at)
{
    *client = (struct client){.edns = true, .size = 1232, .times = 1};
    if (!read_name(line, at, &client->name) || !read_type(line, at + 1, &client->type))
        return false;
    for (unsigned i = at + 2; i < line->count; i++)
        if (!read_client_option(client, line, &i))
            return false;
    return true;
}

/* The query as a client sends it, read as the daemon reads it. */
static bool make_query(const struct client *client, uint16_t id, struct query *query)
{
    uint8_t wire[512];
    uint16_t rcode;
    struct dns_builder builder;
    unsigned flags = DNS_FLAG_RD | (client->cd ? DNS_FLAG_CD : 0) | (client->ad ? DNS_FLAG_AD : 0);
    dns_builder_start(&builder, wire, sizeof wire, id, (uint16_t)flags);
    dns_builder_question(&builder, dns_name_view(&client->name), client->type, DNS_CLASS_IN);
    if (client->edns)
        dns_builder_edns(&builder, &(struct dns_edns_reply){.udp_size = (uint16_t)client->size,
                                                            .dnssec_ok = client->dnssec_ok,
                                                            .ede = DNS_EDE_NONE});
    return query_parse(query, wire, dns_builder_finish(&builder), &rcode) == QUERY_OK;
}

static struct asked *ask(struct play *play, const struct line *line, const struct client *client)
{
    if (play->asked_count == PLAY_ASKED) {
        text_mistake(line, "there are too many questions");
        return NULL;
    }
    struct asked *asked = calloc(1, sizeof *asked);
    play->asked[play->asked_count++] = asked;
    if (!make_query(client, (uint16_t)(4000 + play->asked_count), &asked->query)) {
        text_mistake(line, "the daemon would not take such a query");
        return NULL;
    }
    asked->limit = client->tcp ? DNS_MESSAGE_MAX : asked->query.udp_size;
    asked->began = net_now(play->net);
    struct question question = {
        .name = dns_name_view(&asked->query.qname), .type = client->type, .checking_disabled = client->cd};
    if (net_begin_question(play->net, &question) < 0) {
        play->asked_count--;
        free(asked);
        text_mistake(line, "the engine takes no such question now");
        return NULL;
    }
    return asked;
}

static bool wait_for(struct play *play, const struct line *line, const struct asked *asked)
{
    uint64_t until = net_now(play->net) + ANSWER_TIME;
    for (unsigned i = 0; i < STEPS_MAX && !asked->done; i++)
        if (!net_step(play->net) || net_now(play->net) > until)
            break;
    return asked->done || play_missed(play, line, NULL, "no answer has come");
}

static bool ask_and_expect(struct play *play, const struct statement *statement, const struct client *client)
{
    unsigned first = play->asked_count;
    for (uint64_t i = 0; i < client->times; i++)
        if (ask(play, statement->head, client) == NULL)
            return false;
    for (unsigned i = first; i < play->asked_count; i++)
        if (!wait_for(play, statement->head, play->asked[i]) || play->mistaken ||
            !expect_reply(play, play->asked[i], statement))
            return false;
    return true;
}

static bool number_name(const struct line *line, uint64_t number, struct dns_name_buffer *name)
{
    char text[2 * DNS_NAME_TEXT_MAX];
    const char *word = line->word[1], *mark = strchr(word, '$');
    if (mark == NULL)
        return text_mistake(line, "expected a name with $ in it, not \"%s\"", word);
    snprintf(text, sizeof text, "%.*s%llu%s", (int)(mark - word), word, (unsigned long long)number, mark + 1);
    return dns_name_from_text(text, name) == DNS_OK || text_mistake(line, "%s is no name", text);
}

static bool step_ask(struct play *play, const struct statement *statement)
{
    struct client client;
    begin_step(play);
    if (!read_client(&client, statement->head, 1))
        return false;
    if (client.each.most == 0)
        return ask_and_expect(play, statement, &client);
    for (uint64_t i = client.each.least; i <= client.each.most; i++)
        if (!number_name(statement->head, i, &client.name) || !ask_and_expect(play, statement, &client))
            return false;
    return true;
}

static bool step_begin(struct play *play, const struct statement *statement)
{
    struct client client;
    begin_step(play);
    if (statement->count > 0)
        return text_mistake(statement->body, "expectations stand below \"await\"");
    if (!read_client(&client, statement->head, 2))
        return false;
    struct asked *asked = ask(play, statement->head, &client);
    if (asked == NULL)
        return false;
    snprintf(asked->label, sizeof asked->label, "%s", statement->head->word[1]);
    return true;
}

static bool step_await(struct play *play, const struct statement *statement)
{
    for (unsigned i = play->asked_count; i-- > 0;)
        if (word_is(statement->head, 1, play->asked[i]->label) && statement->head->count == 2)
            return wait_for(play, statement->head, play->asked[i]) && !play->mistaken &&
                   expect_reply(play, play->asked[i], statement);
    return text_mistake(statement->head, "no question has begun as \"%s\"", statement->head->word[1]);
}

static bool step_check(struct play *play, const struct statement *statement)
{
    for (unsigned i = 0; i < statement->count; i++) {
        bool known = false;
        if (!witness(play, &statement->body[i], &known))
            return false;
        if (!known)
            return text_mistake(&statement->body[i],
                                "expected packets, sent, cached, not cached or cache, not "
                                "\"%s\"",
                                statement->body[i].word[0]);
    }
    return witness_packets(play, statement);
}

static bool step_time(struct play *play, const struct statement *statement)
{
    uint64_t time;
    begin_step(play);
    if (!read_time(statement->head, 1, &time) || !read_end(statement->head, 2))
        return false;
    if (word_is(statement->head, 0, "suspend"))
        net_sleep(play->net, time);
    else
        net_pass_time(play->net, time);
    return step_check(play, statement);
}

static bool step_flush(struct play *play, const struct statement *statement)
{
    const struct line *line = statement->head;
    struct cache *cache = net_cache(play->net);
    struct dns_name_buffer name;
    begin_step(play);
    if (line->count == 1)
        cache_flush(cache);
    else if (!read_name(line, 2, &name))
        return false;
    else if (word_is(line, 1, "name"))
        cache_flush_name(cache, dns_name_view(&name));
    else if (word_is(line, 1, "tree"))
        cache_flush_tree(cache, dns_name_view(&name));
    else
        return text_mistake(line, "expected \"flush\", \"flush name NAME\" or \"flush tree NAME\"");
    return true;
}

static bool step_prime(struct play *play, const struct statement *statement)
{
    begin_step(play);
    engine_prime(net_engine(play->net), net_now(play->net));
    net_pass_time(play->net, 8000000);
    return step_check(play, statement);
}

/* -- statements -------------------------------------------------------------------------------- */

static bool read_reference(struct play *play, const struct statement *statement)
{
    const struct line *line = statement->head;
    uint64_t number;
    play->has_reference = true;
    if (word_is(line, 0, "draft"))
        return line->count > 1 || text_mistake(line, "expected the name of a draft");
    if (!read_number(line, 1, 9999, &number))
        return false;
    for (unsigned i = 2; i < line->count; i++)
        if (strncmp(line->word[i], "§", strlen("§")) != 0)
            return text_mistake(line, "expected a section such as §4.2, not \"%s\"", line->word[i]);
    return true;
}

static bool is_move(const struct statement *statement)
{
    return word_is(statement->head, 2, "serves") || word_is(statement->head, 2, "abandons");
}

static bool server(struct play *play, const struct statement *statement)
{
    return is_move(statement) ? world_move(play, statement) : rules_server(play, statement);
}

static const struct {
    const char *word;
    bool (*carry_out)(struct play *play, const struct statement *statement);
} statements[] = {
    {"rfc", read_reference},  {"draft", read_reference}, {"zone", world_zone},   {"change", world_change},
    {"server", server},       {"reply", rules_reply},    {"spoof", rules_reply}, {"adds", rules_reply},
    {"option", world_option}, {"ask", step_ask},         {"begin", step_begin},  {"await", step_await},
    {"wait", step_time},      {"suspend", step_time},    {"flush", step_flush},  {"check", step_check},
    {"prime", step_prime},
};

static bool carry_out(struct play *play, const struct statement *statement)
{
    for (unsigned i = 0; i < sizeof statements / sizeof *statements; i++)
        if (word_is(statement->head, 0, statements[i].word))
            return statements[i].carry_out(play, statement);
    return text_mistake(
        statement->head,
        "expected rfc, draft, zone, change, server, reply, spoof, adds, option, ask, begin, await, "
        "wait, suspend, flush, check or prime, not \"%s\"",
        statement->head->word[0]);
}

/* When all is over nothing is under way, and the cache is sound. */
static bool end(struct play *play)
{
    char text[160];
    const struct line *last = &play->page.line[play->page.count - 1];
    net_pass_time(play->net, 10000000);
    const char *problem = net_problem(play->net, text);
    if (problem != NULL)
        return play_missed(play, last, NULL, "in the end: %s", problem);
    if (!play->has_reference)
        return text_mistake(last, "the scenario names no RFC: expected a line such as \"rfc 2308 §5\"");
    return !play->mistaken;
}

static bool run(struct play *play)
{
    while (play->next < play->page.count) {
        struct statement statement = {.head = &play->page.line[play->next++]};
        if (statement.head->inner)
            return text_mistake(statement.head, "an indented line has to stand below a statement");
        statement.body = statement.head + 1;
        for (; play->next < play->page.count && play->page.line[play->next].inner; play->next++)
            statement.count++;
        if (!carry_out(play, &statement) || play->mistaken)
            return false;
    }
    if (play->asked_count == 0 && play->page.count > 0 && !play->started)
        return text_mistake(&play->page.line[play->page.count - 1], "nothing is asked in this scenario");
    return end(play);
}

static void close_play(struct play *play)
{
    net_destroy(play->net);
    rules_free(play);
    for (unsigned i = 0; i < play->asked_count; i++) {
        free(play->asked[i]->wire);
        free(play->asked[i]->records);
        free(play->asked[i]);
    }
    free(play->sent);
    page_free(&play->page);
    free(play);
}

bool play_file(const char *path, uint64_t seed, bool trace)
{
    struct play *play = calloc(1, sizeof *play);
    play->rules_end = &play->rules;
    play->priming = true;
    play->net = net_create();
    net_seed(play->net, seed);
    net_trace(play->net, trace);
    net_set_watch(play->net,
                  &(struct net_watch){.sent = note_sent, .answered = note_answered, .context = play});
    bool good = page_read(&play->page, path) &&
                (play->page.count > 0 || fprintf(stderr, "%s: it is empty\n", path) < 0);
    good = good && run(play);
    close_play(play);
    return good;
}
