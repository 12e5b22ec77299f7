/* What a server says, before it becomes octets: out of its zones, or written by hand in a scenario. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"
#include "play.h"

static const char *const sections[DNS_SECTIONS] = {"answer", "authority", "additional"};

void draft_start(struct draft *draft, const struct dns_message *query)
{
    *draft = (struct draft){
        .query = query,
        .flags = DNS_FLAG_QR | DNS_FLAG_AA,
        .edns = query != NULL && query->edns.present,
        .udp_size = 1232,
        .ede = DNS_EDE_NONE,
        .limit = DNS_MESSAGE_MAX,
        .transport = -1,
    };
}

void draft_free(struct draft *draft)
{
    for (unsigned i = 0; i < draft->count; i++)
        free(draft->record[i].rdata);
    free(draft->record);
    draft->record = NULL;
    draft->count = 0;
}

static void add_record(struct draft *draft, const struct draft_record *record, const uint8_t *rdata)
{
    if (draft->count == draft->capacity) {
        draft->capacity = 2 * draft->capacity + 16;
        draft->record = realloc(draft->record, draft->capacity * sizeof *draft->record);
    }
    struct draft_record *at = &draft->record[draft->count++];
    *at = *record;
    at->rdata = malloc(record->length + 1u);
    memcpy(at->rdata, rdata, record->length);
}

void draft_drop(struct draft *draft, enum dns_section section, uint16_t type)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < draft->count; i++)
        if (draft->record[i].section == section && (type == 0 || draft->record[i].type == type))
            free(draft->record[i].rdata);
        else
            draft->record[kept++] = draft->record[i];
    draft->count = kept;
}

/* -- out of the zones -------------------------------------------------------------------------- */

void draft_read_usual(struct draft *draft, uint8_t *wire, size_t length)
{
    static struct dns_record records[DNS_RECORDS_MAX];
    static uint8_t rdata[DNS_RDATA_MAX];
    struct dns_message message;
    if (dns_message_parse(&message, wire, length, records, DNS_RECORDS_MAX) != DNS_OK)
        return;
    draft->flags = DNS_FLAG_QR | (message.authoritative ? (unsigned)DNS_FLAG_AA : 0);
    draft->rcode = message.rcode;
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        for (unsigned i = 0; i < message.count[section]; i++) {
            const struct dns_record *record = &message.section[section][i];
            struct draft_record own = {
                .section = section, .type = record->type, .class = record->class, .ttl = record->ttl};
            if (dns_message_name(&message, record->owner, &own.owner) == DNS_OK &&
                dns_rdata_expand(&message, record, rdata, sizeof rdata, &own.length) == DNS_OK)
                add_record(draft, &own, rdata);
        }
}

/* -- by hand ----------------------------------------------------------------------------------- */

/* $qname in a record stands for the name that was asked for. */
static void put_qname(const struct draft *draft, const char *text, char *to, size_t capacity)
{
    char name[DNS_NAME_TEXT_MAX] = "example.";
    const char *mark;
    if (draft->query != NULL)
        dns_name_to_text(dns_name_view(&draft->query->qname), name);
    *to = '\0';
    while ((mark = strstr(text, "$qname")) != NULL) {
        size_t used = strlen(to);
        snprintf(to + used, capacity - used, "%.*s%s", (int)(mark - text), text, name);
        text = mark + strlen("$qname");
    }
    size_t used = strlen(to);
    snprintf(to + used, capacity - used, "%s", text);
}

static bool read_one_record(struct draft *draft, const struct line *line, enum dns_section section)
{
    static struct dns_text_record parsed;
    char text[8192];
    put_qname(draft, line->rest[1], text, sizeof text);
    if (!read_record_text(line, text, dns_name_root(), 3600, &parsed))
        return false;
    struct draft_record own = {.section = section,
                               .owner = parsed.owner,
                               .type = parsed.type,
                               .class = parsed.class,
                               .ttl = parsed.ttl,
                               .length = parsed.rdata_length};
    add_record(draft, &own, parsed.rdata);
    return true;
}

