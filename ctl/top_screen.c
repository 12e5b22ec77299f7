#include <curses.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>

#include "ctl/top.h"

enum { HEAD = 7 /* lines above the panes */, BUCKET = 2 /* columns */ };

void top_put(int row, int column, int width, const char *text)
{
    char shown[512];
    size_t length = 0;
    int room = COLS - column < width ? COLS - column : width;
    if (row < 0 || row >= LINES || room <= 0)
        return;
    for (; text[length] != '\0' && length < (size_t)room && length < sizeof shown - 1; length++)
        shown[length] = text[length] >= ' ' && text[length] < 0x7f ? text[length] : '.';
    shown[length] = '\0';
    mvaddstr(row, column, shown);
}

static double number(const struct top_view *view, const char *field)
{
    return json_number_value(json_object_get(view->now, field));
}

/* -- the head ------------------------------------------------------------------------------------------- */

static void draw_title(const struct top_view *view)
{
    char text[256];
    const char *version = json_string_value(json_object_get(view->now, "version"));
    unsigned long up = (unsigned long)number(view, "uptime");
    attron(A_REVERSE);
    mvhline(0, 0, ' ', COLS);
    snprintf(text, sizeof text, " rootwalk %.40s   up %lud %02lu:%02lu:%02lu   %.0f workers   %s",
             version != NULL ? version : "", up / 86400, up / 3600 % 24, up / 60 % 60, up % 60,
             number(view, "workers"), view->paused ? "PAUSED" : "");
    top_put(0, 0, COLS, text);
    attroff(A_REVERSE);
}

static void draw_rates(const struct top_view *view)
{
    char text[256];
    double size = number(view, "cache_size"), used = number(view, "cache_octets");
    snprintf(text, sizeof text, "queries/s %-9.0f hits %5.1f%%  SERVFAIL/s %-8.0f waiting %.0f",
             number(view, "questions_per_second"), 100 * number(view, "hit_ratio"),
             number(view, "servfails_per_second"), number(view, "clients_waiting"));
    attron(A_BOLD);
    top_put(1, 0, COLS, text);
    attroff(A_BOLD);
    snprintf(text, sizeof text,
             "to servers/s %-6.0f no answer/s %-6.0f  cache %3.0f%% of %.0f MiB   queries %.0f",
             number(view, "server_queries_per_second"), number(view, "server_silent_per_second"),
             size > 0 ? 100 * used / size : 0.0, size / 1048576, number(view, "questions"));
    top_put(2, 0, COLS, text);
}

/* -- latencies -------------------------------------------------------------------------------------------- */

static const char *bar(double share)
{
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const letters[] = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    int height = share <= 0 ? 0 : 1 + (int)(share * 7.999);
    return (utf8 ? blocks : letters)[height > 8 ? 8 : height];
}

static const char *bound_text(unsigned bucket, char text[16])
{
    double micros = (double)(1ul << bucket);
    if (bucket + 1 == TOP_BUCKETS)
        snprintf(text, 16, "more");
    else if (micros < 1024)
        snprintf(text, 16, "%.0fus", micros);
    else if (micros < 1048576)
        snprintf(text, 16, "%.0fms", micros / 1024);
    else
        snprintf(text, 16, "%.0fs", micros / 1048576);
    return text;
}

/* The bound that this share of all lies below. */
static unsigned quantile(const double *count, double total, double share)
{
    double sum = 0;
    for (unsigned i = 0; i < TOP_BUCKETS; i++)
        if ((sum += count[i]) >= total * share)
            return i;
    return TOP_BUCKETS - 1;
}

static void draw_latency(int row, const char *what, const double *count)
{
    char half[16], most[16], text[64];
    double total = 0, highest = 0;
    for (unsigned i = 0; i < TOP_BUCKETS; i++) {
        total += count[i];
        highest = count[i] > highest ? count[i] : highest;
    }
    top_put(row, 0, 8, what);
    for (unsigned i = 0; i < TOP_BUCKETS && total > 0; i++)
        for (int k = 0; k < BUCKET; k++)
            mvaddstr(row, 8 + BUCKET * (int)i + k, bar(count[i] / highest));
    if (total < 1e-3)
        return;
    snprintf(text, sizeof text, "50%% %s 99%% %s", bound_text(quantile(count, total, 0.5), half),
             bound_text(quantile(count, total, 0.99), most));
    top_put(row, 9 + BUCKET * TOP_BUCKETS, COLS, text);
}

