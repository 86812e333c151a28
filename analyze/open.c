/* SPDX-License-Identifier: Apache-2.0 */
/* For who records live: the attempts that are not over yet, and what has to be loaded before. */
#include "analyze/analyze.h"
#include "analyze/file/sha256.h"
#include "analyze/proto/libcrypto.h"

#include <time.h>

/* With its SYN; of UDP a leg begins with its first datagram alone. */
static bool begins_here(const struct connection *c)
{
    return c->n_rungs > 0 && c->rungs[0].stage == RDPATH_STAGE_TCP_SYN;
}

static uint32_t count_newcomers(const struct attempt *a)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_connections; i++)
        n += begins_here(a->connections[i]);
    return n;
}

static int64_t active_since(const struct connection *c)
{
    for (uint32_t n = 0; n < c->n_rungs; n++) {
        if (c->rungs[n].stage == RDPATH_STAGE_ACTIVE)
            return c->rungs[n].ts_ns;
    }
    return RDPATH_UNKNOWN;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void open_add(struct rdpath_open *o, const struct connection *c)
{
    enum rdpath_stage stage = connection_stage(c);
    o->stage = stage > o->stage ? stage : o->stage;
    o->last_gap_ns = later(o->last_gap_ns, c->last_gap_ns);
    if (o->active_ns == RDPATH_UNKNOWN)
        o->active_ns = active_since(c);
}

/* A client that connects again while its old session is still there, or just ended: of interest is
   what began here. */
static struct rdpath_open open_of(const struct trial *t)
{
    const struct attempt *a = &t->attempt;
    uint32_t n_new = count_newcomers(a);
    bool joined = n_new > 0 && n_new < a->n_connections;
    struct rdpath_open o = {
        .id = a->result.id,
        .from_start = n_new > 0 || a->n_connections == 0,
        .closed = a->n_connections > 0,
        .last_ns = joined ? 0 : t->last_ns,
        .active_ns = RDPATH_UNKNOWN,
    };
    for (uint32_t i = 0; i < a->n_connections; i++) {
        const struct connection *c = a->connections[i];
        if (joined && !begins_here(c))
            continue;
        open_add(&o, c);
        o.closed = o.closed && talk_is_over(t->talks[i]);
        o.last_ns = later(o.last_ns, c->last_ns);
    }
    addr_format(&a->client, o.client);
    addr_format(&a->server, o.server);
    return o;
}

void rdpath_each_open(const struct rdpath *r, uint32_t id, void *ctx,
                      void (*take)(void *ctx, const struct rdpath_open *))
{
    for (const struct trial *t = r->trials.list[TRIALS_OPEN].oldest; t;
         t = t->link[TRIALS_OPEN].newer) {
        if (id != 0 && t->attempt.result.id != id)
            continue;
        struct rdpath_open o = open_of(t);
        take(ctx, &o);
        if (id != 0)
            return;
    }
}

void rdpath_preload(const struct rdpath_options *o)
{
    void (*function)(void);
    char text[SHA256_TEXT_SIZE];
    tzset(); /* dates of certificates pass the C library, which wants to know the time zone */
    libcrypto_find("X509_free", &function);
    struct sha256 *hash = o->hash ? sha256_new() : NULL;
    if (hash)
        sha256_finish(hash, text);
    sha256_free(hash);
}
