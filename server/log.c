#include "server/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "server/log_line.h"

struct channel {
    enum config_log_to to;
    enum config_severity severity;
    char *path;
    FILE *file;
    uint64_t size, written;
    unsigned versions;
    int facility;
    bool print_time, print_category, print_severity, print_json;
};

struct log {
    pthread_mutex_t lock;
    int journal; /* -1: there is none */
    struct channel *channels;
    size_t count;
    size_t category[CONFIG_CATEGORIES][4];
    struct log_limiter limiter[LOG_KINDS];
    enum config_severity level; /* CONFIG_DYNAMIC: each channel's own */
};

static const char *const category_names[CONFIG_CATEGORIES] = {
    "default",  "general", "config",  "network", "client",  "security", "queries",
    "resolver", "dnssec",  "control", "notify",  "xfer-in", "xfer-out", "zoneload"};
static const char *const severity_names[] = {"critical", "error", "warning", "notice", "info", "debug"};
static const int syslog_levels[] = {LOG_CRIT, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG};

bool log_limiter_allows(struct log_limiter *limiter, uint64_t now, uint64_t *suppressed)
{
    uint64_t second = now / 1000000;
    if (limiter->second != second) {
        limiter->second = second;
        limiter->count = 0;
    }
    if (limiter->count >= LOG_PER_SECOND) {
        limiter->suppressed++;
        return false;
    }
    limiter->count++;
    *suppressed = limiter->suppressed;
    limiter->suppressed = 0;
    return true;
}

static void free_channels(struct channel *channels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (channels[i].file != NULL)
            fclose(channels[i].file);
        free(channels[i].path);
    }
    free(channels);
}

/* One channel, to stderr, for every category. */
static struct channel *only_stderr(bool debug)
{
    struct channel *channel = calloc(1, sizeof *channel);
    if (channel != NULL)
        /* Beside the steps of walks, which have none, times would only be in the way. */
        *channel = (struct channel){
            .to = CONFIG_LOG_STDERR, .severity = debug ? CONFIG_DEBUG : CONFIG_INFO, .print_time = !debug};
    return channel;
}

static void all_to_first(size_t category[CONFIG_CATEGORIES][4])
{
    for (int i = 0; i < CONFIG_CATEGORIES; i++)
        for (int k = 0; k < 4; k++)
            category[i][k] = k == 0 ? 0 : SIZE_MAX;
}

struct log *log_create(void)
{
    struct log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return NULL;
    pthread_mutex_init(&log->lock, NULL);
    log->level = CONFIG_DYNAMIC;
    log->journal = log_journal_open(LOG_JOURNAL_PATH); /* now: the chroot has none */
    log->channels = only_stderr(false);
    log->count = log->channels != NULL ? 1 : 0;
    all_to_first(log->category);
    return log;
}

void log_destroy(struct log *log)
{
    if (log == NULL)
        return;
    free_channels(log->channels, log->count);
    if (log->journal >= 0)
        close(log->journal);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

bool log_use_journal(struct log *log, const char *path)
{
    int fd = log_journal_open(path);
    pthread_mutex_lock(&log->lock);
    int old = log->journal;
    log->journal = fd;
    pthread_mutex_unlock(&log->lock);
    if (old >= 0)
        close(old);
    return fd >= 0;
}

static bool open_file(struct channel *channel)
{
    struct stat status;
    channel->file = fopen(channel->path, "ae");
    if (channel->file == NULL)
        return false;
    setvbuf(channel->file, NULL, _IOLBF, 0);
    channel->written = fstat(fileno(channel->file), &status) == 0 ? (uint64_t)status.st_size : 0;
    return true;
}

static char *path_of(const char *base, const char *file)
{
    char *path = NULL;
    if (file[0] == '/')
        return strdup(file);
    return asprintf(&path, "%s/%s", base, file) < 0 ? NULL : path;
}

/* ENOENT of a file that is to be made means its folder. */
static void describe(const struct config_channel *from, const char *path, int why,
                     char problem[LOG_PROBLEM_MAX])
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    if (why == ENOENT && slash != NULL)
        snprintf(
            problem, LOG_PROBLEM_MAX,
            "cannot open the log file %.300s of channel %.60s: its folder %.*s does not exist; create it, "
            "for the daemon's user to write in",
            path, from->name, slash - path < 300 ? (int)(slash - path) : 300, path);
    else
        snprintf(problem, LOG_PROBLEM_MAX,
                 "cannot open the log file %.300s of channel %.60s: %s; let the daemon's user write there",
                 path != NULL ? path : from->file, from->name, strerror(why));
}

/* `severity dynamic` follows -d: without it such a channel gets nothing, and its file is not made. */
static void follow_debug(struct channel *channel, unsigned debug)
{
    if (channel->severity != CONFIG_DYNAMIC)
        return;
    channel->severity = CONFIG_DEBUG;
    if (debug == 0)
        channel->to = CONFIG_LOG_NULL;
}

