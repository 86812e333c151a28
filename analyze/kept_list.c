/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When an attempt is over: what became of each packet that was kept, and all of them in one list.
 * Of more than RDPATH_PACKETS_MAX the middle is left out.
 */
#include "analyze/attempt/leg.h"
#include "analyze/trial.h"

#include <stdlib.h>

/* ---- fates ----------------------------------------------------------------------------------- */

static bool was_sacked(const struct side *s, struct span range)
{
    for (uint32_t i = 0; i < s->n_sendings; i++) {
        const struct sending *d = &s->sendings[i];
        if (d->sacked && d->range.from <= range.from && range.to <= d->range.to)
            return true;
    }
    return false;
}

static bool sent_again_later(const struct kept_packets *kept, uint32_t i)
{
    const struct kept *k = kept_at(kept, i);
    for (uint32_t n = kept_count(kept); ++i < n;) {
        const struct kept *later = kept_at(kept, i);
        if (later->packet.direction == k->packet.direction && !later->needless &&
            later->packet.note != RDPATH_NOTE_KEEP_ALIVE &&
            later->packet.fate == RDPATH_FATE_UNKNOWN && later->range.from < k->range.to &&
            k->range.from < later->range.to)
            return true;
    }
    return false;
}

/*
 * A question whether the peer is alive (RFC 9293, 3.8.4), or takes data again (3.8.6.1): its byte
 * is old, or is refused, so that no acknowledgement covers it. A bare one before the next question
 * answers it.
 */
static bool was_answered(const struct kept_packets *kept, uint32_t i)
{
    uint32_t way = kept_at(kept, i)->packet.direction;
    for (uint32_t n = kept_count(kept); ++i < n;) {
        const struct rdpath_packet *later = &kept_at(kept, i)->packet;
        if (later->direction == way && later->note == RDPATH_NOTE_KEEP_ALIVE)
            return false;
        if (later->direction != way && later->payload_len == 0 && later->tcp_flags & TCP_ACK)
            return true;
    }
    return false;
}

/* Seen where it was going to. */
static bool is_at_receiver(const struct trial *t, const struct rdpath_packet *p)
{
    return t->attempt.result.vantage ==
           (p->direction == RDPATH_TO_SERVER ? RDPATH_AT_SERVER : RDPATH_AT_CLIENT);
}

static enum rdpath_fate fate_of(const struct talk *talk, uint32_t i)
{
    const struct kept *k = kept_at(&talk->kept, i);
    const struct side *s = &talk->flow->side[k->packet.direction];
    if (k->packet.fate != RDPATH_FATE_UNKNOWN)
        return (enum rdpath_fate)k->packet.fate;
    if (is_at_receiver(talk->trial, &k->packet))
        return RDPATH_FATE_DELIVERED;
    if (k->packet.note == RDPATH_NOTE_FRAGMENT)
        return RDPATH_FATE_UNKNOWN;
    if (k->packet.note == RDPATH_NOTE_KEEP_ALIVE)
        return was_answered(&talk->kept, i) ? RDPATH_FATE_DELIVERED : RDPATH_FATE_UNKNOWN;
    bool asks = k->packet.payload_len > 0 || k->packet.tcp_flags & TCP_SYN; /* for an answer */
    if (!asks || k->needless || was_sacked(s, k->range))
        return RDPATH_FATE_DELIVERED;
    if (sent_again_later(&talk->kept, i))
        return RDPATH_FATE_LOST;
    if (k->range.to <= s->acked)
        return RDPATH_FATE_DELIVERED;
    return k->packet.again ? RDPATH_FATE_LOST : RDPATH_FATE_UNKNOWN;
}

/* A SYN arrived where the other side answers; acknowledgements of UDP are not acknowledged. */
static enum rdpath_fate datagram_fate(const struct leg_watch *w, const struct rdpath_packet *p)
{
    if (p->fate != RDPATH_FATE_UNKNOWN)
        return (enum rdpath_fate)p->fate;
    if (is_at_receiver(w->trial, p))
        return RDPATH_FATE_DELIVERED;
    bool answered = p->note == RDPATH_NOTE_HELLO && w->record->way[!p->direction].n_packets > 0;
    return answered && p->direction == RDPATH_TO_SERVER ? RDPATH_FATE_DELIVERED
                                                        : RDPATH_FATE_UNKNOWN;
}

/* ---- one list -------------------------------------------------------------------------------- */

struct drawn {
    struct rdpath_packet *list;
    uint32_t n, n_seen;
};

/* Whether a later packet is the datagram that this one is a piece of. */
static bool is_whole_later(const struct kept_packets *kept, uint32_t i)
{
    const struct rdpath_packet *piece = &kept_at(kept, i)->packet;
    for (uint32_t n = kept_count(kept); ++i < n;) {
        const struct rdpath_packet *p = &kept_at(kept, i)->packet;
        if (p->whole_again && p->ip_id == piece->ip_id && p->direction == piece->direction)
            return true;
    }
    return false;
}

