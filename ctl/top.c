#include "ctl/top.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#include "control/report.h"

enum { LINE_MAX = 1 << 20 };

/* -- the daemon ----------------------------------------------------------------------------------------- */

/* False: that was the last line. */
static bool take_line(struct top_view *view, const char *line, size_t length, char problem[256])
{
    json_t *row = json_loadb(line, length, 0, NULL);
    const char *kind = json_string_value(json_object_get(row, "row"));
    const char *error = json_string_value(json_object_get(row, "error"));
    if (kind != NULL && strcmp(kind, "top") == 0 && !view->paused) {
        top_take(view, row);
        top_fill(view);
        return true;
    }
    bool ended = json_object_get(row, "status") != NULL;
    if (ended)
        snprintf(problem, 256, "%.200s", error != NULL ? error : "the daemon has ended it");
    json_decref(row);
    return !ended;
}

/* False: no more comes. */
static bool read_daemon(struct top_view *view, int fd, struct text *text, char problem[256])
{
    char piece[65536];
    ssize_t length = read(fd, piece, sizeof piece);
    if (length < 0 && errno == EINTR)
        return true;
    if (length <= 0 || text->length > LINE_MAX) {
        snprintf(problem, 256, "the daemon hung up: it has ended, or does not listen to this user");
        return false;
    }
    text_add_octets(text, piece, (size_t)length);
    char *end;
    while (!text->failed && text->length > 0 && (end = memchr(text->octets, '\n', text->length)) != NULL) {
        size_t used = (size_t)(end - text->octets) + 1;
        if (!take_line(view, text->octets, used, problem))
            return false;
        text->length -= used;
        memmove(text->octets, text->octets + used, text->length);
    }
    return true;
}

/* -- the keys ------------------------------------------------------------------------------------------- */

static void open_line(struct top_view *view, const char *path)
{
    const char *word[TOP_WORDS];
    if (top_question(view, word))
        top_page(path, word);
}

/* False: it was q. */
static bool take_key(struct top_view *view, int key, const char *path)
{
    struct top_list *list = &view->list[view->focus];
    if (key == 'q')
        return false;
    if (key == 'p') {
        view->paused = !view->paused;
    } else if (key == '\t' || key == KEY_RIGHT) {
        view->focus = (enum top_pane)((view->focus + 1) % PANES);
    } else if (key == KEY_BTAB || key == KEY_LEFT) {
        view->focus = (enum top_pane)((view->focus + PANES - 1) % PANES);
    } else if (key == 's') {
        list->order = (list->order + 1) % top_orders(view->focus);
        top_fill(view);
    } else if (key == 'z') {
        view->zoomed = !view->zoomed;
    } else if ((key == KEY_DOWN || key == 'j') && list->selected + 1 < list->count) {
        list->selected++;
    } else if ((key == KEY_UP || key == 'k') && list->selected > 0) {
        list->selected--;
    } else if (key == 'e' || key == '\n' || key == KEY_ENTER) {
        open_line(view, path);
    }
    return true;
}

static bool take_keys(struct top_view *view, const char *path)
{
    int key;
    while ((key = getch()) != ERR)
        if (!take_key(view, key, path))
            return false;
    return true;
}

/* -- the screen ----------------------------------------------------------------------------------------- */

static bool can_draw(char problem[256])
{
    int error;
    const char *term = getenv("TERM");
    if (term != NULL && strcmp(term, "dumb") != 0 && setupterm(NULL, STDOUT_FILENO, &error) == OK &&
        cursor_address != NULL)
        return true;
    snprintf(problem, 256,
             "top needs a terminal with a cursor that can be moved, and TERM is \"%.40s\"; \"rootwalkctl top "
             "| cat\" and "
             "\"rootwalkctl --json top\" need none",
             term != NULL ? term : "");
    return false;
}

static bool loop(struct top_view *view, int fd, const char *path, char problem[256])
{
    struct text text = {0};
    bool more = true;
    struct pollfd wait[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    while (more) {
        top_draw(view);
        if (poll(wait, 2, -1) < 0 && errno != EINTR)
            break;
        if (wait[1].revents != 0)
            more = read_daemon(view, fd, &text, problem);
        if (wait[0].revents & (POLLHUP | POLLERR) || !take_keys(view, path)) {
            text_free(&text);
            return true;
        }
    }
    text_free(&text);
    return false;
}

bool top_run(int fd, const char *path, char problem[256])
{
    struct top_view *view = calloc(1, sizeof *view);
    if (view == NULL || !can_draw(problem)) {
        if (view == NULL)
            snprintf(problem, 256, "out of memory");
        free(view);
        return false;
    }
    setlocale(LC_ALL, "");
    initscr();
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    timeout(0);
    curs_set(0);
    bool quit = loop(view, fd, path, problem);
    endwin();
    json_decref(view->now);
    free(view);
    return quit;
}
