/* SPDX-License-Identifier: Apache-2.0 */
/* What recording live still lacks on Windows: each says so, and what to do instead. */
#include "capture/crew.h"
#include "capture/sink_file.h"

#include <stdio.h>

static void absent(struct rdpath_error *error)
{
    snprintf(error->text, sizeof error->text,
             "expected Linux: rdpath does not record on Windows yet; record with pktmon or "
             "Wireshark, then run rdpath analyze FILE");
}

int crew_run(const struct crew_work *work, struct rdpath_error *error)
{
    (void)work;
    absent(error);
    return CREW_LOST;
}

ptrdiff_t tail_read(struct tail *t, void *to, size_t n)
{
    (void)to, (void)n;
    t->over = true;
    return 0;
}

void tail_stop(struct tail *t)
{
    t->over = true;
}

ptrdiff_t sink_file_read(int fd, uint64_t at, void *to, size_t n)
{
    (void)fd, (void)at, (void)to, (void)n;
    return 0;
}

/* sink.c asks for these too; nothing calls it here */
int sink_file_open(const char *path, struct rdpath_error *error)
{
    (void)path;
    absent(error);
    return -1;
}

size_t sink_file_write(int fd, uint64_t at, const void *bytes, size_t len)
{
    (void)fd, (void)at, (void)bytes, (void)len;
    return 0;
}

void sink_file_cut(int fd, uint64_t len)
{
    (void)fd, (void)len;
}

void sink_file_close(int fd)
{
    (void)fd;
}

void sink_file_system(char *text, size_t size)
{
    (void)size;
    text[0] = '\0';
}
