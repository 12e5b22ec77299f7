/* What a client must get. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/rdata.h"
#include "play.h"

static const char *const sections[DNS_SECTIONS] = {"answer", "authority", "additional"};

enum { EXPECTED_MAX = 320, TEXT_MAX = 9000 };

/* -- the records of a section ------------------------------------------------------------------ */

struct expected {
    const struct line *line;
    struct dns_name_buffer owner;
    uint16_t type;
    struct range ttl;
    char text[TEXT_MAX]; /* of the rdata, by ldns */
};

/* What stands behind the TTL, the class and the type. */
static const char *rdata_of(const char *text)
{
    for (unsigned field = 0; field < 4; field++) {
        text = strchr(text, ' ');
        if (text == NULL)
            return "";
        text++;
    }
    return text;
}

/* "answer OWNER [TTL] TYPE RDATA", where the TTL may be a span. */
static bool read_expected(const struct line *line, struct expected *expected)
{
    static struct dns_text_record record;
    static char text[TEXT_MAX + 600];
    const char *word = line->word[2];
    bool has_ttl = range_from_text(word, false, &expected->ttl);
    if (!has_ttl)
        expected->ttl = (struct range){0, UINT64_MAX};
    if (line->count < (has_ttl ? 5u : 4u))
        return text_mistake(line, "expected an owner, a TTL or a span of TTLs, a type and rdata");
    snprintf(text, sizeof text, "%s 0 IN %s", line->word[1], line->rest[has_ttl ? 3 : 2]);
    if (!read_record_text(line, text, dns_name_root(), 0, &record))
        return false;
    expected->line = line;
    expected->owner = record.owner;
    expected->type = record.type;
    if (dns_record_to_text(dns_name_root(), record.type, record.class, 0, record.rdata, record.rdata_length,
                           text, sizeof text) != DNS_OK)
        return text_mistake(line, "the record is too long to be compared");
    snprintf(expected->text, sizeof expected->text, "%s", rdata_of(text));
    return true;
}

static bool is_of_set(struct dns_message *message, const struct dns_record *record,
                      const struct expected *expected)
{
    return record->type == expected->type &&
           dns_message_owner_is(message, record, dns_name_view(&expected->owner));
}

static bool is_it(struct dns_message *message, const struct dns_record *record,
                  const struct expected *expected)
{
    static char text[70000];
    return is_of_set(message, record, expected) && range_has(&expected->ttl, record->ttl) &&
           record_to_text(message, record, text, sizeof text) &&
           strcasecmp(rdata_of(text), expected->text) == 0;
}

/* RRsets have to come in this order, the records of one in any. */
static bool compare(const struct play *play, const struct asked *asked, enum dns_section section,
                    const struct expected *expected, unsigned count)
{
    struct dns_message message = asked->reply;
    bool taken[EXPECTED_MAX] = {false};
    unsigned next = 0;
    for (unsigned i = 0; i < count; i++) {
        while (next < message.count[section] && taken[next])
            next++;
        unsigned at = next;
        bool right_set = next < message.count[section] &&
                         is_of_set(&message, &message.section[section][next], &expected[i]);
        while (at < message.count[section] && at < EXPECTED_MAX &&
               (taken[at] || !is_it(&message, &message.section[section][at], &expected[i])))
            at++;
        if (!right_set || at >= message.count[section] || at >= EXPECTED_MAX)
            return play_missed(play, expected[i].line, asked, "expected this record in the %s section, %s",
                               sections[section],
                               at < message.count[section] ? "at this place" : "and it is not there");
        taken[at] = true;
    }
    if (message.count[section] == count)
        return true;
    return play_missed(play, expected[count - 1].line, asked,
                       "expected %u records in the %s section, there are %u", count, sections[section],
                       message.count[section]);
}

static bool expect_section(struct play *play, const struct asked *asked, const struct statement *statement,
                           enum dns_section section)
{
    struct expected *expected = malloc(EXPECTED_MAX * sizeof *expected);
    unsigned count = 0;
    bool good = true;
    for (unsigned i = 0; i < statement->count && good && count < EXPECTED_MAX; i++)
        if (word_is(&statement->body[i], 0, sections[section]))
            good = read_expected(&statement->body[i], &expected[count++]);
    good = good && (count == 0 || compare(play, asked, section, expected, count));
    free(expected);
    return good;
}

