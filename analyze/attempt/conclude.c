/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When an attempt ends: which of its connections decides, what its result says before any rule has
 * looked at it, and what was observed on the way.
 */
#include "analyze/attempt/leg.h"
#include "analyze/attempt/probed.h"

const char *attempt_direction_words(enum rdpath_direction way)
{
    static const char *const words[] = {"to the server", "to the client", "in both directions", ""};
    return words[way];
}

static uint64_t payload_of(const struct connection *c)
{
    return c->path[0].n_bytes + c->path[1].n_bytes;
}

/* A connection of which the capture lacks bytes got at least as far as what it carried shows, and
   so did one of a gateway's, of which nothing else shows. */
static bool went_as_far(const struct connection *c, const struct connection *other)
{
    if (connection_hides_session(c) && connection_hides_session(other))
        return payload_of(c) >= payload_of(other);
    bool missed = c->path[0].n_missed + c->path[1].n_missed > 0;
    return connection_stage(c) >= connection_stage(other) ||
           (missed && payload_of(c) > payload_of(other));
}

struct connection *attempt_furthest(const struct attempt *a)
{
    struct connection *best = a->connections[0];
    for (uint32_t i = 1; i < a->n_connections; i++) {
        if (went_as_far(a->connections[i], best))
            best = a->connections[i];
    }
    return best;
}

/* What the ends call themselves, where SNI does not say it. */
static void name_ends(struct rdpath_attempt *r, const struct connection *c)
{
    if (c->tls.server_name.len)
        r->server.name = c->tls.server_name;
    if (!c->session)
        return;
    const struct rdpath_credssp *logon = &c->session->credssp;
    if (!r->server.name.len)
        r->server.name = logon->server;
    r->client.name = c->session->client_name.len ? c->session->client_name : logon->workstation;
}

static void copy_decisive(struct attempt *a)
{
    struct connection *c = a->decisive;
    struct rdpath_attempt *r = &a->result;
    c->summary.decisive = true;
    r->client.port = c->summary.client_port;
    r->stage = connection_stage(c);
    r->stage_inferred = c->n_rungs && c->rungs[c->n_rungs - 1].inferred;
    r->ended = c->summary.ended;
    r->waiting_for = connection_awaits(c);
    r->path[0] = c->path[0];
    r->path[1] = c->path[1];
    r->has_path = true;
    r->rdp = c->rdp;
    r->tls = c->tls;
    r->session = c->session;
    r->rungs = c->rungs;
    r->n_rungs = c->n_rungs;
    r->records = c->records;
    r->n_records = c->n_records;
    name_ends(r, c);
}

static void connection_summarize(struct connection *c, int64_t capture_end_ns)
{
    c->summary.stage = connection_stage(c);
    c->summary.duration_ns = c->last_ns - c->summary.start_ns;
    c->summary.ended = connection_ended(c, capture_end_ns);
}

void attempt_retire(struct attempt *a, struct connection *c, int64_t now_ns)
{
    uint32_t n = a->n_retired, size = sizeof *a->retired;
    if (n % ATTEMPT_CONNECTIONS_MAX == 0)
        a->retired =
            arena_grow(&a->arena, a->retired, n * size, (n + ATTEMPT_CONNECTIONS_MAX) * size);
    connection_summarize(c, now_ns);
    a->retired_client |= connection_is_client(c);
    a->retired[a->n_retired++] = c->summary;
}

/* In the order in which they began. */
static void list_add(struct attempt *a, struct rdpath_connection *list,
                     const struct rdpath_connection *one)
{
    uint32_t i = a->result.n_connections++;
    for (; i > 0 && list[i - 1].start_ns > one->start_ns; i--)
        list[i] = list[i - 1];
    list[i] = *one;
    if (one->start_ns + one->duration_ns > a->end_ns)
        a->end_ns = one->start_ns + one->duration_ns;
}

static void list_connections(struct attempt *a, int64_t capture_end_ns)
{
    struct rdpath_connection *list =
        arena_alloc(&a->arena, (a->n_connections + a->n_retired + a->n_legs) * sizeof *list);
    for (uint32_t i = 0; i < a->n_connections; i++)
        connection_summarize(a->connections[i], capture_end_ns);
    for (uint32_t i = 0; i < a->n_legs; i++)
        leg_summarize(a, a->legs[i]);
    a->decisive = a->n_connections ? attempt_furthest(a) : leg_stands_in(a);
    a->decisive->summary.decisive = true;
    a->end_ns = a->decisive->last_ns;
    for (uint32_t i = 0; i < a->n_retired; i++)
        list_add(a, list, &a->retired[i]);
    for (uint32_t i = 0; i < a->n_connections; i++)
        list_add(a, list, &a->connections[i]->summary);
    for (uint32_t i = 0; i < a->n_legs; i++)
        list_add(a, list, &a->legs[i]->summary);
    a->result.connections = list;
    a->result.start_ns = list[0].start_ns;
    a->result.duration_ns = a->end_ns - a->result.start_ns;
}

/* No single connection of a probe has the answer. */
static void take_probed(struct attempt *a)
{
    for (int way = 0; way < 2; way++) {
        const struct probed_limit *l = &a->probed->limit[way];
        struct rdpath_path *path = &a->decisive->path[way];
        path->mtu = l->mtu;
        path->largest_delivered = l->mtu.at_least;
        path->largest_frame = l->passed.n ? l->passed.ref[0] : 0;
        path->smallest_lost = l->told || l->cut ? 0 : l->mtu.below;
        path->changed = false;
    }
}

void attempt_conclude(struct attempt *a)
{
    list_connections(a, a->capture_end_ns);
    if (a->probed)
        take_probed(a);
    copy_decisive(a);
    leg_conclude(a);
    attempt_look_back(a);
    a->result.related = a->related;
    a->result.n_related = a->n_related;
    a->result.observations = a->observations;
    a->result.n_observations = a->n_observations;
}
