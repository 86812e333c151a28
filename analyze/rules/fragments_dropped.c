/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets without DF are cut into fragments on the way, and the fragments, or some of them, do not
 * arrive. At the sender: one size without DF is sent again and again in vain while smaller ones
 * arrive. At the receiver: first fragments come, their rest never does, and the bytes stay missing.
 */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum { SENDINGS_SURE = 3, PIECES_LIKELY = 2, PIECES_SURE = 3 };

static bool sent_in_vain(const struct attempt *a, const struct rdpath_path *p)
{
    const struct rdpath_repeated *r = &p->repeated;
    return r->n_sent >= SENDINGS_SURE && r->fragmentable && !r->as_large_delivered_after &&
           r->smaller_delivered_after && r->ip_len > fact_least_mtu(a);
}

static void found_sent(struct verdict *v, const struct connection *c, enum rdpath_direction way)
{
    const struct rdpath_repeated *r = &c->path[way].repeated;
    bool cut = fact_icmp(c, RDPATH_ICMP_REASSEMBLY, way) || c->path[way].n_fragments;
    verdict_found(v, cut && fact_capture_whole(c) ? RDPATH_CONFIRMED : RDPATH_LIKELY, way,
                  "Packets of %u bytes %s are sent without DF, so routers cut them into "
                  "fragments, and they never arrive: smaller packets do.",
                  r->ip_len, attempt_direction_words(way));
    verdict_evidence(v, &r->frames, "%u bytes without DF were sent %u times in vain", r->ip_len,
                     r->n_sent);
    if (!cut)
        verdict_against(v, NULL, "the fragments themselves are not in this capture");
}

/* The pieces that did come are here: they belong to what is missing. */
static bool came_in_part(const struct attempt *a, const struct rdpath_path *p,
                         enum rdpath_direction way)
{
    return p->n_unassembled >= PIECES_LIKELY && !fact_at_sender(a, way) &&
           (p->hole.open || p->n_data == 0 || p->last_new_ns == RDPATH_UNKNOWN);
}

static void found_in_part(struct verdict *v, const struct connection *c, enum rdpath_direction way)
{
    const struct rdpath_path *p = &c->path[way];
    bool sure = p->n_unassembled >= PIECES_SURE && fact_capture_whole(c);
    verdict_found(v, sure ? RDPATH_CONFIRMED : RDPATH_LIKELY, way,
                  "Packets %s arrive in part: %u times the first fragment came and the rest never "
                  "did.",
                  attempt_direction_words(way), p->n_unassembled);
    verdict_evidence(v, &p->unassembled_frames,
                     "%u first fragments of up to %u bytes, without "
                     "their rest",
                     p->n_unassembled, p->largest_delivered);
    if (p->hole.open)
        verdict_evidence(v, &p->hole.frames, "%llu bytes are missing to the end",
                         (unsigned long long)p->hole.len);
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = i == 0 ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER;
        const struct rdpath_path *p = &c->path[way];
        if (sent_in_vain(a, p)) {
            found_sent(v, c, way);
            return;
        }
        if (came_in_part(a, p, way)) {
            found_in_part(v, c, way);
            return;
        }
    }
}

const struct rule rule_fragments_dropped = {
    .title = "packets are fragmented and the fragments never arrive",
    .means = "The sender lets routers fragment its packets, and a firewall or NAT drops fragments.",
    .recognised = "Large packets without DF sent again and again while smaller ones are delivered; "
                  "at the receiver, first fragments whose rest never comes.",
    .confused_with = "A black hole: there DF is set and nothing may be fragmented.",
    .fix = "Let fragments through, or make packets smaller: an MTU or MSS clamp.",
    .advice = {ADVISE_PROBE, ADVISE_PING_WINDOWS, ADVISE_PING_LINUX, ADVISE_MTU_WINDOWS,
               ADVISE_MTU_LINUX, ADVISE_CLAMP_LINUX, ADVISE_CLAMP_DEVICES, ADVISE_FRAGMENTS_PATH},
    .judge = judge,
};
