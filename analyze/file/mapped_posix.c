/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages that the file does not have any more raise SIGBUS in the thread that touches them. The
 * handler puts pages of zeros there, marks the window, and lets the thread go on. A SIGBUS that is
 * not about a window of this thread goes to whoever handled it before.
 */
#include "analyze/file/mapped.h"
#include "base/arena.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LARGEST_PAGE = 2 * 1024 * 1024,
    PAGES_AT_ONCE = 64 * 1024, /* Linux maps so much around a page that is touched */
    CACHE_LINE = 64,
};

static _Thread_local struct mapped *opened;
static struct sigaction handled_before;

static bool window_holds(const struct mapped *m, uintptr_t address)
{
    return address - (uintptr_t)m->bytes < m->len;
}

static void zeros_put(struct mapped *m, uintptr_t address)
{
    uintptr_t page = address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    size_t rest = (uintptr_t)m->bytes + m->len - page;
    const int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    if (mmap((void *)page, rest, PROT_READ, how, -1, 0) == MAP_FAILED)
        abort(); /* it would be raised for ever */
    size_t kept = page > (uintptr_t)m->bytes ? page - (uintptr_t)m->bytes : 0;
    m->kept = kept < m->kept ? kept : m->kept;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    (void)context;
    for (struct mapped *m = opened; m; m = m->next)
        if (window_holds(m, (uintptr_t)info->si_addr)) {
            zeros_put(m, (uintptr_t)info->si_addr);
            return;
        }
    sigaction(number, &handled_before, NULL); /* and it is raised again */
}

static void bus_errors_handle(void)
{
    struct sigaction ours = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO}, now;
    sigemptyset(&ours.sa_mask);
    if (sigaction(SIGBUS, NULL, &now) == 0 && now.sa_sigaction == on_bus_error)
        return;
    sigaction(SIGBUS, &ours, &handled_before);
}

/* Not every file system can. */
static bool can_be_mapped(int fd)
{
    void *bytes = mmap(NULL, MAPPED_PIECE, PROT_READ, MAP_SHARED, fd, 0);
    return bytes != MAP_FAILED && munmap(bytes, MAPPED_PIECE) == 0;
}

struct mapped *mapped_open(const struct source *source)
{
    if (source->fd <= STDIN_FILENO || source->total < MAPPED_FROM || !can_be_mapped(source->fd))
        return NULL;
    bus_errors_handle();
    struct mapped *m = memory_zeroed(sizeof *m);
    m->fd = source->fd;
    m->next = opened;
    opened = m;
    return m;
}

static void touch(const volatile uint8_t *bytes, size_t len, size_t step)
{
    for (size_t i = 0; i < len; i += step)
        (void)bytes[i];
}

static void window_drop(struct mapped *m)
{
    if (m->bytes)
        munmap((void *)(uintptr_t)m->bytes, m->len);
    m->bytes = NULL;
    m->len = m->kept = 0;
}

/* What is not mapped cannot be fetched ahead. Asking for all of it (MADV_POPULATE_READ) looks at
   each page, and takes longer. */
static void window_fill(const struct mapped *m)
{
    madvise((void *)(uintptr_t)m->bytes, m->len, MADV_SEQUENTIAL);
    touch(m->bytes, m->len, PAGES_AT_ONCE);
}

ptrdiff_t mapped_move(struct mapped *m, uint64_t position, size_t n)
{
    struct stat now; /* the file may have grown */
    window_drop(m);
    if (fstat(m->fd, &now) != 0)
        return -1;
    if ((uint64_t)now.st_size <= position)
        return 0;
    m->position = position & ~(uint64_t)(LARGEST_PAGE - 1);
    uint64_t wanted = position - m->position + n;
    uint64_t there = (uint64_t)now.st_size - m->position;
    wanted = wanted > MAPPED_WINDOW ? wanted : MAPPED_WINDOW;
    m->len = (size_t)(wanted < there ? wanted : there);
    void *bytes = mmap(NULL, m->len, PROT_READ, MAP_SHARED, m->fd, (off_t)m->position);
    if (bytes == MAP_FAILED)
        return -1;
    m->bytes = bytes;
    m->kept = m->len;
    window_fill(m);
    return (ptrdiff_t)(m->position + m->len - position);
}

void mapped_fetch(const struct mapped *m, size_t from, size_t len)
{
    touch(m->bytes + from, len, CACHE_LINE);
}

void mapped_close(struct mapped *m)
{
    if (!m)
        return;
    window_drop(m);
    struct mapped **link = &opened;
    while (*link && *link != m)
        link = &(*link)->next;
    if (*link)
        *link = m->next;
    free(m);
}
