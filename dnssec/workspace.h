/*
 * The memory and the OpenSSL handles that validation works with: one for each thread, made once, so that
 * checking a signature allocates nothing but what OpenSSL does for a key. Whatever a function hands out lives in its
 * arguments; of results it remembers keys and good signatures, so that the same ones cost less (recent.h).
 *
 *      struct dnssec_workspace *workspace = dnssec_workspace_new();
 *      ... struct dnssec_context context = {workspace, &policy, &budget, now}; ...
 *      dnssec_workspace_free(workspace);
 */
#ifndef DNSSEC_WORKSPACE_H
#define DNSSEC_WORKSPACE_H

struct dnssec_workspace;

/* About 410 KiB, and at most 128 keys of OpenSSL's. NULL when there is no memory or OpenSSL has no digests. A digest that the system's OpenSSL
   refuses (SHA-1 in some builds) makes the algorithms with it unsupported, not this. */
struct dnssec_workspace *dnssec_workspace_new(void);

/* NULL is allowed. */
void dnssec_workspace_free(struct dnssec_workspace *workspace);

#endif
