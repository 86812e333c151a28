/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payload of one side in order. What arrives in order is handed out straight from the frame;
 * only what comes early is copied and queued: no more than SIDE_QUEUE_MAX of it, what the queue
 * itself needs included, and no more than the budget of all flows has left. A range that the
 * capture will never hold is handed out as a gap: one that the peer acknowledged, one whose bytes
 * the snaplen cut off, or one that made the queue run full.
 */
#include "analyze/flow/flow.h"
#include "base/arena.h"

#include <stdlib.h>

/* Single bytes cost as much as they take, so that they cannot make a list without end. */
static uint32_t queued_size(uint32_t len)
{
    return len + (uint32_t)sizeof(struct queued);
}

static void queue_put(struct side *s, uint64_t from, struct reader bytes)
{
    uint32_t len = (uint32_t)bytes.left;
    if (len == 0)
        return;
    if (s->stream.queue_len + queued_size(len) > SIDE_QUEUE_MAX ||
        !budget_take(s->stream.budget, queued_size(len))) {
        s->path.limit_reached = true;
        return;
    }
    struct queued **link = &s->stream.queue;
    while (*link && (*link)->from <= from)
        link = &(*link)->next;
    struct queued *q = memory_zeroed(queued_size(len));
    q->from = from;
    q->len = len;
    q->ts_ns = s->stream.now_ns;
    q->frame = s->stream.now_frame;
    memcpy(q->bytes, bytes.at, len);
    q->next = *link;
    *link = q;
    s->stream.queue_len += queued_size(len);
}

void stream_put(struct side *s, const struct segment *seg, const struct tcp_segment *t)
{
    s->stream.now = (struct reader){0};
    if (t->payload_len == 0 || seg->range.to <= s->stream.read)
        return;
    if (seg->range.from > s->stream.read) {
        queue_put(s, seg->range.from, t->payload);
        return;
    }
    s->stream.now = t->payload;
    s->stream.now_from = seg->range.from;
}

static void chunk_set(struct side *s, struct flow_chunk *c, struct reader bytes, uint64_t from)
{
    uint64_t skip = s->stream.read > from ? s->stream.read - from : 0;
    if (skip < bytes.left)
        reader_skip(&bytes, (size_t)skip);
    else
        bytes.left = 0;
    bytes.tail = READER_MORE;
    c->bytes = bytes;
    s->stream.read += bytes.left;
    c->end = s->stream.read;
}

static bool read_now(struct side *s, struct flow_chunk *c)
{
    struct reader now = s->stream.now;
    s->stream.now = (struct reader){0};
    if (!now.at || now.left == 0)
        return false;
    c->ts_ns = s->stream.now_ns;
    c->frame = s->stream.now_frame;
    chunk_set(s, c, now, s->stream.now_from);
    return c->bytes.left > 0;
}

static struct queued *queue_take(struct side *s)
{
    struct queued *q = s->stream.queue;
    s->stream.queue = q->next;
    s->stream.queue_len -= queued_size(q->len);
    budget_give(s->stream.budget, queued_size(q->len));
    return q;
}

static bool read_queue(struct side *s, struct flow_chunk *c)
{
    while (s->stream.queue && s->stream.queue->from <= s->stream.read) {
        struct queued *q = queue_take(s);
        free(s->stream.lent);
        s->stream.lent = q;
        c->ts_ns = q->ts_ns;
        c->frame = q->frame;
        chunk_set(s, c, reader_of(q->bytes, q->len, READER_MORE), q->from);
        if (c->bytes.left)
            return true;
    }
    return false;
}

/* How far the reader may be moved on although bytes are missing. */
static uint64_t give_up_at(const struct side *s)
{
    uint64_t limit = s->acked < s->next ? s->acked : s->next;
    if (s->fin && s->fin < limit)
        limit = s->fin;
    bool full = s->stream.queue_len > SIDE_QUEUE_MAX / 2;
    if (full && s->stream.queue->from > limit)
        limit = s->stream.queue->from;
    if (s->stream.queue && s->stream.queue->from < limit)
        limit = s->stream.queue->from;
    return limit;
}

static bool read_gap(struct side *s, struct flow_chunk *c)
{
    uint64_t limit = give_up_at(s);
    if (limit <= s->stream.read)
        return false;
    c->gap = limit - s->stream.read;
    c->ts_ns = s->stream.now_ns;
    c->frame = s->stream.now_frame;
    s->stream.read = limit;
    c->end = limit;
    return true;
}

bool stream_read(struct side *s, struct flow_chunk *c)
{
    *c = (struct flow_chunk){0};
    return s->known && (read_now(s, c) || read_queue(s, c) || read_gap(s, c));
}

void stream_free(struct side *s)
{
    while (s->stream.queue)
        free(queue_take(s));
    free(s->stream.lent);
    s->stream.lent = NULL;
}
