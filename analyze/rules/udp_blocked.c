/* SPDX-License-Identifier: Apache-2.0 */
/* The SYN of RDP over UDP is never answered, or the answer never arrives [MS-RDPEUDP 3.1.5.2]. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/udp.h"

enum { SENDINGS_SURE = 3 };

static void found_back(const struct attempt *a, const struct leg *leg, struct verdict *v)
{
    const struct leg_hello *answer = &leg->hello[RDPATH_TO_CLIENT];
    bool at_client = fact_at_receiver(a, RDPATH_TO_CLIENT);
    verdict_found(v, RDPATH_LIKELY, at_client ? RDPATH_NO_DIRECTION : RDPATH_TO_CLIENT,
                  "RDP over UDP is blocked: the server answered the client %u times and the client "
                  "never went on%s.",
                  answer->n, at_client ? "" : ", so the answers do not reach it");
    verdict_evidence(v, &answer->frames,
                     "%u SYN+ACK datagrams, and nothing from the client behind "
                     "them",
                     answer->n);
}

/* DTLS on the gateway's port may be another service's. */
static enum rdpath_confidence sure_of(const struct leg *leg)
{
    if (leg->bare)
        return RDPATH_POSSIBLE;
    bool often = leg->hello[RDPATH_TO_SERVER].n >= SENDINGS_SURE;
    return often ? RDPATH_CONFIRMED : RDPATH_LIKELY;
}

static void found_forth(const struct attempt *a, const struct leg *leg, struct verdict *v)
{
    const struct leg_hello *syn = &leg->hello[RDPATH_TO_SERVER];
    bool at_server = fact_at_receiver(a, RDPATH_TO_SERVER);
    verdict_found(v, sure_of(leg), RDPATH_NO_DIRECTION,
                  "RDP over UDP is blocked: the client asked %u times in %.1f s, %s.", syn->n,
                  fact_seconds(syn->last.ts_ns - syn->first.ts_ns),
                  at_server ? "the datagrams arrived and the server sent no answer"
                            : "and nothing answered");
    verdict_evidence(v, &syn->frames, "%u %s to UDP port %u without an answer", syn->n,
                     leg->bare ? "DTLS ClientHellos" : "SYN datagrams", a->result.server.port);
    if (syn->fragmented)
        verdict_evidence(v, NULL, "they travel in IP fragments, which many firewalls drop");
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct leg *open = leg_decisive(a);
    const struct leg *leg = udp_leg(a, RDPATH_UDP_BLOCKED, v);
    if (open && !leg && v->kind == VERDICT_NOT_APPLICABLE && open->stage <= LEG_SYN &&
        a->result.udp.outcome == RDPATH_UDP_UNKNOWN)
        verdict_needs(v, "a capture that goes on for some seconds after the first SYN datagram");
    if (!leg)
        return;
    bool answered = leg->hello[RDPATH_TO_CLIENT].n > 0;
    if (answered)
        found_back(a, leg, v);
    else
        found_forth(a, leg, v);
    if (a->n_connections)
        verdict_evidence(v, &(struct rdpath_frames){0}, "the TCP session to the same server is up");
    (void)c;
    if (!answered) { /* else the server is fine */
        udp_advise_listener(v, a);
        advise(v, ADVISE_UDP_FIREWALL);
    }
    advise(v, ADVISE_CAPTURE_OTHER);
    advise(v, ADVISE_CAPTURE_OTHER_LINUX);
}

const struct rule rule_udp_blocked = {
    .title = "RDP over UDP gets no answer",
    .means = "The client tries UDP beside TCP and hears nothing: a firewall drops it silently, or "
             "the server does not use UDP. The session goes on over TCP.",
    .recognised = "At least three SYN datagrams, or two within seconds, and neither a SYN+ACK nor "
                  "an ICMP error; or SYN+ACKs that the client never reacts to.",
    .confused_with = "A closed port answers with ICMP; large packets alone that vanish are another "
                     "cause. Both look like this where ICMP is filtered.",
    .fix = "Allow UDP 3389 on the way and at the server, or turn UDP off at the client.",
    .advice = {ADVISE_UDP_OFF, ADVISE_UDP_OFF_FREERDP, ADVISE_UDP_PATH},
    .judge = judge,
};
