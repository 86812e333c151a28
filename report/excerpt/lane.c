/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/lane.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { LANE_FIRST = 1024, RANGES_FIRST = 16 };

/* The room for so many of that size; what it was where the budget has no more. */
static uint32_t room_for(struct lane *l, uint32_t room, uint32_t needed, size_t size)
{
    uint32_t more = room;
    while (more < needed)
        more *= 2;
    return budget_take(l->budget, (more - room) * size) ? more : room;
}

static bool bytes_grow(struct lane *l, uint32_t needed)
{
    if (needed <= l->size)
        return true;
    uint32_t size = room_for(l, l->size ? l->size : LANE_FIRST, needed, 1);
    if (size < needed)
        return false;
    l->size = size;
    l->bytes = memory_resized(l->bytes, size);
    return true;
}

static bool ranges_grow(struct lane *l)
{
    if (l->n < l->room)
        return true;
    uint32_t room = room_for(l, l->room ? l->room : RANGES_FIRST, l->n + 1, sizeof *l->ranges);
    if (room <= l->n)
        return false;
    l->room = room;
    l->ranges = memory_resized(l->ranges, room * sizeof *l->ranges);
    return true;
}

void lane_free(struct lane *l)
{
    free(l->ranges);
    free(l->bytes);
}

void lane_keep(struct lane *l, uint64_t from, const uint8_t *bytes, uint32_t len)
{
    const struct lane_range *last = l->n ? &l->ranges[l->n - 1] : NULL;
    bool joins = last && last->from + last->len == from;
    if (len == 0 || len > UINT32_MAX / 4 - l->len || !bytes_grow(l, l->len + len) ||
        (!joins && !ranges_grow(l)))
        return;
    memcpy(l->bytes + l->len, bytes, len);
    if (joins)
        l->ranges[l->n - 1].len += len;
    else
        l->ranges[l->n++] = (struct lane_range){from, len, l->len};
    l->len += len;
}

static int by_place(const void *a, const void *b)
{
    uint64_t x = ((const struct lane_range *)a)->from, y = ((const struct lane_range *)b)->from;
    return (x > y) - (x < y);
}

void lane_close(struct lane *l)
{
    if (l->n)
        qsort(l->ranges, l->n, sizeof *l->ranges, by_place);
}

/* The first range that ends behind from: they do not overlap. */
static uint32_t first_behind(const struct lane *l, uint64_t from)
{
    uint32_t low = 0, high = l->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (l->ranges[middle].from + l->ranges[middle].len <= from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t lane_copy(const struct lane *l, uint64_t from, uint8_t *to, uint32_t len)
{
    uint32_t end = 0;
    for (uint32_t i = first_behind(l, from); i < l->n && l->ranges[i].from < from + len; i++) {
        const struct lane_range *r = &l->ranges[i];
        uint64_t first = r->from > from ? r->from : from;
        uint64_t last = r->from + r->len < from + len ? r->from + r->len : from + len;
        if (to)
            memcpy(to + (first - from), l->bytes + r->at + (first - r->from), last - first);
        end = (uint32_t)(last - from);
    }
    return end;
}