static bool is_used(const struct config *config, size_t channel)
{
    for (int i = 0; i < CONFIG_CATEGORIES; i++)
        for (int k = 0; k < 4 && config->category[i][k] != SIZE_MAX; k++)
            if (config->category[i][k] == channel)
                return true;
    return false;
}

static bool take_channel(struct channel *channel, const struct config_channel *from, const char *base,
                         unsigned debug, char warning[LOG_PROBLEM_MAX], char problem[LOG_PROBLEM_MAX])
{
    *channel = (struct channel){.to = from->to,
                                .severity = from->severity,
                                .size = from->size,
                                .versions = from->versions,
                                .facility = from->facility,
                                .print_time = from->print_time,
                                .print_category = from->print_category,
                                .print_severity = from->print_severity,
                                .print_json = from->print_json};
    follow_debug(channel, debug);
    if (channel->to != CONFIG_LOG_FILE)
        return true;
    channel->path = path_of(base, from->file);
    if (channel->path != NULL && open_file(channel))
        return true;
    bool built_in = from->place.file == NULL;
    describe(from, channel->path, errno, built_in ? warning : problem);
    if (!built_in)
        return false;
    channel->to = CONFIG_LOG_NULL; /* nobody asked for the built-in file by name */
    return true;
}

/* Without a word on logging in the configuration: notices to syslog. */
static struct channel *only_syslog(void)
{
    struct channel *channel = calloc(1, sizeof *channel);
    if (channel != NULL)
        *channel = (struct channel){.to = CONFIG_LOG_SYSLOG, .severity = CONFIG_INFO, .facility = LOG_DAEMON};
    return channel;
}

static struct channel *channels_of(const struct config *config, const char *base, unsigned debug,
                                   size_t *count, char warning[LOG_PROBLEM_MAX],
                                   char problem[LOG_PROBLEM_MAX])
{
    struct channel *channels = calloc(config->channel_count, sizeof *channels);
    *count = 0;
    for (size_t i = 0; channels != NULL && i < config->channel_count; i++) {
        if (!is_used(config, i))
            channels[i].to = CONFIG_LOG_NULL;
        else if (!take_channel(&channels[i], &config->channels[i], base, debug, warning, problem)) {
            free_channels(channels, i + 1);
            return NULL;
        }
        *count = i + 1;
    }
    return channels;
}

/* Where a channel needs it. It may have come since the start. */
static bool journal_is_there(struct log *log, const struct config *config, char problem[LOG_PROBLEM_MAX])
{
    for (size_t i = 0; i < config->channel_count; i++) {
        if (config->channels[i].to != CONFIG_LOG_JOURNAL || !is_used(config, i) ||
            log_use_journal(log, LOG_JOURNAL_PATH))
            continue;
        snprintf(problem, LOG_PROBLEM_MAX,
                 "channel %.60s: there is no journal at " LOG_JOURNAL_PATH
                 ": %s; take syslog, stderr or file",
                 config->channels[i].name, strerror(errno));
        return false;
    }
    return true;
}

bool log_configure(struct log *log, const struct config *config, const char *base, bool to_stderr,
                   unsigned debug, char problem[LOG_PROBLEM_MAX])
{
    struct channel *channels;
    size_t count = 1;
    bool one = to_stderr || config->channel_count == 0;
    char warning[LOG_PROBLEM_MAX] = "";
    if (!to_stderr && log->journal < 0 && !journal_is_there(log, config, problem))
        return false;
    snprintf(problem, LOG_PROBLEM_MAX, "out of memory");
    if (to_stderr)
        channels = only_stderr(debug > 0);
    else if (config->channel_count == 0)
        channels = only_syslog();
    else
        channels = channels_of(config, base, debug, &count, warning, problem);
    if (channels == NULL)
        return false;

    pthread_mutex_lock(&log->lock);
    struct channel *old = log->channels;
    size_t old_count = log->count;
    log->channels = channels;
    log->count = count;
    if (one)
        all_to_first(log->category);
    else
        memcpy(log->category, config->category, sizeof log->category);
    pthread_mutex_unlock(&log->lock);
    free_channels(old, old_count);
    if (warning[0] != '\0')
        log_write(log, CONFIG_CATEGORY_GENERAL, CONFIG_WARNING, "%s", warning);
    return true;
}

/* FILE becomes FILE.0, FILE.0 becomes FILE.1, the last one goes. */
static void roll(struct channel *channel)
{
    char from[4096], to[4096];
    fclose(channel->file);
    for (unsigned i = channel->versions; i > 0; i--) {
        if (i > 1)
            snprintf(from, sizeof from, "%s.%u", channel->path, i - 2);
        else
            snprintf(from, sizeof from, "%s", channel->path);
        snprintf(to, sizeof to, "%s.%u", channel->path, i - 1);
        (void)rename(from, to);
    }
    if (channel->versions == 0)
        (void)remove(channel->path);
    open_file(channel);
}

