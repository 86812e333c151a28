/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When an attempt ends: which of its connections decides, what its result says before any rule has
 * looked at it, and what was observed on the way.
 */
#include "analyze/attempt/attempt.h"

const char *attempt_direction_words(enum rdpath_direction way)
{
    static const char *const words[] = {"to the server", "to the client", "in both directions", ""};
    return words[way];
}

/* The one that got furthest; on a tie the last. */
static struct connection *decisive_of(const struct attempt *a)
{
    struct connection *best = a->connections[0];
    for (uint32_t i = 1; i < a->n_connections; i++) {
        if (connection_stage(a->connections[i]) >= connection_stage(best))
            best = a->connections[i];
    }
    return best;
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
    r->rungs = c->rungs;
    r->n_rungs = c->n_rungs;
    if (c->tls.server_name.len)
        r->server.name = c->tls.server_name;
}

static void list_connections(struct attempt *a, int64_t capture_end_ns)
{
    struct rdpath_connection *list = arena_alloc(&a->arena, a->n_connections * sizeof *list);
    int64_t end_ns = a->connections[0]->last_ns;
    for (uint32_t i = 0; i < a->n_connections; i++) {
        struct connection *c = a->connections[i];
        c->summary.stage = connection_stage(c);
        c->summary.duration_ns = c->last_ns - c->summary.start_ns;
        c->summary.ended = connection_ended(c, capture_end_ns);
        if (c->last_ns > end_ns)
            end_ns = c->last_ns;
    }
    a->decisive = decisive_of(a);
    a->decisive->summary.decisive = true;
    for (uint32_t i = 0; i < a->n_connections; i++)
        list[i] = a->connections[i]->summary;
    a->result.connections = list;
    a->result.n_connections = a->n_connections;
    a->result.start_ns = a->connections[0]->summary.start_ns;
    a->result.duration_ns = end_ns - a->result.start_ns;
    a->end_ns = end_ns;
}

void attempt_conclude(struct attempt *a)
{
    list_connections(a, a->capture_end_ns);
    copy_decisive(a);
    a->result.udp.attempted = a->n_udp > 0;
    attempt_look_back(a);
    a->result.observations = a->observations;
    a->result.n_observations = a->n_observations;
}
