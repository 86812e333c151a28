/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attempts that belong together although they go to different addresses (contract 2, "related"): a
 * broker sends a client on to another server, or a name has an IPv6 and an IPv4 address.
 */
#include "analyze/trial.h"

#include <string.h>

enum { RELATED_LOOK_MAX = 64 }; /* of the open attempts, the newest */

static bool same_cookie(const struct trial *t, const struct connection *c)
{
    for (uint32_t i = 0; c->rdp.cookie.len && i < t->attempt.n_connections; i++) {
        const struct rdpath_text *other = &t->attempt.connections[i]->rdp.cookie;
        if (other->len == c->rdp.cookie.len &&
            memcmp(other->bytes, c->rdp.cookie.bytes, other->len) == 0)
            return true;
    }
    return false;
}

/* A token is presented by a client that another server has just sent here; a user with the same
   name who changes between the families of addresses is the same one. */
static bool belong_together(const struct trial *older, const struct talk *talk)
{
    const struct attempt *a = &talk->trial->attempt, *b = &older->attempt;
    const struct connection *c = talk->record;
    if (older == talk->trial || addr_equal(&a->server, &b->server) ||
        c->summary.start_ns - older->last_ns > TRIAL_RETRY_NS)
        return false;
    if (c->rdp.routing_token.len)
        return addr_equal(&a->client, &b->client);
    return a->client.version != b->client.version && same_cookie(older, c);
}

static void relate(struct attempt *a, uint32_t id)
{
    for (uint32_t i = 0; i < a->n_related; i++) {
        if (a->related[i] == id)
            return;
    }
    if (a->n_related < ATTEMPT_RELATED_MAX)
        a->related[a->n_related++] = id;
}

void trials_relate(const struct trials *all, const struct talk *talk)
{
    struct attempt *own = &talk->trial->attempt;
    uint32_t n = 0;
    for (struct trial *t = all->list[TRIALS_OPEN].newest; t && n < RELATED_LOOK_MAX;
         t = t->link[TRIALS_OPEN].older, n++) {
        if (!belong_together(t, talk))
            continue;
        relate(own, t->attempt.result.id);
        relate(&t->attempt, own->result.id);
    }
}
