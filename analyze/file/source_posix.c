/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/file/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *source_error(void)
{
    switch (errno) {
    case ENOENT:
        return "no such file; check the path";
    case EACCES:
    case EPERM:
        return "no permission to read this file; ask its owner, or copy it";
    case EISDIR:
        return "expected a file, found a directory; name the files in it";
    default:
        return strerror(errno);
    }
}

/* What can be said before the first byte is read: NULL, or why this cannot be a capture. */
static const char *source_examine(struct source *s)
{
    struct stat st;
    if (fstat(s->fd, &st) != 0)
        return source_error();
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return source_error();
    }
    if (isatty(s->fd))
        return "expected a file, found a terminal; pipe one into it";
    if (S_ISREG(st.st_mode))
        s->total = (uint64_t)st.st_size;
    return NULL;
}

const char *source_open(struct source *s, const char *path)
{
    *s = (struct source){.fd = STDIN_FILENO};
    if (strcmp(path, "-") != 0)
        s->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0)
        return source_error();
    const char *why = source_examine(s);
    if (why)
        source_close(s);
    return why;
}

ptrdiff_t source_read(struct source *s, void *to, size_t n)
{
    ssize_t got;
    do
        got = read(s->fd, to, n);
    while (got < 0 && errno == EINTR);
    return got;
}

void source_close(struct source *s)
{
    if (s->fd > STDIN_FILENO)
        close(s->fd);
    s->fd = -1;
}
