/*
 * Stands between the daemon and libc (LD_PRELOAD), counts the calls listed in kinds.def, and makes the Nth of a
 * kind fail with an error, as the runner (run) says through a file that both have mapped:
 *
 *      FAIL_CONTROL=/path/to/file LD_PRELOAD=libfail.so rootwalk -f -c named.conf
 *
 * Nothing is counted before main(). getrandom() gives the same octets in each run, so that the same calls come in
 * the same order.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind {
#define KIND(name) KIND_##name,
#include "kinds.def"
#undef KIND
    KINDS
};

static const char *const names[] = {
#define KIND(name) #name,
#include "kinds.def"
#undef KIND
};

enum { SHORT = -1 }; /* as an error: the call does a part of its work */

/* The runner writes `error`, `left`, then `kind`; and reads the rest. */
struct control {
    atomic_int kind; /* -1: none fails */
    atomic_int left; /* calls until the one that fails */
    atomic_int error;
    atomic_int fired;
    atomic_ullong where; /* the caller, from its object's beginning */
    char object[64];
    atomic_uint count[KINDS];
};

static struct control *control;
static bool running; /* main() has begun */
static void *next[KINDS];
/* ldns asserts that it gets its memory; OpenSSL 3.0 uses what it did not get (EVP_MD_fetch() in a program of its
   own crashes for 49 of the first 399 allocations that fail). Both end the process, so they do get it. */
static const char *const spared[] = {"/libldns.", "/libcrypto."};
enum { SPARED = sizeof spared / sizeof spared[0] };
static struct {
    const char *begin, *end;
} code[SPARED];

static void *real(enum kind kind)
{
    if (next[kind] == NULL)
        next[kind] = dlsym(RTLD_NEXT, names[kind]);
    return next[kind];
}

#define REAL(name)  ((__typeof__(&name))real(KIND_##name))
#define FAILS(name) fails(KIND_##name, __builtin_return_address(0))

static void note_caller(void *caller)
{
    Dl_info info;
    if (dladdr(caller, &info) == 0)
        return;
    const char *slash = strrchr(info.dli_fname, '/');
    snprintf(control->object, sizeof control->object, "%s", slash != NULL ? slash + 1 : info.dli_fname);
    atomic_store(&control->where, (unsigned long long)((char *)caller - (char *)info.dli_fbase));
}

static bool is_spared(enum kind kind, const char *caller)
{
    for (unsigned i = 0; i < SPARED && kind <= KIND_aligned_alloc; i++)
        if (caller >= code[i].begin && caller < code[i].end)
            return true;
    return false;
}

/* 0: it does not fail. */
static int fails(enum kind kind, void *caller)
{
    if (!running || is_spared(kind, caller))
        return 0;
    atomic_fetch_add(&control->count[kind], 1);
    if (atomic_load(&control->kind) != (int)kind || atomic_fetch_sub(&control->left, 1) != 1)
        return 0;
    int error = atomic_load(&control->error);
    atomic_store(&control->kind, -1);
    note_caller(caller);
    atomic_store(&control->fired, 1);
    errno = error > 0 ? error : 0;
    return error;
}

static void note_code(unsigned library, const struct dl_phdr_info *info)
{
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
            code[library].begin = (const char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            code[library].end = code[library].begin + info->dlpi_phdr[i].p_memsz;
        }
}

static int look_for_spared(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    for (unsigned i = 0; i < SPARED; i++)
        if (strstr(info->dlpi_name, spared[i]) != NULL)
            note_code(i, info);
    return 0;
}

static void attach(void)
{
    const char *path = getenv("FAIL_CONTROL");
    int fd = path != NULL ? REAL(open)(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *at = REAL(mmap)(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    for (enum kind kind = 0; kind < KINDS; kind++)
        if (strstr(names[kind], "_wakeup") == NULL) /* a name that libc has */
            real(kind);
    dl_iterate_phdr(look_for_spared, NULL);
    control = at == MAP_FAILED ? NULL : at;
    running = control != NULL;
}

typedef int main_function(int, char **, char **);
static main_function *true_main;

static int begin(int count, char **argument, char **environment)
{
    attach();
    return true_main(count, argument, environment);
}

int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end);

int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end)
{
    __typeof__(&__libc_start_main) start =
        (__typeof__(&__libc_start_main))dlsym(RTLD_NEXT, "__libc_start_main");
    true_main = main;
    return start(begin, argc, argv, init, fini, rtld_fini, stack_end);
}

/* -- memory ------------------------------------------------------------------------------------ */

/* dlsym() may need memory while it is asked for malloc(): that is never given back. */
static _Alignas(16) char early[65536];
static size_t early_used;
static bool asking;

