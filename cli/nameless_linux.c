/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/nameless.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LINK_SIZE = 32 };

/* open(2), O_TMPFILE: how such a file is linked to a name without any right. */
static void write_link(FILE *file, char link[LINK_SIZE])
{
    snprintf(link, LINK_SIZE, "/proc/self/fd/%d", fileno(file));
}

FILE *nameless_create(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) + 1 : 0;
    char *folder = memory_zeroed(len + 2);
    char link[LINK_SIZE];
    memcpy(folder, path, len);
    folder[len] = '.'; /* "reports/." is "reports", "/." is "/" */
    int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    memory_release(folder);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
    if (file)
        write_link(file, link);
    if (file && access(link, F_OK) == 0)
        return file;
    if (file)
        fclose(file);
    else if (fd >= 0)
        close(fd);
    return NULL;
}

bool nameless_name(FILE *file, const char *path)
{
    char link[LINK_SIZE];
    write_link(file, link);
    return linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}
