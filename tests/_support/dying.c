/* Loaded with LD_PRELOAD: counts a process's file-system steps and ends it by SIGKILL just before a chosen one.
 *
 * TENWEEKS_DYING names a file of two 64-bit numbers that this process shares with the test: the step to die before
 * (0: never), and how many steps there have been. A step is what changes a disk: creating, writing to a regular file,
 * truncating, syncing, renaming, linking, removing, making and removing folders.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static struct { int64_t die_before; _Atomic int64_t steps; } *shared;

__attribute__((constructor)) static void map(void) {
  const char *path = getenv("TENWEEKS_DYING");
  int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
  int file = path ? real_open(path, O_RDWR) : -1;
  void *memory = file < 0 ? MAP_FAILED : mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  shared = memory == MAP_FAILED ? NULL : memory;
}

static void step(void) {
  if (shared && atomic_fetch_add(&shared->steps, 1) + 1 == shared->die_before) kill(getpid(), SIGKILL);
}

static int regular(int file) {
  struct stat status;
  return fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define MODE mode_t mode = 0; if (flags & O_CREAT) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); step(); }

int open(const char *path, int flags, ...) { REAL(open); MODE return real(path, flags, mode); }
int open64(const char *path, int flags, ...) { REAL(open64); MODE return real(path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { REAL(openat); MODE return real(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { REAL(openat64); MODE return real(folder, path, flags, mode); }
ssize_t write(int file, const void *data, size_t size) { REAL(write); if (regular(file)) step(); return real(file, data, size); }
ssize_t writev(int file, const struct iovec *data, int count) { REAL(writev); if (regular(file)) step(); return real(file, data, count); }
ssize_t pwrite(int file, const void *data, size_t size, off_t at) { REAL(pwrite); if (regular(file)) step(); return real(file, data, size, at); }
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) { REAL(pwrite64); if (regular(file)) step(); return real(file, data, size, at); }
int ftruncate(int file, off_t size) { REAL(ftruncate); step(); return real(file, size); }
int ftruncate64(int file, off64_t size) { REAL(ftruncate64); step(); return real(file, size); }
int fsync(int file) { REAL(fsync); step(); return real(file); }
int fdatasync(int file) { REAL(fdatasync); step(); return real(file); }
int rename(const char *from, const char *to) { REAL(rename); step(); return real(from, to); }
int renameat(int a, const char *from, int b, const char *to) { REAL(renameat); step(); return real(a, from, b, to); }
int link(const char *from, const char *to) { REAL(link); step(); return real(from, to); }
int symlink(const char *from, const char *to) { REAL(symlink); step(); return real(from, to); }
int unlink(const char *path) { REAL(unlink); step(); return real(path); }
int unlinkat(int folder, const char *path, int flags) { REAL(unlinkat); step(); return real(folder, path, flags); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); step(); return real(path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { REAL(mkdirat); step(); return real(folder, path, mode); }
int rmdir(const char *path) { REAL(rmdir); step(); return real(path); }