static void *early_take(size_t size)
{
    char *piece = early + early_used;
    early_used += (size + 15) & ~(size_t)15;
    return early_used <= sizeof early ? piece : NULL;
}

static bool too_early(enum kind kind)
{
    if (next[kind] != NULL)
        return false;
    if (!asking) {
        asking = true;
        real(kind);
        asking = false;
    }
    return next[kind] == NULL;
}

void *malloc(size_t size)
{
    if (too_early(KIND_malloc))
        return early_take(size);
    return FAILS(malloc) ? NULL : REAL(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
    if (too_early(KIND_calloc))
        return early_take(count * size);
    return FAILS(calloc) ? NULL : REAL(calloc)(count, size);
}

void *realloc(void *piece, size_t size)
{
    if (too_early(KIND_realloc))
        return NULL;
    return FAILS(realloc) ? NULL : REAL(realloc)(piece, size);
}

void free(void *piece)
{
    static void (*true_free)(void *);
    if ((char *)piece >= early && (char *)piece < early + sizeof early)
        return;
    if (true_free == NULL && !asking) { /* dlsym() gives back its last error's text */
        asking = true;
        true_free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
        asking = false;
    }
    if (true_free != NULL)
        true_free(piece);
}

/* -- the rest ---------------------------------------------------------------------------------- */

#define WRAP(type, failed, name, parameters, ...)                                                            \
    type name parameters                                                                                     \
    {                                                                                                        \
        if (FAILS(name) != 0)                                                                                \
            return failed;                                                                                   \
        return REAL(name)(__VA_ARGS__);                                                                      \
    }

WRAP(void *, NULL, aligned_alloc, (size_t alignment, size_t size), alignment, size)
WRAP(void *, MAP_FAILED, mmap, (void *at, size_t size, int how, int flags, int fd, off_t from), at, size, how,
     flags, fd, from)
WRAP(int, -1, mprotect, (void *at, size_t size, int how), at, size, how)
WRAP(int, -1, madvise, (void *at, size_t size, int advice), at, size, advice)
WRAP(FILE *, NULL, fopen, (const char *path, const char *mode), path, mode)
WRAP(int, -1, socket, (int domain, int type, int protocol), domain, type, protocol)
WRAP(int, -1, bind, (int fd, const struct sockaddr *to, socklen_t length), fd, to, length)
WRAP(int, -1, connect, (int fd, const struct sockaddr *to, socklen_t length), fd, to, length)
WRAP(int, -1, listen, (int fd, int backlog), fd, backlog)
WRAP(int, -1, accept4, (int fd, struct sockaddr *from, socklen_t *length, int flags), fd, from, length, flags)
WRAP(int, -1, getsockopt, (int fd, int level, int name, void *value, socklen_t *length), fd, level, name,
     value, length)
WRAP(int, -1, setsockopt, (int fd, int level, int name, const void *value, socklen_t length), fd, level, name,
     value, length)
WRAP(int, -1, getpeername, (int fd, struct sockaddr *peer, socklen_t *length), fd, peer, length)
WRAP(ssize_t, -1, send, (int fd, const void *from, size_t length, int flags), fd, from, length, flags)
WRAP(ssize_t, -1, sendmsg, (int fd, const struct msghdr *message, int flags), fd, message, flags)
WRAP(ssize_t, -1, recvfrom,
     (int fd, void *to, size_t size, int flags, struct sockaddr *from, socklen_t *length), fd, to, size,
     flags, from, length)
WRAP(ssize_t, -1, recvmsg, (int fd, struct msghdr *message, int flags), fd, message, flags)
WRAP(int, -1, recvmmsg, (int fd, struct mmsghdr *message, unsigned count, int flags, struct timespec *time),
     fd, message, count, flags, time)
WRAP(int, -1, epoll_create1, (int flags), flags)
WRAP(int, -1, epoll_wait, (int fd, struct epoll_event *event, int most, int time), fd, event, most, time)
WRAP(int, -1, epoll_pwait, (int fd, struct epoll_event *event, int most, int time, const sigset_t *mask), fd,
     event, most, time, mask)
WRAP(int, -1, eventfd, (unsigned value, int flags), value, flags)
WRAP(int, -1, dup3, (int from, int to, int flags), from, to, flags)
WRAP(int, errno, pthread_create,
     (pthread_t * thread, const pthread_attr_t *how, void *(*start)(void *), void *context), thread, how,
     start, context)
WRAP(int, errno, pthread_mutex_init, (pthread_mutex_t * mutex, const pthread_mutexattr_t *how), mutex, how)
WRAP(int, -1, getifaddrs, (struct ifaddrs * *list), list)
WRAP(char *, NULL, realpath, (const char *path, char *to), path, to)
WRAP(char *, NULL, getcwd, (char *to, size_t size), to, size)
WRAP(int, -1, chdir, (const char *path), path)
WRAP(int, -1, fstat, (int fd, struct stat *status), fd, status)
WRAP(int, -1, lstat, (const char *path, struct stat *status), path, status)
WRAP(int, -1, ftruncate, (int fd, off_t size), fd, size)
WRAP(int, -1, unlink, (const char *path), path)
WRAP(int, -1, rename, (const char *from, const char *to), from, to)
WRAP(int, -1, getrlimit, (__rlimit_resource_t what, struct rlimit *limit), what, limit)
WRAP(int, -1, setrlimit, (__rlimit_resource_t what, const struct rlimit *limit), what, limit)
WRAP(int, -1, sched_getaffinity, (pid_t pid, size_t size, cpu_set_t *set), pid, size, set)

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    return FAILS(open) ? -1 : REAL(open)(path, flags, mode);
}

