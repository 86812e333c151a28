/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of the UDP legs of an attempt (contract: "udp"). A leg has no farewell: an end that
 * goes away just stops [MS-RDPEUDP 1.3.1], and what is sent to it then is repeated in vain. So
 * nothing is held against a leg that happened after the TCP connections were closed, and silence
 * behind data is an end like any other.
 */
#include "analyze/attempt/leg.h"

/* Windows sends a SYN four times; one public capture shows three, 3 s apart
   [MS-RDPEUDP appendix A <7>, <8>]. */
#define ASKED_LONG_NS 2400000000LL
/* A handshake that waits so long while the capture goes on is over: every timer of it has run. */
#define HANDSHAKE_OVER_NS 10000000000LL
#define SILENCE_MIN_NS 3000000000LL /* contract: "silence", as in ended.c */

enum { ASKED_OFTEN = 3, ASKED_TWICE = 2, ALERT_FATAL = 2 };

const struct leg *leg_decisive(const struct attempt *a)
{
    const struct leg *best = NULL;
    for (uint32_t i = 0; i < a->n_legs; i++) {
        if (!best || a->legs[i]->stage >= best->stage)
            best = a->legs[i];
    }
    return best;
}

const struct icmp_seen *leg_icmp(const struct leg *leg, enum rdpath_icmp kind,
                                 enum rdpath_direction way)
{
    for (uint32_t i = 0; i < leg->n_icmp; i++) {
        if (leg->icmp[i]->kind == kind && leg->icmp[i]->direction == way)
            return leg->icmp[i];
    }
    return NULL;
}

const struct rdpath_alert *leg_alert(const struct leg *leg)
{
    if (!leg->inner || leg->stage >= LEG_TLS_DONE)
        return NULL;
    const struct rdpath_tls *tls = &leg->inner->tls;
    for (uint32_t i = 0; i < tls->n_alerts; i++) {
        if (tls->alerts[i].level == ALERT_FATAL)
            return &tls->alerts[i];
    }
    return NULL;
}

bool leg_asked_enough(const struct leg_hello *h)
{
    return h->n >= ASKED_OFTEN ||
           (h->n >= ASKED_TWICE && h->last.ts_ns - h->first.ts_ns >= ASKED_LONG_NS);
}

bool leg_stuck(const struct leg *leg, enum rdpath_direction way)
{
    const struct rdpath_repeated *r = &leg->way[way].repeated;
    return r->n_sent >= ASKED_OFTEN && !r->acknowledged;
}

/* ---- when the session was over --------------------------------------------------------------- */

static int64_t connection_closed_ns(const struct connection *c)
{
    int64_t closed = INT64_MAX;
    for (int way = 0; way < 2; way++) {
        if (c->fin[way].frame && c->fin[way].ts_ns < closed)
            closed = c->fin[way].ts_ns;
        if (c->reset[way].seen && c->reset[way].at.ts_ns < closed)
            closed = c->reset[way].at.ts_ns;
    }
    return closed;
}

static int64_t session_closed_ns(const struct attempt *a)
{
    int64_t latest = a->n_connections ? 0 : INT64_MAX;
    for (uint32_t i = 0; i < a->n_connections; i++) {
        int64_t closed = connection_closed_ns(a->connections[i]);
        latest = closed > latest ? closed : latest;
    }
    return latest;
}

static int64_t session_last_ns(const struct attempt *a)
{
    int64_t last = 0;
    for (uint32_t i = 0; i < a->n_connections; i++)
        last = a->connections[i]->last_ns > last ? a->connections[i]->last_ns : last;
    return last;
}

/* ---- the outcome ----------------------------------------------------------------------------- */

/* A capture of one direction holds no answer, whoever gave one. */
static bool answers_are_seen(const struct attempt *a)
{
    bool seen = a->n_connections == 0;
    for (uint32_t i = 0; i < a->n_connections; i++)
        seen |= a->connections[i]->path[RDPATH_TO_CLIENT].n_packets > 0;
    return seen;
}

static bool has_signal_of_size(const struct leg *leg)
{
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = (enum rdpath_direction)i;
        const struct icmp_seen *icmp = leg_icmp(leg, RDPATH_ICMP_TOO_BIG, way);
        if (icmp && icmp->mtu < leg->way[way].largest_seen)
            return true;
        if (leg_icmp(leg, RDPATH_ICMP_REASSEMBLY, way))
            return true;
    }
    return false;
}