/* -- single lines ------------------------------------------------------------------------------ */

static const struct flag {
    const char *name;
    size_t at; /* offset of the bool in the message */
} flags[] = {
    {"aa", offsetof(struct dns_message, authoritative)},
    {"tc", offsetof(struct dns_message, truncated)},
    {"rd", offsetof(struct dns_message, recursion_desired)},
    {"ra", offsetof(struct dns_message, recursion_available)},
    {"ad", offsetof(struct dns_message, authentic_data)},
    {"cd", offsetof(struct dns_message, checking_disabled)},
    {"do", offsetof(struct dns_message, edns.dnssec_ok)},
};
enum { FLAGS = sizeof flags / sizeof *flags };

static bool has_flag(const struct asked *asked, const struct flag *flag)
{
    return *(const bool *)((const char *)&asked->reply + flag->at);
}

/* "flags rd ra": these and no others. */
static bool expect_flags(struct play *play, const struct asked *asked, const struct line *line)
{
    char came[64] = "";
    bool good = true;
    for (unsigned i = 0; i < FLAGS; i++) {
        bool wanted = false;
        for (unsigned j = 1; j < line->count; j++)
            wanted |= word_is(line, j, flags[i].name);
        good &= wanted == has_flag(asked, &flags[i]);
        if (has_flag(asked, &flags[i]))
            snprintf(came + strlen(came), sizeof came - strlen(came), " %s", flags[i].name);
    }
    for (unsigned j = 1; j < line->count; j++) {
        unsigned at = 0;
        while (at < FLAGS && !word_is(line, j, flags[at].name))
            at++;
        if (at == FLAGS)
            return text_mistake(line, "expected flags out of aa tc rd ra ad cd do, not \"%s\"",
                                line->word[j]);
    }
    return good || play_missed(play, line, asked, "expected these flags, came%s", came);
}

/* The extended error of a reply; -1: none. */
static int find_ede(const struct dns_message *reply, char *text, size_t capacity)
{
    uint16_t position = 0, code, length;
    const uint8_t *data;
    *text = '\0';
    while (reply->edns.present && dns_edns_option_next(reply, &position, &code, &data, &length))
        if (code == DNS_EDNS_EDE && length >= 2) {
            snprintf(text, capacity, "%.*s", length - 2, (const char *)data + 2);
            return data[0] << 8 | data[1];
        }
    return -1;
}

static bool expect_ede(struct play *play, const struct asked *asked, const struct line *line)
{
    char text[ANSWER_EDE_TEXT + 1];
    uint64_t code;
    int came = find_ede(&asked->reply, text, sizeof text);
    if (!read_number(line, 1, 65535, &code) || !read_end(line, 3))
        return false;
    if (came != (int)code)
        return play_missed(play, line, asked, "expected the extended error %u, came %d \"%s\"",
                           (unsigned)code, came, text);
    return strstr(text, line->word[2]) != NULL ||
           play_missed(play, line, asked, "expected \"%s\" in the extended error's text, which is \"%s\"",
                       line->word[2], text);
}

/* "no ede", "no edns", "no answer" and so on. */
static bool expect_no(struct play *play, const struct asked *asked, const struct line *line)
{
    char text[ANSWER_EDE_TEXT + 1];
    if (!read_end(line, 2))
        return false;
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        if (word_is(line, 1, sections[section]))
            return asked->reply.count[section] == 0 ||
                   play_missed(play, line, asked, "expected nothing in the %s section", sections[section]);
    if (word_is(line, 1, "edns"))
        return !asked->reply.edns.present || play_missed(play, line, asked, "expected no OPT record");
    if (!word_is(line, 1, "ede"))
        return text_mistake(line, "expected answer, authority, additional, edns or ede, not \"%s\"",
                            line->word[1]);
    int came = find_ede(&asked->reply, text, sizeof text);
    return came < 0 ||
           play_missed(play, line, asked, "expected no extended error, came %d \"%s\"", came, text);
}

static bool expect_range(struct play *play, const struct asked *asked, const struct line *line,
                         unsigned index, bool time, uint64_t value, const char *what)
{
    struct range range;
    if (!read_range(line, index, time, &range) || !read_end(line, index + 1))
        return false;
    if (range_has(&range, value))
        return true;
    if (time)
        return play_missed(play, line, asked, "expected %s %s, it is %.1f ms", what, line->word[index],
                           (double)value / 1000);
    return play_missed(play, line, asked, "expected %s %s, it is %llu", what, line->word[index],
                       (unsigned long long)value);
}

