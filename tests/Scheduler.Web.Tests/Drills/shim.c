/*
 * Loaded before the C library into a server under test (LD_PRELOAD).
 *
 * DRILL_CLOCK=FILE   eight bytes, little-endian: nanoseconds that the wall clock is off. Whoever writes them sets the server's clock.
 * DRILL_RECORD=FILE  every change of a file below DRILL_FOLDER is appended there, in the order in which it happened, so that a test can
 *                    work out what a disk could hold after a power cut: see DiskRecord.cs, which reads it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(name) *)real(#name))
#define EXPORT __attribute__((visibility("default")))

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static volatile int64_t *clock_offset;
static int record_to = -1;
static const char *folder;
static size_t folder_length;
static uint64_t sequence;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static ssize_t (*real_write)(int, const void *, size_t);

__attribute__((constructor)) static void begin(void)
{
    real_clock_gettime = real("clock_gettime");
    real_write = real("write");
    const char *file = getenv("DRILL_CLOCK");
    if (file) {
        int fd = open(file, O_RDONLY | O_CLOEXEC);
        void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
        if (at == MAP_FAILED) { fprintf(stderr, "DRILL_CLOCK can't be read\n"); abort(); }
        clock_offset = at;
        close(fd);
    }
    file = getenv("DRILL_RECORD");
    folder = getenv("DRILL_FOLDER");
    if (file && folder) {
        folder_length = strlen(folder);
        record_to = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (record_to < 0) { fprintf(stderr, "DRILL_RECORD can't be written\n"); abort(); }
    }
}

/* ---- the clock ---- */

EXPORT int clock_gettime(clockid_t id, struct timespec *now)
{
    if (!real_clock_gettime) real_clock_gettime = real("clock_gettime");
    int result = real_clock_gettime(id, now);
    if (result == 0 && clock_offset && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        int64_t ns = (int64_t)now->tv_sec * 1000000000 + now->tv_nsec + *clock_offset;
        now->tv_sec = ns / 1000000000;
        now->tv_nsec = ns % 1000000000;
    }
    return result;
}

EXPORT int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    (void)zone;
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

EXPORT time_t time(time_t *out)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (out) *out = exact.tv_sec;
    return exact.tv_sec;
}

/* ---- the record ---- */

struct head {
    uint32_t op;          /* W(rite) T(runcate) S(ynced) U(nlinked) R(enamed) */
    uint32_t path_length;
    uint64_t data_length; /* a write's bytes, or the new name */
    uint64_t time;        /* nanoseconds since 1970 */
    uint64_t sequence;    /* its place in the order; for S the place of the last change before it was asked for */
    uint64_t offset;      /* of a write; the length that a file was cut or grown to */
};

static int below(const char *path) { return strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == 0); }

/* Whether the descriptor is a file below the folder, and which. */
static int named(int fd, char *path)
{
    if (record_to < 0) return 0;
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return below(path);
}

static void put(const struct iovec *parts, int count)
{
    for (int i = 0; i < count; i++) {
        const char *at = parts[i].iov_base;
        for (size_t left = parts[i].iov_len; left > 0;) {
            ssize_t done = real_write(record_to, at, left);
            if (done <= 0) { if (done < 0 && errno == EINTR) continue; fprintf(stderr, "the record can't be written\n"); abort(); }
            at += done;
            left -= done;
        }
    }
}

