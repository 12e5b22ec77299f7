/*
 * The memory and the OpenSSL handles that validation works with: one for each thread, made once, so that
 * checking a signature allocates nothing but what OpenSSL does for a key. It holds no results: whatever a
 * function hands out lives in its arguments.
 *
 *      struct dnssec_workspace *workspace = dnssec_workspace_new();
 *      ... struct dnssec_context context = {workspace, &policy, &budget, now}; ...
 *      dnssec_workspace_free(workspace);
 */
#ifndef DNSSEC_WORKSPACE_H
#define DNSSEC_WORKSPACE_H

struct dnssec_workspace;

/* About 210 KiB. NULL when there is no memory or OpenSSL has no digests. A digest that the system's OpenSSL
   refuses (SHA-1 in some builds) makes the algorithms with it unsupported, not this. */
struct dnssec_workspace *dnssec_workspace_new(void);

/* NULL is allowed. */
void dnssec_workspace_free(struct dnssec_workspace *workspace);

#endif
