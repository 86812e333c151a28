/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two windows: one is with the caller, one is being filled. The one being filled is divided into
 * pieces; the helper thread takes one after the other, and so does the caller when it comes back
 * for the window. Everything but the reading itself happens under one lock.
 */
#include "analyze/file/ahead.h"
#include "base/arena.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, PIECES = AHEAD_WINDOW / PIECE, HUGE_PAGE = 2 * 1024 * 1024 };

_Static_assert(AHEAD_HEADROOM + AHEAD_WINDOW <= HUGE_PAGE, "a window fits its page");

struct window {
    uint8_t *memory; /* headroom, then the bytes */
    uint64_t position;
    ptrdiff_t got[PIECES];
    int n_taken, n_filled;
};

struct ahead {
    int fd, error;
    uint8_t *memory;
    struct window windows[2];
    struct window *filling;
    pthread_t helper;
    pthread_mutex_t lock;
    pthread_cond_t to_do, filled;
    bool ends;
};

static ptrdiff_t read_at(int fd, uint8_t *to, size_t n, uint64_t position)
{
    size_t done = 0;
    while (done < n) {
        ssize_t got = pread(fd, to + done, n - done, (off_t)(position + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ptrdiff_t)done;
}

/* Takes the next piece and fills it. Called and left with the lock held. */
static void fill_piece(struct ahead *a, struct window *w)
{
    int i = w->n_taken++;
    size_t from = (size_t)i * PIECE;
    pthread_mutex_unlock(&a->lock);
    ptrdiff_t got = read_at(a->fd, w->memory + AHEAD_HEADROOM + from, PIECE, w->position + from);
    int error = errno;
    pthread_mutex_lock(&a->lock);
    if (got < 0)
        a->error = error;
    w->got[i] = got;
    if (++w->n_filled == PIECES)
        pthread_cond_signal(&a->filled);
}

static void *help(void *argument)
{
    struct ahead *a = argument;
    pthread_mutex_lock(&a->lock);
    while (!a->ends) {
        if (a->filling->n_taken < PIECES)
            fill_piece(a, a->filling);
        else
            pthread_cond_wait(&a->to_do, &a->lock);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

/* Both windows in one piece of huge pages, where the system has them: a page that is touched for
   the first time costs as much as copying it. */
static uint8_t *windows_allocate(void)
{
    uint8_t *memory = aligned_alloc(HUGE_PAGE, 2 * HUGE_PAGE);
    if (memory)
        madvise(memory, 2 * HUGE_PAGE, MADV_HUGEPAGE); /* no more than a wish */
    return memory;
}

static void ahead_free(struct ahead *a)
{
    free(a->memory);
    free(a);
}

struct ahead *ahead_open(const struct source *source, uint64_t position)
{
    bool own_position = source->fd <= STDIN_FILENO; /* "< file" may begin anywhere in it */
    if (own_position || source->total < position + AHEAD_FROM)
        return NULL;
    struct ahead *a = memory_zeroed(sizeof *a);
    a->fd = source->fd;
    a->memory = windows_allocate();
    for (size_t i = 0; i < 2; i++) {
        a->windows[i].memory = a->memory + i * HUGE_PAGE;
        a->windows[i].position = position;
    }
    a->filling = &a->windows[0];
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->to_do, NULL);
    pthread_cond_init(&a->filled, NULL);
    if (a->memory && pthread_create(&a->helper, NULL, help, a) == 0)
        return a;
    ahead_free(a);
    return NULL;
}

/* Bytes up to the first piece that is short: the end of the file, or where reading failed. */
static ptrdiff_t window_len(const struct window *w)
{
    ptrdiff_t len = 0;
    for (int i = 0; i < PIECES; i++) {
        if (w->got[i] < 0)
            return len > 0 ? len : -1;
        len += w->got[i];
        if (w->got[i] < PIECE)
            break;
    }
    return len;
}

uint8_t *ahead_place(const struct ahead *a)
{
    return a->filling->memory + AHEAD_HEADROOM;
}

ptrdiff_t ahead_next(struct ahead *a, uint8_t **bytes)
{
    struct window *w = a->filling;
    pthread_mutex_lock(&a->lock);
    while (w->n_taken < PIECES)
        fill_piece(a, w);
    while (w->n_filled < PIECES)
        pthread_cond_wait(&a->filled, &a->lock);
    ptrdiff_t len = window_len(w);
    struct window *other = w == &a->windows[0] ? &a->windows[1] : &a->windows[0];
    other->position = w->position + (uint64_t)(len > 0 ? len : 0);
    other->n_filled = 0;
    other->n_taken = 0;
    a->filling = other;
    pthread_cond_signal(&a->to_do);
    pthread_mutex_unlock(&a->lock);
    *bytes = w->memory + AHEAD_HEADROOM;
    errno = a->error;
    return len;
}

void ahead_close(struct ahead *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    a->ends = true;
    pthread_cond_signal(&a->to_do);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->helper, NULL);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->to_do);
    pthread_cond_destroy(&a->filled);
    ahead_free(a);
}
