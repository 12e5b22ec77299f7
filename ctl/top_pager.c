#include <curses.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/report.h"
#include "ctl/top.h"

enum { WORDS = TOP_WORDS + 5, OUTPUT_MAX = 1 << 20 };

extern char **environ;

/* rootwalkctl itself, with its output into a pipe. Returns the end to read; -1: it could not be started. */
static int start(const char *path, const char *const *word, pid_t *process)
{
    int ends[2];
    const char *argument[WORDS] = {"rootwalkctl"};
    size_t count = 1;
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    if (path != NULL) {
        argument[count++] = "-s";
        argument[count++] = path;
    }
    for (; *word != NULL; word++)
        argument[count++] = *word;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    int failed = posix_spawn(process, "/proc/self/exe", &actions, NULL, (char *const *)argument, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed != 0) {
        close(ends[0]);
        return -1;
    }
    return ends[0];
}

static void read_all(int fd, struct text *text)
{
    char piece[4096];
    ssize_t length;
    while (text->length < OUTPUT_MAX && (length = read(fd, piece, sizeof piece)) > 0)
        text_add_octets(text, piece, (size_t)length);
    text_add_octets(text, "", 1);
}

static size_t split(char *text, char ***lines)
{
    size_t count = 0, room = 1;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        room++;
    *lines = calloc(room, sizeof **lines);
    char *rest = text, *line;
    while (*lines != NULL && count < room && (line = strsep(&rest, "\n")) != NULL)
        (*lines)[count++] = line;
    return count;
}

static void draw(char *const *lines, size_t count, size_t first, size_t right)
{
    erase();
    for (int row = 0; row < LINES - 1 && first + (size_t)row < count; row++) {
        const char *line = lines[first + (size_t)row];
        top_put(row, 0, COLS, strlen(line) > right ? line + right : "");
    }
    attron(A_REVERSE);
    mvhline(LINES - 1, 0, ' ', COLS);
    top_put(LINES - 1, 0, COLS, " q back  up/down, PgUp/PgDn, left/right: leaf through it");
    attroff(A_REVERSE);
    refresh();
}

static void leaf(char *const *lines, size_t count)
{
    size_t first = 0, right = 0;
    timeout(-1);
    for (;;) {
        draw(lines, count, first, right);
        size_t page = LINES > 2 ? (size_t)LINES - 2 : 1;
        size_t last = count > page ? count - page : 0;
        int key = getch();
        if (key == 'q' || key == 27 || key == ERR)
            break;
        if (key == KEY_DOWN || key == 'j')
            first++;
        else if (key == KEY_NPAGE || key == ' ')
            first += page;
        else if (key == KEY_UP || key == 'k')
            first -= first > 0;
        else if (key == KEY_PPAGE || key == 'b')
            first -= first > page ? page : first;
        else if (key == KEY_RIGHT)
            right += 20;
        else if (key == KEY_LEFT)
            right -= right > 20 ? 20 : right;
        if (first > last)
            first = last;
    }
    timeout(0);
}

void top_page(const char *path, const char *const *word)
{
    struct text text = {0};
    pid_t process;
    char **lines;
    int fd = start(path, word, &process);
    if (fd < 0)
        return;
    top_put(LINES - 1, 0, COLS, " asking the daemon...");
    refresh();
    read_all(fd, &text);
    close(fd);
    waitpid(process, NULL, 0);
    size_t count = text.failed ? 0 : split(text.octets, &lines);
    if (count > 0) {
        leaf(lines, count);
        free(lines);
    }
    text_free(&text);
}
