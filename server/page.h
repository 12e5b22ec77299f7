/* The page of statistics, compiled in from server/page.html, and its data. */
#ifndef SERVER_PAGE_H
#define SERVER_PAGE_H

#include <jansson.h>
#include <stddef.h>

#include "server/snapshot.h"

/* Written by page.cmake while building: page.html as it is. */
extern const char page_html[];
extern const size_t page_html_length;

/* Content-Security-Policy for it: nothing is allowed but the page's own script and style, by their hashes. */
enum { PAGE_POLICY_MAX = 512 };
void page_policy(char policy[PAGE_POLICY_MAX]);

/* What the page shows. NULL: out of memory. */
json_t *page_json(const struct snapshot *snapshot, const struct daemon *daemon);

/* What comes most often of names, clients or zones: {"list": [{"key": ..., "count": ...}], "total": ...}. */
json_t *page_busiest(const struct top *top, enum top_kind kind);

#endif
