/* SPDX-License-Identifier: Apache-2.0 */
/* The table of connections: chained, keyed by both ends, the same for both directions. */
#include "analyze/flow/flow.h"
#include "base/arena.h"
#include "base/seed.h"

#include <stdlib.h>

enum { BUCKETS_AT_FIRST = 1024 }; /* always a power of two */

static uint64_t mixed(uint64_t h, uint64_t value)
{
    h = (h ^ value) * 0x9e3779b97f4a7c15ULL;
    return h ^ (h >> 29);
}

static uint64_t end_word(const struct addr *a, uint16_t port, uint64_t seed)
{
    uint64_t words[2];
    memcpy(words, a->bytes, sizeof words);
    return mixed(mixed(words[0] ^ seed, words[1]), port);
}

/* The sum makes both directions alike. */
static uint32_t ends_hash_seeded(const struct ends *e, uint64_t seed)
{
    uint64_t sum = end_word(&e->src, e->src_port, seed) + end_word(&e->dst, e->dst_port, seed);
    return (uint32_t)(mixed(sum, 0x72647061) >> 16);
}

uint32_t ends_hash(const struct ends *e)
{
    return ends_hash_seeded(e, 0);
}

uint32_t ends_hash_secret(const struct ends *e)
{
    return ends_hash_seeded(e, seed_of_process());
}

void flows_init(struct flows *t)
{
    t->n_buckets = BUCKETS_AT_FIRST;
    t->n = 0;
    t->buckets = memory_zeroed(t->n_buckets * sizeof(struct flow *));
}

void flows_free(struct flows *t)
{
    free(t->buckets);
    t->buckets = NULL;
}

static bool flow_sends(const struct flow *f, const struct ends *e)
{
    return f->client_port == e->src_port && f->server_port == e->dst_port &&
           addr_equal(&f->client, &e->src) && addr_equal(&f->server, &e->dst);
}

struct flow *flows_find(const struct flows *t, const struct ends *e, enum rdpath_direction *way)
{
    uint32_t hash = ends_hash_secret(e);
    struct ends back = {e->dst, e->src, e->dst_port, e->src_port};
    for (struct flow *f = t->buckets[hash & (t->n_buckets - 1)]; f; f = f->next_in_bucket) {
        if (f->hash != hash)
            continue;
        if (flow_sends(f, e)) {
            *way = RDPATH_TO_SERVER;
            return f;
        }
        if (flow_sends(f, &back)) {
            *way = RDPATH_TO_CLIENT;
            return f;
        }
    }
    return NULL;
}

static void buckets_double(struct flows *t)
{
    uint32_t n = t->n_buckets * 2;
    struct flow **buckets = memory_zeroed(n * sizeof(struct flow *));
    for (uint32_t i = 0; i < t->n_buckets; i++) {
        for (struct flow *f = t->buckets[i], *next; f; f = next) {
            next = f->next_in_bucket;
            f->next_in_bucket = buckets[f->hash & (n - 1)];
            buckets[f->hash & (n - 1)] = f;
        }
    }
    free(t->buckets);
    t->buckets = buckets;
    t->n_buckets = n;
}

static void side_init(struct side *s, struct budget *early)
{
    s->stream.budget = early;
    s->path.rtt_ns = RDPATH_UNKNOWN;
    s->path.last_new_ns = RDPATH_UNKNOWN;
    s->path.last_packet_ns = RDPATH_UNKNOWN;
    s->habit.last_ns = s->habit.last_asking_ns = RDPATH_UNKNOWN;
    s->last_acked_ns = s->last_seen_ns = RDPATH_UNKNOWN;
    s->repeated_acked_ns = s->bare_ack_ns = RDPATH_UNKNOWN;
    s->told.since_ns = RDPATH_UNKNOWN;
}

struct flow *flows_add(struct flows *t, const struct ends *e)
{
    if (t->n >= t->n_buckets)
        buckets_double(t);
    struct flow *f = memory_zeroed(sizeof *f);
    f->client = e->src;
    f->server = e->dst;
    f->client_port = e->src_port;
    f->server_port = e->dst_port;
    f->hash = ends_hash_secret(e);
    side_init(&f->side[RDPATH_TO_SERVER], t->early);
    side_init(&f->side[RDPATH_TO_CLIENT], t->early);
    struct flow **bucket = &t->buckets[f->hash & (t->n_buckets - 1)];
    f->next_in_bucket = *bucket;
    *bucket = f;
    t->n++;
    return f;
}

void flows_detach(struct flows *t, struct flow *f)
{
    struct flow **link = &t->buckets[f->hash & (t->n_buckets - 1)];
    while (*link != f)
        link = &(*link)->next_in_bucket;
    *link = f->next_in_bucket;
    t->n--;
}

void *side_room(void *list, uint32_t n, uint32_t *room, size_t size)
{
    if (n < *room)
        return list;
    *room = *room ? *room * 2 : 2;
    return memory_resized(list, *room * size);
}

static void side_free(struct side *s)
{
    stream_free(s);
    free(s->sendings);
    free(s->holes);
}

void flow_free(struct flow *f)
{
    side_free(&f->side[RDPATH_TO_SERVER]);
    side_free(&f->side[RDPATH_TO_CLIENT]);
    free(f);
}

void flow_start(struct flow *f, enum rdpath_direction way, const struct flow_start *start)
{
    struct side *s = &f->side[way];
    side_anchor(s, start->isn);
    s->mss = start->mss;
    s->next = SIDE_BASE + 1;
    s->next = s->acked = s->stream.read = side_offset(s, start->next_seq);
}
