#include "zones/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "dns/rdata.h"
#include "dns/types.h"
#include "zones/rdata_text.h"
#include "zones/reader.h"

enum { SHOWN = 60 }; /* characters of a word that a message shows */

struct zone_place reader_place(const struct reader *reader)
{
    return (struct zone_place){reader->source->path, reader->source->line};
}

void reader_error(struct reader *reader, const char *format, ...)
{
    char text[ZONE_PROBLEM_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    raw_error(reader->builder, reader_place(reader), "%s", text);
}

static bool read_class(const char *word, uint16_t *class)
{
    static const struct {
        const char *word;
        uint16_t class;
    } known[] = {{"IN", DNS_CLASS_IN}, {"CH", DNS_CLASS_CH}, {"HS", 4}, {"CS", 2}};
    char *end;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(word, known[i].word) == 0) {
            *class = known[i].class;
            return true;
        }
    if (strncasecmp(word, "CLASS", 5) != 0 || word[5] < '0' || word[5] > '9')
        return false;
    unsigned long number = strtoul(word + 5, &end, 10);
    *class = (uint16_t)number;
    return *end == '\0' && number <= UINT16_MAX;
}

/* ldns looks through all its types one after the other. */
static bool read_type(const char *word, uint16_t *type)
{
    static const struct {
        const char *word;
        uint16_t type;
    } common[] = {{"A", DNS_TYPE_A},         {"AAAA", DNS_TYPE_AAAA},  {"NS", DNS_TYPE_NS},
                  {"CNAME", DNS_TYPE_CNAME}, {"PTR", DNS_TYPE_PTR},    {"MX", DNS_TYPE_MX},
                  {"TXT", DNS_TYPE_TXT},     {"RRSIG", DNS_TYPE_RRSIG}};
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (strcasecmp(word, common[i].word) == 0) {
            *type = common[i].type;
            return true;
        }
    return dns_type_from_text(word, type) == DNS_OK;
}

/* The TTL of a record that gives none (RFC 2308 §4, RFC 1035 §5.1); that of an SOA, as a last resort, is its
   MINIMUM (RFC 1035 §3.3.13). */
static bool supply_ttl(struct reader *reader, struct dns_text_record *record)
{
    struct dns_soa soa;
    record->ttl = reader->ttl;
    if (reader->ttl_known)
        return true;
    if (record->type != DNS_TYPE_SOA || dns_rdata_soa(record->rdata, record->rdata_length, &soa) != DNS_OK) {
        reader_error(reader, "no TTL: put \"$TTL 1h\" at the top of the file");
        return false;
    }
    raw_warning(reader->builder, reader_place(reader),
                "no TTL: the SOA's last number is taken; put \"$TTL 1h\" at the top of the file");
    record->ttl = soa.minimum > INT32_MAX ? 0 : soa.minimum;
    reader->ttl_known = true;
    reader->ttl = record->ttl;
    return true;
}

/* The words before the rdata. NULL when there is no type; it has been said then. */
static char *read_head(struct reader *reader, struct dns_text_record *record, char *text, bool *has_ttl)
{
    bool has_class = false;
    record->class = DNS_CLASS_IN;
    for (;;) {
        char *word = zone_word(&text);
        if (word == NULL) {
            reader_error(reader, "a record type is missing");
            return NULL;
        }
        if (!*has_ttl && word[0] >= '0' && word[0] <= '9' && zone_ttl_from_text(word, &record->ttl)) {
            *has_ttl = true;
        } else if (!has_class && read_class(word, &record->class)) {
            has_class = true;
        } else if (read_type(word, &record->type)) {
            return text;
        } else {
            reader_error(reader, "\"%.*s\" is no record type%s", SHOWN, word,
                         *has_ttl && has_class ? "" : ", class or TTL");
            return NULL;
        }
    }
}

void reader_record(struct reader *reader, struct dns_name owner, char *text)
{
    struct dns_text_record *record = reader->record;
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX], shown[SHOWN + 1];
    const char *why;
    bool has_ttl = false;
    text = read_head(reader, record, text, &has_ttl);
    if (text == NULL)
        return;
    shown[SHOWN] = '\0';
    memccpy(shown, text, '\0', SHOWN);
    if (zone_rdata_from_text(text, dns_name_view(&reader->source->origin), record, &why) != DNS_OK) {
        reader_error(reader, "%s %s \"%s\": %s", dns_name_to_text(owner, name),
                     dns_type_to_text(record->type, type), shown, why);
        return;
    }
    if (!has_ttl && !supply_ttl(reader, record))
        return;
    if (!reader->ttl_given) {
        reader->ttl_known = true;
        reader->ttl = record->ttl;
    }
    if (reader->records_max != 0 && zone_builder_records(reader->builder) >= reader->records_max)
        reader_error(reader, "more than %zu records", reader->records_max);
    else
        zone_builder_add(reader->builder, owner, record->type, record->class, record->ttl, record->rdata,
                         record->rdata_length, reader_place(reader));
}