int ioctl(int fd, unsigned long what, ...)
{
    va_list more;
    va_start(more, what);
    void *with = va_arg(more, void *);
    va_end(more);
    return FAILS(ioctl) ? -1 : REAL(ioctl)(fd, what, with);
}

/* eventfd and pipes, by which loops wake each other: there is nothing but EINTR that can come of them. */
static bool is_wakeup(int fd)
{
    struct stat status;
    return REAL(fstat)(fd, &status) == 0 && !S_ISSOCK(status.st_mode) && !S_ISREG(status.st_mode);
}

ssize_t read(int fd, void *to, size_t size)
{
    static __typeof__(&read) true_read;
    if (true_read == NULL)
        true_read = (__typeof__(&read))dlsym(RTLD_NEXT, "read");
    int error =
        running ? fails(is_wakeup(fd) ? KIND_read_wakeup : KIND_read, __builtin_return_address(0)) : 0;
    if (error == SHORT && size > 0)
        size = 1;
    return error > 0 ? -1 : true_read(fd, to, size);
}

ssize_t write(int fd, const void *from, size_t size)
{
    static __typeof__(&write) true_write;
    if (true_write == NULL)
        true_write = (__typeof__(&write))dlsym(RTLD_NEXT, "write");
    int error =
        running ? fails(is_wakeup(fd) ? KIND_write_wakeup : KIND_write, __builtin_return_address(0)) : 0;
    if (error == SHORT && size > 1)
        size /= 2;
    return error > 0 ? -1 : true_write(fd, from, size);
}

ssize_t writev(int fd, const struct iovec *from, int count)
{
    int error = FAILS(writev);
    if (error == SHORT)
        return REAL(write)(fd, from[0].iov_base, (from[0].iov_len + 1) / 2);
    return error > 0 ? -1 : REAL(writev)(fd, from, count);
}

int sendmmsg(int fd, struct mmsghdr *message, unsigned count, int flags)
{
    int error = FAILS(sendmmsg);
    if (error == SHORT)
        count = 1;
    return error > 0 ? -1 : REAL(sendmmsg)(fd, message, count, flags);
}

static bool is_libuv(void *caller)
{
    Dl_info info;
    return running && dladdr(caller, &info) != 0 && strstr(info.dli_fname, "libuv") != NULL;
}

/* libuv's first pipe is that of its signal handler: it aborts where there is none. */
int pipe2(int ends[2], int flags)
{
    static bool first = true;
    if (first && is_libuv(__builtin_return_address(0))) {
        first = false;
        return REAL(pipe2)(ends, flags);
    }
    return FAILS(pipe2) ? -1 : REAL(pipe2)(ends, flags);
}

/* libuv aborts where the loop itself cannot tell the kernel what it waits for; it looks first, by adding with
   data.fd -1, whether that is possible at all, and this may fail. */
int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    bool looks = what == EPOLL_CTL_ADD && event->data.fd == -1;
    if (!looks && is_libuv(__builtin_return_address(0)))
        return REAL(epoll_ctl)(epoll, what, fd, event);
    return FAILS(epoll_ctl) ? -1 : REAL(epoll_ctl)(epoll, what, fd, event);
}

ssize_t getrandom(void *to, size_t size, unsigned flags)
{
    static atomic_ullong state = 42;
    uint8_t *octets = to;
    int error = FAILS(getrandom);
    (void)flags;
    if (error > 0)
        return -1;
    if (error == SHORT && size > 1)
        size /= 2;
    for (size_t i = 0; i < size; i++) {
        unsigned long long x = atomic_fetch_add(&state, 0x9e3779b97f4a7c15);
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        octets[i] = (uint8_t)(x >> 40);
    }
    return (ssize_t)size;
}
