/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As the black hole, and the capture shows the tunnel that the packets travel in. Where its own
 * packets are seen in fragments, or a router says that they are too big, it is the tunnel as surely
 * as it is a black hole; where they are not, the narrow link may also lie beyond its far end.
 */
#include "analyze/rules/advice.h"
#include "analyze/rules/black_hole.h"
#include "analyze/rules/facts.h"

static bool is_proven(const struct tunnel_seen *t)
{
    return t->carried || t->n_measured;
}

static void say_outer(struct verdict *v, const struct tunnel_seen *t, const struct outer_seen *o)
{
    if (o->n_fragments)
        verdict_evidence(v, &o->frames, "packets of the %s are cut into %u fragments", t->title,
                         o->n_fragments);
    if (o->n_too_big)
        verdict_evidence(v, &o->frames,
                         "%u ICMP errors say that packets of the %s may have at "
                         "most %u bytes",
                         o->n_too_big, t->title, o->mtu);
    if (!o->n_fragments && !o->n_too_big)
        verdict_against(v, NULL,
                        "the tunnel's packets leave here in one piece: the narrow link may "
                        "also lie behind its far end");
}

static void say_overhead(struct verdict *v, const struct tunnel_seen *t, uint32_t lost)
{
    if (!t->n_measured || !lost)
        return;
    verdict_evidence(v, &t->frames, "the %s tunnel adds %u bytes%s, so that %u become %u or more",
                     t->title, t->least_more, t->most_more > t->least_more ? " or more" : "", lost,
                     lost + t->least_more);
}

/* The tunnel's own packet of the smallest size that is lost is too large, where that is known. */
static const char *why_words(const struct verdict *v, const struct tunnel_seen *t, uint32_t lost)
{
    if (!t->n_measured || !lost)
        return "its MTU is larger than what its path carries";
    return arena_format(v->arena,
                        "it makes %u bytes or more of %u, and that is more than its path carries",
                        lost + t->least_more, lost);
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct tunnel_seen *t = &a->tunnel;
    if (!is_proven(t))
        return;
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = i == 0 ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER;
        const struct outer_seen *outer = &t->outer[way];
        struct black_hole h = black_hole_look(a, c, way);
        if (h.kind <= BLACK_HOLE_ALONE)
            continue;
        bool shown = outer->n_fragments || outer->n_too_big;
        enum rdpath_confidence most = shown ? RDPATH_CONFIRMED : RDPATH_LIKELY;
        verdict_found(v, h.confidence < most ? h.confidence : most, way,
                      "Large packets %s vanish in the %s tunnel that carries them: %s.", h.words,
                      t->title, why_words(v, t, h.path->mtu.below));
        black_hole_prove(v, c, &h);
        say_overhead(v, t, h.path->mtu.below);
        say_outer(v, t, outer);
        return;
    }
    if (!fact_stuck(c, RDPATH_TO_SERVER) && !fact_stuck(c, RDPATH_TO_CLIENT))
        verdict_ruled_out(v, "the connection runs through %s, and no size of packet vanishes in it",
                          t->title);
}

const struct rule rule_tunnel_mtu_too_large = {
    .title = "a tunnel takes larger packets than its path carries",
    .means =
        "The tunnel's adapter has an MTU that leaves no room for what the tunnel adds; its own "
        "packets become too large for a link, and they or their fragments are dropped.",
    .recognised =
        "The signs of a black hole in a connection that the capture shows inside a tunnel; "
        "confirmed where the tunnel's own packets are cut into fragments or an ICMP error "
        "names them.",
    .confused_with = "A black hole behind the tunnel's far end: seen from here it looks the same "
                     "while the tunnel's packets stay whole.",
    .fix = "A smaller MTU on the tunnel's adapter, or an MSS clamp in its gateway.",
    .advice = {ADVISE_PROBE, ADVISE_PING_WINDOWS, ADVISE_PING_LINUX, ADVISE_MTU_WINDOWS,
               ADVISE_MTU_LINUX, ADVISE_TUNNEL_MTU, ADVISE_CLAMP_LINUX, ADVISE_CLAMP_DEVICES,
               ADVISE_ICMP_PATH},
    .judge = judge,
};
