/* SPDX-License-Identifier: Apache-2.0 */
/* Which connection belongs to which attempt, and when an attempt is over (contract 2). */
#include "analyze/trial.h"
#include "analyze/attempt/probed.h"

#include <stdlib.h>

/* A session that was up and closed cannot be joined; this waits for its last packets only. */
#define LINGER_NS 5000000000LL
/* Nothing for so long on a connection that nobody closed: it is forgotten. */
#define FORGOTTEN_NS 600000000000LL
#define FORGOTTEN_ACTIVE_NS 3600000000000LL

static uint32_t trial_hash(const struct trial_ends *e)
{
    struct ends ends = {e->client, e->server, 0, e->server_port};
    return ends_hash_secret(&ends);
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
    return !trial_is_over(t) || (!was_active(t) && now_ns - t->last_ns <= TRIAL_RETRY_NS);
}

static bool is_full(const struct trial *t, int64_t now_ns)
{
    const struct attempt *a = &t->attempt;
    if (a->n_connections == 0) /* UDP alone so far */
        return false;
    int64_t start_ns = a->connections[0]->summary.start_ns;
    if (a->n_retired && a->retired[0].start_ns < start_ns)
        start_ns = a->retired[0].start_ns;
    uint32_t most = a->probed ? PROBED_CONNECTIONS_MAX : ATTEMPT_CONNECTIONS_MAX;
    return a->n_connections == ATTEMPT_CONNECTIONS_MAX || a->n_connections + a->n_retired >= most ||
           now_ns - start_ns > TRIAL_LONGEST_NS;
}

static void bucket_add(struct trial **bucket, struct trial *t)
{
    t->next_in_bucket = *bucket;
    t->link_in_bucket = bucket;
    if (*bucket)
        (*bucket)->link_in_bucket = &t->next_in_bucket;
    *bucket = t;
}

/* Without a walk: a client with another cookie on each connection makes one long chain. */
static void bucket_remove(struct trial *t)
{
    *t->link_in_bucket = t->next_in_bucket;
    if (t->next_in_bucket)
        t->next_in_bucket->link_in_bucket = t->link_in_bucket;
}

static void list_add(struct trials *all, enum trial_list_kind kind, struct trial *t)
{
    struct trial_list *l = &all->list[kind];
    t->link[kind].older = l->newest;
    *(l->newest ? &l->newest->link[kind].newer : &l->oldest) = t;
    l->newest = t;
    l->n++;
}

static void list_remove(struct trials *all, enum trial_list_kind kind, struct trial *t)
{
    struct trial_list *l = &all->list[kind];
    struct trial_link *link = &t->link[kind];
    *(link->older ? &link->older->link[kind].newer : &l->oldest) = link->newer;
    *(link->newer ? &link->newer->link[kind].older : &l->newest) = link->older;
    l->n--;
}

void trials_answered(struct trials *all, struct trial *t)
{
    if (t->answered)
        return;
    t->answered = true;
    list_remove(all, TRIALS_HALF_OPEN, t);
}

struct trial *trials_surplus(const struct trials *all)
{
    if (all->list[TRIALS_HALF_OPEN].n >= TRIAL_HALF_OPEN_MAX)
        return all->list[TRIALS_HALF_OPEN].oldest;
    uint32_t n = all->list[TRIALS_OPEN].n;
    if (n >= TRIAL_OPEN_MAX || all->n_talks >= n * ATTEMPT_WATCHED_MAX + TRIAL_TALKS_SPARE)
        return all->list[TRIALS_OPEN].oldest;
    return NULL;
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
    t->hints.rtt_ns[0] = t->hints.rtt_ns[1] = RDPATH_UNKNOWN;
    t->hash = trial_hash(e);
    bucket_add(&all->buckets[t->hash % TRIAL_BUCKETS], t);
    list_add(all, TRIALS_OPEN, t);
    list_add(all, TRIALS_HALF_OPEN, t);
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

static void trial_drop(struct trial *t, const struct talk *talk)
{
    uint32_t i = 0, n = --t->attempt.n_connections;
    while (t->talks[i] != talk)
        i++;
    for (; i < n; i++) {
        t->talks[i] = t->talks[i + 1];
        t->attempt.connections[i] = t->attempt.connections[i + 1];
    }
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

/* The oldest connection that is over and that another one of the attempt has passed. */
static struct talk *trial_passed(const struct trial *t)
{
    const struct connection *furthest = attempt_furthest(&t->attempt);
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        if (talk_is_over(t->talks[i]) && t->talks[i]->record != furthest)
            return t->talks[i];
    }
    return NULL;
}

/* A client that tries again and again must not take more memory each time. */
static void trial_make_room(struct trials *all, struct flows *flows, struct trial *t,
                            int64_t now_ns)
{
    struct talk *passed = t->attempt.n_connections >= ATTEMPT_WATCHED_MAX ? trial_passed(t) : NULL;
    if (!passed)
        return;
    talk_retire(passed, now_ns);
    trial_drop(t, passed);
    talk_free(flows, passed);
    all->n_talks--;
}

bool trial_has_retired(const struct trial *t, uint16_t client_port)
{
    for (uint32_t i = 0; i < t->attempt.n_retired; i++) {
        if (t->attempt.retired[i].client_port == client_port)
            return true;
    }
    return false;
}

bool trial_knows_port(const struct trial *t, uint16_t client_port)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        if (t->attempt.connections[i]->summary.client_port == client_port)
            return true;
    }
    return trial_has_retired(t, client_port);
}