static enum rdpath_udp_outcome outcome_of_syn(const struct attempt *a, const struct leg *leg)
{
    const struct leg_hello *syn = &leg->hello[RDPATH_TO_SERVER];
    if (leg_icmp(leg, RDPATH_ICMP_PORT, RDPATH_TO_SERVER))
        return RDPATH_UDP_REFUSED;
    if (leg_icmp(leg, RDPATH_ICMP_PROHIBITED, RDPATH_TO_SERVER))
        return RDPATH_UDP_REJECTED;
    if (has_signal_of_size(leg))
        return RDPATH_UDP_LARGE_DROPPED;
    if (leg_asked_enough(syn) && syn->last.ts_ns < session_closed_ns(a) && answers_are_seen(a))
        return RDPATH_UDP_BLOCKED;
    return RDPATH_UDP_UNKNOWN;
}

/* Nothing as large got through while smaller datagrams did. */
static bool large_is_dropped(const struct attempt *a, const struct leg *leg,
                             enum rdpath_direction way)
{
    const struct rdpath_repeated *r = &leg->way[way].repeated;
    return leg_stuck(leg, way) && r->smaller_delivered_after && !r->as_large_delivered_after &&
           r->last_ns < session_closed_ns(a);
}

static bool data_is_lost(const struct attempt *a, const struct leg *leg, enum rdpath_direction way)
{
    return leg_stuck(leg, way) && leg->way[way].repeated.last_ns < session_closed_ns(a);
}

/* Up to when something would still have been said over it. */
static int64_t wanted_until_ns(const struct attempt *a)
{
    int64_t closed_ns = session_closed_ns(a), seen_ns = session_last_ns(a);
    if (a->n_connections == 0)
        return a->capture_end_ns;
    return closed_ns < seen_ns ? closed_ns : seen_ns;
}

static bool fell_silent(const struct attempt *a, const struct leg *leg)
{
    int64_t until_ns = wanted_until_ns(a);
    return until_ns != RDPATH_UNKNOWN && until_ns - leg->last_ns >= HANDSHAKE_OVER_NS;
}

static bool handshake_went_silent(const struct attempt *a, const struct leg *leg)
{
    return leg->inner && leg->inner->tls.server_answered && !leg->way[0].missing &&
           !leg->way[1].missing && fell_silent(a, leg);
}

/* A hole in the server's flight that only the capture has would not keep the client from answering
   it. */
bool leg_flight_has_hole(const struct leg *leg)
{
    return leg->stage < LEG_TLS_DONE && leg->way[RDPATH_TO_CLIENT].missing &&
           leg->way[RDPATH_TO_SERVER].n_data <= 1;
}

int64_t leg_awaits_ns(const struct attempt *a, const struct leg *leg, enum rdpath_direction way)
{
    int64_t since_ns = leg->way[way].awaited_since_ns, until_ns = wanted_until_ns(a);
    bool lacks = !leg->lossy && since_ns != RDPATH_UNKNOWN && until_ns != RDPATH_UNKNOWN;
    return lacks && until_ns > since_ns ? until_ns - since_ns : 0;
}

/* A client repeats its SYN until it is answered [MS-RDPEUDP 3.1.5.2]: one that did not heard it. */
bool leg_client_heard(const struct leg *leg)
{
    return leg->hello[RDPATH_TO_SERVER].n == 1;
}

static enum rdpath_udp_outcome outcome_of_handshake(const struct attempt *a, const struct leg *leg)
{
    const struct leg_hello *answer = &leg->hello[RDPATH_TO_CLIENT];
    bool client_went_on = leg->way[RDPATH_TO_SERVER].n_packets > leg->hello[RDPATH_TO_SERVER].n;
    if (has_signal_of_size(leg) && !leg->inner)
        return RDPATH_UDP_LARGE_DROPPED;
    if (!client_went_on && leg_asked_enough(answer) && answer->last.ts_ns < session_closed_ns(a))
        return leg_client_heard(leg) && a->result.vantage != RDPATH_AT_CLIENT ? RDPATH_UDP_DATA_LOST
                                                                              : RDPATH_UDP_BLOCKED;
    if (leg_alert(leg))
        return RDPATH_UDP_HANDSHAKE_FAILED;
    if (data_is_lost(a, leg, RDPATH_TO_SERVER) || data_is_lost(a, leg, RDPATH_TO_CLIENT))
        return RDPATH_UDP_DATA_LOST;
    if (leg_flight_has_hole(leg) && fell_silent(a, leg))
        return RDPATH_UDP_DATA_LOST;
    return handshake_went_silent(a, leg) ? RDPATH_UDP_HANDSHAKE_FAILED : RDPATH_UDP_UNKNOWN;
}

