/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/tail.h"

#include "capture/line.h"
#include "capture/sink_file.h"

bool tail_open(struct tail *t, const struct sink_options *o)
{
    uint32_t n = o->n_files > 1 ? o->n_files : 1;
    for (t->n_files = 0; t->n_files < n; t->n_files++) {
        char path[SINK_PATH_SIZE];
        sink_path(o, t->n_files, path);
        t->fds[t->n_files] = sink_file_open_again(path);
        if (t->fds[t->n_files] < 0)
            return false;
    }
    t->begun = 1;
    return true;
}

/* How far the present file may be read: up to the last whole block that was told, or all of it. */
static uint64_t limit_of(const struct tail *t)
{
    bool told = t->begun == t->news.begun && !t->lost;
    return told ? t->news.file_len : UINT64_MAX;
}

ptrdiff_t tail_read(struct tail *t, void *to, size_t n)
{
    for (;;) {
        if (t->news.begun - t->begun >= t->n_files) { /* the ring came round */
            t->n_missed += t->news.begun - t->begun;
            t->begun = t->news.begun;
            t->at = 0;
        }
        uint64_t left = limit_of(t) - t->at;
        ptrdiff_t got = left ? sink_file_read(t->fds[(t->begun - 1) % t->n_files], t->at, to,
                                              n < left ? n : (size_t)left)
                             : 0;
        if (got > 0) {
            t->at += (uint64_t)got;
            t->idle = false;
            return got;
        }
        if (t->begun == t->news.begun)
            break;
        t->begun++;
        t->at = 0;
    }
    if (t->over)
        return 0;
    line_listen(t, t->idle ? TAIL_IDLE_MS : TAIL_WAIT_MS);
    t->idle = true;
    return TAIL_NOTHING_YET;
}

void tail_obey(struct tail *t, const struct tail_message *m)
{
    t->stop_wanted |= m->what == TAIL_STOP;
    if (m->what != TAIL_CLIENT_LEFT)
        return;
    t->client_left = true;
    t->client = m->client;
}

void tail_stop(struct tail *t)
{
    if (!t->over)
        line_stop(t);
}

void tail_close(struct tail *t)
{
    for (uint32_t i = 0; i < t->n_files; i++)
        sink_file_close(t->fds[i]);
    t->n_files = 0;
}
