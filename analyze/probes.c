/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/probes.h"

#include "analyze/attempt/probed.h"

/* ---- attempts -------------------------------------------------------------------------------- */

void probes_claim(struct trials *all, struct trial *t)
{
    if (t->attempt.probed)
        return;
    t->attempt.probed = arena_alloc(&t->attempt.arena, sizeof *t->attempt.probed);
    t->attempt.probed->ip_header_len = t->attempt.server.version == 6 ? 40 : 20;
    all->n_probes++;
}

/* Something else shows that a probe is at work: the attempt that has nothing of a client is a
   probe's now; NULL: there is none. */
static struct trial *claim_for_echo(struct trials *all, const struct addr *client,
                                    const struct addr *server)
{
    uint32_t n = 0;
    for (struct trial *t = all->list[TRIALS_OPEN].newest;
         t && n < TRIAL_USERS_MAX && all->n_probes < TRIAL_PROBES_MAX;
         t = t->link[TRIALS_OPEN].older, n++) {
        if (!addr_equal(&t->attempt.client, client) || !addr_equal(&t->attempt.server, server) ||
            t->attempt.n_connections == 0 || trial_has_client(t, NULL))
            continue;
        probes_claim(all, t);
        return t;
    }
    return NULL;
}

/* NULL: none. */
static struct trial *trial_of(const struct trials *all, const struct addr *client,
                              const struct addr *server)
{
    uint32_t n = 0;
    for (struct trial *t = all->list[TRIALS_OPEN].newest; t && n < TRIAL_USERS_MAX;
         t = t->link[TRIALS_OPEN].older, n++) {
        if (t->attempt.probed && addr_equal(&t->attempt.client, client) &&
            addr_equal(&t->attempt.server, server))
            return t;
    }
    return NULL;
}

/* ---- echo ------------------------------------------------------------------------------------ */

/* Which request: an echo by its numbers, a datagram by the client's port. */
struct request {
    bool udp;
    uint16_t id, number;
};

static struct request request_of(const struct icmp_echo *e)
{
    return (struct request){.id = e->id, .number = e->number};
}

static struct probed_echo *request_find(const struct probed *p, struct request r)
{
    for (uint32_t i = p->n_echoes; i > 0; i--) {
        struct probed_echo *e = p->echoes[i - 1];
        if (e->udp == r.udp && e->id == r.id && e->number == r.number)
            return e;
    }
    return NULL;
}

static void note_request(struct trial *t, const struct packet *p, struct request r,
                         rdpath_ref frame)
{
    struct probed *probed = t->attempt.probed;
    if (probed->n_echoes == PROBED_ECHOES_MAX || request_find(probed, r))
        return;
    struct probed_echo *seen = arena_alloc(&t->attempt.arena, sizeof *seen);
    *seen = (struct probed_echo){
        .udp = r.udp,
        .id = r.id,
        .number = r.number,
        .size = p->ip_len,
        .quiet_ns = t->asked_ns ? p->frame->ts_ns - t->asked_ns : 0,
        .ts_ns = p->frame->ts_ns,
        .frame = frame,
    };
    probed->echoes[probed->n_echoes++] = seen;
    t->asked_ns = p->frame->ts_ns;
}

static void note_reply(const struct probed *probed, const struct packet *p, struct request r,
                       rdpath_ref frame)
{
    struct probed_echo *seen = request_find(probed, r);
    if (!seen || seen->reply)
        return;
    seen->reply = p->ip_len;
    seen->in_fragments = p->fragment;
    seen->reply_frame = frame;
}

void probes_echo(struct rdpath *r, const struct packet *p)
{
    struct icmp_echo e;
    if (p->reassembled || !icmp_echo_decode(p, &e) || !e.of_probe)
        return; /* of what came in fragments the first has told it all */
    rdpath_ref frame = RDPATH_REF(r->input, p->frame->number);
    struct trial *t =
        e.request ? trial_of(&r->trials, &p->src, &p->dst) : trial_of(&r->trials, &p->dst, &p->src);
    if (!t && e.request)
        t = claim_for_echo(&r->trials, &p->src, &p->dst);
    if (!t)
        return;
    if (e.request)
        note_request(t, p, request_of(&e), frame);
    else
        note_reply(t->attempt.probed, p, request_of(&e), frame);
}

void probes_datagram(struct rdpath *r, const struct packet *p, bool to_server)
{
    if (r->trials.n_probes == 0 || p->reassembled)
        return;
    struct trial *t =
        to_server ? trial_of(&r->trials, &p->src, &p->dst) : trial_of(&r->trials, &p->dst, &p->src);
    struct request request = {.udp = true, .id = to_server ? p->src_port : p->dst_port};
    rdpath_ref frame = RDPATH_REF(r->input, p->frame->number);
    if (t && to_server)
        note_request(t, p, request, frame);
    else if (t)
        note_reply(t->attempt.probed, p, request, frame);
}

/* ---- ICMP errors ----------------------------------------------------------------------------- */