/* "spelling WwW.example.org": the question, and every owner that is this name, letter by letter. */
static bool expect_spelling(struct play *play, const struct asked *asked, const struct line *line)
{
    struct dns_message message = asked->reply;
    struct dns_name_buffer name, owner;
    if (!read_name(line, 1, &name))
        return false;
    bool good = memcmp(message.qname.wire, name.wire, name.length) == 0;
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        for (unsigned i = 0; i < message.count[section]; i++)
            if (dns_message_owner_is(&message, &message.section[section][i], dns_name_view(&name)) &&
                dns_message_name(&message, message.section[section][i].owner, &owner) == DNS_OK)
                good &= memcmp(owner.wire, name.wire, name.length) == 0;
    return good || play_missed(play, line, asked, "expected the name to be spelled so");
}

static bool expect_count(struct play *play, const struct asked *asked, const struct line *line)
{
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        if (word_is(line, 1, sections[section]))
            return expect_range(play, asked, line, 2, false, asked->reply.count[section],
                                "the number of records");
    return text_mistake(line, "expected answer, authority or additional, not \"%s\"", line->word[1]);
}

static bool expect_line(struct play *play, const struct asked *asked, const struct line *line)
{
    bool known = false;
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        if (word_is(line, 0, sections[section]))
            return true; /* all of them together, above */
    if (word_is(line, 0, "rcode"))
        return true;
    if (word_is(line, 0, "no"))
        return expect_no(play, asked, line);
    if (word_is(line, 0, "flags"))
        return expect_flags(play, asked, line);
    if (word_is(line, 0, "ede"))
        return expect_ede(play, asked, line);
    if (word_is(line, 0, "took"))
        return expect_range(play, asked, line, 1, true, asked->ended - asked->began, "the time");
    if (word_is(line, 0, "size"))
        return expect_range(play, asked, line, 1, false, asked->length, "the reply's octets");
    if (word_is(line, 0, "spelling"))
        return expect_spelling(play, asked, line);
    if (word_is(line, 0, "count"))
        return expect_count(play, asked, line);
    if (!witness(play, line, &known))
        return false;
    return known || text_mistake(line,
                                 "expected rcode, answer, authority, additional, no, flags, ede, took, size, "
                                 "spelling, count, packets, sent, cached, not cached or cache, not \"%s\"",
                                 line->word[0]);
}

/* Where nothing is said of the rcode it has to be NOERROR. */
static bool expect_rcode(struct play *play, const struct asked *asked, const struct statement *statement)
{
    const struct line *line = statement->head;
    unsigned rcode = DNS_RCODE_NOERROR;
    char wanted[DNS_TYPE_TEXT_MAX], came[DNS_TYPE_TEXT_MAX];
    for (unsigned i = 0; i < statement->count; i++)
        if (word_is(&statement->body[i], 0, "rcode")) {
            line = &statement->body[i];
            if (!read_rcode(line, 1, &rcode))
                return false;
        }
    return asked->reply.rcode == rcode ||
           play_missed(play, line, asked, "expected %s, came %s", dns_rcode_to_text(rcode, wanted),
                       dns_rcode_to_text(asked->reply.rcode, came));
}

/* The question comes back as it was asked, with its ID. */
static bool expect_echo(struct play *play, const struct asked *asked, const struct statement *statement)
{
    const struct dns_message *reply = &asked->reply;
    bool good = reply->id == asked->query.id && reply->questions == 1 && reply->qtype == asked->query.qtype &&
                reply->qname.length == asked->query.qname.length &&
                memcmp(reply->qname.wire, asked->query.qname.wire, reply->qname.length) == 0;
    return good ||
           play_missed(play, statement->head, asked, "the reply does not repeat the question and its ID");
}

bool expect_reply(struct play *play, const struct asked *asked, const struct statement *statement)
{
    if (!expect_rcode(play, asked, statement) || !expect_echo(play, asked, statement))
        return false;
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        if (!expect_section(play, asked, statement, section))
            return false;
    for (unsigned i = 0; i < statement->count; i++)
        if (!expect_line(play, asked, &statement->body[i]))
            return false;
    return witness_packets(play, statement);
}
