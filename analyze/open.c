/* SPDX-License-Identifier: Apache-2.0 */
/* For who records live: the attempts that are not over yet, and what has to be loaded before. */
#include "analyze/analyze.h"
#include "analyze/file/sha256.h"
#include "analyze/proto/libcrypto.h"

#include <time.h>

static enum rdpath_stage open_stage(const struct attempt *a)
{
    enum rdpath_stage furthest = RDPATH_STAGE_NONE;
    for (uint32_t i = 0; i < a->n_connections; i++) {
        enum rdpath_stage stage = connection_stage(a->connections[i]);
        furthest = stage > furthest ? stage : furthest;
    }
    return furthest;
}

static int64_t active_since(const struct attempt *a)
{
    for (uint32_t i = 0; i < a->n_connections; i++) {
        const struct connection *c = a->connections[i];
        for (uint32_t n = 0; n < c->n_rungs; n++) {
            if (c->rungs[n].stage == RDPATH_STAGE_ACTIVE)
                return c->rungs[n].ts_ns;
        }
    }
    return RDPATH_UNKNOWN;
}

static int64_t longest_gap(const struct attempt *a)
{
    int64_t longest_ns = 0;
    for (uint32_t i = 0; i < a->n_connections; i++) {
        int64_t gap_ns = a->connections[i]->last_gap_ns;
        longest_ns = gap_ns > longest_ns ? gap_ns : longest_ns;
    }
    return longest_ns;
}

/* Each connection begins with its SYN, or all was UDP: there a leg begins with its first datagram
   alone. */
static bool is_from_start(const struct attempt *a)
{
    for (uint32_t i = 0; i < a->n_connections; i++) {
        const struct connection *c = a->connections[i];
        if (c->n_rungs == 0 || c->rungs[0].stage != RDPATH_STAGE_TCP_SYN)
            return false;
    }
    return true;
}

void rdpath_each_open(const struct rdpath *r, uint32_t id, void *ctx,
                      void (*take)(void *ctx, const struct rdpath_open *))
{
    for (const struct trial *t = r->trials.list[TRIALS_OPEN].oldest; t;
         t = t->link[TRIALS_OPEN].newer) {
        if (id != 0 && t->attempt.result.id != id)
            continue;
        struct rdpath_open o = {
            .id = t->attempt.result.id,
            .stage = open_stage(&t->attempt),
            .from_start = is_from_start(&t->attempt),
            .closed = t->attempt.n_connections > 0 && trial_is_over(t),
            .last_ns = t->last_ns,
            .last_gap_ns = longest_gap(&t->attempt),
            .active_ns = active_since(&t->attempt),
        };
        addr_format(&t->attempt.client, o.client);
        addr_format(&t->attempt.server, o.server);
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
