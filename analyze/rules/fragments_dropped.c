/* SPDX-License-Identifier: Apache-2.0 */
/* Packets without DF are cut into fragments on the way, and the fragments do not arrive. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum { SENDINGS_SURE = 3 };

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = i == 0 ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER;
        const struct rdpath_repeated *r = &c->path[way].repeated;
        if (r->n_sent < SENDINGS_SURE || !r->fragmentable || r->as_large_delivered_after ||
            !r->smaller_delivered_after || r->ip_len <= fact_least_mtu(a))
            continue;
        bool cut = fact_icmp(c, RDPATH_ICMP_REASSEMBLY, way) || c->path[way].n_fragments;
        verdict_found(v, cut && fact_capture_whole(c) ? RDPATH_CONFIRMED : RDPATH_LIKELY, way,
                      "Packets of %u bytes %s are sent without DF, so routers cut them into "
                      "fragments, and they never arrive: smaller packets do.",
                      r->ip_len, attempt_direction_words(way));
        verdict_evidence(v, &r->frames, "%u bytes without DF were sent %u times in vain", r->ip_len,
                         r->n_sent);
        if (!cut)
            verdict_against(v, NULL, "the fragments themselves are not in this capture");
        return;
    }
}

const struct rule rule_fragments_dropped = {
    .title = "packets are fragmented and the fragments never arrive",
    .means = "The sender lets routers fragment its packets, and a firewall or NAT drops fragments.",
    .recognised = "Large packets without DF sent again and again while smaller ones are delivered.",
    .confused_with = "A black hole: there DF is set and nothing may be fragmented.",
    .fix = "Let fragments through, or make packets smaller: an MTU or MSS clamp.",
    .advice = {ADVISE_PROBE, ADVISE_PING_WINDOWS, ADVISE_PING_LINUX, ADVISE_MTU_WINDOWS,
               ADVISE_MTU_LINUX, ADVISE_CLAMP_LINUX, ADVISE_CLAMP_DEVICES, ADVISE_FRAGMENTS_PATH},
    .judge = judge,
};
