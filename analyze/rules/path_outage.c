/* SPDX-License-Identifier: Apache-2.0 */
/* From one moment on nothing of any size crosses any more. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum {
    NEEDLESS_MIN = 2,
    SENDINGS_MIN = 4,
    UNANSWERED_MIN = 2, /* keep-alives, where their host gave the connection up */
    LOST_BEFORE = 3,    /* a path that lost so much before may only have gone on losing */
};

#define SILENT_NS 3000000000LL
#define UNDER_WAY_NS 1000000000LL /* what was sent before the path broke arrives within this */

static bool was_lossy(const struct connection *c, enum rdpath_direction way)
{
    const struct rdpath_path *p = &c->path[way];
    return c->path[!way].n_lost >= LOST_BEFORE || p->n_lost >= p->repeated.n_sent + LOST_BEFORE;
}

/* Behind the first sending; where there were enough, what was under way then does not count. */
static bool came_back(const struct rdpath_repeated *r, const struct rdpath_path *back)
{
    int64_t under_way_ns = r->n_sent > SENDINGS_MIN ? UNDER_WAY_NS : 0;
    return back->last_packet_ns > r->first_ns + under_way_ns;
}

/* Nothing came back; or only what was acknowledged long ago, again and again: whoever sends that
   hears no acknowledgement, so that nothing arrives there. */
static bool is_deaf(const struct rdpath_path *p, const struct rdpath_path *back)
{
    const struct rdpath_repeated *r = &p->repeated;
    uint32_t needless = back->retransmitted > back->n_lost ? back->retransmitted - back->n_lost : 0;
    bool nothing_new = back->last_new_ns < r->first_ns + UNDER_WAY_NS;
    return !came_back(r, back) || (nothing_new && needless >= NEEDLESS_MIN && !back->hole.open);
}

static bool is_out(const struct attempt *a, const struct connection *c, enum rdpath_direction way)
{
    const struct rdpath_path *p = &c->path[way];
    const struct rdpath_repeated *r = &p->repeated;
    if (r->n_sent < SENDINGS_MIN || r->acknowledged || r->smaller_delivered_after ||
        r->last_ns - r->first_ns < SILENT_NS || !is_deaf(p, &c->path[!way]))
        return false;
    /* else a black hole does the same */
    return r->ip_len <= fact_least_mtu(a) || p->largest_delivered >= r->ip_len;
}

static void found(const struct attempt *a, const struct connection *c, struct verdict *v,
                  enum rdpath_direction way)
{
    const struct rdpath_repeated *r = &c->path[way].repeated;
    bool heard = came_back(r, &c->path[!way]);
    bool small = r->ip_len <= fact_least_mtu(a);
    bool sure = small && fact_capture_whole(c) && !was_lossy(c, way);
    bool told = heard || !fact_at_sender(a, way);
    verdict_found(v, sure ? RDPATH_CONFIRMED : RDPATH_LIKELY, told ? way : RDPATH_NO_DIRECTION,
                  "From one moment on nothing crosses the path%s%s any more: %u sendings in %.1f "
                  "s, and no answer to them.",
                  heard ? " " : "", heard ? attempt_direction_words(way) : "", r->n_sent,
                  fact_seconds(r->last_ns - r->first_ns));
    verdict_evidence(v, &r->frames, "%u bytes %s sent %u times without any answer", r->ip_len,
                     attempt_direction_words(way), r->n_sent);
    if (heard)
        verdict_evidence(v, NULL,
                         "the other side repeats what was acknowledged already: no "
                         "acknowledgement arrives there either");
}

/* A host asked whether its peer is alive, got no answer, and gave the connection up by RST. Two
   questions are few: nothing may explain the silence otherwise. */
static bool asked_in_vain(const struct connection *c, enum rdpath_direction way)
{
    const struct reset_seen *reset = &c->reset[way];
    if (!fact_capture_whole(c) || c->path[0].hole.open || c->path[1].hole.open ||
        was_lossy(c, way) ||
        (c->path[way].repeated.n_sent > 1 && !c->path[way].repeated.acknowledged))
        return false;
    return c->n_probes_unanswered[way] >= UNANSWERED_MIN && reset->seen &&
           c->path[!way].n_packets && c->path[!way].last_packet_ns < c->probe_unanswered_ns[way] &&
           reset->at.ts_ns - c->path[!way].last_packet_ns >= SILENT_NS;
}

static void found_probes(const struct connection *c, enum rdpath_direction way, struct verdict *v)
{
    struct rdpath_frames frames = frames_of(c->reset[way].at.frame);
    verdict_found(v, RDPATH_LIKELY, RDPATH_NO_DIRECTION,
                  "From one moment on nothing crosses the path any more: %u keep-alives %s got no "
                  "answer, and their sender gave the connection up.",
                  c->n_probes_unanswered[way], attempt_direction_words(way));
    verdict_evidence(v, &frames, "given up here, %.1f s after the last packet of the other side",
                     fact_seconds(c->reset[way].at.ts_ns - c->path[!way].last_packet_ns));
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    if (connection_stage(c) < RDPATH_STAGE_X224_CONFIRM)
        return;
    for (int i = 0; i < 2 && v->kind != VERDICT_FOUND; i++) {
        enum rdpath_direction way = (enum rdpath_direction)i;
        if (is_out(a, c, way))
            found(a, c, v, way);
        else if (asked_in_vain(c, way))
            found_probes(c, way, v);
    }
}

const struct rule rule_path_outage = {
    .title = "from one moment on nothing of any size crosses any more",
    .means = "The network was cut: the VPN dropped, a link or a NAT entry was lost, a host died.",
    .recognised =
        "Data sent at least four times over three seconds, and since then no packet of any "
        "kind came back, or only repetitions of what was acknowledged before; or keep-alives "
        "without an answer, and their sender's RST.",
    .confused_with = "A black hole: there small packets still pass. A server that hangs still "
                     "acknowledges.",
    .fix = "Look at the VPN's and the firewall's log at that second.",
    .advice = {ADVISE_TEST_PORT_WINDOWS, ADVISE_TEST_PORT_LINUX, ADVISE_ROUTE_WINDOWS,
               ADVISE_ROUTE_LINUX, ADVISE_CAPTURE_OTHER, ADVISE_CAPTURE_OTHER_LINUX,
               ADVISE_SEARCH_LOGS},
    .judge = judge,
};
