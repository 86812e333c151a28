/* SPDX-License-Identifier: Apache-2.0 */
/* Which connection belongs to which attempt, and when an attempt is over (contract 2). */
#include "analyze/trial.h"

#include <stdlib.h>

/* A session that was up and closed cannot be joined; this waits for its last packets only. */
#define LINGER_NS 5000000000LL
/* Nothing for so long on a connection that nobody closed: it is forgotten. */
#define FORGOTTEN_NS 600000000000LL
#define FORGOTTEN_ACTIVE_NS 3600000000000LL

static uint32_t trial_hash(const struct trial_ends *e)
{
    struct ends ends = {e->client, e->server, 0, e->server_port};
    return ends_hash(&ends);
}

static bool belongs(const struct trial *t, const struct trial_ends *e)
{
    return t->server_port == e->server_port && addr_equal(&t->attempt.client, &e->client) &&
           addr_equal(&t->attempt.server, &e->server);
}

struct trial *trials_find(const struct trials *all, const struct trial_ends *e)
{
    uint32_t hash = trial_hash(e);
    for (struct trial *t = all->buckets[hash % TRIAL_BUCKETS]; t; t = t->next_in_bucket) {
        if (t->hash == hash && belongs(t, e))
            return t; /* the newest stands first */
    }
    return NULL;
}

bool talk_is_over(const struct talk *t)
{
    const struct connection *c = t->record;
    return c->reset[0].seen || c->reset[1].seen || (c->fin[0].frame && c->fin[1].frame) ||
           t->detached;
}

bool trial_is_over(const struct trial *t)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        if (!talk_is_over(t->talks[i]))
            return false;
    }
    return true;
}

static bool was_active(const struct trial *t)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        if (connection_stage(t->attempt.connections[i]) == RDPATH_STAGE_ACTIVE)
            return true;
    }
    return false;
}

bool trial_has_ended(const struct trial *t, int64_t now_ns)
{
    int64_t quiet = now_ns - t->last_ns;
    if (trial_is_over(t))
        return quiet > (was_active(t) ? LINGER_NS : TRIAL_RETRY_NS);
    return quiet > (was_active(t) ? FORGOTTEN_ACTIVE_NS : FORGOTTEN_NS);
}

static bool may_join(const struct trial *t, int64_t now_ns)
{
    if (t->attempt.n_connections == ATTEMPT_CONNECTIONS_MAX ||
        now_ns - t->attempt.connections[0]->summary.start_ns > TRIAL_LONGEST_NS)
        return false;
    if (!trial_is_over(t))
        return true;
    return !was_active(t) && now_ns - t->last_ns <= TRIAL_RETRY_NS;
}

static struct trial *trial_begin(struct trials *all, const struct trial_ends *e)
{
    struct trial *t = memory_zeroed(sizeof *t);
    t->attempt.client = e->client;
    t->attempt.server = e->server;
    t->attempt.result.id = ++all->next_id;
    t->server_port = e->server_port;
    addr_format(&e->client, t->attempt.result.client.address);
    addr_format(&e->server, t->attempt.result.server.address);
    t->attempt.result.server.port = e->server_port;
    t->attempt.capture_end_ns = RDPATH_UNKNOWN;
    t->hash = trial_hash(e);
    t->next_in_bucket = all->buckets[t->hash % TRIAL_BUCKETS];
    all->buckets[t->hash % TRIAL_BUCKETS] = t;
    t->older = all->newest;
    *(all->newest ? &all->newest->newer : &all->oldest) = t;
    all->newest = t;
    all->n_open++;
    return t;
}

static void trial_add(struct trial *t, struct talk *talk)
{
    struct attempt *a = &t->attempt;
    t->talks[a->n_connections] = talk;
    a->connections[a->n_connections++] = talk->record;
    talk->trial = t;
    talk->record->attempt = a;
}

struct talk *trials_begin_talk(struct trials *all, struct flows *flows, const struct trial_ends *e,
                               int64_t now_ns)
{
    struct trial *t = trials_find(all, e);
    if (!t || !may_join(t, now_ns)) {
        bool limit = t && (t->attempt.n_connections == ATTEMPT_CONNECTIONS_MAX ||
                           (!trial_is_over(t) && !was_active(t)));
        if (limit)
            t->attempt.limit_reached = true;
        t = trial_begin(all, e);
        t->last_ns = now_ns;
    }
    struct ends ends = {e->client, e->server, e->client_port, e->server_port};
    struct talk *talk = memory_zeroed(sizeof *talk);
    talk->record = memory_zeroed(sizeof *talk->record);
    talk->record->summary.client_port = e->client_port;
    talk->record->summary.start_ns = now_ns;
    talk->record->last_ns = now_ns;
    talk->record->shelf = all->shelf;
    talk->flow = flows_add(flows, &ends);
    talk->flow->owner = talk;
    talk->dialog = dialog_new(talk->record);
    trial_add(t, talk);
    return talk;
}

static const struct rdpath_text *cookie_of(const struct trial *t, const struct talk *except)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        if (t->talks[i] != except && t->talks[i]->record->rdp.cookie.len)
            return &t->talks[i]->record->rdp.cookie;
    }
    return NULL;
}

void trials_check_cookie(struct trials *all, struct talk *talk)
{
    struct trial *t = talk->trial;
    const struct rdpath_text *mine = &talk->record->rdp.cookie, *other = cookie_of(t, talk);
    bool newest = t->talks[t->attempt.n_connections - 1] == talk;
    if (!mine->len || !other || !newest ||
        (mine->len == other->len && memcmp(mine->bytes, other->bytes, mine->len) == 0))
        return;
    struct trial_ends e = {t->attempt.client, t->attempt.server, 0, t->server_port};
    t->attempt.n_connections--;
    struct trial *own = trial_begin(all, &e);
    own->last_ns = talk->record->last_ns;
    trial_add(own, talk);
}

void trials_remove(struct trials *all, struct trial *t)
{
    struct trial **link = &all->buckets[t->hash % TRIAL_BUCKETS];
    while (*link != t)
        link = &(*link)->next_in_bucket;
    *link = t->next_in_bucket;
    *(t->older ? &t->older->newer : &all->oldest) = t->newer;
    *(t->newer ? &t->newer->older : &all->newest) = t->older;
    all->n_open--;
}

static void talk_free(struct flows *flows, struct talk *talk)
{
    dialog_free(talk->dialog);
    kept_free(&talk->kept);
    if (!talk->detached)
        flows_detach(flows, talk->flow);
    flow_free(talk->flow);
    arena_free(&talk->record->arena);
    free(talk->record);
    free(talk);
}

void trial_free(struct flows *flows, struct trial *t)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++)
        talk_free(flows, t->talks[i]);
    arena_free(&t->attempt.arena);
    free(t);
}
