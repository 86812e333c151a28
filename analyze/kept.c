/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets that a report draws. Of a long connection the first 1,200 and the last 800 are kept:
 * attempts fail at their beginning, and sessions at their end.
 */
#include "analyze/trial.h"

#include <stdlib.h>

enum { KEPT_FIRST = 1200, KEPT_LAST = RDPATH_PACKETS_MAX - KEPT_FIRST };

static struct kept *kept_place(struct kept_packets *k)
{
    uint32_t n = k->n_seen++;
    if (n == 0)
        k->list = memory_zeroed(64 * sizeof *k->list);
    else if (n >= 64 && n < RDPATH_PACKETS_MAX && (n & (n - 1)) == 0)
        k->list = memory_resized(k->list, 2 * n * sizeof *k->list);
    return &k->list[n < KEPT_FIRST ? n : KEPT_FIRST + (n - KEPT_FIRST) % KEPT_LAST];
}

/* What the segment itself tells; the rest is known when the connection is over. */
static enum rdpath_fate fate_told(enum segment_kind kind)
{
    if (kind == SEGMENT_DUPLICATE)
        return RDPATH_FATE_DUPLICATE;
    return kind == SEGMENT_DAMAGED ? RDPATH_FATE_LOST : RDPATH_FATE_UNKNOWN;
}

void kept_add(struct talk *talk, const struct packet *p, const struct flow_event *ev,
              struct moment at)
{
    *kept_place(&talk->kept) = (struct kept){
        .packet =
            {
                .ts_ns = at.ts_ns,
                .frame = at.frame,
                .ip_len = p->ip_len,
                .payload_len = ev->tcp.payload_len,
                .direction = (uint8_t)ev->direction,
                .kind = RDPATH_PACKET_TCP,
                .tcp_flags = ev->tcp.flags,
                .fate = (uint8_t)fate_told(ev->segment.kind),
                .again = (uint8_t)(ev->again < 255 ? ev->again : 255),
                .merged = ev->segment.merged,
            },
        .range = ev->segment.range,
        .needless = ev->segment.kind == SEGMENT_AGAIN_ACKED,
    };
}

static bool was_sacked(const struct side *s, struct span range)
{
    for (uint32_t i = 0; i < s->n_sendings; i++) {
        const struct sending *d = &s->sendings[i];
        if (d->sacked && d->range.from <= range.from && range.to <= d->range.to)
            return true;
    }
    return false;
}

static bool sent_again_later(const struct kept *list, uint32_t n, uint32_t i)
{
    for (uint32_t k = i + 1; k < n; k++) {
        if (list[k].packet.direction == list[i].packet.direction && !list[k].needless &&
            list[k].packet.fate == RDPATH_FATE_UNKNOWN && list[k].range.from < list[i].range.to &&
            list[i].range.from < list[k].range.to)
            return true;
    }
    return false;
}

static enum rdpath_fate fate_of(const struct talk *talk, const struct kept *list, uint32_t n,
                                uint32_t i)
{
    const struct kept *k = &list[i];
    const struct side *s = &talk->flow->side[k->packet.direction];
    bool at_receiver =
        talk->trial->attempt.result.vantage ==
        (k->packet.direction == RDPATH_TO_SERVER ? RDPATH_AT_SERVER : RDPATH_AT_CLIENT);
    if (k->packet.fate != RDPATH_FATE_UNKNOWN)
        return (enum rdpath_fate)k->packet.fate;
    bool asks = k->packet.payload_len > 0 || k->packet.tcp_flags & TCP_SYN; /* for an answer */
    if (at_receiver || !asks || k->needless || was_sacked(s, k->range))
        return RDPATH_FATE_DELIVERED;
    if (sent_again_later(list, n, i))
        return RDPATH_FATE_LOST;
    if (k->range.to <= s->acked)
        return RDPATH_FATE_DELIVERED;
    return k->packet.again ? RDPATH_FATE_LOST : RDPATH_FATE_UNKNOWN;
}

static void kept_unroll(const struct kept_packets *k, struct kept *list, uint32_t n)
{
    uint32_t turned = k->n_seen > n ? (k->n_seen - KEPT_FIRST) % KEPT_LAST : 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t from = i < KEPT_FIRST ? i : KEPT_FIRST + (i - KEPT_FIRST + turned) % KEPT_LAST;
        list[i] = k->list[from];
    }
}

static struct talk *decisive_talk(struct trial *t)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        if (t->talks[i]->record == t->attempt.decisive)
            return t->talks[i];
    }
    return t->talks[0];
}

void kept_list(struct trial *t)
{
    if (t->attempt.n_connections == 0) /* UDP alone */
        return;
    struct talk *talk = decisive_talk(t);
    uint32_t n = talk->kept.n_seen < RDPATH_PACKETS_MAX ? talk->kept.n_seen : RDPATH_PACKETS_MAX;
    if (n == 0)
        return;
    struct kept *list = arena_alloc(&t->attempt.arena, n * sizeof *list);
    struct rdpath_packet *packets = arena_alloc(&t->attempt.arena, n * sizeof *packets);
    kept_unroll(&talk->kept, list, n);
    for (uint32_t i = 0; i < n; i++) {
        packets[i] = list[i].packet;
        packets[i].fate = (uint8_t)fate_of(talk, list, n, i);
    }
    t->attempt.result.packets = packets;
    t->attempt.result.n_packets = n;
    t->attempt.result.n_packets_seen = talk->kept.n_seen;
}

void kept_free(struct kept_packets *k)
{
    free(k->list);
}