static enum rdpath_udp_outcome outcome_of_tunnel(const struct attempt *a, const struct leg *leg)
{
    bool stuck = data_is_lost(a, leg, RDPATH_TO_SERVER) || data_is_lost(a, leg, RDPATH_TO_CLIENT);
    bool goes_on = session_last_ns(a) - leg->last_ns >= HANDSHAKE_OVER_NS;
    if (stuck && leg->stage < LEG_TUNNEL)
        return RDPATH_UDP_DATA_LOST;
    return stuck && goes_on ? RDPATH_UDP_STALLED : RDPATH_UDP_OK;
}

/* The client's first message, SYN or bare ClientHello, is all there is. */
static bool is_unanswered(const struct leg *leg)
{
    return leg->stage <= LEG_SYN || (leg->bare && !leg->way[RDPATH_TO_CLIENT].n_packets);
}

static enum rdpath_udp_outcome outcome_of(const struct attempt *a, const struct leg *leg)
{
    if (is_unanswered(leg))
        return outcome_of_syn(a, leg);
    if (large_is_dropped(a, leg, RDPATH_TO_SERVER) || large_is_dropped(a, leg, RDPATH_TO_CLIENT))
        return RDPATH_UDP_LARGE_DROPPED;
    if (leg->stage < LEG_TLS_DONE)
        return outcome_of_handshake(a, leg);
    return outcome_of_tunnel(a, leg);
}

/* ---- what is told ---------------------------------------------------------------------------- */

static const char *stage_name(uint8_t stage)
{
    static const char *const names[] = {
        [LEG_NONE] = "none",           [LEG_SYN] = "syn",           [LEG_SYN_ACK] = "syn-ack",
        [LEG_TLS_HELLO] = "tls-hello", [LEG_TLS_DONE] = "tls-done", [LEG_TUNNEL] = "tunnel",
        [LEG_DATA] = "data",
    };
    return names[stage];
}

static const char *version_name(uint16_t version)
{
    switch (version) {
    case 1:
        return "1";
    case LEG_VERSION_2:
        return "2";
    case LEG_VERSION_RDPUDP2:
        return "RDPUDP2";
    default:
        return NULL;
    }
}

/* [MS-RDPEUDP 3.1.1.3]: what one side sends and the other takes. */
static uint16_t agreed_mtu(const struct leg *leg, enum rdpath_direction way)
{
    const struct leg_hello *syn = &leg->hello[RDPATH_TO_SERVER];
    const struct leg_hello *answer = &leg->hello[RDPATH_TO_CLIENT];
    uint16_t sent = way == RDPATH_TO_SERVER ? syn->mtu_up : syn->mtu_down;
    uint16_t taken = way == RDPATH_TO_SERVER ? answer->mtu_down : answer->mtu_up;
    if (!syn->n || !answer->n)
        return syn->n ? sent : taken;
    return sent < taken ? sent : taken;
}

/* ---- for the list of connections ------------------------------------------------------------- */

static enum rdpath_stage stage_as_of_tcp(const struct leg *leg)
{
    if (leg->stage >= LEG_TLS_DONE)
        return RDPATH_STAGE_TLS_DONE;
    return leg->stage == LEG_TLS_HELLO ? RDPATH_STAGE_TLS_HELLO : RDPATH_STAGE_NONE;
}

static void ended_by_silence(const struct attempt *a, struct leg *leg)
{
    int64_t quiet = a->capture_end_ns == RDPATH_UNKNOWN ? 0 : a->capture_end_ns - leg->last_ns;
    int64_t wanted = leg->last_gap_ns * 2 > SILENCE_MIN_NS ? leg->last_gap_ns * 2 : SILENCE_MIN_NS;
    leg->summary.ended = (struct rdpath_ended){
        .by = RDPATH_BY_NOBODY,
        .how = quiet >= wanted ? RDPATH_END_SILENCE : RDPATH_END_CAPTURE,
        .quiet_before_ns = quiet > 0 ? quiet : 0,
    };
}

