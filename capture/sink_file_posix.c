/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

int sink_file_open(const char *path, bool *created, struct rdpath_error *error)
{
    const int how = O_WRONLY | O_CREAT | O_CLOEXEC;
    struct stat s;
    const char *why = NULL;
    int fd = open(path, how | O_EXCL, 0640);
    *created = fd >= 0;
    if (fd < 0 && stat(path, &s) == 0 && !S_ISREG(s.st_mode))
        why = "it is no plain file";
    else if (fd < 0 && (errno != EEXIST || (fd = open(path, how, 0640)) < 0))
        why = strerror(errno);
    if (why)
        snprintf(error->text, sizeof error->text,
                 "%.200s: expected a file to record to, but %s; name one in a folder that you may "
                 "write to",
                 path, why);
    return fd;
}

void sink_file_remove(const char *path)
{
    unlink(path);
}

size_t sink_file_write(int fd, uint64_t at, const void *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = pwrite(fd, (const char *)bytes + done, len - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

void sink_file_cut(int fd, uint64_t len)
{
    if (ftruncate(fd, (off_t)len) != 0)
        return; /* what is behind is an unfinished block, which readers know how to leave out */
}

void sink_file_close(int fd)
{
    close(fd);
}

int sink_file_open_again(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC);
}

ptrdiff_t sink_file_read(int fd, uint64_t at, void *to, size_t n)
{
    ssize_t got;
    do
        got = pread(fd, to, n, (off_t)at);
    while (got < 0 && errno == EINTR);
    return got;
}

void sink_file_system(char *text, size_t size)
{
    struct utsname u;
    text[0] = '\0';
    if (uname(&u) == 0)
        snprintf(text, size, "%s %s", u.sysname, u.release);
}