/* The caller holds the lock. */
static void note(char op, const char *path, uint64_t place, uint64_t offset, const struct iovec *data, int parts, size_t length)
{
    struct timespec now;
    real_clock_gettime(CLOCK_REALTIME, &now);
    struct head head = { op, strlen(path), length, (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec, place, offset };
    struct iovec front[2] = { { &head, sizeof head }, { (void *)path, head.path_length } };
    int kept = errno;
    put(front, 2);
    for (int i = 0; i < parts && length > 0; i++) {
        struct iovec part = { data[i].iov_base, data[i].iov_len < length ? data[i].iov_len : length };
        put(&part, 1);
        length -= part.iov_len;
    }
    errno = kept;
}

static ssize_t wrote(int fd, const char *path, off_t at, ssize_t result, const struct iovec *data, int parts)
{
    (void)fd;
    if (result > 0) note('W', path, ++sequence, at, data, parts, result);
    return result;
}

static off_t place_of(int fd)
{
    if (fcntl(fd, F_GETFL) & O_APPEND) { struct stat s; fstat(fd, &s); return s.st_size; }
    return lseek(fd, 0, SEEK_CUR);
}

EXPORT ssize_t write(int fd, const void *data, size_t length)
{
    char path[PATH_MAX];
    if (!real_write) real_write = real("write");
    if (!named(fd, path)) return real_write(fd, data, length);
    pthread_mutex_lock(&order);
    struct iovec part = { (void *)data, length };
    off_t at = place_of(fd);
    ssize_t result = wrote(fd, path, at, real_write(fd, data, length), &part, 1);
    pthread_mutex_unlock(&order);
    return result;
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
    char path[PATH_MAX];
    if (!named(fd, path)) return REAL(writev)(fd, parts, count);
    pthread_mutex_lock(&order);
    off_t at = place_of(fd);
    ssize_t result = wrote(fd, path, at, REAL(writev)(fd, parts, count), parts, count);
    pthread_mutex_unlock(&order);
    return result;
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at)
{
    char path[PATH_MAX];
    if (!named(fd, path)) return REAL(pwrite64)(fd, data, length, at);
    pthread_mutex_lock(&order);
    struct iovec part = { (void *)data, length };
    ssize_t result = wrote(fd, path, at, REAL(pwrite64)(fd, data, length, at), &part, 1);
    pthread_mutex_unlock(&order);
    return result;
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return pwrite64(fd, data, length, at); }

EXPORT ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at)
{
    char path[PATH_MAX];
    if (!named(fd, path)) return REAL(pwritev64)(fd, parts, count, at);
    pthread_mutex_lock(&order);
    ssize_t result = wrote(fd, path, at, REAL(pwritev64)(fd, parts, count, at), parts, count);
    pthread_mutex_unlock(&order);
    return result;
}

EXPORT ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return pwritev64(fd, parts, count, at); }

EXPORT int ftruncate64(int fd, off64_t length)
{
    char path[PATH_MAX];
    if (!named(fd, path)) return REAL(ftruncate64)(fd, length);
    pthread_mutex_lock(&order);
    int result = REAL(ftruncate64)(fd, length);
    if (result == 0) note('T', path, ++sequence, length, NULL, 0, 0);
    pthread_mutex_unlock(&order);
    return result;
}

EXPORT int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int synced(int fd, int (*sync)(int))
{
    char path[PATH_MAX];
    if (!named(fd, path)) return sync(fd);
    pthread_mutex_lock(&order);
    uint64_t before = sequence;
    pthread_mutex_unlock(&order);
    int result = sync(fd);
    if (result == 0) {
        pthread_mutex_lock(&order);
        note('S', path, before, 0, NULL, 0, 0);
        pthread_mutex_unlock(&order);
    }
    return result;
}

EXPORT int fsync(int fd) { return synced(fd, real("fsync")); }

EXPORT int fdatasync(int fd) { return synced(fd, real("fdatasync")); }

EXPORT int unlink(const char *path)
{
    if (record_to < 0 || !below(path)) return REAL(unlink)(path);
    pthread_mutex_lock(&order);
    int result = REAL(unlink)(path);
    if (result == 0) note('U', path, ++sequence, 0, NULL, 0, 0);
    pthread_mutex_unlock(&order);
    return result;
}

EXPORT int rename(const char *from, const char *to)
{
    if (record_to < 0 || !below(from)) return REAL(rename)(from, to);
    pthread_mutex_lock(&order);
    int result = REAL(rename)(from, to);
    struct iovec name = { (void *)to, strlen(to) };
    if (result == 0) note('R', from, ++sequence, 0, &name, 1, name.iov_len);
    pthread_mutex_unlock(&order);
    return result;
}
