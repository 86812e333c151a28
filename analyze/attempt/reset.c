/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sent a reset. Signs are weighed against each other (reset.def has the weights and the reason
 * for each); only a sum that no host reaches by its own habits names a device.
 */
#include "analyze/attempt/attempt.h"

const struct reset_sign reset_signs[N_RESET_SIGNS] = {
#define SIGN(name, weight, words, why) [RESET_SIGN_##name] = {weight, words},
#include "analyze/attempt/reset.def"
#undef SIGN
};

enum { ROUTE_CHANGE_HOPS = 2 };

#define OVERTAKEN_NS 6000000LL   /* a packet that the reset overtook comes within this */
#define TELLING_RTT_NS 2000000LL /* below, a busy host's own delay is as long */
#define UNASKED_NS 3000000000LL  /* no answer takes so long */
#define SAME_MOMENT_NS 5000000LL

static void add(struct reset_weight *w, enum reset_signs sign, bool seen)
{
    if (!seen)
        return;
    w->sum += reset_signs[sign].weight;
    w->signs |= 1u << sign;
    w->n_for += reset_signs[sign].weight > 0;
}

/* Routers between a sender and here, if it began with one of the usual values. */
static int hops_of(uint8_t ttl)
{
    return (ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255) - ttl;
}

static void weigh_ttl(const struct reset_seen *r, struct reset_weight *w)
{
    if (r->usual_ttl == 0)
        return;
    int apart = r->ttl > r->usual_ttl ? r->ttl - r->usual_ttl : r->usual_ttl - r->ttl;
    bool far = apart > ROUTE_CHANGE_HOPS;
    bool other_base = far && hops_of(r->ttl) == hops_of(r->usual_ttl);
    add(w, RESET_SIGN_TTL_FAR, far && !other_base);
    add(w, RESET_SIGN_TTL_OTHER_BASE, other_base);
    bool fresh = hops_of(r->ttl) == 0 && hops_of(r->usual_ttl) > 0;
    add(w, RESET_SIGN_TTL_FRESH, apart > 0 && !far && fresh);
    add(w, RESET_SIGN_TTL_NEAR, apart > 0 && !far && !fresh);
    add(w, RESET_SIGN_TTL_SAME, apart == 0);
}

/* A number is known to be wrong only where all that came before it was captured. */
static void weigh_headers(const struct connection *c, const struct reset_seen *r,
                          struct reset_weight *w)
{
    bool numbers_known = !c->opening.mid_stream && !c->path[0].n_missed && !c->path[1].n_missed &&
                         !c->path[0].hole.open && !c->path[1].hole.open;
    add(w, RESET_SIGN_ID_ZERO, r->id == RESET_ID_ZERO);
    add(w, RESET_SIGN_ID_BREAKS, r->id == RESET_ID_BREAKS);
    add(w, RESET_SIGN_ID_CONTINUES, r->id == RESET_ID_CONTINUES);
    add(w, RESET_SIGN_NO_ACK, !r->has_ack);
    add(w, RESET_SIGN_NO_TIMESTAMPS, r->bare_of_timestamps);
    add(w, RESET_SIGN_TIMESTAMPS, r->has_timestamps);
    add(w, RESET_SIGN_ODD_WINDOW, r->odd_window);
    add(w, RESET_SIGN_ODD_NUMBER, r->odd_number && numbers_known);
}

static bool at_its_sender(const struct connection *c, enum rdpath_direction way)
{
    const struct reset_seen *r = &c->reset[way];
    enum rdpath_vantage sender = way == RDPATH_TO_SERVER ? RDPATH_AT_CLIENT : RDPATH_AT_SERVER;
    return c->attempt->result.vantage == sender && r->ttl == r->usual_ttl && hops_of(r->ttl) == 0;
}

static void weigh_times(const struct connection *c, enum rdpath_direction way,
                        struct reset_weight *w)
{
    const struct reset_seen *r = &c->reset[way], *back = &c->reset[!way];
    int64_t measured_ns = c->path[!way].rtt_ns;
    int64_t rtt_ns = measured_ns == RDPATH_UNKNOWN ? 0 : measured_ns;
    bool known = rtt_ns >= TELLING_RTT_NS && c->opening.n_syn && !c->opening.mid_stream;
    int64_t overtaken = rtt_ns / 4 > OVERTAKEN_NS ? rtt_ns / 4 : OVERTAKEN_NS;
    int64_t apart =
        r->at.ts_ns > back->at.ts_ns ? r->at.ts_ns - back->at.ts_ns : back->at.ts_ns - r->at.ts_ns;
    add(w, RESET_SIGN_TOO_SOON,
        known && r->answers && r->after_trigger_ns != RDPATH_UNKNOWN &&
            r->after_trigger_ns < rtt_ns / 2);
    bool all_seen = !c->path[0].n_missed && !c->path[1].n_missed; /* what it answers may lack */
    add(w, RESET_SIGN_UNASKED,
        all_seen && !r->has_ack && r->after_any_ns > UNASKED_NS && r->after_any_ns / 4 > rtt_ns);
    add(w, RESET_SIGN_SENDER_GOES_ON, r->n_after && r->last_after_ns > overtaken);
    add(w, RESET_SIGN_BOTH_WAYS, back->seen && apart < SAME_MOMENT_NS);
    add(w, RESET_SIGN_AT_ITS_SENDER, at_its_sender(c, way));
}

struct reset_weight reset_weigh(const struct connection *c, enum rdpath_direction way)
{
    struct reset_weight w = {0};
    const struct reset_seen *r = &c->reset[way];
    if (!r->seen)
        return w;
    weigh_ttl(r, &w);
    weigh_headers(c, r, &w);
    weigh_times(c, way, &w);
    return w;
}

bool reset_is_foreign(const struct connection *c, enum rdpath_direction way)
{
    return reset_weigh(c, way).sum >= RESET_FOREIGN;
}
