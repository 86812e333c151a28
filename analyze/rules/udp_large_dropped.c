/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large datagrams of RDP over UDP vanish. Its SYN is filled up to 1,260 bytes of IPv4 or 1,280 of
 * IPv6 [MS-RDPEUDP 3.1.5.1.1], and data is as large.
 */
#include "analyze/attempt/probed.h"
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/udp.h"

static void evidence_icmp(const struct leg *leg, enum rdpath_direction way, struct verdict *v)
{
    const struct icmp_seen *icmp = leg_icmp(leg, RDPATH_ICMP_TOO_BIG, way);
    const struct icmp_seen *late = leg_icmp(leg, RDPATH_ICMP_REASSEMBLY, way);
    char from[ADDR_TEXT_SIZE];
    if (icmp) {
        addr_format(&icmp->from, from);
        verdict_evidence(v, &icmp->frames, "%s says that packets %s may have at most %u bytes",
                         from, attempt_direction_words(way), icmp->mtu);
    }
    if (late) {
        addr_format(&late->from, from);
        verdict_evidence(v, &late->frames, "%s waited in vain for the other fragments", from);
    }
}

static bool is_told(const struct leg *leg, enum rdpath_direction way)
{
    return leg_icmp(leg, RDPATH_ICMP_TOO_BIG, way) || leg_icmp(leg, RDPATH_ICMP_REASSEMBLY, way);
}

static enum rdpath_direction direction_of(const struct leg *leg)
{
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = (enum rdpath_direction)i;
        if (is_told(leg, way) ||
            (leg_stuck(leg, way) && leg->way[way].repeated.smaller_delivered_after))
            return way;
    }
    return RDPATH_TO_SERVER;
}

/* What rdpath probe sent and what came back of it. */
static void judge_probed(const struct attempt *a, struct verdict *v)
{
    const struct rdpath_mtu *udp = &a->probed->udp;
    if (!udp->below)
        return;
    verdict_found(v, RDPATH_LIKELY, RDPATH_TO_SERVER,
                  "Datagrams of RDP over UDP to the server that have more than %u bytes, or the "
                  "answers to them, vanish, though TCP's packets of that size do not.",
                  udp->at_least);
    verdict_evidence(v, NULL, "a datagram of %u bytes was answered, those of %u bytes were not",
                     udp->at_least, udp->below);
    advise(v, ADVISE_UDP_DEVICE);
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    if (a->probed) {
        judge_probed(a, v);
        return;
    }
    const struct leg *leg = udp_leg(a, RDPATH_UDP_LARGE_DROPPED, v);
    if (!leg)
        return;
    enum rdpath_direction way = direction_of(leg);
    const struct rdpath_repeated *r = &leg->way[way].repeated;
    bool told = is_told(leg, way), sender = fact_at_sender(a, way);
    uint32_t of_tcp = c->path[way].largest_delivered;
    uint32_t size = leg->stage <= LEG_SYN || !r->n_sent ? leg->way[way].largest_seen : r->ip_len;
    bool fits_tcp = a->n_connections && of_tcp >= size; /* so the path's MTU is not the reason */
    verdict_found(v, told || (sender && !fits_tcp) ? RDPATH_CONFIRMED : RDPATH_LIKELY, way,
                  "Datagrams of %u bytes %s vanish, so RDP over UDP does not work; %s.", size,
                  attempt_direction_words(way),
                  told ? "a router on the way says so" : "smaller ones arrive");
    if (r->n_sent)
        verdict_evidence(v, &r->frames, "%u bytes were sent %u times and never acknowledged",
                         r->ip_len, r->n_sent);
    if (r->smaller_delivered_after)
        verdict_evidence(v, NULL, "smaller datagrams sent after them were acknowledged");
    evidence_icmp(leg, way, v);
    if (fits_tcp)
        verdict_against(v, NULL,
                        "TCP packets of %u bytes pass the same way: not the path's MTU, but a "
                        "device on it that treats UDP of this size differently",
                        of_tcp);
    if (!fits_tcp)
        advise(v, ADVISE_UDP_PING);
    advise(v, fits_tcp ? ADVISE_UDP_DEVICE : ADVISE_UDP_TUNNEL);
}

const struct rule rule_udp_large_dropped = {
    .title = "large datagrams of RDP over UDP vanish",
    .means = "The path carries small UDP datagrams and drops those of the size that RDP sends, "
             "usually because of a tunnel's MTU and filtered fragments.",
    .recognised = "One payload sent at least three times in vain while smaller ones sent later are "
                  "acknowledged; or an ICMP error about the size.",
    .confused_with = "Blocked UDP: there nothing passes, whatever its size.",
    .fix = "A larger tunnel MTU, or fragments allowed; or UDP off at the client.",
    .advice = {ADVISE_PROBE, ADVISE_UDP_OFF, ADVISE_UDP_OFF_FREERDP},
    .judge = judge,
};
