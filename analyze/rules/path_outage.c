/* SPDX-License-Identifier: Apache-2.0 */
/* From one moment on nothing of any size crosses any more. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum {
    SENDINGS_MIN = 4,
    LOST_BEFORE = 3, /* a path that lost so much before may only have gone on losing */
};

#define SILENT_NS 3000000000LL

static bool was_lossy(const struct connection *c, enum rdpath_direction way)
{
    const struct rdpath_path *p = &c->path[way];
    return c->path[!way].n_lost >= LOST_BEFORE || p->n_lost >= p->repeated.n_sent + LOST_BEFORE;
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    if (connection_stage(c) < RDPATH_STAGE_X224_CONFIRM)
        return;
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = (enum rdpath_direction)i;
        const struct rdpath_path *p = &c->path[way], *back = &c->path[!way];
        const struct rdpath_repeated *r = &p->repeated;
        if (r->n_sent < SENDINGS_MIN || r->acknowledged || r->smaller_delivered_after ||
            back->last_packet_ns > r->first_ns || r->last_ns - r->first_ns < SILENT_NS)
            continue;
        bool small = r->ip_len <= fact_least_mtu(a);
        bool passed_before = p->largest_delivered >= r->ip_len;
        if (!small && !passed_before) /* a black hole does the same */
            continue;
        bool sure = small && fact_capture_whole(c) && !was_lossy(c, way);
        verdict_found(v, sure ? RDPATH_CONFIRMED : RDPATH_LIKELY,
                      fact_at_sender(a, way) ? RDPATH_NO_DIRECTION : way,
                      "From one moment on nothing crosses the path any more: %u sendings in "
                      "%.1f s, and not one packet came back.",
                      r->n_sent, fact_seconds(r->last_ns - r->first_ns));
        verdict_evidence(v, &r->frames, "%u bytes %s sent %u times without any answer", r->ip_len,
                         attempt_direction_words(way), r->n_sent);
        return;
    }
}

const struct rule rule_path_outage = {
    .title = "from one moment on nothing of any size crosses any more",
    .means = "The network was cut: the VPN dropped, a link or a NAT entry was lost, a host died.",
    .recognised = "Data sent at least four times over three seconds, and no packet of any kind "
                  "came back since.",
    .confused_with = "A black hole: there small packets still pass. A server that hangs still "
                     "acknowledges.",
    .fix = "Look at the VPN's and the firewall's log at that second.",
    .advice = {ADVISE_TEST_PORT_WINDOWS, ADVISE_TEST_PORT_LINUX, ADVISE_ROUTE_WINDOWS,
               ADVISE_ROUTE_LINUX, ADVISE_CAPTURE_OTHER, ADVISE_CAPTURE_OTHER_LINUX,
               ADVISE_SEARCH_LOGS},
    .judge = judge,
};
