/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a connection ended, by whom, and whose turn it was. A reset or a FIN that follows what ended
 * the conversation (a refusal, an alert) is its consequence: the first end counts.
 */
#include "analyze/attempt/attempt.h"

/* contract: "silence" only where the capture goes on so long after the last packet */
#define SILENCE_MIN_NS 3000000000LL

enum { ALERT_FATAL = 2 };

static enum rdpath_end_by sender_of(enum rdpath_direction way)
{
    return way == RDPATH_TO_SERVER ? RDPATH_BY_CLIENT : RDPATH_BY_SERVER;
}

/* A coarse clock gives several frames one time: then their order tells. */
static bool earlier(const struct moment *a, const struct moment *b)
{
    if (!a->frame || !b->frame)
        return a->frame != 0;
    return a->ts_ns < b->ts_ns || (a->ts_ns == b->ts_ns && a->frame < b->frame);
}

static struct rdpath_ended by_moment(enum rdpath_end_by by, enum rdpath_end_how how,
                                     const struct moment *at)
{
    return (struct rdpath_ended){.by = by,
                                 .how = how,
                                 .frame = at->frame,
                                 .quiet_before_ns = at->ts_ns};
}

static bool ended_by_close(const struct connection *c, struct rdpath_ended *e)
{
    const struct moment *first = NULL;
    for (int way = 0; way < 2; way++) {
        const struct reset_seen *r = &c->reset[way];
        enum rdpath_end_by by = sender_of((enum rdpath_direction)way);
        if (c->fin[way].frame && (!first || earlier(&c->fin[way], first))) {
            first = &c->fin[way];
            *e = by_moment(by, RDPATH_END_FIN, first);
        }
        if (r->seen && (!first || earlier(&r->at, first))) {
            first = &r->at;
            bool foreign = reset_is_foreign(c, (enum rdpath_direction)way);
            *e = by_moment(foreign ? RDPATH_BY_MIDDLEBOX : by, RDPATH_END_RST, first);
        }
    }
    return first != NULL;
}

/* A fatal alert ended the conversation, whatever closed the connection behind it. Here
   quiet_before_ns still holds the time of the end. */
static void prefer_alert(const struct connection *c, struct rdpath_ended *e)
{
    for (uint32_t i = 0; i < c->tls.n_alerts; i++) {
        const struct rdpath_alert *a = &c->tls.alerts[i];
        struct moment alert = {a->ts_ns, a->frame}, close = {e->quiet_before_ns, e->frame};
        if (a->level != ALERT_FATAL || (e->frame && earlier(&close, &alert)))
            continue;
        e->by = sender_of(a->direction);
        e->how = RDPATH_END_ALERT;
        e->frame = a->frame;
        return;
    }
}

static bool ended_by_icmp(const struct connection *c, struct rdpath_ended *e)
{
    if (connection_stage(c) > RDPATH_STAGE_TCP_SYN)
        return false;
    for (uint32_t i = 0; i < c->n_icmp; i++) {
        const struct icmp_seen *icmp = c->icmp[i];
        if (icmp->kind == RDPATH_ICMP_TOO_BIG || icmp->kind == RDPATH_ICMP_REASSEMBLY)
            continue;
        bool host = icmp->kind == RDPATH_ICMP_PORT;
        *e = (struct rdpath_ended){
            .by = host ? RDPATH_BY_SERVER : RDPATH_BY_MIDDLEBOX,
            .how = RDPATH_END_ICMP,
            .frame = icmp->frames.ref[0],
            .quiet_before_ns = icmp->first_ns,
        };
        return true;
    }
    return false;
}

static void ended_by_nothing(const struct connection *c, int64_t capture_end_ns,
                             struct rdpath_ended *e)
{
    int64_t quiet = capture_end_ns - c->last_ns;
    int64_t wanted = c->last_gap_ns * 2 > SILENCE_MIN_NS ? c->last_gap_ns * 2 : SILENCE_MIN_NS;
    *e = (struct rdpath_ended){
        .by = RDPATH_BY_NOBODY,
        .how = quiet >= wanted ? RDPATH_END_SILENCE : RDPATH_END_CAPTURE,
        .quiet_before_ns = capture_end_ns,
    };
}

static int64_t last_progress(const struct connection *c)
{
    int64_t a = c->path[0].last_new_ns, b = c->path[1].last_new_ns;
    int64_t last = a > b ? a : b; /* RDPATH_UNKNOWN is the smallest number */
    return last == RDPATH_UNKNOWN ? c->summary.start_ns : last;
}

struct rdpath_ended connection_ended(const struct connection *c, int64_t capture_end_ns)
{
    struct rdpath_ended e = {0};
    if (!ended_by_close(c, &e) && !ended_by_icmp(c, &e))
        ended_by_nothing(c, capture_end_ns, &e);
    int64_t quiet = e.quiet_before_ns - last_progress(c);
    prefer_alert(c, &e);
    e.quiet_before_ns = quiet > 0 ? quiet : 0;
    return e;
}

/* Behind a gateway no rung shows: all that can be awaited is the answer to a request in clear. */
static enum rdpath_end_by gateway_awaits(const struct connection *c)
{
    return c->gateway_method && !c->gateway_code ? RDPATH_BY_SERVER : RDPATH_BY_NOBODY;
}

enum rdpath_end_by connection_awaits(const struct connection *c)
{
    if (c->gateway_method || connection_hides_session(c))
        return gateway_awaits(c);
    switch (connection_stage(c)) {
    case RDPATH_STAGE_TCP_OPEN:
    case RDPATH_STAGE_X224_CONFIRM:
    case RDPATH_STAGE_TLS_SERVER_FLIGHT:
        return RDPATH_BY_CLIENT;
    case RDPATH_STAGE_TCP_SYN:
        return c->opening.n_syn_ack ? RDPATH_BY_CLIENT : RDPATH_BY_SERVER;
    case RDPATH_STAGE_NONE:
    case RDPATH_STAGE_X224_REQUEST:
    case RDPATH_STAGE_TLS_HELLO:
        return RDPATH_BY_SERVER;
    case RDPATH_STAGE_ACTIVE:
        return RDPATH_BY_NOBODY;
    default: /* a dialogue of many turns: who spoke last waits for the other */
        return c->path[RDPATH_TO_SERVER].last_new_ns > c->path[RDPATH_TO_CLIENT].last_new_ns
                   ? RDPATH_BY_SERVER
                   : RDPATH_BY_CLIENT;
    }
}
