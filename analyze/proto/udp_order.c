/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces wait here in a small set, copied. The one in front is given as soon as it is the next;
 * when the set is full, what is missing before it never comes: the capture does not hold it.
 */
#include "analyze/proto/udp_order.h"

#include <string.h>

static bool is_old(const struct udp_order *o, uint32_t seq)
{
    return (int32_t)(seq - o->next) < 0;
}

void udp_order_take(struct udp_order *o, const struct udp_piece *piece)
{
    size_t len = piece->bytes.left;
    if (!o->known) {
        o->known = true;
        o->next = piece->seq;
    }
    if (is_old(o, piece->seq) || len > UDP_PIECE_MAX || o->n_early == UDP_EARLY_MAX)
        return;
    for (uint32_t i = 0; i < o->n_early; i++) {
        if (o->early[i].seq == piece->seq)
            return;
    }
    if (!budget_take(o->held, len))
        return;
    struct udp_piece *p = &o->early[o->n_early++];
    *p = *piece;
    p->copy = memory_zeroed(len + 1);
    struct reader r = piece->bytes;
    if (len)
        memcpy(p->copy, reader_take(&r, len), len);
    p->bytes = reader_of(p->copy, len, READER_MORE);
}

static uint32_t earliest(const struct udp_order *o)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < o->n_early; i++) {
        if ((int32_t)(o->early[i].seq - o->early[best].seq) < 0)
            best = i;
    }
    return best;
}

bool udp_order_next(struct udp_order *o, bool last, struct udp_piece *piece, bool *gap)
{
    if (o->n_early == 0)
        return false;
    uint32_t i = earliest(o);
    *gap = o->early[i].seq != o->next;
    if (*gap && !last && o->n_early < UDP_EARLY_MAX)
        return false;
    o->n_gaps += *gap;
    *piece = o->early[i];
    o->early[i] = o->early[--o->n_early];
    o->next = piece->seq + 1;
    budget_give(o->held, piece->bytes.left);
    memory_release(o->given);
    o->given = piece->copy;
    return true;
}

void udp_order_free(struct udp_order *o)
{
    for (uint32_t i = 0; i < o->n_early; i++) {
        budget_give(o->held, o->early[i].bytes.left);
        memory_release(o->early[i].copy);
    }
    o->n_early = 0;
    memory_release(o->given);
    o->given = NULL;
}