static bool read_flags(struct draft *draft, const struct line *line)
{
    static const struct {
        const char *name;
        unsigned flag;
    } known[] = {{"none", 0},         {"aa", DNS_FLAG_AA}, {"tc", DNS_FLAG_TC}, {"rd", DNS_FLAG_RD},
                 {"ra", DNS_FLAG_RA}, {"ad", DNS_FLAG_AD}, {"cd", DNS_FLAG_CD}};
    draft->flags = DNS_FLAG_QR;
    for (unsigned i = 1; i < line->count; i++) {
        unsigned at = 0;
        while (at < sizeof known / sizeof *known && !word_is(line, i, known[at].name))
            at++;
        if (at == sizeof known / sizeof *known)
            return text_mistake(line, "expected flags out of aa tc rd ra ad cd, or none, not \"%s\"",
                                line->word[i]);
        draft->flags |= known[at].flag;
    }
    return true;
}

static bool read_question(struct draft *draft, const struct line *line)
{
    draft->question = word_is(line, 1, "none")        ? DRAFT_NO_QUESTION
                      : word_is(line, 1, "lowercase") ? DRAFT_LOWER
                                                      : DRAFT_OTHER_QUESTION;
    if (draft->question != DRAFT_OTHER_QUESTION)
        return read_end(line, 2);
    return read_name(line, 1, &draft->other) && read_type(line, 2, &draft->other_type) && read_end(line, 3);
}

static bool read_edns(struct draft *draft, const struct line *line)
{
    uint64_t number;
    draft->edns = !word_is(line, 1, "none");
    if (draft->edns && !read_number(line, 1, 65535, &number))
        return false;
    draft->udp_size = draft->edns ? (uint16_t)number : 0;
    return read_end(line, 2);
}

static bool read_ede(struct draft *draft, const struct line *line)
{
    uint64_t number;
    if (!read_number(line, 1, 65535, &number))
        return false;
    draft->ede = (int)number;
    snprintf(draft->ede_text, sizeof draft->ede_text, "%s", line->word[2]);
    return read_end(line, 3);
}

static bool read_id(struct draft *draft, const struct line *line)
{
    draft->wrong_id = true;
    return word_is(line, 1, "wrong") || text_mistake(line, "expected \"id wrong\"");
}

static bool read_over(struct draft *draft, const struct line *line)
{
    if (!word_is(line, 1, "tcp") && !word_is(line, 1, "udp"))
        return text_mistake(line, "expected \"over udp\" or \"over tcp\"");
    draft->transport = word_is(line, 1, "tcp") ? TRANSPORT_TCP : TRANSPORT_UDP;
    return true;
}

static bool read_octets(struct draft *draft, const struct line *line)
{
    draft->octets = line->rest[1];
    for (unsigned i = 1; i < line->count; i++) {
        const char *word = line->word[i];
        if (word_is(line, i, "id") || word_is(line, i, "question") || word_is(line, i, "name"))
            continue;
        if (strspn(word, "0123456789abcdefABCDEF") != strlen(word) || strlen(word) % 2 != 0)
            return text_mistake(
                line, "expected pairs of hexadecimal digits, id, question or name, not \"%s\"", word);
    }
    return true;
}

bool draft_read_line(struct draft *draft, const struct line *line)
{
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        if (word_is(line, 0, sections[section]))
            return read_one_record(draft, line, section);
    if (word_is(line, 0, "rcode"))
        return read_rcode(line, 1, &draft->rcode);
    if (word_is(line, 0, "flags"))
        return read_flags(draft, line);
    if (word_is(line, 0, "question"))
        return read_question(draft, line);
    if (word_is(line, 0, "edns"))
        return read_edns(draft, line);
    if (word_is(line, 0, "ede"))
        return read_ede(draft, line);
    if (word_is(line, 0, "id"))
        return read_id(draft, line);
    if (word_is(line, 0, "from"))
        return read_address(line, 1, &draft->from);
    if (word_is(line, 0, "over"))
        return read_over(draft, line);
    if (word_is(line, 0, "octets"))
        return read_octets(draft, line);
    return text_mistake(line,
                        "expected answer, authority, additional, rcode, flags, question, edns, ede, id, "
                        "from, over or octets, not \"%s\"",
                        line->word[0]);
}