static void read_origin(struct reader *reader, char *text)
{
    struct dns_name_buffer origin;
    const char *word = zone_word(&text);
    if (word == NULL || zone_name_from_text(word, dns_name_view(&reader->source->origin), &origin) != DNS_OK)
        reader_error(reader, "$ORIGIN wants a domain name");
    else
        reader->source->origin = origin;
}

static void read_ttl(struct reader *reader, char *text)
{
    const char *word = zone_word(&text);
    uint32_t ttl;
    if (word == NULL || !zone_ttl_from_text(word, &ttl)) {
        reader_error(reader, "$TTL wants a time such as 3600 or 1h30m, at most 2147483647 seconds");
        return;
    }
    reader->ttl = ttl;
    reader->ttl_given = reader->ttl_known = true;
}

static bool read_source(struct reader *reader, struct source *source, struct lexer *lexer);

/* An included file's path, kept as long as the reader. */
static const char *included_path(struct reader *reader, const char *name)
{
    const char *from = reader->source->path, *slash = strrchr(from, '/');
    int folder = name[0] == '/' || slash == NULL ? 0 : (int)(slash - from) + 1;
    char **paths = realloc(reader->paths, (reader->path_count + 1) * sizeof *paths);
    char *path = NULL;
    if (paths == NULL)
        return NULL;
    reader->paths = paths;
    if (asprintf(&path, "%.*s%s", folder, from, name) < 0)
        return NULL;
    return paths[reader->path_count++] = path;
}

static bool goes_in_circles(const struct source *source)
{
    for (const struct source *at = source->from; at != NULL; at = at->from)
        if (at->device == source->device && at->inode == source->inode)
            return true;
    return false;
}

/* Only what has an end and does not keep who opens it waiting; errno is 0 where it is something else. */
static FILE *open_file(const char *path, struct stat *status)
{
    int number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    FILE *file = NULL;
    if (number < 0)
        return NULL;
    if (fstat(number, status) == 0) {
        errno = 0;
        file = S_ISREG(status->st_mode) ? fdopen(number, "r") : NULL;
    }
    if (file == NULL) {
        int error = errno;
        close(number);
        errno = error;
    }
    return file;
}

/* Opens and reads a file; says what is wrong with that in the name of whoever wants it. */
static void read_path(struct reader *reader, struct source *source)
{
    struct stat status;
    struct lexer lexer;
    FILE *file = open_file(source->path, &status);
    if (file == NULL) {
        const char *why = errno == 0 ? "not a file" : strerror(errno);
        if (source->from != NULL)
            reader_error(reader, "$INCLUDE %s: %s", source->path, why);
        else
            raw_error(reader->builder, (struct zone_place){source->path, 0}, "%s", why);
    } else {
        source->device = status.st_dev;
        source->inode = status.st_ino;
        if (reader->files != NULL)
            zone_files_note(reader->files, source->path, &status);
        if (goes_in_circles(source))
            reader_error(reader, "$INCLUDE %s: the file includes itself", source->path);
        else if (!lexer_start(&lexer, file, NULL, 0) || !read_source(reader, source, &lexer))
            raw_out_of_memory(reader->builder);
    }
    if (file != NULL)
        fclose(file);
}

static void read_include(struct reader *reader, char *text)
{
    struct source source = {.from = reader->source, .depth = reader->source->depth + 1};
    char *name = zone_word(&text), *origin = zone_word(&text);
    size_t length = name != NULL ? strlen(name) : 0;
    if (length >= 2 && name[0] == '"' && name[length - 1] == '"') {
        name[length - 1] = '\0';
        name++;
    }
    source.origin = reader->source->origin;
    source.owner = reader->source->owner;
    if (name == NULL || name[0] == '\0')
        reader_error(reader, "$INCLUDE wants the name of a file");
    else if (!reader->may_include)
        reader_error(reader, "$INCLUDE is not allowed here");
    else if (source.depth > ZONE_INCLUDE_DEPTH)
        reader_error(reader, "$INCLUDE %s: more than %d files deep", name, ZONE_INCLUDE_DEPTH);
    else if (origin != NULL &&
             zone_name_from_text(origin, dns_name_view(&reader->source->origin), &source.origin) != DNS_OK)
        reader_error(reader, "$INCLUDE %s: \"%.*s\" is no domain name", name, SHOWN, origin);
    else if ((source.path = included_path(reader, name)) == NULL)
        raw_out_of_memory(reader->builder);
    else
        read_path(reader, &source);
}

