/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/trial.h"

#include <stdlib.h>

struct leg_watch *legs_find(const struct legs *all, const struct ends *e,
                            enum rdpath_direction *way)
{
    uint32_t hash = ends_hash_secret(e);
    for (struct leg_watch *w = all->buckets[hash % LEG_BUCKETS]; w; w = w->next_in_bucket) {
        const struct ends *own = &w->ends;
        if (w->hash != hash)
            continue;
        bool there = own->src_port == e->src_port && own->dst_port == e->dst_port &&
                     addr_equal(&own->src, &e->src) && addr_equal(&own->dst, &e->dst);
        bool back = own->src_port == e->dst_port && own->dst_port == e->src_port &&
                    addr_equal(&own->src, &e->dst) && addr_equal(&own->dst, &e->src);
        if (!there && !back)
            continue;
        *way = there ? RDPATH_TO_SERVER : RDPATH_TO_CLIENT;
        return w;
    }
    return NULL;
}

static void record_begin(struct leg *leg, uint16_t client_port, int64_t now_ns)
{
    leg->summary.udp = true;
    leg->summary.client_port = client_port;
    leg->summary.start_ns = now_ns;
    leg->last_ns = now_ns;
    for (int way = 0; way < 2; way++)
        leg->way[way].last_ns = leg->way[way].awaited_since_ns = RDPATH_UNKNOWN;
}

struct leg_watch *legs_add(struct trials *all, struct trial *t, const struct trial_ends *e,
                           int64_t now_ns)
{
    struct attempt *a = &t->attempt;
    bool alone = a->n_legs + a->n_connections == 0; /* what an attempt is made of may not miss */
    a->n_udp++;
    if (a->n_legs == ATTEMPT_LEGS_MAX || (all->legs.n >= LEGS_MAX && !alone)) {
        a->legs_left_out = true;
        return NULL;
    }
    struct leg_watch *w = memory_zeroed(sizeof *w);
    w->record = memory_zeroed(sizeof *w->record);
    record_begin(w->record, e->client_port, now_ns);
    if (!addr_equal(&e->client, &a->client)) {
        char from[ADDR_TEXT_SIZE];
        addr_format(&e->client, from);
        w->record->summary.client_address = arena_string(&a->arena, from);
    }
    w->wire = datagrams_new(w->record, all->shelf, &all->held);
    w->trial = t;
    w->ends = (struct ends){e->client, e->server, e->client_port, e->server_port};
    w->hash = ends_hash_secret(&w->ends);
    struct leg_watch **bucket = &all->legs.buckets[w->hash % LEG_BUCKETS];
    w->next_in_bucket = *bucket;
    *bucket = w;
    all->legs.n++;
    t->legs[a->n_legs] = w;
    a->legs[a->n_legs++] = w->record;
    return w;
}

void legs_remove(struct legs *all, const struct trial *t)
{
    for (uint32_t i = 0; i < t->attempt.n_legs; i++) {
        struct leg_watch **link = &all->buckets[t->legs[i]->hash % LEG_BUCKETS];
        while (*link != t->legs[i])
            link = &(*link)->next_in_bucket;
        *link = t->legs[i]->next_in_bucket;
        all->n--;
    }
}

void leg_watch_free(struct leg_watch *w)
{
    datagrams_free(w->wire);
    kept_free(&w->kept);
    if (w->record->inner)
        arena_free(&w->record->inner->arena);
    free(w->record->inner);
    free(w->record);
    free(w);
}

struct datagram_told leg_watch_packet(struct leg_watch *w, enum rdpath_direction way,
                                      const struct packet *p, struct moment at)
{
    struct udp_datagram udp;
    if (!udp_decode(p, &udp))
        return (struct datagram_told){.direction = way};
    if (p->way != RDPATH_WAY_UNKNOWN)
        w->n_way[way][p->way == RDPATH_WAY_OUTBOUND]++;
    if (w->ttl[way] == 0)
        w->ttl[way] = p->ttl;
    if (at.ts_ns > w->trial->last_ns)
        w->trial->last_ns = at.ts_ns;
    const struct datagram g = {
        .direction = way,
        .at = at,
        .ip_len = p->ip_len,
        .fragmented = p->reassembled,
        .has_id = p->has_id,
        .id = p->id,
        .payload = udp.payload,
        .payload_len = udp.payload_len,
    };
    return datagrams_take(w->wire, &g);
}
