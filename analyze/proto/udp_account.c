/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/udp_account.h"

enum { SIZE_SLACK = 16 }; /* acknowledgements that ride along make a repetition as much longer */

static struct udp_sent *piece_find(struct udp_account *a, uint32_t piece)
{
    for (uint32_t i = 1; i <= UDP_SENT_MAX && i <= a->n; i++) {
        struct udp_sent *s = &a->ring[(a->n - i) % UDP_SENT_MAX];
        if (s->has_piece && s->piece == piece)
            return s;
    }
    return NULL;
}

static void repeated_heal(const struct udp_account *a, struct leg_way *way,
                          const struct udp_sent *s)
{
    struct rdpath_repeated *r = &way->repeated;
    if (r->n_sent == 0 || s->ts_ns < r->first_ns)
        return;
    if (s->has_piece && s->piece == a->worst)
        r->acknowledged = true;
    if ((uint32_t)s->ip_len + SIZE_SLACK < r->ip_len)
        r->smaller_delivered_after = true;
    else
        r->as_large_delivered_after = true;
}

static void repeated_begin(struct udp_account *a, struct leg_way *way, const struct udp_sent *first)
{
    a->worst = first->piece;
    a->gap_ns = 0;
    way->repeated = (struct rdpath_repeated){
        .ip_len = first->ip_len,
        .n_sent = 1,
        .first_ns = first->ts_ns,
        .last_ns = first->ts_ns,
        .frames = frames_of(first->frame),
    };
    for (uint32_t i = 0; i < UDP_SENT_MAX; i++) { /* those behind it that arrived meanwhile */
        if (a->ring[i].used && a->ring[i].acked)
            repeated_heal(a, way, &a->ring[i]);
    }
}

/* The oldest piece that is stuck is the one to tell of. */
static void repeated_note(struct udp_account *a, struct leg_way *way, const struct udp_sent *before,
                          const struct udp_sent *s)
{
    struct rdpath_repeated *r = &way->repeated;
    if (r->n_sent == 0 || (r->acknowledged && a->worst != s->piece))
        repeated_begin(a, way, before);
    if (a->worst != s->piece)
        return;
    int64_t gap_ns = s->ts_ns - r->last_ns;
    r->gaps_grow = a->gap_ns > 0 && gap_ns > a->gap_ns;
    a->gap_ns = gap_ns;
    r->n_sent++;
    r->last_ns = s->ts_ns;
    if (s->ip_len < r->ip_len)
        r->ip_len = s->ip_len;
    frames_add(&r->frames, s->frame);
}

void udp_account_sent(struct udp_account *a, struct leg_way *way, const struct udp_sent *sent)
{
    struct udp_sent s = *sent;
    struct udp_sent *before = s.has_piece ? piece_find(a, s.piece) : NULL;
    s.used = true;
    s.acked = false;
    s.again = 0;
    if (before) {
        s.again = before->again < 255 ? (uint8_t)(before->again + 1) : before->again;
        way->n_again++;
        way->n_lost += !before->acked;
        if (!before->acked)
            repeated_note(a, way, before, &s);
    } else if (s.has_piece) {
        way->n_data++;
    }
    a->ring[a->n++ % UDP_SENT_MAX] = s;
}

void udp_account_delivered(struct leg_way *way, uint32_t ip_len, rdpath_ref frame)
{
    if (ip_len <= way->largest_delivered)
        return;
    way->largest_delivered = ip_len;
    way->largest_frame = frame;
}

void udp_account_acked(struct udp_account *a, struct leg_way *way, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < UDP_SENT_MAX; i++) {
        struct udp_sent *s = &a->ring[i];
        if (!s->used || s->acked || ((s->number - from) & a->mask) > ((to - from) & a->mask))
            continue;
        s->acked = true;
        way->n_acked++;
        udp_account_delivered(way, s->ip_len, s->frame);
        repeated_heal(a, way, s);
    }
}

enum rdpath_fate udp_account_fate(const struct udp_account *a, rdpath_ref frame)
{
    uint32_t oldest = a->n < UDP_SENT_MAX ? 0 : a->n - UDP_SENT_MAX;
    const struct udp_sent *sent = NULL;
    for (uint32_t i = oldest; i < a->n; i++) {
        const struct udp_sent *s = &a->ring[i % UDP_SENT_MAX];
        if (sent && s->has_piece && s->piece == sent->piece)
            return RDPATH_FATE_LOST;
        if (s->frame != frame)
            continue;
        if (s->acked)
            return RDPATH_FATE_DELIVERED;
        sent = s->has_piece ? s : sent;
    }
    return sent && sent->again ? RDPATH_FATE_LOST : RDPATH_FATE_UNKNOWN;
}
