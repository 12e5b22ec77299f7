/*
 * `rootwalkctl top` on a terminal: what the daemon says each second, over the whole screen.
 *
 *      top.c           reads the daemon and the keys
 *      top_panes.c     what is in the lists, and in which order
 *      top_screen.c    draws
 *      top_pager.c     another command's answer over the screen, to be leafed through
 */
#ifndef CTL_TOP_H
#define CTL_TOP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { TOP_LINES = 20, TOP_TEXT = 320, TOP_BUCKETS = 26 };

enum top_pane { PANE_NAMES, PANE_ZONES, PANE_CLIENTS, PANE_SERVERS, PANE_FAILURES, PANES };

struct top_line {
    char key[TOP_TEXT];   /* a name or an address */
    char type[16];        /* of a failure's question */
    char value[24];       /* what stands before it */
    char more[TOP_TEXT];  /* and behind */
    double count, second; /* to sort by */
};

struct top_list {
    struct top_line line[TOP_LINES];
    size_t count, selected;
    unsigned order; /* which of the pane's orders */
};

struct top_view {
    json_t *now; /* the last row; NULL: none has come */
    bool paused, zoomed;
    enum top_pane focus;
    struct top_list list[PANES];
    double latency[3][TOP_BUCKETS]; /* of hits, walks and servers; what was before fades away */
};

/* A row has come: stolen. */
void top_take(struct top_view *view, json_t *row);

/* The lists of the row, in their orders. */
void top_fill(struct top_view *view);
const char *top_pane_title(enum top_pane pane);
const char *top_order_title(enum top_pane pane, unsigned order);
unsigned top_orders(enum top_pane pane);

/* What is asked of the daemon about the line that is selected: words, NULL behind the last. False: nothing. */
enum { TOP_WORDS = 4 };
bool top_question(struct top_view *view, const char *word[TOP_WORDS]);

void top_draw(const struct top_view *view);

/* Control characters and what is not ASCII, as dots: it may come from anywhere. */
void top_put(int row, int column, int width, const char *text);

/* Runs rootwalkctl with these words, and shows what it says until a key ends that. */
void top_page(const char *path, const char *const *word);

/* Until q. `fd`: the daemon's answer to "top --json"; `path`: its socket, or NULL. False: the daemon has hung up, or the
   terminal cannot show this, for which `problem` has the words. */
bool top_run(int fd, const char *path, char problem[256]);

#endif
