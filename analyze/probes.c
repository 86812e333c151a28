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

static bool said_hello(const struct attempt *a)
{
    for (uint32_t i = 0; i < a->n_connections; i++) {
        if (a->connections[i]->client_hello.frame)
            return true;
    }
    return a->n_retired > 0;
}

/* Something else shows that a probe is at work: the attempt whose client has not said a ClientHello
   yet is a probe's now; NULL: there is none. */
static struct trial *claim_for_echo(struct trials *all, const struct addr *client,
                                    const struct addr *server)
{
    uint32_t n = 0;
    for (struct trial *t = all->list[TRIALS_OPEN].newest;
         t && n < TRIAL_USERS_MAX && all->n_probes < TRIAL_PROBES_MAX;
         t = t->link[TRIALS_OPEN].older, n++) {
        if (!addr_equal(&t->attempt.client, client) || !addr_equal(&t->attempt.server, server) ||
            t->attempt.n_connections == 0 || said_hello(&t->attempt))
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

static struct probed_echo *echo_find(const struct probed *p, const struct icmp_echo *e)
{
    for (uint32_t i = p->n_echoes; i > 0; i--) {
        if (p->echoes[i - 1]->id == e->id && p->echoes[i - 1]->number == e->number)
            return p->echoes[i - 1];
    }
    return NULL;
}

static void note_request(struct trial *t, const struct packet *p, const struct icmp_echo *e,
                         rdpath_ref frame)
{
    struct probed *probed = t->attempt.probed;
    if (probed->n_echoes == PROBED_ECHOES_MAX || echo_find(probed, e))
        return;
    struct probed_echo *seen = arena_alloc(&t->attempt.arena, sizeof *seen);
    *seen = (struct probed_echo){
        .id = e->id,
        .number = e->number,
        .size = p->ip_len,
        .quiet_ns = t->asked_ns ? p->frame->ts_ns - t->asked_ns : 0,
        .ts_ns = p->frame->ts_ns,
        .frame = frame,
    };
    probed->echoes[probed->n_echoes++] = seen;
    t->asked_ns = p->frame->ts_ns;
}

static void note_reply(const struct probed *probed, const struct packet *p,
                       const struct icmp_echo *e, rdpath_ref frame)
{
    struct probed_echo *seen = echo_find(probed, e);
    if (!seen || seen->reply)
        return;
    seen->reply = p->ip_len;
    seen->in_fragments = p->fragment;
    seen->reply_frame = frame;
}

static bool is_icmp(uint8_t protocol)
{
    return protocol == IP_ICMP || protocol == IP_ICMP6;
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
        note_request(t, p, &e, frame);
    else
        note_reply(t->attempt.probed, p, &e, frame);
}

/* ---- ICMP errors ----------------------------------------------------------------------------- */

/* It has to quote a packet of the probe: an echo request with its number, a segment or a datagram
   of one of its flows. */
static bool quotes_probe(const struct rdpath *r, const struct trial *t, const struct icmp_error *e)
{
    const struct packet *q = &e->quoted;
    const struct ends ends = {q->src, q->dst, q->src_port, q->dst_port};
    enum rdpath_direction way;
    struct icmp_echo echo;
    if (is_icmp(q->protocol)) {
        struct probed_echo *seen =
            icmp_echo_decode(q, &echo) ? echo_find(t->attempt.probed, &echo) : NULL;
        if (seen && echo.request)
            seen->refused = true;
        return seen;
    }
    if (q->protocol == IP_UDP)
        return q->dst_port == t->server_port || q->src_port == t->server_port;
    const struct flow *flow = flows_find(&r->flows, &ends, &way);
    return flow && e->has_seq && flow_may_have_sent(flow, way, e->seq);
}

void probes_error(struct rdpath *r, const struct icmp_error *e, struct moment at)
{
    if (r->trials.n_probes == 0 || !icmp_is_decrease(e))
        return;
    const struct addr *ends[2][2] = {{&e->quoted.src, &e->quoted.dst},
                                     {&e->quoted.dst, &e->quoted.src}};
    for (int way = 0; way < 2; way++) {
        struct trial *t = trial_of(&r->trials, ends[way][0], ends[way][1]);
        if (t && quotes_probe(r, t, e))
            probed_name(&t->attempt.probed->named[way], e->mtu, &e->from, at.frame);
    }
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
