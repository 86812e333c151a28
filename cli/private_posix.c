/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/private.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* It loses its name at once: whatever happens, nothing of it stays. */
bool private_open(struct private_file *p)
{
    const char *folder = getenv("TMPDIR");
    char name[PRIVATE_PATH_SIZE];
    *p = (struct private_file){0};
    int n = snprintf(name, sizeof name, "%s/rdpath-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = n > 0 && (size_t)n < sizeof name ? mkstemp(name) : -1;
    if (fd < 0)
        return false;
    unlink(name);
    p->file = fdopen(fd, "w+b");
    snprintf(p->path, sizeof p->path, "/dev/fd/%d", fd);
    if (!p->file)
        close(fd);
    return p->file != NULL;
}

void private_close(struct private_file *p)
{
    if (p->file)
        fclose(p->file);
    p->file = NULL;
}

bool private_bytes(void *bytes, size_t len)
{
    return getentropy(bytes, len) == 0;
}

size_t private_read(const char *path, void *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(bytes, 1, size, file) : 0;
    if (file)
        fclose(file);
    return len;
}