/* -- writing ----------------------------------------------------------------------------------- */

static size_t put_question_of(const struct draft *draft, uint8_t *to, bool type_too)
{
    size_t length = draft->query->qname.length;
    memcpy(to, draft->query->qname.wire, length);
    if (!type_too)
        return length;
    uint8_t rest[4] = {(uint8_t)(draft->query->qtype >> 8), (uint8_t)draft->query->qtype, 0, DNS_CLASS_IN};
    memcpy(to + length, rest, sizeof rest);
    return length + sizeof rest;
}

static size_t write_octets(const struct draft *draft, uint8_t *to)
{
    size_t length = 0;
    for (const char *at = draft->octets; *at != '\0' && length < DNS_MESSAGE_MAX - 300;) {
        unsigned octet;
        if (isblank((unsigned char)*at)) {
            at++;
        } else if (strncmp(at, "id", 2) == 0) {
            to[length++] = (uint8_t)(draft->query->id >> 8);
            to[length++] = (uint8_t)draft->query->id;
            at += 2;
        } else if (strncmp(at, "question", 8) == 0 || strncmp(at, "name", 4) == 0) {
            length += put_question_of(draft, to + length, *at == 'q');
            at += *at == 'q' ? 8 : 4;
        } else if (sscanf(at, "%2x", &octet) == 1) {
            to[length++] = (uint8_t)octet;
            at += 2;
        } else {
            break;
        }
    }
    return length;
}

static void write_question(const struct draft *draft, struct dns_builder *builder)
{
    struct dns_name_buffer name = draft->query->qname;
    uint16_t type = draft->query->qtype;
    if (draft->question == DRAFT_NO_QUESTION)
        return;
    if (draft->question == DRAFT_LOWER)
        dns_name_copy_lower(&name, dns_name_view(&draft->query->qname));
    if (draft->question == DRAFT_OTHER_QUESTION) {
        name = draft->other;
        type = draft->other_type;
    }
    dns_builder_question(builder, dns_name_view(&name), type, DNS_CLASS_IN);
}

size_t draft_write(struct draft *draft, uint8_t *to)
{
    enum { OPT = 11 };
    struct dns_builder builder;
    uint16_t id = (uint16_t)(draft->query->id ^ draft->wrong_id);
    if (draft->octets != NULL)
        return write_octets(draft, to);
    dns_builder_start(&builder, to, DNS_MESSAGE_MAX, id, (uint16_t)(draft->flags | (draft->rcode & 15)));
    write_question(draft, &builder);
    for (unsigned section = 0; section < DNS_SECTIONS; section++)
        for (unsigned i = 0; i < draft->count; i++) {
            const struct draft_record *record = &draft->record[i];
            if (record->section == section)
                dns_builder_record(&builder, section, dns_name_view(&record->owner), record->type,
                                   record->class, record->ttl, record->rdata, record->length);
        }
    bool too_large = builder.length + OPT > draft->limit;
    if (too_large && !draft->cut)
        dns_builder_drop_records(&builder);
    struct dns_edns_reply edns = {.udp_size = draft->udp_size,
                                  .rcode = draft->rcode > 15 ? draft->rcode : 0,
                                  .ede = draft->ede,
                                  .ede_text = draft->ede_text[0] == '\0' ? NULL : draft->ede_text};
    if (draft->edns)
        dns_builder_edns(&builder, &edns);
    size_t length = dns_builder_finish(&builder);
    if (draft->cut && length > draft->limit) {
        to[2] = (uint8_t)(to[2] | DNS_FLAG_TC >> 8);
        return draft->limit;
    }
    return length;
}
