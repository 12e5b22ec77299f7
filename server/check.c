#include "server/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/control.h"
#include "zones/file.h"

enum { PATH_ROOM = 4096, LINE_ROOM = PATH_ROOM + 512 };

struct check {
    const struct config *config;
    settings_say *say;
    void *context;
    unsigned problems;
};

static void complain(struct check *check, const struct config_place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(struct check *check, const struct config_place *place, const char *format, ...)
{
    char line[LINE_ROOM];
    int length = place->line > 0
                     ? snprintf(line, 300, "%.256s:%u:%u: ", place->file, place->line, place->column)
                     : snprintf(line, 300, "%.256s: ", place->file);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + length, sizeof line - (size_t)length, format, arguments);
    va_end(arguments);
    check->say(check->context, line);
    check->problems++;
}

static void complete(const struct check *check, const char *file, char path[PATH_ROOM])
{
    const char *directory = check->config->directory;
    if (file[0] == '/' || directory == NULL)
        snprintf(path, PATH_ROOM, "%s", file);
    else
        snprintf(path, PATH_ROOM, "%s/%s", directory, file);
}

/* Only what is certainly missing counts: the daemon may be allowed to look where we are not. */
static bool is_missing(const char *folder)
{
    struct stat status;
    if (stat(folder, &status) != 0)
        return errno == ENOENT || errno == ENOTDIR;
    return !S_ISDIR(status.st_mode);
}

static void check_folder_of(struct check *check, const struct config_place *place, const char *what,
                            const char *file)
{
    char path[PATH_ROOM];
    complete(check, file, path);
    char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path)
        return;
    *slash = '\0';
    /* The daemon makes its own folder in /run. */
    if (strcmp(path, CONTROL_DIRECTORY) != 0 && is_missing(path))
        complain(check, place, "%s %s: its folder %s does not exist; create it, or name another", what, file,
                 path);
}

static void check_hints(struct check *check)
{
    struct hints hints;
    char path[PATH_ROOM];
    for (size_t i = 0; i < check->config->zone_count; i++) {
        const struct config_zone *hint = &check->config->zones[i];
        struct hints_error error = {0};
        if (hint->type != CONFIG_ZONE_HINT)
            continue;
        complete(check, hint->file, path);
        if (hints_read(path, &hints, &error))
            continue;
        if (error.line > 0)
            complain(check, &hint->place, "the hint file %s, line %u, cannot be used: %s", path, error.line,
                     error.text);
        else
            complain(check, &hint->place, "the hint file %s cannot be used: %s", path, error.text);
    }
}

static const char *zone_file(const struct check *check, const struct config_zone *zone, char path[PATH_ROOM])
{
    if (zone->type != CONFIG_ZONE_PRIMARY)
        return NULL;
    complete(check, zone->file, path);
    return path;
}

static void check_zone_files(struct check *check)
{
    char path[PATH_ROOM];
    for (size_t i = 0; i < check->config->zone_count; i++) {
        const struct config_zone *zone = &check->config->zones[i];
        struct stat status;
        if (zone_file(check, zone, path) != NULL && stat(path, &status) != 0 &&
            (errno == ENOENT || errno == ENOTDIR))
            complain(check, &zone->place, "the zone file %s does not exist; create it, or name another",
                     path);
    }
}

static void load_zone(struct check *check, const struct config_zone *statement, const char *path, FILE *to)
{
    char name[DNS_NAME_TEXT_MAX];
    struct zone_problems *problems = calloc(1, sizeof *problems);
    struct zone *zone =
        problems == NULL ? NULL : zone_file_read(path, dns_name_view(statement->name), problems);
    dns_name_to_text(dns_name_view(statement->name), name);
    if (problems != NULL)
        zone_problems_print(problems, stderr);
    if (zone != NULL)
        fprintf(to, "zone %s: serial %u, %zu records%s\n", name, (unsigned)zone_serial(zone),
                zone_records(zone), zone_is_signed(zone) ? ", signed" : "");
    else
        complain(check, &statement->place, "zone %.300s cannot be served", name);
    zone_release(zone);
    free(problems);
}

unsigned check_zones(const struct config *config, FILE *to, settings_say *say, void *context)
{
    struct check check = {config, say, context, 0};
    char path[PATH_ROOM];
    for (size_t i = 0; i < config->zone_count; i++)
        if (zone_file(&check, &config->zones[i], path) != NULL)
            load_zone(&check, &config->zones[i], path, to);
    return check.problems;
}

unsigned check_files(const struct config *config, settings_say *say, void *context)
{
    struct check check = {config, say, context, 0};
    if (config->directory != NULL && is_missing(config->directory)) {
        complain(&check, &config->place, "directory %s does not exist; create it, or change directory",
                 config->directory);
        return check.problems; /* what stands in it is missing, too */
    }
    check_hints(&check);
    check_zone_files(&check);
    for (size_t i = 0; i < config->channel_count; i++)
        if (config->channels[i].to == CONFIG_LOG_FILE && config->channels[i].place.file != NULL)
            check_folder_of(&check, &config->channels[i].place, "log file", config->channels[i].file);
    for (size_t i = 0; i < config->control_count; i++)
        check_folder_of(&check, &config->controls[i].place, "control socket", config->controls[i].path);
    const char *keys = config->managed_keys_directory;
    char path[PATH_ROOM];
    if (keys != NULL) {
        complete(&check, keys, path);
        if (is_missing(path))
            complain(&check, &config->place,
                     "managed-keys-directory %s does not exist; create it, or name another", path);
    }
    if (config->pid_file != NULL)
        check_folder_of(&check, &config->place, "pid-file", config->pid_file);
    return check.problems;
}
