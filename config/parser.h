/*
 * What the parts of the parser share. Text flows through here:
 *
 *      source.c    files and the stack of includes        -> bytes with their place
 *      lexer.c     comments, words, strings, punctuation  -> one token at a time, p->token
 *      parse.c     blocks and statements, by the table    -> calls a statement's type
 *      values.c, blocks.c, zones.c, logging.c, acl_read.c,
 *      trust.c, disable.c                                 -> the types: how a value is read and printed
 *      finish.c, trust_finish.c                           -> defaults, inheritance, contradictions
 *
 * The table itself is statements.def.
 */
#ifndef CONFIG_PARSER_H
#define CONFIG_PARSER_H

#include <sys/types.h>

#include "config/config.h"
#include "config/memory.h"
#include "config/suggest.h"

enum {
    CONFIG_INCLUDE_DEPTH = 10,
    CONFIG_FILES_MAX = 1000,      /* files read for one configuration */
    CONFIG_OCTETS_MAX = 64 << 20, /* octets of all of them */
    CONFIG_WORD_MAX = 1024,
    CONFIG_STRING_MAX = 4096,
    CONFIG_ACLS_MAX = 1024,
    CONFIG_ACL_NESTING = 16,
    CONFIG_ACL_STEPS_MAX = 1 << 20, /* of all acls together, named ones counted where they are used */
    CONFIG_RULES_MAX = 200,
    CONFIG_PENDING_MAX = CONFIG_ERRORS_MAX,
    CONFIG_BUILTIN_CHANNELS = 4,
    CONFIG_ANCHORS_MAX = 128,
    CONFIG_DISABLED_MAX = 256, /* names of disable-algorithms, and of disable-ds-digests */
    CONFIG_EXCEPT_MAX = 1024,
};

enum config_block {
    CONFIG_TOP,
    CONFIG_OPTIONS,
    CONFIG_SERVER,
    CONFIG_ZONE,
    CONFIG_KEY,
    CONFIG_CONTROLS,
    CONFIG_STATISTICS_CHANNELS,
    CONFIG_LOGGING,
    CONFIG_CHANNEL,
    CONFIG_CATEGORY_NAME
};

enum config_token_kind {
    CONFIG_TOKEN_END, /* of this source; an outer one may go on */
    CONFIG_TOKEN_WORD,
    CONFIG_TOKEN_STRING,
    CONFIG_TOKEN_OPEN,
    CONFIG_TOKEN_CLOSE,
    CONFIG_TOKEN_SEMICOLON,
    CONFIG_TOKEN_BANG
};

struct config_token {
    enum config_token_kind kind;
    struct config_place place;
    size_t length;
    char text[CONFIG_STRING_MAX + 1];
};

struct config_source {
    const char *name; /* NULL: a default */
    const char *text;
    char *owned; /* text to free, or NULL */
    size_t length, at;
    unsigned line, column;
    dev_t device;
    ino_t inode;
    unsigned outer_braces; /* open when this source began */
};

struct config_parser;
struct config_rule;

/* How values of a kind are read and printed. */
struct config_type {
    /* Reads behind the statement's name up to its ';'. False: reported, and the statement must be skipped. */
    bool (*read)(struct config_parser *parser, const struct config_rule *rule);
    /* Prints whole statements; NULL: nothing to print. */
    void (*print)(const struct config *config, const struct config_rule *rule, FILE *to);
};

/* The table's private side: row i of config_statements() is read by row i of config_rules(). */
struct config_rule {
    enum config_block block;
    const char *name;
    const char *form;
    const char *preset;
    bool ignored;
    const struct config_type *type;
    size_t offset, width; /* the field in struct config, or in the block's own struct */
    uint64_t min, max;
    bool many; /* may be given more than once */
};

struct config_acl_builder {
    struct acl_step *steps;
    struct acl_place *places;
    size_t count, capacity;
    char *text;
    size_t text_length, text_capacity;
    struct {
        size_t start;
        bool negated;
    } open[CONFIG_ACL_NESTING];
    unsigned depth;
};

/* A name in an acl that is unknown so far, and the error that says so. */
struct config_pending {
    char name[64];
    size_t error;
};

/* `category NAME { channels };` as written; channels may be defined behind it. */
struct config_category_use {
    enum config_category category;
    struct {
        char *name;
        struct config_place place;
    } channel[4];
    size_t count;
};

struct config_parser {
    struct config *config;
    struct config_memory *memory;
    struct config_errors *errors;
    bool out_of_memory;

    struct config_source source[CONFIG_INCLUDE_DEPTH];
    unsigned depth; /* sources open */
    size_t files, octets;
    struct config_token token;
    struct config_place behind; /* just behind the token before it */
    unsigned braces;            /* open, of the tokens consumed */
    bool multiline;             /* a string may go on over lines: keys do in BIND's files */

    struct config_place given[CONFIG_RULES_MAX]; /* in the block that is being read */
    struct config_channel channel;               /* ... when it is one of these */
    const char *channel_destination;             /* the statement that gave it */
    struct config_server server;
    struct config_zone zone;
    struct config_key key;
    bool zone_type_unsupported; /* reported: no more is said of this zone */
    struct config_category_use uses[CONFIG_CATEGORIES];
    size_t use_count;

