/* Fails, tears or kills at the Nth call that changes a file, counted over all processes.
 *
 * The orders come from a shared file (FAULT_FILE) that the test writes, see `Control`. Kill mode
 * ends every process that registered there, also those in a session of their own.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KILL = 1, ONCE = 2, ALL = 3, TORN = 4 };
#define MOST 8000

typedef struct {
    int64_t armed, mode, at, error, count, fired, pids;
    int32_t pid[MOST];
    char what[256];
} Control;

static Control *control;

static void enlist(void) {
    if (!control) return;
    int64_t n = __atomic_fetch_add(&control->pids, 1, __ATOMIC_SEQ_CST);
    if (n < MOST) control->pid[n] = getpid();
}

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("FAULT_FILE");
    if (!name) return;
    int handle = open(name, O_RDWR | O_CLOEXEC);
    if (handle < 0) return;
    void *at = mmap(0, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
    close(handle);
    if (at == MAP_FAILED) return;
    control = at;
    enlist();
    pthread_atfork(0, 0, enlist);
}

static void end_all(void) {
    int64_t n = control->pids < MOST ? control->pids : MOST;
    for (int64_t i = 0; i < n; i++)
        if (control->pid[i] != getpid()) kill(control->pid[i], SIGKILL);
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* 0: go on; 1: the call fails with errno; 2: write a part, then end everything. */
static int strikes(const char *call, const char *path) {
    if (!control || !control->armed) return 0;
    if (path && strncmp(path, "/dev/", 5) == 0 && strncmp(path, "/dev/shm", 8) != 0) return 0;
    int64_t n = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
    if (n < control->at || (n > control->at && control->mode != ALL)) return 0;
    if (n == control->at) {
        control->fired = 1;
        snprintf(control->what, sizeof control->what, "%s %s (%s)", call, path ? path : "", program_invocation_short_name);
    }
    if (control->mode == KILL) end_all();
    if (control->mode == TORN) {
        if (strstr(call, "write")) return 2;
        end_all();
    }
    errno = (int)control->error;
    return 1;
}

static int regular(int handle) {
    struct stat facts;
    int kept = errno, yes = fstat(handle, &facts) == 0 && S_ISREG(facts.st_mode);
    errno = kept;
    return yes;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)
#define ON_PATH(name, path, parameters, arguments) \
    int name parameters { REAL(name); return strikes(#name, path) ? -1 : real arguments; }
#define ON_FILE(result, name, parameters, arguments) \
    result name parameters { \
        REAL(name); \
        return regular(handle) && strikes(#name, 0) ? -1 : real arguments; \
    }

ON_PATH(rename, to, (const char *from, const char *to), (from, to))
ON_PATH(renameat, to, (int a, const char *from, int b, const char *to), (a, from, b, to))
ON_PATH(renameat2, to, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags))
ON_PATH(link, to, (const char *from, const char *to), (from, to))
ON_PATH(linkat, to, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
ON_PATH(symlink, to, (const char *from, const char *to), (from, to))
ON_PATH(unlink, path, (const char *path), (path))
ON_PATH(unlinkat, path, (int at, const char *path, int flags), (at, path, flags))
ON_PATH(mkdir, path, (const char *path, mode_t mode), (path, mode))
ON_PATH(mkdirat, path, (int at, const char *path, mode_t mode), (at, path, mode))
ON_PATH(rmdir, path, (const char *path), (path))
ON_PATH(truncate, path, (const char *path, off_t size), (path, size))
ON_PATH(truncate64, path, (const char *path, off64_t size), (path, size))
ON_FILE(int, ftruncate, (int handle, off_t size), (handle, size))
ON_FILE(int, ftruncate64, (int handle, off64_t size), (handle, size))
ON_FILE(int, fsync, (int handle), (handle))
ON_FILE(int, fdatasync, (int handle), (handle))
ON_FILE(ssize_t, writev, (int handle, const struct iovec *parts, int count), (handle, parts, count))
ON_FILE(ssize_t, sendfile, (int handle, int from, off_t *offset, size_t count), (handle, from, offset, count))
ON_FILE(ssize_t, sendfile64, (int handle, int from, off64_t *offset, size_t count), (handle, from, offset, count))

#define ON_WRITE(name, parameters, part, whole) \
    ssize_t name parameters { \
        REAL(name); \
        if (regular(handle)) { \
            int how = strikes(#name, 0); \
            if (how == 2) { real part; end_all(); } \
            if (how) return -1; \
        } \
        return real whole; \
    }
ON_WRITE(write, (int handle, const void *data, size_t size), (handle, data, size / 2), (handle, data, size))
ON_WRITE(pwrite, (int handle, const void *data, size_t size, off_t at), (handle, data, size / 2, at), (handle, data, size, at))
ON_WRITE(pwrite64, (int handle, const void *data, size_t size, off64_t at), (handle, data, size / 2, at), (handle, data, size, at))

#define ON_OPEN(name, parameters, given) \
    int name parameters { \
        REAL(name); \
        mode_t mode = 0; \
        if (flags & O_CREAT) { va_list rest; va_start(rest, flags); mode = va_arg(rest, int); va_end(rest); } \
        if ((flags & (O_CREAT | O_TRUNC)) && strikes(#name, path)) return -1; \
        return real given; \
    }
ON_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
ON_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
ON_OPEN(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
ON_OPEN(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode))
ON_PATH(creat, path, (const char *path, mode_t mode), (path, mode))

#define ON_STREAM(name) \
    FILE *name(const char *path, const char *how) { \
        REAL(name); \
        return strpbrk(how, "wa") && strikes(#name, path) ? 0 : real(path, how); \
    }
ON_STREAM(fopen)
ON_STREAM(fopen64)