struct talk *trials_begin_talk(struct trials *all, struct flows *flows, const struct trial_ends *e,
                               int64_t now_ns)
{
    struct trial *t = trials_find(all, e);
    bool joins = t && may_join(t, now_ns), full = joins && is_full(t, now_ns);
    if (full)
        t->attempt.limit_reached = true;
    if (!joins || full) {
        t = trial_begin(all, e);
        t->last_ns = now_ns;
    }
    int64_t quiet_ns = t->asked_ns ? now_ns - t->asked_ns : 0;
    trial_make_room(all, flows, t, now_ns);
    struct ends ends = {e->client, e->server, e->client_port, e->server_port};
    struct talk *talk = memory_zeroed(sizeof *talk);
    talk->record = memory_zeroed(sizeof *talk->record);
    talk->record->summary.client_port = e->client_port;
    talk->record->summary.start_ns = now_ns;
    talk->record->last_ns = now_ns;
    talk->quiet_ns = quiet_ns;
    talk->record->shelf = all->shelf;
    talk->record->secrets = all->secrets;
    talk->record->held = &all->held;
    talk->flow = flows_add(flows, &ends);
    talk->flow->owner = talk;
    talk->dialog = dialog_new(talk->record);
    trial_add(t, talk);
    all->n_talks++;
    return talk;
}

static bool same_text(const struct rdpath_text *a, const struct rdpath_text *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* The cookie that its connections share, NULL: none of them has one. */
static const struct rdpath_text *cookie_of(const struct trial *t, const struct talk *except)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        if (t->talks[i] != except && t->talks[i]->record->rdp.cookie.len)
            return &t->talks[i]->record->rdp.cookie;
    }
    return NULL;
}

/* An attempt of its user which the connection may join, NULL: none. */
static struct trial *trial_of_user(const struct trials *all, const struct trial_ends *e,
                                   const struct talk *talk)
{
    const struct connection *c = talk->record;
    uint32_t hash = trial_hash(e), n = 0;
    for (struct trial *t = all->buckets[hash % TRIAL_BUCKETS]; t && n < TRIAL_USERS_MAX;
         t = t->next_in_bucket, n++) {
        const struct rdpath_text *cookie = cookie_of(t, talk);
        if (t->hash == hash && belongs(t, e) && cookie && same_text(cookie, &c->rdp.cookie) &&
            may_join(t, c->summary.start_ns) && !is_full(t, c->summary.start_ns))
            return t;
    }
    return NULL;
}

/* 16 random bytes [MS-RDPBCGR 2.2.1.1.2]; NULL: there are none. */
static bool has_correlation_id(const struct trial *t, const uint8_t *id)
{
    for (uint32_t i = 0; id && i < t->attempt.n_connections; i++) {
        const struct rdpath_rdp *rdp = &t->attempt.connections[i]->rdp;
        if (rdp->has_correlation_id &&
            memcmp(rdp->correlation_id, id, sizeof rdp->correlation_id) == 0)
            return true;
    }
    return false;
}

/* HTTP to a gateway in clear, or perhaps inside TLS. */
static bool goes_to_gateway(const struct trial *t)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        const struct connection *c = t->attempt.connections[i];
        if (c->gateway_method || (c->tls.present && !c->rdp.present))
            return true;
    }
    return false;
}

/* Its TCP port is unknown, so that the attempts are looked through. */
static struct trial *trial_of_gateway_leg(const struct trials *all, const struct trial_ends *e,
                                          const uint8_t *correlation_id, int64_t now_ns)
{
    struct trial *newest = NULL;
    uint32_t n = 0;
    for (struct trial *t = all->list[TRIALS_OPEN].newest; t && n < TRIAL_USERS_MAX;
         t = t->link[TRIALS_OPEN].older, n++) {
        const struct trial_ends own = {e->client, e->server, 0, t->server_port};
        if (!belongs(t, &own) || !may_join(t, now_ns))
            continue;
        if (has_correlation_id(t, correlation_id))
            return t;
        bool fits = t->server_port == GATEWAY_UDP_PORT || goes_to_gateway(t);
        newest = newest || !fits ? newest : t;
    }
    return newest;
}