static size_t write_time(char *to, size_t capacity)
{
    struct timeval now;
    struct tm local;
    gettimeofday(&now, NULL);
    localtime_r(&now.tv_sec, &local);
    size_t length = strftime(to, capacity, "%d-%b-%Y %H:%M:%S", &local);
    int more = snprintf(to + length, capacity - length, ".%03u ", (unsigned)(now.tv_usec / 1000));
    return length + (more > 0 ? (size_t)more : 0);
}

/* What stands before a message that is not JSON. Syslog and the journal have times of their own. */
static void write_head(const struct channel *channel, const struct log_line *line, char *head,
                       size_t capacity)
{
    size_t length = 0;
    if (channel->print_time && channel->to != CONFIG_LOG_SYSLOG && channel->to != CONFIG_LOG_JOURNAL)
        length += write_time(head, capacity);
    if (channel->print_category)
        length += (size_t)snprintf(head + length, capacity - length, "%s: ", line->category);
    if (channel->print_severity)
        length += (size_t)snprintf(head + length, capacity - length, "%s: ", line->severity);
    head[length] = '\0';
}

static void write_to(struct log *log, struct channel *channel, const struct log_line *line, const char *text)
{
    switch (channel->to) {
    case CONFIG_LOG_SYSLOG:
        syslog(channel->facility | line->priority, "%s", text);
        break;
    case CONFIG_LOG_STDERR:
        fprintf(stderr, "%s\n", text);
        break;
    case CONFIG_LOG_JOURNAL:
        log_journal_send(log->journal, line, text);
        break;
    case CONFIG_LOG_FILE:
        if (channel->file == NULL && !open_file(channel)) /* it may be that it could not be rolled */
            break;
        int written = fprintf(channel->file, "%s\n", text);
        channel->written += written > 0 ? (uint64_t)written : 0;
        if (channel->size > 0 && channel->written >= channel->size)
            roll(channel);
        break;
    case CONFIG_LOG_NULL:
        break;
    }
}

static void emit(struct log *log, struct channel *channel, enum config_severity severity,
                 const struct log_line *line)
{
    char text[LOG_JSON_MAX], head[128], more[48] = "";
    enum config_severity level = log->level == CONFIG_DYNAMIC ? channel->severity : log->level;
    if (severity > level || channel->to == CONFIG_LOG_NULL)
        return;
    if (channel->print_json) {
        write_to(log, channel, line, log_line_json(line, text));
        return;
    }
    write_head(channel, line, head, sizeof head);
    if (line->suppressed > 0)
        snprintf(more, sizeof more, " (and %llu more like it)", (unsigned long long)line->suppressed);
    snprintf(text, sizeof text, "%s%s%s", head, line->text, more);
    write_to(log, channel, line, text);
}

static void write_locked(struct log *log, enum config_category category, enum config_severity severity,
                         const char *text, uint64_t suppressed)
{
    const size_t *to = log->category[category];
    struct log_line line = {
        .category = category_names[category],
        .severity = severity_names[severity],
        .priority = syslog_levels[severity],
        .text = text,
        .suppressed = suppressed,
    };
    gettimeofday(&line.time, NULL);
    if (to[0] == SIZE_MAX)
        to = log->category[CONFIG_CATEGORY_DEFAULT];
    for (int i = 0; i < 4 && to[i] < log->count; i++)
        emit(log, &log->channels[to[i]], severity, &line);
}

void log_set_level(struct log *log, enum config_severity severity)
{
    pthread_mutex_lock(&log->lock);
    log->level = severity;
    pthread_mutex_unlock(&log->lock);
}

enum config_severity log_level(struct log *log)
{
    pthread_mutex_lock(&log->lock);
    enum config_severity level = log->level;
    pthread_mutex_unlock(&log->lock);
    return level;
}

void log_write(struct log *log, enum config_category category, enum config_severity severity,
               const char *format, ...)
{
    char text[LOG_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&log->lock);
    write_locked(log, category, severity, text, 0);
    pthread_mutex_unlock(&log->lock);
}

void log_limited(struct log *log, enum log_kind kind, uint64_t now, enum config_category category,
                 enum config_severity severity, const char *format, ...)
{
    uint64_t suppressed;
    pthread_mutex_lock(&log->lock);
    if (log_limiter_allows(&log->limiter[kind], now, &suppressed)) {
        char text[LOG_LINE_MAX];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        write_locked(log, category, severity, text, suppressed);
    }
    pthread_mutex_unlock(&log->lock);
}
