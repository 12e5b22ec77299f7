/* From root to an ordinary user, for good. */
#ifndef SERVER_PRIVILEGES_H
#define SERVER_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct identity {
    bool given;
    uid_t uid;
    gid_t gid;
    char name[64];
};

enum { PRIVILEGES_PROBLEM_MAX = 256 };

/* Each returns false and one line in `problem`. Looks the user up; before the chroot, which hides
   /etc/passwd. */
bool privileges_find(const char *user, struct identity *identity, char problem[PRIVILEGES_PROBLEM_MAX]);
bool privileges_chroot(const char *directory, char problem[PRIVILEGES_PROBLEM_MAX]);

/* Groups, group, user; then checks that there is no way back. */
bool privileges_drop(const struct identity *identity, char problem[PRIVILEGES_PROBLEM_MAX]);

/* Calls `act` as the identity, whose folders may hold traps for root; where that has no permission, and
   so cannot have laid any, once more as who we are. What act() returned, with its errno. */
bool privileges_act(const struct identity *identity, bool (*act)(void *context), void *context);

/* As many descriptors as the hard limit allows. */
void privileges_raise_descriptors(void);

#endif