    struct config_acl_builder builder;
    size_t acl_steps;
    struct config_pending pending[CONFIG_PENDING_MAX];
    size_t pending_count;
};

/* errors.c */
void config_report(struct config_parser *parser, struct config_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void config_sort_errors(struct config_errors *errors);
const char *config_describe(const struct config_token *token, char text[64]); /* for messages */

/* memory, through the parser: NULL is reported */
void *config_take(struct config_parser *parser, size_t size);
char *config_take_text(struct config_parser *parser, const char *text);
/* Makes room for one more behind `count` elements of `size`; false: out of memory. */
bool config_grow(struct config_parser *parser, void **array, size_t count, size_t size);

/* source.c: false when reported */
bool config_source_file(struct config_parser *parser, const char *path, struct config_place from);
bool config_source_text(struct config_parser *parser, const char *name, const char *text, size_t length);
void config_source_end(struct config_parser *parser);

/* lexer.c */
void config_advance(struct config_parser *parser);

/* parse.c */
void config_parse(struct config_parser *parser); /* the outermost source to its end */
bool config_parse_block(struct config_parser *parser, enum config_block block); /* '{' ... '}' */
void config_forget_given(struct config_parser *parser, enum config_block block);
const struct config_place *config_given(struct config_parser *parser, enum config_block block,
                                        const char *name);
bool config_expect_semicolon(struct config_parser *parser); /* true: consumed */
bool config_next_statement_begins(const struct config_parser *parser, enum config_block block);
bool config_is_word(const struct config_parser *parser, const char *word);
bool config_accept_word(struct config_parser *parser, const char *word);
bool config_expect_text(struct config_parser *parser, const char *what); /* a word or a string stands here */
void config_remember(struct config_parser *parser,
                     const struct config_rule *rule); /* and refuse a second one */
bool config_read_preset(struct config_parser *parser, const struct config_rule *rule, const char *text);

/* values.c */
struct config_choice {
    const char *word;
    int value;
};
bool config_choose(struct config_parser *parser, const char *what, const struct config_choice *choices,
                   size_t count, int *value);
bool config_choose_boolean(struct config_parser *parser, const char *what, bool *value);
bool config_number(const char *text, uint64_t *value); /* all digits; saturates */
bool config_size(const char *text, uint64_t *value);   /* "10", "512K", "128M", "1G" */
const char *config_size_text(uint64_t size, char text[32]);
bool config_quoted(struct config_parser *parser, const char *what, char **text);
void config_print_quoted(const char *text, FILE *to);
extern const struct config_choice config_booleans[];
enum { CONFIG_BOOLEANS = 6 };

/* blocks.c; NULL: no acl has this name */
const struct config_acl *config_find_acl(const struct config *config, const char *name);

/* acl_read.c: reads '{' ... '}' or one word where `braces_needed` is false; NULL: skip the statement */
struct acl *config_read_acl(struct config_parser *parser);
void config_acl_builder_free(struct config_acl_builder *builder);
const char *config_acl_text(const struct acl *acl);
bool config_prefix(struct config_parser *parser, const char *text,
                   struct dns_prefix *prefix); /* false: reported */
const char *config_prefix_text(const struct dns_prefix *prefix, char text[DNS_ADDRESS_TEXT_MAX]);

/* network.c; false: reported */
bool config_read_port(struct config_parser *parser, uint16_t *port);

/* local.c: a key's number, 0: there is none of that name so far; and what is said of that, at the current token */
unsigned config_find_key(const struct config_parser *parser, const char *name);
void config_unknown_key(struct config_parser *parser);
void config_print_remotes(const struct config *config, const char *name, const struct config_remotes *remotes,
                          FILE *to);
void config_print_local(const struct config *config, const struct config_zone *zone, FILE *to);
/* zones.c: ADDRESS [ port N ] */
bool config_read_address(struct config_parser *parser, uint16_t port, struct dns_address *address);

/* named.c */
bool config_is_named_statement(const char *name);
const char *config_named_remedy(const char *name); /* what to do about one of these */

/* statements.c */
const struct config_rule *config_rules(size_t *count);
const struct config_rule *config_rule_find(enum config_block block, const char *name);
const char *config_block_name(enum config_block block);

/* print.c */
void config_print_block(const struct config *config, enum config_block block, FILE *to);

/* disable.c */
bool config_name(struct config_parser *parser, const char *what,
                 struct dns_name_buffer *name); /* lower case */
const struct config_disabled *config_find_disabled(const struct config_disabled *disabled, size_t count,
                                                   struct dns_name name);
bool config_is_disabled(const struct config_disabled *disabled, unsigned number);

/* trust_finish.c */
void config_finish_trust(struct config_parser *parser);

/* logging.c, finish.c */
bool config_builtin_channels(struct config_parser *parser);
void config_resolve_categories(struct config_parser *parser);
void config_finish(struct config_parser *parser);

#endif
