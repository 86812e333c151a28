/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an attempt: close the accounts, find the vantage, draw the sizes, judge. */
#include "analyze/attempt/probed.h"
#include "analyze/rules/judge.h"
#include "analyze/trial.h"

static void add_hints(struct vantage_hints *h, const struct talk *talk)
{
    for (int way = 0; way < 2; way++) {
        const struct rdpath_path *path = &talk->record->path[way];
        h->n_way_in[way] += talk->n_way[way][0];
        h->n_way_out[way] += talk->n_way[way][1];
        if (h->ttl[way] == 0)
            h->ttl[way] = talk->flow->side[way].ttl;
        if (path->rtt_ns != RDPATH_UNKNOWN &&
            (h->rtt_ns[way] == RDPATH_UNKNOWN || path->rtt_ns < h->rtt_ns[way]))
            h->rtt_ns[way] = path->rtt_ns;
    }
}

static void add_leg_hints(struct vantage_hints *h, const struct leg_watch *leg)
{
    for (int way = 0; way < 2; way++) {
        h->n_way_in[way] += leg->n_way[way][0];
        h->n_way_out[way] += leg->n_way[way][1];
        if (h->ttl[way] == 0)
            h->ttl[way] = leg->ttl[way];
    }
}

static void close_account(struct talk *talk)
{
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = (enum rdpath_direction)i;
        uint64_t lost_from = flow_conclude(talk->flow, way, &talk->record->path[way]);
        connection_unreach(talk->record, way, lost_from);
        talk->record->n_probes_answered[way] = talk->flow->side[way].n_probes_answered;
        talk->record->n_probes_unanswered[way] = talk->flow->side[way].n_probes_open;
        talk->record->probe_unanswered_ns[way] = talk->flow->side[way].probe_ns;
    }
}

static enum flow_place place_of(enum rdpath_vantage vantage, enum rdpath_direction way)
{
    if (vantage == RDPATH_AT_CLIENT)
        return way == RDPATH_TO_SERVER ? FLOW_AT_SENDER : FLOW_AT_RECEIVER;
    if (vantage == RDPATH_AT_SERVER)
        return way == RDPATH_TO_SERVER ? FLOW_AT_RECEIVER : FLOW_AT_SENDER;
    return FLOW_BETWEEN;
}

/* A tunnel is one hop, whatever it runs through: at its far end the packets look as at their
   sender. But where they come out of it their sender is not. */
static enum rdpath_vantage beside_tunnel(enum rdpath_vantage guess, const struct attempt *a)
{
    bool not_client = guess == RDPATH_AT_CLIENT && a->tunnel.leaves_here[RDPATH_TO_SERVER];
    bool not_server = guess == RDPATH_AT_SERVER && a->tunnel.leaves_here[RDPATH_TO_CLIENT];
    return not_client || not_server ? RDPATH_AT_MIDDLE : guess;
}

/* What is missing counts from where it was missed until nothing more could have come. */
static void age_holes(struct connection *c, int64_t capture_end_ns)
{
    bool silence = connection_ended(c, capture_end_ns).how == RDPATH_END_SILENCE;
    for (int way = 0; way < 2; way++) {
        struct rdpath_hole *hole = &c->path[way].hole;
        if (hole->open)
            hole->lasted_ns = (silence ? capture_end_ns : c->last_ns) - hole->since_ns;
    }
}

/* What became of the routers' advice. */
static void heed_icmp(struct talk *talk)
{
    struct connection *c = talk->record;
    for (uint32_t i = 0; i < c->n_icmp; i++) {
        struct icmp_seen *icmp = c->icmp[i];
        const struct side *s = &talk->flow->side[icmp->direction];
        if (icmp->kind != RDPATH_ICMP_TOO_BIG || s->told.mtu != icmp->mtu)
            continue;
        icmp->n_too_large_after = s->told.n_above;
        icmp->ignored_frames = s->told.above_frames;
        icmp->sender_shrank = s->told.n_heeded > 0 && s->told.n_above == 0;
    }
}

/* A reset in answer to a SYN may be the first packet of its side: what its sender's packets look
   like is told by what came later, or by the other connections of the attempt. */
static void borrow_ttl(struct trial *t, int way)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        struct reset_seen *r = &t->talks[i]->record->reset[way];
        uint8_t own = t->talks[i]->flow->side[way].ttl;
        if (r->usual_ttl == 0)
            r->usual_ttl = own ? own : t->hints.ttl[way];
    }
}

void talk_retire(struct talk *talk, int64_t now_ns)
{
    close_account(talk);
    probes_take(talk);
    add_hints(&talk->trial->hints, talk);
    attempt_retire(&talk->trial->attempt, talk->record, now_ns);
}

void trial_finish(struct trial *t, enum rdpath_vantage told, int64_t capture_end_ns)
{
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        close_account(t->talks[i]);
        probes_take(t->talks[i]);
        add_hints(&t->hints, t->talks[i]);
    }
    for (uint32_t i = 0; i < t->attempt.n_legs; i++) {
        datagrams_end(t->legs[i]->wire);
        add_leg_hints(&t->hints, t->legs[i]);
    }
    borrow_ttl(t, RDPATH_TO_SERVER);
    borrow_ttl(t, RDPATH_TO_CLIENT);
    enum rdpath_vantage vantage =
        told != RDPATH_AT_UNKNOWN ? told : beside_tunnel(vantage_guess(&t->hints), &t->attempt);
    for (uint32_t i = 0; i < t->attempt.n_connections; i++) {
        struct talk *talk = t->talks[i];
        age_holes(talk->record, capture_end_ns);
        for (int way = 0; way < 2; way++)
            flow_sizes(talk->flow, (enum rdpath_direction)way,
                       place_of(vantage, (enum rdpath_direction)way), &talk->record->path[way]);
        heed_icmp(talk);
    }
    t->attempt.result.vantage = vantage;
    t->attempt.capture_end_ns = capture_end_ns;
    if (t->attempt.probed)
        probed_conclude(t->attempt.probed, &t->attempt.arena, vantage, capture_end_ns);
    attempt_conclude(&t->attempt);
    judge_attempt(&t->attempt);
    kept_list(t);
}
