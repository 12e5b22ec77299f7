/*
 * A scenario being played: the small internet of the unit tests (net.h) with the engine and its cache in it,
 * what was sent and what came back. README.md here describes the form of the files.
 *
 *      play.c    statements, steps            world.c   zones and changes of them, options
 *      rules.c   what is wrong with servers   draft.c   what a server says
 *      expect.c  what a client must get       witness.c packets, and what must be in the cache
 */
#ifndef SCENARIOS_PLAY_H
#define SCENARIOS_PLAY_H

#include "net.h"
#include "resolver/reply.h"
#include "text.h"

enum { PLAY_OPTION_RULES = 8, PLAY_ASKED = 512 };

/* A line at the margin and the indented ones below it. */
struct statement {
    const struct line *head, *body;
    unsigned count;
};

/* A packet to a server. */
struct sent {
    uint64_t at;
    struct dns_address server;
    struct dns_name_buffer name;
    uint16_t type;
    bool tcp, edns;
};

/* A client's question. */
struct asked {
    char label[32];
    struct query query;
    size_t limit; /* octets that the client takes */
    bool done;
    uint64_t began, ended;
    uint8_t *wire; /* the reply */
    size_t length;
    struct dns_record *records;
    struct dns_message reply;
};

struct rule;

struct play {
    struct page page;
    unsigned next; /* line */
    struct net *net;
    bool started, priming, trace;
    const struct effect *effect; /* being carried out: whom the packet is for */
    struct rule *rules, **rules_end;
    struct sent *sent;
    unsigned sent_count, sent_capacity;
    unsigned step_sent; /* packets before the present step */
    struct asked *asked[PLAY_ASKED];
    unsigned asked_count;
    struct engine_server_rule option_rules[PLAY_OPTION_RULES];
    struct dns_name_buffer zone[64];
    unsigned zone_count;
    bool has_reference;
    bool mistaken; /* a mistake was found while a server spoke */
};

/* True: the scenario holds. Otherwise what is wrong has been printed. */
bool play_file(const char *path, uint64_t seed, bool trace);

/* An expectation is not met: says where, what was expected and what came, and what has happened. */
bool play_missed(const struct play *play, const struct line *line, const struct asked *asked,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The statements of which the head has been recognised. Each returns false once it has said what is wrong. */
bool world_zone(struct play *play, const struct statement *statement);
bool world_change(struct play *play, const struct statement *statement);
bool world_move(struct play *play, const struct statement *statement);
bool world_option(struct play *play, const struct statement *statement);

bool rules_server(struct play *play, const struct statement *statement);
bool rules_reply(struct play *play, const struct statement *statement); /* reply, spoof, adds */
/* What this server says goes by the rules that there will be. */
void rules_watch_over(struct play *play, const char *server);
void rules_free(struct play *play);

bool expect_reply(struct play *play, const struct asked *asked, const struct statement *statement);
/* Expectations that need no reply. *known is false where the line is none of them. */
bool witness(struct play *play, const struct line *line, bool *known);
/* Those that are met by all lines of a statement together: which packets were sent. */
bool witness_packets(struct play *play, const struct statement *statement);

/* What a server says, see draft.c. */
enum draft_question { DRAFT_AS_ASKED, DRAFT_LOWER, DRAFT_NO_QUESTION, DRAFT_OTHER_QUESTION };

struct draft_record {
    enum dns_section section;
    struct dns_name_buffer owner;
    uint16_t type, class;
    uint32_t ttl;
    uint16_t length;
    uint8_t *rdata;
};

struct draft {
    const struct dns_message *query;
    unsigned flags, rcode;
    bool wrong_id, edns, cut;
    uint16_t udp_size;
    int ede;
    char ede_text[ANSWER_EDE_TEXT];
    enum draft_question question;
    struct dns_name_buffer other;
    uint16_t other_type;
    struct draft_record *record;
    unsigned count, capacity;
    size_t limit;            /* octets; over it, TC */
    const char *octets;      /* as they stand in the file; or NULL */
    struct dns_address from; /* family 0: the server that was asked */
    int transport;           /* enum transport; -1: the one of the query */
};

void draft_start(struct draft *draft, const struct dns_message *query);
void draft_free(struct draft *draft);
void draft_read_usual(struct draft *draft, uint8_t *wire, size_t length);
/* A line of a reply's body. With a draft without query, only looks whether it is right. */
bool draft_read_line(struct draft *draft, const struct line *line);
/* Drops the records of a section, or of the type in it where it is not 0. */
void draft_drop(struct draft *draft, enum dns_section section, uint16_t type);
size_t draft_write(struct draft *draft, uint8_t *to);

/* "www.example.org. 300 IN A 192.0.2.1" */
bool record_to_text(struct dns_message *message, const struct dns_record *record, char *text,
                    size_t capacity);

#endif