/* The UDP of a client may leave it by another interface than its TCP: only the id ties the two. */
static struct trial *trial_of_other_address(const struct trials *all, const struct trial_ends *e,
                                            const uint8_t *correlation_id, int64_t now_ns)
{
    static const uint8_t none[16];
    uint32_t n = 0;
    if (!correlation_id || memcmp(correlation_id, none, sizeof none) == 0)
        return NULL;
    for (struct trial *t = all->list[TRIALS_OPEN].newest; t && n < TRIAL_USERS_MAX;
         t = t->link[TRIALS_OPEN].older, n++) {
        if (addr_equal(&t->attempt.server, &e->server) && may_join(t, now_ns) &&
            has_correlation_id(t, correlation_id))
            return t;
    }
    return NULL;
}

struct trial *trials_of_leg(struct trials *all, const struct trial_ends *e,
                            const uint8_t *correlation_id, int64_t now_ns)
{
    if (e->server_port == GATEWAY_UDP_PORT)
        return trial_of_gateway_leg(all, e, correlation_id, now_ns);
    uint32_t hash = trial_hash(e), n = 0;
    struct trial *newest = NULL;
    for (struct trial *t = all->buckets[hash % TRIAL_BUCKETS]; t && n < TRIAL_USERS_MAX;
         t = t->next_in_bucket, n++) {
        if (t->hash != hash || !belongs(t, e) || !may_join(t, now_ns))
            continue;
        if (has_correlation_id(t, correlation_id))
            return t;
        newest = newest ? newest : t;
    }
    return newest ? newest : trial_of_other_address(all, e, correlation_id, now_ns);
}

struct trial *trials_begin_leg(struct trials *all, const struct trial_ends *e, int64_t now_ns)
{
    struct trial *t = trial_begin(all, e);
    t->last_ns = now_ns;
    return t;
}

static void trial_move(struct trials *all, struct talk *talk, struct trial *to)
{
    struct trial *from = talk->trial;
    struct connection *c = talk->record;
    trial_drop(from, talk);
    if (!to) {
        struct trial_ends e = {from->attempt.client, from->attempt.server, 0, from->server_port};
        to = trial_begin(all, &e);
        to->attempt.result.input = from->attempt.result.input;
    }
    if (c->last_ns > to->last_ns)
        to->last_ns = to->asked_ns = c->last_ns;
    trial_add(to, talk);
    if (talk->flow->side[RDPATH_TO_CLIENT].path.n_packets)
        trials_answered(all, to);
}

void trials_check_cookie(struct trials *all, struct talk *talk)
{
    const struct trial *t = talk->trial;
    const struct connection *c = talk->record;
    const struct rdpath_text *other = cookie_of(t, talk);
    bool joins = !t->attempt.probed && (!other || same_text(&c->rdp.cookie, other));
    if (!c->rdp.cookie.len || joins) /* a probe has none */
        return;
    struct trial_ends e = {t->attempt.client, t->attempt.server, 0, t->server_port};
    trial_move(all, talk, trial_of_user(all, &e, talk));
}

/* ---- those of rdpath probe ------------------------------------------------------------------- */

/* Another attempt between the same ends that a connection may join: a probe's, or a client's. */
static struct trial *trial_beside(const struct trials *all, const struct talk *talk, bool of_probe)
{
    const struct trial *from = talk->trial;
    const struct trial_ends e = {from->attempt.client, from->attempt.server, 0, from->server_port};
    int64_t start_ns = talk->record->summary.start_ns;
    uint32_t n = 0;
    for (struct trial *t = all->buckets[from->hash % TRIAL_BUCKETS]; t && n < TRIAL_USERS_MAX;
         t = t->next_in_bucket, n++) {
        bool same = t != from && t->hash == from->hash && belongs(t, &e);
        if (same && (t->attempt.probed != NULL) == of_probe && may_join(t, start_ns) &&
            !is_full(t, start_ns))
            return t;
    }
    return NULL;
}

bool trial_has_client(const struct trial *t, const struct talk *except)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        if (t->talks[i] != except && connection_is_client(t->attempt.connections[i]))
            return true;
    }
    return t->attempt.retired_client;
}

void trials_check_probe(struct trials *all, struct talk *talk)
{
    const struct attempt *a = &talk->trial->attempt;
    bool of_probe = talk->record->of_probe, together = a->probed != NULL;
    if (of_probe && !together && all->n_probes == TRIAL_PROBES_MAX)
        return; /* its sizes are not counted */
    bool apart = together ? !of_probe : of_probe && trial_has_client(talk->trial, talk);
    if (apart && a->n_connections > 1)
        trial_move(all, talk, trial_beside(all, talk, of_probe));
    if (of_probe)
        probes_claim(all, talk->trial);
}

void trials_remove(struct trials *all, struct trial *t)
{
    bucket_remove(t);
    trials_answered(all, t);
    list_remove(all, TRIALS_OPEN, t);
    all->n_talks -= t->attempt.n_connections;
    all->n_probes -= t->attempt.probed != NULL;
    legs_remove(&all->legs, t);
}

void trial_free(struct flows *flows, struct trial *t)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++)
        talk_free(flows, t->talks[i]);
    for (uint32_t i = 0; i < t->attempt.n_legs; i++)
        leg_watch_free(t->legs[i]);
    arena_free(&t->attempt.arena);
    free(t->pairing);
    free(t);
}
