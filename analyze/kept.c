/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/kept.h"

#include "analyze/trial.h"

#include <stdlib.h>

enum {
    TCP_FIRST = KEPT_FIRST,
    TCP_LAST = RDPATH_PACKETS_MAX - KEPT_FIRST,
    UDP_FIRST = 80, /* its handshake, and what follows */
    UDP_LAST = 48,
    ROOM_FIRST = 32,
    UDP_HEADER_LEN = 8,
};

/* ---- the list -------------------------------------------------------------------------------- */

struct kept *kept_place(struct kept_packets *k, uint16_t first, uint16_t last)
{
    uint32_t n = k->n_seen++, most = (uint32_t)first + last;
    k->first = first;
    k->last = last;
    if (n == 0)
        k->list = memory_zeroed(ROOM_FIRST * sizeof *k->list);
    else if (n >= ROOM_FIRST && n < most && (n & (n - 1)) == 0)
        k->list = memory_resized(k->list, 2 * n * sizeof *k->list);
    return &k->list[n < first ? n : first + (n - first) % last];
}

uint32_t kept_count(const struct kept_packets *k)
{
    uint32_t most = (uint32_t)k->first + k->last;
    return k->n_seen < most ? k->n_seen : most;
}

struct kept *kept_at(const struct kept_packets *k, uint32_t n)
{
    uint32_t turned = k->n_seen > kept_count(k) ? (k->n_seen - k->first) % k->last : 0;
    return &k->list[n < k->first ? n : k->first + (n - k->first + turned) % k->last];
}

void kept_free(struct kept_packets *k)
{
    free(k->list);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

static struct rdpath_packet packet_of(const struct packet *p, struct moment at,
                                      enum rdpath_direction way)
{
    return (struct rdpath_packet){
        .ts_ns = at.ts_ns,
        .frame = at.frame,
        .ip_len = p->ip_len,
        .direction = (uint8_t)way,
        .fate = RDPATH_FATE_UNKNOWN,
        .ttl = p->ttl,
        .has_ip_id = p->has_id,
        .whole_again = p->reassembled,
        .ip_id = p->id,
    };
}

/* What the segment itself tells; the rest is known when the connection is over. */
static enum rdpath_fate fate_told(enum segment_kind kind)
{
    if (kind == SEGMENT_DUPLICATE)
        return RDPATH_FATE_DUPLICATE;
    return kind == SEGMENT_DAMAGED ? RDPATH_FATE_LOST : RDPATH_FATE_UNKNOWN;
}

static enum rdpath_packet_note note_of(const struct flow_event *ev)
{
    if (ev->segment.kind == SEGMENT_KEEPALIVE || ev->segment.kind == SEGMENT_PROBE)
        return RDPATH_NOTE_KEEP_ALIVE;
    return ev->tcp.n_sack ? RDPATH_NOTE_SACK : RDPATH_NOTE_NONE;
}

void kept_add(struct talk *talk, const struct packet *p, const struct flow_event *ev,
              struct moment at)
{
    struct kept *k = kept_place(&talk->kept, TCP_FIRST, TCP_LAST);
    k->packet = packet_of(p, at, ev->direction);
    k->packet.kind = RDPATH_PACKET_TCP;
    k->packet.payload_len = ev->tcp.payload_len;
    k->packet.tcp_flags = ev->tcp.flags;
    k->packet.fate = (uint8_t)fate_told(ev->segment.kind);
    k->packet.again = (uint8_t)(ev->again < 255 ? ev->again : 255);
    k->packet.merged = ev->segment.merged;
    k->packet.note = (uint8_t)note_of(ev);
    k->range = ev->segment.range;
    k->needless = ev->segment.kind == SEGMENT_AGAIN_ACKED;
}

/* Acknowledgements name sendings as long as these are remembered. */
static void settle_datagrams(struct leg_watch *w)
{
    uint32_t n = kept_count(&w->kept);
    for (uint32_t i = n > UDP_LAST ? n - UDP_LAST : 0; i < n; i++) {
        struct rdpath_packet *p = &kept_at(&w->kept, i)->packet;
        if (p->note == RDPATH_NOTE_DATA && p->fate != RDPATH_FATE_DELIVERED)
            p->fate =
                (uint8_t)datagrams_fate(w->wire, (enum rdpath_direction)p->direction, p->frame);
    }
}

void kept_add_datagram(struct leg_watch *w, const struct packet *p,
                       const struct datagram_told *told, struct moment at)
{
    struct kept *k = kept_place(&w->kept, UDP_FIRST, UDP_LAST);
    *k = (struct kept){.packet = packet_of(p, at, told->direction)};
    k->packet.kind = RDPATH_PACKET_UDP;
    k->packet.payload_len =
        p->transport_len > UDP_HEADER_LEN ? p->transport_len - UDP_HEADER_LEN : 0;
    k->packet.note = (uint8_t)told->note;
    k->packet.again = told->again;
    if (told->duplicate)
        k->packet.fate = RDPATH_FATE_DUPLICATE;
    settle_datagrams(w);
}

void kept_add_fragment(struct kept_packets *kept, const struct packet *p, struct moment at,
                       enum rdpath_direction way)
{
    bool udp = p->protocol == IP_UDP;
    struct kept *k = kept_place(kept, udp ? UDP_FIRST : TCP_FIRST, udp ? UDP_LAST : TCP_LAST);
    *k = (struct kept){.packet = packet_of(p, at, way)};
    k->packet.kind = udp ? RDPATH_PACKET_UDP : RDPATH_PACKET_TCP;
    k->packet.payload_len = p->transport_len;
    k->packet.note = RDPATH_NOTE_FRAGMENT;
}
