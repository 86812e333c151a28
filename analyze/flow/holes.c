/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holes: ranges below side.next that the capture has not seen. A hole that is acknowledged was the
 * capture's own loss; one that stays open was the network's.
 */
#include "analyze/flow/side.h"

static bool touches(const struct hole *h, struct span range)
{
    return range.from < h->range.to && h->range.from < range.to;
}

static void hole_remove(struct side *s, uint32_t i)
{
    s->n_holes--;
    for (; i < s->n_holes; i++)
        s->holes[i] = s->holes[i + 1];
    if (s->n_holes == 0) {
        s->largest_since_hole = 0;
        s->hole_frames = (struct rdpath_frames){0};
    }
}

/* Holes open at the high end only, so that they stay in order. */
void holes_open(struct side *s, struct span range, int64_t now_ns)
{
    if (s->n_holes == SIDE_HOLES) { /* keep the low ones: they are what the receiver waits for */
        s->path.limit_reached = true;
        return;
    }
    s->holes = side_room(s->holes, s->n_holes, &s->holes_room, sizeof *s->holes);
    s->holes[s->n_holes++] = (struct hole){range, now_ns};
}

const struct hole *holes_first(const struct side *s, struct span range)
{
    for (uint32_t i = 0; i < s->n_holes; i++) {
        if (touches(&s->holes[i], range))
            return &s->holes[i];
    }
    return NULL;
}

static uint64_t hole_cut(struct side *s, uint32_t i, struct span range)
{
    struct span hole = s->holes[i].range;
    bool before = hole.from < range.from, after = range.to < hole.to;
    if (before && after && s->n_holes < SIDE_HOLES) {
        s->holes = side_room(s->holes, s->n_holes, &s->holes_room, sizeof *s->holes);
        for (uint32_t k = s->n_holes++; k > i; k--)
            s->holes[k] = s->holes[k - 1];
        s->holes[i + 1].range.from = range.to;
        s->holes[i].range.to = range.from;
    } else if (before) {
        s->holes[i].range.to = range.from;
    } else if (after) {
        s->holes[i].range.from = range.to;
    } else {
        hole_remove(s, i);
    }
    return (after ? range.to : hole.to) - (before ? range.from : hole.from);
}

uint64_t holes_fill(struct side *s, struct span range)
{
    uint64_t filled = 0;
    for (uint32_t i = s->n_holes; i-- > 0;) {
        if (touches(&s->holes[i], range))
            filled += hole_cut(s, i, range);
    }
    return filled;
}
