#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/parser.h"

static struct config_source *push(struct config_parser *parser, const char *name)
{
    struct config_source *source = &parser->source[parser->depth++];
    *source = (struct config_source){.name = name, .line = 1, .column = 1, .outer_braces = parser->braces};
    return source;
}

bool config_source_text(struct config_parser *parser, const char *name, const char *text, size_t length)
{
    if (parser->depth == CONFIG_INCLUDE_DEPTH)
        return false;
    if (name != NULL && (name = config_take_text(parser, name)) == NULL)
        return false;
    struct config_source *source = push(parser, name);
    source->text = text;
    source->length = length;
    return true;
}

void config_source_end(struct config_parser *parser)
{
    struct config_source *source = &parser->source[--parser->depth];
    parser->braces = source->outer_braces;
    free(source->owned);
}

/* Reads to the end: the size a file claims may be wrong, and pipes have none. NULL: errno says why. */
static char *read_all(int fd, size_t limit, size_t *length)
{
    size_t capacity = 16 * 1024;
    char *text = malloc(capacity);
    *length = 0;
    while (text != NULL) {
        ssize_t got = read(fd, text + *length, capacity - *length);
        if (got == 0)
            return text;
        if (got < 0 && errno == EINTR)
            continue;
        if (got > 0)
            *length += (size_t)got;
        if (*length > limit)
            errno = EFBIG;
        if (got < 0 || *length > limit)
            break;
        if (*length < capacity)
            continue;
        char *larger = realloc(text, capacity *= 2);
        if (larger == NULL)
            break;
        text = larger;
    }
    int why = errno;
    free(text);
    errno = why;
    return NULL;
}

static const struct config_source *open_already(const struct config_parser *parser, const struct stat *status)
{
    for (unsigned i = 0; i < parser->depth; i++) {
        const struct config_source *source = &parser->source[i];
        if (source->owned != NULL && source->device == status->st_dev && source->inode == status->st_ino)
            return source;
    }
    return NULL;
}

static bool load(struct config_parser *parser, int fd, const char *path, struct config_place from)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        config_report(parser, from, "cannot read '%s': %s", path, strerror(errno));
        return false;
    }
    if (open_already(parser, &status) != NULL) {
        config_report(parser, from, "'%s' includes itself", path);
        return false;
    }
    size_t length = 0;
    char *text = read_all(fd, CONFIG_OCTETS_MAX - parser->octets, &length);
    if (text == NULL) {
        config_report(parser, from, "cannot read '%s': %s", path, strerror(errno));
        return false;
    }
    const char *name = config_take_text(parser, path);
    if (name == NULL) {
        free(text);
        return false;
    }
    parser->octets += length;
    parser->files++;
    struct config_source *source = push(parser, name);
    source->text = source->owned = text;
    source->length = length;
    source->device = status.st_dev;
    source->inode = status.st_ino;
    return true;
}

bool config_source_file(struct config_parser *parser, const char *path, struct config_place from)
{
    if (parser->depth == CONFIG_INCLUDE_DEPTH) {
        config_report(parser, from, "includes are nested deeper than %d files", CONFIG_INCLUDE_DEPTH);
        return false;
    }
    if (parser->files == CONFIG_FILES_MAX) {
        config_report(parser, from, "more than %d files are included", CONFIG_FILES_MAX);
        return false;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        if (from.line == 0) /* the place says the name already */
            config_report(parser, from, "cannot be opened: %s", strerror(errno));
        else
            config_report(parser, from, "cannot open '%s': %s", path, strerror(errno));
        return false;
    }
    bool loaded = load(parser, fd, path, from);
    close(fd);
    return loaded;
}
