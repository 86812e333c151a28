/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is under way. Each piece is kept by the exact range in which it was sent until it is
 * acknowledged: when the same range is sent again, its size is known to be in trouble; when an
 * acknowledgement covers it, its size is known to pass. A range that was sent again in smaller
 * pieces proves nothing about the larger size.
 */
#include "analyze/flow/side.h"

enum { GROWTH_NUM = 13, GROWTH_DEN = 10 }; /* a retransmission timer doubles; jitter is smaller */

#define TWIN_MAX_NS 100000000LL /* shorter than any retransmission timeout */
#define TWIN_NO_ID_MAX_NS 1000000LL
#define RTT_TELLING_NS 1000000LL /* below, an answer's own delay is larger than the round trip */

static bool overlaps(struct span a, struct span b)
{
    return a.from < b.to && b.from < a.to;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_syn(const struct sending *s)
{
    return s->range.from == SIDE_BASE;
}

/*
 * The card numbers the packets that it makes onwards from the merged frame's id, so that the nth of
 * them is n ahead; what is sent again later is further ahead. Without ids, only what follows faster
 * than any answer is taken for a twin. The pieces in front of it are all of one size, so that the
 * end of a merged frame, when it is sent again by itself, has an id that does not fit.
 */
static bool is_twin(const struct sending *d, const struct packet *p, struct span range)
{
    int64_t apart = p->frame->ts_ns - d->last_ns;
    bool merged_first = d->merged;
    struct span whole = merged_first ? d->range : range, part = merged_first ? range : d->range;
    if (!d->id || !p->has_id)
        return apart < TWIN_NO_ID_MAX_NS;
    uint16_t ahead = (uint16_t)(merged_first ? p->id - d->id : d->id - p->id);
    if (part.from < whole.from || apart >= TWIN_MAX_NS)
        return false;
    uint64_t before = part.from - whole.from;
    return ahead <= before / (part.to - part.from) && (ahead == 0 || before % ahead == 0);
}

/* A burst that was recorded again as a whole: too long ago for the recent frames, but the id is
   that of the sending. What is sent again gets another. */
static bool is_same_packet(const struct sending *d, const struct packet *p)
{
    return d->id && p->has_id && d->id == p->id && p->frame->ts_ns - d->last_ns < TWIN_MAX_NS;
}

bool sendings_has_twin(const struct side *s, const struct packet *p, struct span range)
{
    for (uint32_t i = 0; i < s->n_sendings; i++) {
        const struct sending *d = &s->sendings[i];
        bool differs = d->range.from != range.from || d->range.to != range.to;
        if (!differs && is_same_packet(d, p))
            return true;
        bool larger_merged = d->merged || range.to - range.from > d->range.to - d->range.from;
        if (overlaps(d->range, range) && differs && larger_merged && is_twin(d, p, range))
            return true;
    }
    return false;
}

bool sendings_has(const struct side *s, struct span range)
{
    for (uint32_t i = 0; i < s->n_sendings; i++) {
        const struct span *held = &s->sendings[i].range;
        if (held->from == range.from && held->to == range.to)
            return true;
    }
    return false;
}

/* A larger packet that was sent after the error arrives: the error is stale or forged. */
static void unlearn_error(struct side *s, const struct sending *d)
{
    if (s->told.mtu && d->df && d->ip_len > s->told.mtu && d->first_ns > s->told.since_ns)
        s->told.mtu = 0;
}

static void note_delivered(struct side *s, const struct sending *d)
{
    if (d->merged || d->shrunk)
        return;
    unlearn_error(s, d);
    if (d->ip_len > s->largest.acked) {
        s->largest.acked = d->ip_len;
        s->largest.acked_frame = d->frames[0];
    }
    if (d->df && d->ip_len > s->largest.acked_df) {
        s->largest.acked_df = d->ip_len;
        s->largest.acked_df_frame = d->frames[0];
    }
    for (uint32_t i = 0; i < s->n_sendings; i++) {
        struct sending *other = &s->sendings[i];
        if (d->last_ns < other->first_ns || other->range.from == d->range.from)
            continue;
        if (d->ip_len >= other->ip_len)
            other->as_large_after = true;
        else
            other->smaller_after = true;
    }
    struct rdpath_repeated *worst = &s->path.repeated;
    if (worst->n_sent && d->last_ns > worst->last_ns) {
        worst->as_large_delivered_after |= d->ip_len >= worst->ip_len;
        worst->smaller_delivered_after |= d->ip_len < worst->ip_len;
    }
}

/*
 * A part of a merged frame arrived by itself. The card cut the frame at full size, so that a part
 * as long as another packet's payload held one as large. Once the sender has tried smaller packets,
 * nobody knows what full size was.
 */
static void note_part_delivered(struct side *s, struct sending *d, struct span part)
{
    uint64_t len = part.to - part.from;
    bool full = !d->shrunk && !s->shrank && !s->told.mtu;
    if (!d->shrunk && len > d->part_len)
        d->part_len = (uint32_t)len;
    for (uint32_t i = 0; i < s->n_sendings; i++) {
        struct sending *other = &s->sendings[i];
        if (other->merged || d->last_ns < other->first_ns || overlaps(other->range, part))
            continue;
        bool smaller = len < other->range.to - other->range.from;
        other->smaller_after |= smaller;
        other->as_large_after |= full && !smaller;
    }
    struct rdpath_repeated *worst = &s->path.repeated;
    if (worst->n_sent && d->last_ns > worst->last_ns) {
        bool smaller = len + s->path.header_len < worst->ip_len;
        worst->smaller_delivered_after |= smaller;
        worst->as_large_delivered_after |= full && !smaller;
    }
}

static bool is_worse(const struct rdpath_repeated *a, const struct rdpath_repeated *b)
{
    bool a_open = !a->acknowledged || a->shrunk, b_open = !b->acknowledged || b->shrunk;
    if (a_open != b_open)
        return a_open;
    return a->n_sent > b->n_sent;
}

static void keep_worst(struct side *s, const struct sending *d, bool acknowledged)
{
    if (d->n_sent < 2 || d->merged || is_syn(d))
        return;
    struct rdpath_repeated r = {
        .ip_len = d->ip_len,
        .n_sent = d->n_sent,
        .first_ns = d->first_ns,
        .last_ns = d->last_ns,
        .gaps_grow = d->n_growing > 0,
        .fragmentable = !d->df,
        .acknowledged = acknowledged,
        .shrunk = d->shrunk,
        .smaller_delivered_after = d->smaller_after || (acknowledged && d->shrunk),
        .as_large_delivered_after = d->as_large_after || (acknowledged && !d->shrunk),
    };
    for (uint32_t i = 0; i < SENDING_FRAMES && d->frames[i]; i++)
        frames_add(&r.frames, d->frames[i]);
    r.frames.total = d->n_sent;
    if (!s->path.repeated.n_sent || is_worse(&r, &s->path.repeated))
        s->path.repeated = r;
}

static void remove_at(struct side *s, uint32_t i)
{
    s->n_sendings--;
    for (; i < s->n_sendings; i++)
        s->sendings[i] = s->sendings[i + 1];
}

static void send_again(struct sending *d, const struct packet *p, rdpath_ref ref)
{
    int64_t gap = p->frame->ts_ns - d->last_ns;
    if (d->last_gap_ns > 0 && gap > d->last_gap_ns / GROWTH_DEN * GROWTH_NUM)
        d->n_growing++;
    d->last_gap_ns = gap;
    d->id = p->has_id ? (uint16_t)p->id : 0;
    d->last_ns = p->frame->ts_ns;
    if (d->n_sent < SENDING_FRAMES)
        d->frames[d->n_sent] = ref;
    d->n_sent++;
}

/* The same bytes in another packing: what was larger before is known to have been made smaller. A
   merged frame was sent as packets of unknown size: this one carries on its story. */
static bool repacks(struct side *s, struct sending *d)
{
    bool before = false;
    for (uint32_t i = 0; i < s->n_sendings; i++) {
        struct sending *other = &s->sendings[i];
        if (!overlaps(other->range, d->range))
            continue;
        before = true;
        if (other->merged) {
            uint64_t len = d->range.to - d->range.from;
            d->first_ns = other->first_ns;
            d->smaller_after |= other->smaller_after || (other->part_len && other->part_len < len);
            d->as_large_after |= other->as_large_after || other->part_len >= len;
            other->shrunk = true;
        } else if (!d->merged && d->ip_len < other->ip_len) {
            other->shrunk = s->shrank = true;
        }
    }
    return before;
}

uint32_t sendings_add(struct side *s, const struct segment *seg, const struct packet *p,
                      rdpath_ref ref)
{
    for (uint32_t i = 0; i < s->n_sendings; i++) {
        struct sending *d = &s->sendings[i];
        if (d->range.from == seg->range.from && d->range.to == seg->range.to) {
            send_again(d, p, ref);
            return d->n_sent - 1;
        }
    }
    struct sending d = {
        .range = seg->range,
        .ip_len = p->ip_len,
        .n_sent = 1,
        .first_ns = p->frame->ts_ns,
        .last_ns = p->frame->ts_ns,
        .id = p->has_id ? (uint16_t)p->id : 0,
        .df = p->df && !p->reassembled, /* the whole was never on the path */
        .merged = seg->merged,
        .frames = {ref},
    };
    d.sent_before = repacks(s, &d) || seg->kind == SEGMENT_AGAIN;
    if (s->n_sendings < SIDE_SENDINGS) {
        s->sendings = side_room(s->sendings, s->n_sendings, &s->sendings_room, sizeof d);
        s->sendings[s->n_sendings++] = d;
    }
    return d.sent_before ? 1 : 0;
}

static void note_rtt(struct side *s, const struct sending *d, int64_t now_ns)
{
    int64_t rtt = now_ns - d->first_ns;
    if (d->n_sent > 1 || d->sent_before || rtt < 0)
        return;
    if (s->path.rtt_ns == RDPATH_UNKNOWN || rtt < s->path.rtt_ns)
        s->path.rtt_ns = rtt;
}

/* An acknowledgement that comes sooner than a round trip after the last sending answers an earlier
   one: what was sent again was late, not lost. */
static void forgive_needless(struct side *s, const struct sending *d, int64_t now_ns)
{
    uint32_t again = d->n_sent - 1;
    if (again == 0 || s->path.rtt_ns == RDPATH_UNKNOWN || s->path.rtt_ns < RTT_TELLING_NS)
        return;
    if (now_ns - d->last_ns >= s->path.rtt_ns / 2)
        return;
    again = again < s->path.n_lost ? again : s->path.n_lost;
    s->path.n_lost -= again;
    s->n_forgiven += again;
}

void sendings_acked(struct side *s, uint64_t offset, int64_t now_ns)
{
    for (uint32_t i = 0; i < s->n_sendings;) {
        struct sending d = s->sendings[i];
        if (d.merged && !d.sacked && d.range.from < offset)
            note_part_delivered(s, &s->sendings[i],
                                (struct span){d.range.from, earlier(d.range.to, offset)});
        if (d.range.to > offset) {
            i++;
            continue;
        }
        remove_at(s, i);
        if (!d.sacked) {
            forgive_needless(s, &d, now_ns);
            note_rtt(s, &d, now_ns);
            note_delivered(s, &d);
        }
        keep_worst(s, &d, true);
    }
}

void sendings_sacked(struct side *s, struct span range, int64_t now_ns)
{
    for (uint32_t i = 0; i < s->n_sendings; i++) {
        struct sending *d = &s->sendings[i];
        if (d->merged && overlaps(d->range, range) && !d->sacked)
            note_part_delivered(s, d,
                                (struct span){later(d->range.from, range.from),
                                              earlier(d->range.to, range.to)});
        if (d->sacked || d->range.from < range.from || d->range.to > range.to)
            continue;
        d->sacked = true;
        note_rtt(s, d, now_ns);
        note_delivered(s, d);
    }
}

uint64_t sendings_finish(struct side *s)
{
    uint64_t lost_from = UINT64_MAX;
    for (uint32_t i = 0; i < s->n_sendings; i++) {
        const struct sending *d = &s->sendings[i];
        bool again = d->n_sent > 1 || d->sent_before;
        if (d->sacked || is_syn(d))
            continue;
        if (again && d->range.from < lost_from)
            lost_from = d->range.from;
        keep_worst(s, d, false);
    }
    return lost_from;
}