static bool is_drawn(const struct kept_packets *kept, uint32_t i)
{
    return kept_at(kept, i)->packet.note != RDPATH_NOTE_FRAGMENT || !is_whole_later(kept, i);
}

static void add_talk(struct drawn *d, const struct talk *talk)
{
    uint32_t n = kept_count(&talk->kept);
    for (uint32_t i = 0; i < n; i++) {
        if (!is_drawn(&talk->kept, i))
            continue;
        struct rdpath_packet *p = &d->list[d->n++];
        *p = kept_at(&talk->kept, i)->packet;
        p->fate = (uint8_t)fate_of(talk, i);
        p->client_port = talk->record->summary.client_port;
    }
    d->n_seen += talk->kept.n_seen;
}

static void add_leg(struct drawn *d, const struct leg_watch *w)
{
    uint32_t n = kept_count(&w->kept);
    for (uint32_t i = 0; i < n; i++) {
        if (!is_drawn(&w->kept, i))
            continue;
        struct rdpath_packet *p = &d->list[d->n++];
        *p = kept_at(&w->kept, i)->packet;
        p->fate = (uint8_t)datagram_fate(w, p);
        p->client_port = w->record->summary.client_port;
    }
    d->n_seen += w->kept.n_seen;
}

/* One line for each kind of error; it travels to the sender of what it quotes. */
static void add_icmp(struct drawn *d, struct trial *t, const struct icmp_seen *e, uint16_t port)
{
    char *from = arena_alloc(&t->attempt.arena, ADDR_TEXT_SIZE);
    addr_format(&e->from, from);
    struct rdpath_packet *p = &d->list[d->n++];
    *p = (struct rdpath_packet){
        .ts_ns = e->first_ns,
        .frame = e->frames.ref[0],
        .direction = e->direction == RDPATH_TO_SERVER ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER,
        .kind = RDPATH_PACKET_ICMP,
        .client_port = port,
        .icmp = (uint8_t)e->kind,
        .mtu = e->mtu,
        .n = e->n,
        .from = from,
    };
    p->fate = is_at_receiver(t, p) ? RDPATH_FATE_DELIVERED : RDPATH_FATE_UNKNOWN;
    d->n_seen++;
}

static int compare_packets(const void *a, const void *b)
{
    const struct rdpath_packet *x = a, *y = b;
    if (x->ts_ns != y->ts_ns)
        return x->ts_ns < y->ts_ns ? -1 : 1;
    return x->frame < y->frame ? -1 : x->frame > y->frame;
}

static struct talk *decisive_talk(const struct trial *t)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        if (t->talks[i]->record == t->attempt.decisive)
            return t->talks[i];
    }
    return t->attempt.n_connections ? t->talks[0] : NULL; /* NULL: UDP alone */
}

/* Of a probe also its last ones: what decides is asked alone at the end. */
static bool is_shown(const struct trial *t, uint32_t i)
{
    return t->attempt.probed || t->talks[i] == decisive_talk(t);
}

static void add_all(struct drawn *d, struct trial *t)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        const struct talk *talk = t->talks[i];
        for (uint32_t k = 0; is_shown(t, i) && k < talk->record->n_icmp; k++)
            add_icmp(d, t, talk->record->icmp[k], talk->record->summary.client_port);
        if (is_shown(t, i))
            add_talk(d, talk);
    }
    for (uint32_t i = 0; i < t->attempt.n_legs; i++) {
        const struct leg *leg = t->attempt.legs[i];
        add_leg(d, t->legs[i]);
        for (uint32_t k = 0; k < leg->n_icmp; k++)
            add_icmp(d, t, leg->icmp[k], leg->summary.client_port);
    }
    qsort(d->list, d->n, sizeof *d->list, compare_packets);
}

static uint32_t drawn_room(const struct trial *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->attempt.n_connections; i++)
        n += is_shown(t, i) ? kept_count(&t->talks[i]->kept) + t->talks[i]->record->n_icmp : 0;
    for (uint32_t i = 0; i < t->attempt.n_legs; i++)
        n += kept_count(&t->legs[i]->kept) + t->attempt.legs[i]->n_icmp;
    return n;
}

void kept_list(struct trial *t)
{
    const struct talk *talk = decisive_talk(t);
    bool any = talk && talk->kept.n_seen;
    for (uint32_t i = 0; i < t->attempt.n_legs; i++)
        any |= t->legs[i]->kept.n_seen > 0;
    if (!any) /* nobody asked for them */
        return;
    struct drawn d = {.list = arena_alloc(&t->attempt.arena, drawn_room(t) * sizeof *d.list)};
    add_all(&d, t);
    uint32_t surplus = d.n > RDPATH_PACKETS_MAX ? d.n - RDPATH_PACKETS_MAX : 0;
    for (uint32_t i = KEPT_FIRST; surplus && i < RDPATH_PACKETS_MAX; i++)
        d.list[i] = d.list[i + surplus];
    t->attempt.result.packets = d.list;
    t->attempt.result.n_packets = d.n - surplus;
    t->attempt.result.n_packets_seen = d.n_seen;
}