void leg_summarize(const struct attempt *a, struct leg *leg)
{
    const struct rdpath_alert *alert = leg_alert(leg);
    const struct icmp_seen *port = leg_icmp(leg, RDPATH_ICMP_PORT, RDPATH_TO_SERVER);
    const struct icmp_seen *icmp =
        port ? port : leg_icmp(leg, RDPATH_ICMP_PROHIBITED, RDPATH_TO_SERVER);
    struct rdpath_ended *ended = &leg->summary.ended;
    leg->summary.stage = stage_as_of_tcp(leg);
    leg->summary.duration_ns = leg->last_ns - leg->summary.start_ns;
    ended_by_silence(a, leg);
    if (alert) {
        ended->by = alert->direction == RDPATH_TO_SERVER ? RDPATH_BY_CLIENT : RDPATH_BY_SERVER;
        ended->how = RDPATH_END_ALERT;
        ended->frame = alert->frame;
    } else if (icmp && leg->stage <= LEG_SYN) {
        ended->by = port ? RDPATH_BY_SERVER : RDPATH_BY_MIDDLEBOX;
        ended->how = RDPATH_END_ICMP;
        ended->frame = icmp->frames.ref[0];
    }
}

struct connection *leg_stands_in(struct attempt *a)
{
    const struct leg *decisive = leg_decisive(a);
    struct leg *leg = a->legs[0];
    for (uint32_t i = 1; i < a->n_legs; i++) {
        if (a->legs[i] == decisive)
            leg = a->legs[i];
    }
    leg->summary.decisive = true;
    struct connection *c = arena_alloc(&a->arena, sizeof *c);
    c->summary = leg->summary;
    c->summary.stage = RDPATH_STAGE_NONE;
    c->last_ns = leg->last_ns;
    c->last_gap_ns = leg->last_gap_ns;
    for (int way = 0; way < 2; way++) {
        c->path[way].rtt_ns = c->path[way].last_new_ns = RDPATH_UNKNOWN;
        c->path[way].last_packet_ns = leg->way[way].last_ns;
        c->path[way].n_packets = leg->way[way].n_packets;
        c->path[way].n_bytes = leg->way[way].n_bytes;
    }
    return c;
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static bool at_receiver(const struct attempt *a, enum rdpath_direction way)
{
    return a->result.vantage == (way == RDPATH_TO_SERVER ? RDPATH_AT_SERVER : RDPATH_AT_CLIENT);
}

/* The largest that arrived in one piece. RDP over UDP does not set DF, so that in IPv4 only the
   receiver sees whether it did. */
static void sizes_of(const struct attempt *a, const struct leg *leg, enum rdpath_direction way,
                     struct rdpath_path *path)
{
    const struct leg_way *w = &leg->way[way];
    bool here = at_receiver(a, way);
    uint32_t arrived = here ? w->largest_seen : a->server.version == 6 ? w->largest_delivered : 0;
    const struct icmp_seen *icmp = leg_icmp(leg, RDPATH_ICMP_TOO_BIG, way);
    if (icmp && !path->mtu.below && icmp->mtu + 1 > path->mtu.at_least)
        path->mtu.below = icmp->mtu + 1;
    bool fits = path->mtu.below == 0 || arrived < path->mtu.below;
    if (arrived > path->mtu.at_least && fits)
        path->mtu.at_least = arrived;
    if (a->n_connections)
        return;
    path->largest_delivered = here ? w->largest_seen : w->largest_delivered;
    path->retransmitted = w->n_again;
}

void leg_conclude(struct attempt *a)
{
    const struct leg *leg = leg_decisive(a);
    struct rdpath_udp *udp = &a->result.udp;
    udp->attempted = a->n_udp > 0;
    if (!leg)
        return;
    udp->stage = stage_name(leg->stage);
    udp->version = version_name(leg->version);
    udp->mtu_up = agreed_mtu(leg, RDPATH_TO_SERVER);
    udp->mtu_down = agreed_mtu(leg, RDPATH_TO_CLIENT);
    udp->lossy = leg->lossy;
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = (enum rdpath_direction)i;
        udp->retransmitted[way] = leg->way[way].n_again;
        sizes_of(a, leg, way, &a->result.path[way]);
    }
    udp->outcome = outcome_of(a, leg);
}