/* The request that an error quotes, NULL: none. */
static struct probed_echo *request_quoted(const struct probed *probed, const struct packet *q)
{
    struct icmp_echo echo;
    struct request udp = {.udp = true, .id = q->src_port};
    if (q->protocol == IP_UDP)
        return request_find(probed, udp);
    bool request = icmp_echo_decode(q, &echo) && echo.request;
    return request ? request_find(probed, request_of(&echo)) : NULL;
}

/* A segment of one of its connections, as far as its number tells. */
static bool quotes_connection(const struct rdpath *r, const struct icmp_error *e)
{
    const struct packet *q = &e->quoted;
    const struct ends ends = {q->src, q->dst, q->src_port, q->dst_port};
    enum rdpath_direction way;
    const struct flow *flow = flows_find(&r->flows, &ends, &way);
    return flow && e->has_seq && flow_may_have_sent(flow, way, e->seq);
}

/* About what was sent to the client: nothing of it is remembered but connections. */
static void error_back(const struct rdpath *r, struct probed *probed, const struct icmp_error *e,
                       rdpath_ref frame)
{
    if (icmp_is_decrease(e) && (e->quoted.protocol != IP_TCP || quotes_connection(r, e)))
        probed_name(&probed->named[RDPATH_TO_CLIENT], e->mtu, &e->from, frame);
}

static void error_there(const struct rdpath *r, struct probed *probed, const struct icmp_error *e,
                        rdpath_ref frame)
{
    struct probed_echo *request = request_quoted(probed, &e->quoted);
    if (request && e->kind == RDPATH_ICMP_PORT && addr_equal(&e->from, &e->quoted.dst))
        request->arrived = true;
    if (!icmp_is_decrease(e) || (!request && !quotes_connection(r, e)))
        return;
    if (request)
        request->refused = true;
    probed_name(&probed->named[RDPATH_TO_SERVER], e->mtu, &e->from, frame);
}

void probes_error(struct rdpath *r, const struct icmp_error *e, struct moment at)
{
    const struct packet *q = &e->quoted;
    if (r->trials.n_probes == 0)
        return;
    struct trial *there = trial_of(&r->trials, &q->src, &q->dst);
    struct trial *back = trial_of(&r->trials, &q->dst, &q->src);
    if (there)
        error_there(r, there->attempt.probed, e, at.frame);
    if (back)
        error_back(r, back->attempt.probed, e, at.frame);
}

/* ---- connections ----------------------------------------------------------------------------- */

static void take_way(const struct talk *talk, enum rdpath_direction way, struct probed_way *w)
{
    const struct side *s = &talk->flow->side[way];
    const struct rdpath_path *path = &talk->record->path[way];
    struct flow_unacked list[PROBED_UNACKED_MAX];
    bool pieces = s->largest.piece > s->largest.seen; /* of what a card merged */
    w->acked = s->largest.acked_df;
    w->acked_frame = s->largest.acked_df_frame;
    w->seen = pieces ? s->largest.piece : s->largest.seen;
    w->seen_frame = s->largest.seen_frame;
    w->header_len = path->header_len;
    w->mss = path->mss;
    w->n_bytes = path->n_bytes;
    w->n_segments = (uint32_t)path->n_data;
    w->hole = path->hole.open;
    w->hole_frames = path->hole.frames;
    w->n_unacked = flow_unacked(talk->flow, way, list, PROBED_UNACKED_MAX);
    for (uint32_t i = 0; i < w->n_unacked; i++)
        w->unacked[i] = (struct probed_unacked){list[i].ip_len, list[i].n_missed, list[i].frame};
}

/* The probe ends its connections by a reset. Where its ClientHello did not come whole, the request
   before that stands in for it. */
static int64_t waited(const struct connection *c)
{
    const struct reset_seen *reset = &c->reset[RDPATH_TO_SERVER];
    const struct moment *said =
        c->client_hello.frame ? &c->client_hello : &c->first_data[RDPATH_TO_SERVER];
    return reset->seen && said->frame ? reset->at.ts_ns - said->ts_ns : 0;
}

static bool was_ended_by_server(const struct connection *c)
{
    const struct reset_seen *own = &c->reset[RDPATH_TO_SERVER],
                            *other = &c->reset[RDPATH_TO_CLIENT];
    const struct moment *fin = &c->fin[RDPATH_TO_CLIENT];
    bool closed = fin->frame && (!own->seen || fin->ts_ns < own->at.ts_ns);
    return closed || (other->seen && (!own->seen || other->at.ts_ns < own->at.ts_ns));
}

void probes_take(const struct talk *talk)
{
    struct attempt *a = &talk->trial->attempt;
    const struct connection *c = talk->record;
    struct probed *p = a->probed;
    if (!p || p->n_connections == PROBED_CONNECTIONS_MAX)
        return;
    struct probed_connection *taken = arena_alloc(&a->arena, sizeof *taken);
    taken->quiet_ns = talk->quiet_ns;
    taken->waited_ns = waited(c);
    taken->by_server = was_ended_by_server(c);
    take_way(talk, RDPATH_TO_SERVER, &taken->way[RDPATH_TO_SERVER]);
    take_way(talk, RDPATH_TO_CLIENT, &taken->way[RDPATH_TO_CLIENT]);
    p->connections[p->n_connections++] = taken;
}
