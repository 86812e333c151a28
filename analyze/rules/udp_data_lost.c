/* SPDX-License-Identifier: Apache-2.0 */
/* SYN and SYN+ACK pass, what follows does not, never or not for long: a firewall or its limits. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/udp.h"

/* One end sends the same payload again and again. */
static void found_stuck(const struct attempt *a, const struct leg *leg, struct verdict *v)
{
    bool up = leg_stuck(leg, RDPATH_TO_SERVER), down = leg_stuck(leg, RDPATH_TO_CLIENT);
    enum rdpath_direction way = up ? RDPATH_TO_SERVER : RDPATH_TO_CLIENT;
    const struct rdpath_repeated *r = &leg->way[way].repeated;
    bool both = up && down;
    /* who sees a datagram sent again cannot tell it from a lost acknowledgement */
    bool sender = fact_at_sender(a, way) && leg->way[!way].n_packets > leg->hello[!way].n;
    verdict_found(
        v, RDPATH_LIKELY, both || !sender ? RDPATH_NO_DIRECTION : way,
        "RDP over UDP began and its data never got through%s: %u bytes were sent %u times "
        "in %.1f s.",
        both || !sender ? "" : udp_direction_words(way), r->ip_len, r->n_sent,
        fact_seconds(r->last_ns - r->first_ns));
    verdict_evidence(v, &leg->hello[RDPATH_TO_CLIENT].frames, "the SYN was answered, at full size");
    verdict_evidence(v, &r->frames, "the same payload %s, %u times, never acknowledged",
                     attempt_direction_words(way), r->n_sent);
}

/* Seen behind the loss: what is sent again never gets here. */
static void found_hole(const struct leg *leg, struct verdict *v)
{
    verdict_found(v, RDPATH_LIKELY, RDPATH_TO_CLIENT,
                  "RDP over UDP began and a datagram of the server's first flight never came, "
                  "though later ones did; the client waited for it in vain.");
    verdict_evidence(v, &leg->hello[RDPATH_TO_CLIENT].frames, "the SYN was answered, at full size");
    verdict_against(v, NULL,
                    "a capture may lack a datagram; but then the client would have gone on");
}

static void found_unheard(const struct leg *leg, struct verdict *v)
{
    const struct leg_hello *answer = &leg->hello[RDPATH_TO_CLIENT];
    verdict_found(v, RDPATH_LIKELY, RDPATH_TO_SERVER,
                  "RDP over UDP began and the client's data never got through: the server answered "
                  "its SYN %u times, and nothing came any more.",
                  answer->n);
    verdict_evidence(v, &leg->hello[RDPATH_TO_SERVER].frames,
                     "the client asked once: it repeats its SYN until it hears an answer");
    verdict_evidence(v, &answer->frames, "the same SYN+ACK, %u times", answer->n);
}

/* It carried data, and then none came through while TCP went on. No end says farewell over UDP. */
static void found_stalled(const struct leg *leg, struct verdict *v)
{
    enum rdpath_direction way =
        leg_stuck(leg, RDPATH_TO_SERVER) ? RDPATH_TO_SERVER : RDPATH_TO_CLIENT;
    const struct rdpath_repeated *r = &leg->way[way].repeated;
    verdict_found(v, RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
                  "RDP over UDP worked for %.1f s and then stopped, while the session went on over "
                  "TCP: %u bytes were sent %u times in %.1f s.",
                  fact_seconds(r->first_ns - leg->summary.start_ns), r->ip_len, r->n_sent,
                  fact_seconds(r->last_ns - r->first_ns));
    verdict_evidence(v, &r->frames, "the same payload %s, %u times, never acknowledged",
                     attempt_direction_words(way), r->n_sent);
    verdict_against(v, NULL, "the other end may have given up UDP by itself: it would say nothing");
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    bool stalled = a->result.udp.outcome == RDPATH_UDP_STALLED;
    const struct leg *leg = udp_leg(a, stalled ? RDPATH_UDP_STALLED : RDPATH_UDP_DATA_LOST, v);
    if (!leg)
        return;
    if (a->n_connections && c->path[0].n_missed + c->path[1].n_missed > 0) {
        verdict_needs(v, "a capture without gaps: this one lacks packets, perhaps the answers");
        return;
    }
    if (stalled)
        found_stalled(leg, v);
    else if (leg_stuck(leg, RDPATH_TO_SERVER) || leg_stuck(leg, RDPATH_TO_CLIENT))
        found_stuck(a, leg, v);
    else if (leg_flight_has_hole(leg))
        found_hole(leg, v);
    else
        found_unheard(leg, v);
}

const struct rule rule_udp_data_lost = {
    .title = "RDP over UDP begins and its data is lost",
    .means =
        "The first datagrams of each side pass and the next do not, from the beginning or from "
        "some time on: a firewall or NAT forgets the flow, limits it, or balances it to "
        "another machine.",
    .recognised =
        "SYN and SYN+ACK, then one payload sent at least three times in vain, with nothing "
        "that hangs on its size; or SYN+ACKs repeated to a client that asked once; or a hole in "
        "the server's first flight that is never filled. Where UDP worked before, the session has "
        "to "
        "go on over TCP.",
    .confused_with =
        "The end of a session: it has no farewell over UDP, so what is sent behind the "
        "end of the TCP connection does not count.",
    .fix = "Look at the UDP state and timeouts of the firewalls and NATs on the way.",
    .advice = {ADVISE_UDP_FIREWALL, ADVISE_CAPTURE_OTHER, ADVISE_CAPTURE_OTHER_LINUX,
               ADVISE_UDP_OFF, ADVISE_UDP_OFF_FREERDP, ADVISE_UDP_PATH},
    .judge = judge,
};
