/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holes: ranges below side.next that the capture has not seen. A hole that is acknowledged was the
 * capture's own loss; one that stays open was the network's.
 */
#include "analyze/flow/side.h"

static void hole_remove(struct side *s, uint32_t i)
{
    s->n_holes--;
    for (; i < s->n_holes; i++)
        s->holes[i] = s->holes[i + 1];
    if (s->n_holes == 0) {
        s->hole_since_ns = RDPATH_UNKNOWN;
        s->largest_since_hole = 0;
        s->hole_frames = (struct rdpath_frames){0};
    }
}

/* Holes open at the high end only, so that they stay in order. */
void holes_open(struct side *s, struct span range, int64_t now_ns)
{
    if (s->n_holes == SIDE_HOLES) /* keep the low ones: they are what the receiver waits for */
        return;
    if (s->n_holes == 0)
        s->hole_since_ns = now_ns;
    s->holes[s->n_holes++] = range;
}

bool holes_touch(const struct side *s, struct span range)
{
    for (uint32_t i = 0; i < s->n_holes; i++) {
        if (range.from < s->holes[i].to && s->holes[i].from < range.to)
            return true;
    }
    return false;
}

uint64_t holes_len(const struct side *s, struct span range)
{
    for (uint32_t i = 0; i < s->n_holes; i++) {
        if (range.from < s->holes[i].to && s->holes[i].from < range.to)
            return s->holes[i].to - s->holes[i].from;
    }
    return 0;
}

static void hole_cut(struct side *s, uint32_t i, struct span range)
{
    struct span hole = s->holes[i];
    bool before = hole.from < range.from, after = range.to < hole.to;
    if (before && after && s->n_holes < SIDE_HOLES) {
        for (uint32_t k = s->n_holes++; k > i + 1; k--)
            s->holes[k] = s->holes[k - 1];
        s->holes[i].to = range.from;
        s->holes[i + 1] = (struct span){range.to, hole.to};
    } else if (before) {
        s->holes[i].to = range.from;
    } else if (after) {
        s->holes[i].from = range.to;
    } else {
        hole_remove(s, i);
    }
}

void holes_fill(struct side *s, struct span range)
{
    for (uint32_t i = s->n_holes; i-- > 0;) {
        if (range.from < s->holes[i].to && s->holes[i].from < range.to)
            hole_cut(s, i, range);
    }
}

uint64_t holes_acked(struct side *s, uint64_t offset)
{
    uint64_t missed = 0;
    while (s->n_holes && s->holes[0].from < offset) {
        struct span *hole = &s->holes[0];
        uint64_t upto = hole->to < offset ? hole->to : offset;
        missed += upto - hole->from;
        hole->from = upto;
        if (hole->from == hole->to)
            hole_remove(s, 0);
    }
    return missed;
}