static void draw_latencies(const struct top_view *view)
{
    draw_latency(3, "hits", view->latency[0]);
    draw_latency(4, "walks", view->latency[1]);
    draw_latency(5, "servers", view->latency[2]);
    attron(A_DIM);
    top_put(6, 0, 8, "within");
    top_put(6, 8, COLS, "1us");
    top_put(6, 8 + BUCKET * 5, COLS, "32us");
    top_put(6, 8 + BUCKET * 10, COLS, "1ms");
    top_put(6, 8 + BUCKET * 15, COLS, "32ms");
    top_put(6, 8 + BUCKET * 20, COLS, "1s");
    attroff(A_DIM);
}

/* -- the panes ---------------------------------------------------------------------------------------------- */

struct area {
    int row, column, rows, columns;
};

static void draw_line(const struct area *area, int at, const struct top_line *line, bool selected)
{
    char text[2 * TOP_TEXT + 64];
    int row = area->row + 1 + at;
    bool wide = area->columns >= 60;
    if (wide)
        snprintf(text, sizeof text, "%-9s %-45s %.250s", line->value, line->key, line->more);
    else
        snprintf(text, sizeof text, "%-9s %.300s", line->value, line->key);
    if (selected)
        attron(A_REVERSE);
    mvhline(row, area->column, ' ', area->columns);
    top_put(row, area->column, area->columns, text);
    if (selected)
        attroff(A_REVERSE);
}

static void draw_pane(const struct top_view *view, enum top_pane pane, const struct area *area)
{
    char title[80];
    const struct top_list *list = &view->list[pane];
    bool focused = view->focus == pane;
    size_t room = area->rows > 1 ? (size_t)area->rows - 1 : 0;
    size_t first = focused && list->selected >= room && room > 0 ? list->selected - room + 1 : 0;
    snprintf(title, sizeof title, "%s by %s", top_pane_title(pane), top_order_title(pane, list->order));
    attron(focused ? A_BOLD | A_UNDERLINE : A_UNDERLINE);
    mvhline(area->row, area->column, ' ', area->columns);
    top_put(area->row, area->column, area->columns, title);
    attroff(A_BOLD | A_UNDERLINE);
    for (size_t i = 0; i < room && first + i < list->count; i++)
        draw_line(area, (int)i, &list->line[first + i], focused && first + i == list->selected);
}

/* Two panes in the left column, three in the right one. */
static void draw_panes(const struct top_view *view)
{
    int rows = LINES - HEAD - 1, half = COLS / 2;
    if (view->zoomed) {
        draw_pane(view, view->focus, &(struct area){HEAD, 0, rows, COLS});
        return;
    }
    int left = rows / 2, right = rows / 3;
    draw_pane(view, PANE_NAMES, &(struct area){HEAD, 0, left, half - 1});
    draw_pane(view, PANE_ZONES, &(struct area){HEAD + left, 0, rows - left, half - 1});
    draw_pane(view, PANE_CLIENTS, &(struct area){HEAD, half, right, COLS - half});
    draw_pane(view, PANE_SERVERS, &(struct area){HEAD + right, half, right, COLS - half});
    draw_pane(view, PANE_FAILURES, &(struct area){HEAD + 2 * right, half, rows - 2 * right, COLS - half});
}

void top_draw(const struct top_view *view)
{
    erase();
    draw_title(view);
    if (view->now == NULL) {
        top_put(2, 0, COLS, "waiting for the daemon...");
    } else {
        draw_rates(view);
        draw_latencies(view);
        draw_panes(view);
    }
    attron(A_REVERSE);
    mvhline(LINES - 1, 0, ' ', COLS);
    top_put(LINES - 1, 0, COLS,
            " q quit  p pause  Tab list  up/down line  s sort  z zoom  e explain the line");
    attroff(A_REVERSE);
    refresh();
}
