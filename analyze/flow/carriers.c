/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed tunnels, and their packets beside those of connections. carriers.h tells how. */
#include "analyze/flow/carriers.h"

#include "base/arena.h"

#include <stdlib.h>

/* Encryption and queues between the two recordings of a packet take less. */
#define PARTNER_WITHIN_NS 3000000LL

enum {
    MORE_MIN = 20,    /* a tunnel adds at least an IP header ... */
    MORE_MAX = 160,   /* ... and hardly more than IPv6, UDP, a VPN's headers and its padding */
    INNER_MAX = 1500, /* larger ones were merged by a card: they have no partner */
};

/* A packet of a tunnel. */
struct outer {
    int64_t ts_ns;
    uint16_t ip_len;
    uint8_t place; /* of its carrier */
    uint8_t way;   /* 0: from the carrier's first end */
};

/* A packet of a connection whose partner may be yet to come. */
struct waiting {
    struct pairing *pairing; /* NULL: forgotten */
    int64_t ts_ns;
    uint16_t ip_len;
    uint8_t direction;
};

struct carriers {
    struct carrier list[CARRIERS_MAX];
    uint32_t n, serial;
    struct outer ring[CARRIERS_RING];
    uint64_t n_outer; /* over all; the latest stands at n_outer - 1 */
    struct waiting waiting[CARRIERS_WAITING];
    uint64_t first_waiting, n_waiting; /* [first, n) wait */
};

struct carriers *carriers_new(void)
{
    return memory_zeroed(sizeof(struct carriers));
}

void carriers_free(struct carriers *all)
{
    free(all);
}

bool carriers_any(const struct carriers *all)
{
    return all->n > 0;
}

const struct carrier *carriers_at(const struct carriers *all, uint32_t i)
{
    return i < all->n ? &all->list[i] : NULL;
}

/* ---- packets of tunnels ---------------------------------------------------------------------- */

static int way_in(const struct carrier *c, const struct packet *p, enum tunnel_kind kind)
{
    if (c->kind != kind)
        return -1;
    if (addr_equal(&c->ends[0], &p->src) && addr_equal(&c->ends[1], &p->dst))
        return 0;
    return addr_equal(&c->ends[0], &p->dst) && addr_equal(&c->ends[1], &p->src) ? 1 : -1;
}

static uint32_t quietest(const struct carriers *all)
{
    uint32_t chosen = 0;
    for (uint32_t i = 1; i < all->n; i++)
        if (all->list[i].last_ns < all->list[chosen].last_ns)
            chosen = i;
    return chosen;
}

static uint32_t carrier_begin(struct carriers *all, const struct packet *p, enum tunnel_kind kind)
{
    uint32_t place = all->n < CARRIERS_MAX ? all->n++ : quietest(all);
    all->list[place] = (struct carrier){
        .ends = {p->src, p->dst},
        .kind = (uint8_t)kind,
        .serial = ++all->serial,
        .first_ns = p->frame->ts_ns,
        .last_ns = p->frame->ts_ns,
    };
    return place;
}

static void waiting_settle(struct carriers *all, int64_t now_ns);

void carriers_note(struct carriers *all, const struct packet *p, enum tunnel_kind kind,
                   rdpath_ref frame)
{
    uint32_t place = 0;
    int way = -1;
    while (place < all->n && (way = way_in(&all->list[place], p, kind)) < 0)
        place++;
    if (way < 0) {
        place = carrier_begin(all, p, kind);
        way = 0;
    }
    struct carrier *c = &all->list[place];
    c->n_packets++;
    if (p->frame->ts_ns > c->last_ns)
        c->last_ns = p->frame->ts_ns;
    if (p->ip_len > c->largest) {
        c->largest = p->ip_len;
        c->frames = frames_of(frame);
    }
    if (p->ip_len > UINT16_MAX || !sealed_carries(kind))
        return;
    all->ring[all->n_outer++ % CARRIERS_RING] = (struct outer){
        .ts_ns = p->frame->ts_ns,
        .ip_len = (uint16_t)p->ip_len,
        .place = (uint8_t)place,
        .way = (uint8_t)way,
    };
    waiting_settle(all, p->frame->ts_ns);
}

/* ---- pairs ----------------------------------------------------------------------------------- */

static struct pairing_try *try_of(struct pairing *p, uint32_t serial, bool turned)
{
    for (uint32_t i = 0; i < p->n_tries; i++)
        if (p->tries[i].serial == serial && p->tries[i].turned == turned)
            return &p->tries[i];
    if (p->n_tries == PAIRING_TRIES * 2)
        return NULL;
    struct pairing_try *t = &p->tries[p->n_tries++];
    *t = (struct pairing_try){.serial = serial, .turned = turned, .n_alone = p->n_compared};
    return t;
}

