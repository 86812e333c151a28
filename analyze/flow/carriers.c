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
    OUTER_TWICE = 8,  /* packets among which the same one is looked for */
    BARE_MIN = 4,     /* a SYN, its answer's answer, acknowledgements */
};

/* A packet of a tunnel. */
struct outer {
    int64_t ts_ns;
    uint16_t ip_len, id;
    uint8_t place; /* of its carrier */
    uint8_t way;   /* 0: from the carrier's first end */
};

/* A packet of a connection whose partner may be yet to come. */
struct waiting {
    struct pairing *pairing; /* NULL: forgotten */
    int64_t ts_ns;
    uint16_t ip_len;
    uint8_t direction;
    bool bare;
};

enum { CERTAIN, POSSIBLE };

struct group {
    struct carrier list[CARRIERS_MAX];
    uint32_t n;
    struct outer ring[CARRIERS_RING];
    uint64_t n_outer; /* over all; the latest stands at n_outer - 1 */
};

struct carriers {
    struct group group[CARRIERS_GROUPS];
    uint32_t serial;
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
    return all->group[CERTAIN].n > 0 || all->group[POSSIBLE].n > 0;
}

const struct carrier *carriers_at(const struct carriers *all, uint32_t i)
{
    return i < all->group[CERTAIN].n ? &all->group[CERTAIN].list[i] : NULL;
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

static uint32_t quietest(const struct group *g)
{
    uint32_t chosen = 0;
    for (uint32_t i = 1; i < g->n; i++)
        if (g->list[i].last_ns < g->list[chosen].last_ns)
            chosen = i;
    return chosen;
}

static uint32_t carrier_begin(struct group *g, const struct packet *p, enum tunnel_kind kind)
{
    uint32_t place = g->n < CARRIERS_MAX ? g->n++ : quietest(g);
    g->list[place] = (struct carrier){
        .ends = {p->src, p->dst},
        .kind = (uint8_t)kind,
        .first_ns = p->frame->ts_ns,
        .last_ns = p->frame->ts_ns,
    };
    return place;
}

static void waiting_settle(struct carriers *all, int64_t now_ns);

/* The same packet recorded twice, told by its IP id: two partners would make no pair. */
static bool was_recorded(const struct group *g, const struct outer *o)
{
    for (uint64_t i = g->n_outer, k = 0; o->id && i > 0 && k < OUTER_TWICE; i--, k++) {
        const struct outer *before = &g->ring[(i - 1) % CARRIERS_RING];
        if (before->id == o->id && before->ip_len == o->ip_len && before->place == o->place &&
            before->way == o->way && o->ts_ns - before->ts_ns <= PARTNER_WITHIN_NS)
            return true;
    }
    return false;
}

void carriers_note(struct carriers *all, const struct packet *p, enum tunnel_kind kind,
                   rdpath_ref frame)
{
    struct group *g = &all->group[sealed_is_certain(kind) ? CERTAIN : POSSIBLE];
    uint32_t place = 0;
    int way = -1;
    while (place < g->n && (way = way_in(&g->list[place], p, kind)) < 0)
        place++;
    if (way < 0) {
        place = carrier_begin(g, p, kind);
        g->list[place].serial = ++all->serial;
        way = 0;
    }
    struct carrier *c = &g->list[place];
    c->n_packets++;
    if (p->frame->ts_ns > c->last_ns)
        c->last_ns = p->frame->ts_ns;
    if (p->ip_len > c->largest) {
        c->largest = p->ip_len;
        c->frames = frames_of(frame);
    }
    if (p->ip_len > UINT16_MAX || !sealed_carries(kind))
        return;
    struct outer o = {
        .ts_ns = p->frame->ts_ns,
        .ip_len = (uint16_t)p->ip_len,
        .id = p->has_id ? (uint16_t)p->id : 0,
        .place = (uint8_t)place,
        .way = (uint8_t)way,
    };
    if (!was_recorded(g, &o))
        g->ring[g->n_outer++ % CARRIERS_RING] = o;
    waiting_settle(all, p->frame->ts_ns);
}

/* ---- pairs ----------------------------------------------------------------------------------- */

/* NULL: there are too many. A new one stood alone so far. */
static struct pairing_try *try_of(struct pairing_tries *tries, uint32_t serial, bool turned,
                                  uint32_t n_compared)
{
    for (uint32_t i = 0; i < tries->n; i++)
        if (tries->list[i].serial == serial && tries->list[i].turned == turned)
            return &tries->list[i];
    if (tries->n == PAIRING_TRIES * 2)
        return NULL;
    struct pairing_try *t = &tries->list[tries->n++];
    *t = (struct pairing_try){.serial = serial, .turned = turned, .n_alone = n_compared};
    return t;
}

/* Of the packets around one: those that fit it, for each try. */
struct fitting {
    const struct outer *of[PAIRING_TRIES * 2]; /* the latest one */
    uint32_t n[PAIRING_TRIES * 2];
};

static void fitting_find(const struct group *g, const struct waiting *w,
                         struct pairing_tries *tries, struct fitting *f)
{
    uint64_t oldest = g->n_outer > CARRIERS_RING ? g->n_outer - CARRIERS_RING : 0;
    for (uint64_t i = g->n_outer; i > oldest; i--) {
        const struct outer *o = &g->ring[(i - 1) % CARRIERS_RING];
        if (o->ts_ns < w->ts_ns - PARTNER_WITHIN_NS)
            return;
        if (o->ts_ns > w->ts_ns + PARTNER_WITHIN_NS || o->ip_len < w->ip_len + MORE_MIN ||
            o->ip_len > w->ip_len + MORE_MAX)
            continue;
        struct pairing_try *t =
            try_of(tries, g->list[o->place].serial, o->way != w->direction, w->pairing->n_compared);
        if (!t)
            continue;
        size_t at = (size_t)(t - tries->list);
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
    t->pair[t->n_pairs % PAIRING_PAIRS].bare = w->bare;
    t->n_pairs++;
}

static void group_compare(const struct group *g, const struct waiting *w,
                          struct pairing_tries *tries)
{
    struct fitting f = {0};
    fitting_find(g, w, tries, &f);
    for (uint32_t i = 0; i < tries->n; i++) {
        if (f.n[i] == 1)
            pair_add(&tries->list[i], w, f.of[i]);
        else if (f.n[i] == 0)
            tries->list[i].n_alone++;
    }
}

static void waiting_compare(const struct carriers *all, const struct waiting *w)
{
    for (int i = 0; i < CARRIERS_GROUPS; i++)
        group_compare(&all->group[i], w, &w->pairing->tries[i]);
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

static bool is_bare(const struct packet *p)
{
    struct tcp_segment t;
    return tcp_decode(p, &t) && t.payload_len == 0;
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
        .bare = is_bare(p),
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

static const struct carrier *carrier_of(const struct group *g, uint32_t serial)
{
    for (uint32_t i = 0; i < g->n; i++)
        if (g->list[i].serial == serial)
            return &g->list[i];
    return NULL;
}

/* How many of the group are proven; found tells the last of them. */
static uint32_t group_conclude(const struct group *g, const struct pairing_tries *tries,
                               uint32_t bare_min, struct pairing_found *found)
{
    uint32_t n_proven = 0;
    for (uint32_t i = 0; i < tries->n; i++) {
        const struct carrier *c = carrier_of(g, tries->list[i].serial);
        struct pairing_found this_one = {.carrier = c};
        if (!c || !pairing_judge(&tries->list[i], &this_one) || this_one.n_bare < bare_min)
            continue;
        *found = this_one;
        n_proven++;
    }
    return n_proven;
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
    const struct group *g = all->group;
    uint32_t n_proven = group_conclude(&g[CERTAIN], &pairing->tries[CERTAIN], 0, found);
    if (n_proven == 0)
        n_proven = group_conclude(&g[POSSIBLE], &pairing->tries[POSSIBLE], BARE_MIN, found);
    return n_proven == 1; /* two that fit prove neither */
}