static void read_directive(struct reader *reader, char *text)
{
    const char *word = zone_word(&text);
    if (strcasecmp(word, "$TTL") == 0)
        read_ttl(reader, text);
    else if (strcasecmp(word, "$ORIGIN") == 0)
        read_origin(reader, text);
    else if (strcasecmp(word, "$INCLUDE") == 0)
        read_include(reader, text);
    else if (strcasecmp(word, "$GENERATE") == 0)
        reader_generate(reader, text);
    else
        reader_error(reader, "\"%.*s\" is none of $TTL, $ORIGIN, $INCLUDE, $GENERATE", SHOWN, word);
}

static void read_entry(struct reader *reader, const struct lexer_entry *entry)
{
    struct source *source = reader->source;
    char *text = entry->text;
    if (!entry->blank && text[0] == '$') {
        read_directive(reader, text);
        return;
    }
    if (!entry->blank) {
        const char *word = zone_word(&text);
        if (zone_name_from_text(word, dns_name_view(&source->origin), &source->owner) != DNS_OK) {
            source->owner.length = 0;
            reader_error(reader,
                         "\"%.*s\" is not a domain name (labels have 1 to 63 octets, names at most 255)",
                         SHOWN, word);
            return;
        }
    } else if (source->owner.length == 0) {
        reader_error(reader, "a blank at the start stands for the name before, but there is none");
        return;
    }
    reader_record(reader, dns_name_view(&source->owner), text);
}

/* All entries of an opened source. False without memory. */
static bool read_source(struct reader *reader, struct source *source, struct lexer *lexer)
{
    struct source *from = reader->source;
    struct lexer_entry entry;
    reader->source = source;
    while (!reader->builder->broken && lexer_next(lexer, &entry)) {
        source->line = entry.line;
        if (entry.fault != LEXER_GOOD)
            reader_error(reader, "%s", lexer_fault_text(entry.fault));
        else
            read_entry(reader, &entry);
    }
    lexer_end(lexer);
    reader->source = from;
    return !reader->builder->broken;
}

static struct zone *finish(struct reader *reader)
{
    struct zone *zone = NULL;
    free(reader->record);
    if (reader->builder != NULL)
        zone = zone_builder_finish(reader->builder);
    for (size_t i = 0; i < reader->path_count; i++)
        free(reader->paths[i]);
    free(reader->paths);
    return zone;
}

static bool start(struct reader *reader, struct dns_name apex, struct zone_problems *problems)
{
    reader->builder = zone_builder_new(apex, problems);
    reader->record = malloc(sizeof *reader->record);
    if (reader->builder != NULL && reader->record != NULL)
        return true;
    zone_report(problems, ZONE_ERROR, (struct zone_place){NULL, 0}, "out of memory");
    return false;
}

/* For what is said of a zone as a whole, also of one without records. */
static void name_first_file(struct reader *reader, const char *path)
{
    if (reader->builder != NULL && reader->builder->file_count == 0)
        reader->builder->files[reader->builder->file_count++] = path;
}

struct zone *zone_file_read(const char *path, struct dns_name apex, struct zone_problems *problems)
{
    return zone_file_read_noting(path, apex, problems, NULL);
}

struct zone *zone_file_read_noting(const char *path, struct dns_name apex, struct zone_problems *problems,
                                   struct zone_files *files)
{
    struct reader reader = {.may_include = true, .files = files};
    struct source source = {.path = path};
    dns_name_copy(&source.origin, apex);
    if (start(&reader, apex, problems))
        read_path(&reader, &source);
    name_first_file(&reader, path);
    return finish(&reader);
}

struct zone *zone_text_read(const char *text, size_t length, const char *name, struct dns_name apex,
                            size_t records_max, struct zone_problems *problems)
{
    struct reader reader = {.records_max = records_max};
    struct source source = {.path = name};
    struct lexer lexer;
    dns_name_copy(&source.origin, apex);
    if (start(&reader, apex, problems) &&
        (!lexer_start(&lexer, NULL, (const uint8_t *)text, length) || !read_source(&reader, &source, &lexer)))
        raw_out_of_memory(reader.builder);
    name_first_file(&reader, name);
    return finish(&reader);
}