/* Of the packets around one: those that fit it, for each try. */
struct fitting {
    const struct outer *of[PAIRING_TRIES * 2]; /* the latest one */
    uint32_t n[PAIRING_TRIES * 2];
};

static void fitting_find(const struct carriers *all, const struct waiting *w, struct fitting *f)
{
    uint64_t oldest = all->n_outer > CARRIERS_RING ? all->n_outer - CARRIERS_RING : 0;
    for (uint64_t i = all->n_outer; i > oldest; i--) {
        const struct outer *o = &all->ring[(i - 1) % CARRIERS_RING];
        if (o->ts_ns < w->ts_ns - PARTNER_WITHIN_NS)
            return;
        if (o->ts_ns > w->ts_ns + PARTNER_WITHIN_NS || o->ip_len < w->ip_len + MORE_MIN ||
            o->ip_len > w->ip_len + MORE_MAX)
            continue;
        struct pairing_try *t =
            try_of(w->pairing, all->list[o->place].serial, o->way != w->direction);
        if (!t)
            continue;
        size_t at = (size_t)(t - w->pairing->tries);
        f->of[at] = o;
        f->n[at]++;
    }
}

static void pair_add(struct pairing_try *t, const struct waiting *w, const struct outer *o)
{
    if (o->ts_ns != w->ts_ns)
        t->n_order[w->direction][o->ts_ns > w->ts_ns]++;
    t->pair[t->n_pairs % PAIRING_PAIRS].inner = w->ip_len;
    t->pair[t->n_pairs % PAIRING_PAIRS].outer = o->ip_len;
    t->n_pairs++;
}

static void waiting_compare(const struct carriers *all, const struct waiting *w)
{
    struct fitting f = {0};
    fitting_find(all, w, &f);
    for (uint32_t i = 0; i < w->pairing->n_tries; i++) {
        struct pairing_try *t = &w->pairing->tries[i];
        if (f.n[i] == 1)
            pair_add(t, w, f.of[i]);
        else if (f.n[i] == 0)
            t->n_alone++;
    }
    w->pairing->n_compared++;
}

static void waiting_settle(struct carriers *all, int64_t now_ns)
{
    while (all->first_waiting < all->n_waiting) {
        const struct waiting *w = &all->waiting[all->first_waiting % CARRIERS_WAITING];
        if (w->pairing && now_ns - w->ts_ns <= PARTNER_WITHIN_NS)
            return;
        if (w->pairing)
            waiting_compare(all, w);
        all->first_waiting++;
    }
}

void carriers_note_inner(struct carriers *all, struct pairing *pairing, const struct packet *p,
                         enum rdpath_direction way)
{
    if (p->ip_len > INNER_MAX || p->reassembled)
        return;
    waiting_settle(all, p->frame->ts_ns);
    if (all->n_waiting - all->first_waiting == CARRIERS_WAITING)
        all->first_waiting++; /* a burst: the oldest is given up */
    all->waiting[all->n_waiting++ % CARRIERS_WAITING] = (struct waiting){
        .pairing = pairing,
        .ts_ns = p->frame->ts_ns,
        .ip_len = (uint16_t)p->ip_len,
        .direction = (uint8_t)way,
    };
}

void carriers_forget(struct carriers *all, const struct pairing *pairing)
{
    for (uint64_t i = all->first_waiting; i < all->n_waiting; i++) {
        struct waiting *w = &all->waiting[i % CARRIERS_WAITING];
        if (w->pairing == pairing)
            w->pairing = NULL;
    }
}

static const struct carrier *carrier_of(const struct carriers *all, uint32_t serial)
{
    for (uint32_t i = 0; i < all->n; i++)
        if (all->list[i].serial == serial)
            return &all->list[i];
    return NULL;
}

bool carriers_conclude(struct carriers *all, struct pairing *pairing, struct pairing_found *found)
{
    for (uint64_t i = all->first_waiting; i < all->n_waiting; i++) {
        struct waiting *w = &all->waiting[i % CARRIERS_WAITING];
        if (w->pairing != pairing)
            continue;
        waiting_compare(all, w);
        w->pairing = NULL;
    }
    uint32_t n_proven = 0;
    for (uint32_t i = 0; i < pairing->n_tries; i++) {
        const struct carrier *c = carrier_of(all, pairing->tries[i].serial);
        if (!c || !pairing_judge(&pairing->tries[i], found))
            continue;
        found->carrier = c;
        n_proven++;
    }
    return n_proven == 1; /* two that fit prove neither */
}
