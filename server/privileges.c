#include "server/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

bool privileges_find(const char *user, struct identity *identity, char problem[PRIVILEGES_PROBLEM_MAX])
{
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL) {
        snprintf(problem, PRIVILEGES_PROBLEM_MAX,
                 "-u %.64s: there is no such user%s%s; create it or name another", user,
                 errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
        return false;
    }
    if (geteuid() != 0 && geteuid() != entry->pw_uid) {
        snprintf(problem, PRIVILEGES_PROBLEM_MAX,
                 "-u %.64s: only root can become another user; leave -u out or "
                 "start as root",
                 user);
        return false;
    }
    identity->given = true;
    identity->uid = entry->pw_uid;
    identity->gid = entry->pw_gid;
    snprintf(identity->name, sizeof identity->name, "%s", user);
    return true;
}

bool privileges_chroot(const char *directory, char problem[PRIVILEGES_PROBLEM_MAX])
{
    tzset(); /* reads /etc/localtime while it is there */
    if (chroot(directory) == 0 && chdir("/") == 0)
        return true;
    snprintf(problem, PRIVILEGES_PROBLEM_MAX, "-t %.100s: cannot chroot there: %s; %s", directory,
             strerror(errno), errno == EPERM ? "start as root" : "name an existing directory");
    return false;
}

bool privileges_drop(const struct identity *identity, char problem[PRIVILEGES_PROBLEM_MAX])
{
    uid_t real, effective, saved;
    gid_t real_group, effective_group, saved_group;
    uid_t uid = identity->uid;
    gid_t gid = identity->gid;
    if (!identity->given || (geteuid() == uid && uid != 0))
        return true;
    /* The user's other groups would need /etc/group, which the chroot hides; none are needed. */
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0) {
        snprintf(problem, PRIVILEGES_PROBLEM_MAX, "-u %s: cannot become this user: %s; start as root",
                 identity->name, strerror(errno));
        return false;
    }
    getresuid(&real, &effective, &saved);
    getresgid(&real_group, &effective_group, &saved_group);
    if (real != uid || effective != uid || saved != uid || real_group != gid || effective_group != gid ||
        saved_group != gid || (uid != 0 && setuid(0) == 0)) {
        snprintf(problem, PRIVILEGES_PROBLEM_MAX, "-u %s: the kernel did not give up root's rights",
                 identity->name);
        return false;
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return true;
}

static bool lend(const struct identity *identity)
{
    return setgroups(0, NULL) == 0 && setegid(identity->gid) == 0 && seteuid(identity->uid) == 0;
}

static void take_back(uid_t uid, gid_t gid)
{
    int why = errno;
    if (seteuid(uid) != 0 || setegid(gid) != 0)
        abort();
    errno = why;
}

bool privileges_act(const struct identity *identity, bool (*act)(void *context), void *context)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (!identity->given || uid != 0 || identity->uid == 0)
        return act(context);
    bool done = lend(identity) && act(context);
    take_back(uid, gid);
    return done || ((errno == EACCES || errno == EPERM) && act(context));
}

void privileges_raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}
