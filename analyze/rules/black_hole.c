/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/black_hole.h"
#include "analyze/rules/facts.h"

enum {
    SENDINGS_SURE = 3,
    SMALL = 1280, /* VPNs leave at least so much: below, it takes more than one repetition */
    SENDINGS_SURE_LOSSY = 5, /* where packets get lost at random, one may be so three times */
};

#define SMALL_LASTS_NS 1000000000LL

/* ---- where the size was sent ----------------------------------------------------------------- */

static bool sent_often_enough(const struct rdpath_repeated *r)
{
    if (r->ip_len > SMALL)
        return r->n_sent >= 2;
    return r->n_sent >= SENDINGS_SURE && r->last_ns - r->first_ns >= SMALL_LASTS_NS;
}

static bool size_vanishes(const struct attempt *a, const struct rdpath_path *p)
{
    const struct rdpath_repeated *r = &p->repeated;
    bool passed_before = p->mtu.at_least >= r->ip_len; /* and too few sendings speak against it */
    return sent_often_enough(r) && !r->as_large_delivered_after && !r->fragmentable &&
           !passed_before && (!r->acknowledged || r->shrunk) && r->ip_len > fact_least_mtu(a);
}

/* Losses of small packets as well: then size may not be the reason. */
static bool loss_of_all_sizes(const struct rdpath_path *p)
{
    uint32_t of_size = p->repeated.n_sent;
    return p->n_lost > of_size + 2 && p->n_lost > 2 * of_size;
}

/* That size passed before, or packets of the other direction were lost as well. */
static bool may_be_chance(const struct connection *c, const struct black_hole *h)
{
    return h->path->changed || c->path[!h->way].n_lost > 0;
}

static enum rdpath_confidence sent_confidence(const struct attempt *a, const struct connection *c,
                                              const struct black_hole *h)
{
    const struct rdpath_repeated *r = &h->path->repeated;
    if (!fact_capture_whole(c) || loss_of_all_sizes(h->path))
        return RDPATH_POSSIBLE;
    uint32_t enough = may_be_chance(c, h) ? SENDINGS_SURE_LOSSY : SENDINGS_SURE;
    bool sure = r->n_sent >= enough && r->gaps_grow && r->smaller_delivered_after &&
                !fact_at_receiver(a, h->way);
    return sure ? RDPATH_CONFIRMED : RDPATH_LIKELY;
}

static void say_largest(struct verdict *v, const struct black_hole *h)
{
    struct rdpath_frames largest = frames_of(h->path->largest_frame);
    if (h->path->mtu.at_least)
        verdict_evidence(v, &largest, "the largest packet that did arrive has %u bytes",
                         h->path->mtu.at_least);
}

static void prove_sent(struct verdict *v, const struct black_hole *h)
{
    const struct rdpath_repeated *r = &h->path->repeated;
    verdict_evidence(v, &r->frames, "a packet of %u bytes was sent %u times in %.1f s%s", r->ip_len,
                     r->n_sent, fact_seconds(r->last_ns - r->first_ns),
                     r->acknowledged ? "; its data passed in smaller packets"
                                     : " and never acknowledged");
    if (r->smaller_delivered_after)
        verdict_evidence(v, NULL, "smaller packets %s were delivered meanwhile", h->words);
    say_largest(v, h);
    if (r->n_sent < SENDINGS_SURE)
        verdict_against(v, &r->frames, "only %u sendings of that size were seen", r->n_sent);
}

/* ---- where it never arrived ------------------------------------------------------------------ */

static bool missing_at_receiver(const struct attempt *a, const struct black_hole *h)
{
    const struct rdpath_hole *hole = &h->path->hole;
    return hole->open && !fact_at_sender(a, h->way) && h->path->mtu.below > fact_least_mtu(a) &&
           hole->lasted_ns >= RDPATH_HOLE_LASTS_NS && !h->path->n_missed;
}

static bool sender_lives(const struct rdpath_path *p)
{
    return p->last_packet_ns - p->hole.since_ns >= RDPATH_HOLE_LASTS_NS;
}

static bool is_lossy(const struct connection *c, const struct rdpath_path *p)
{
    return p->n_lost > 1 || !fact_capture_whole(c);
}

static void prove_missing(struct verdict *v, const struct connection *c, const struct black_hole *h)
{
    const struct rdpath_hole *hole = &h->path->hole;
    bool alive = sender_lives(h->path);
    verdict_evidence(v, &hole->frames, "%llu bytes are missing for %.1f s%s",
                     (unsigned long long)hole->len, fact_seconds(hole->lasted_ns),
                     alive ? " while their sender is alive" : "");
    say_largest(v, h);
    verdict_against(v, NULL,
                    "the lost packets themselves cannot be seen from here: a capture at the %s "
                    "would prove it",
                    h->way == RDPATH_TO_CLIENT ? "server" : "client");
    if (!alive)
        verdict_against(v, NULL, "their sender was not heard of again");
    if (is_lossy(c, h->path))
        verdict_against(v, &h->path->lost_frames, "other packets were lost as well");
}

/* ---- both ------------------------------------------------------------------------------------ */

struct black_hole black_hole_look(const struct attempt *a, const struct connection *c,
                                  enum rdpath_direction way)
{
    struct black_hole h = {.way = way,
                           .path = &c->path[way],
                           .stray = &a->stray[way],
                           .words = attempt_direction_words(way)};
    if (fact_icmp(c, RDPATH_ICMP_TOO_BIG, way))
        return h;
    if (size_vanishes(a, h.path)) {
        h.kind = h.path->repeated.smaller_delivered_after ? BLACK_HOLE_SENT : BLACK_HOLE_ALONE;
        h.confidence = sent_confidence(a, c, &h);
    } else if (missing_at_receiver(a, &h)) {
        h.kind = BLACK_HOLE_MISSING;
        h.confidence =
            sender_lives(h.path) && !is_lossy(c, h.path) ? RDPATH_LIKELY : RDPATH_POSSIBLE;
    }
    return h;
}

static void say_stray(struct verdict *v, const struct black_hole *h)
{
    char from[ADDR_TEXT_SIZE];
    addr_format(&h->stray->from, from);
    verdict_evidence(v, &h->stray->frames,
                     "%u ICMP error%s from %s: at most %u bytes, about a port that is none of this "
                     "connection's, so that the %s cannot heed %s (a NAT on the way changes ports)",
                     h->stray->n, h->stray->n == 1 ? "" : "s", from, h->stray->mtu,
                     h->way == RDPATH_TO_CLIENT ? "server" : "client",
                     h->stray->n == 1 ? "it" : "them");
}

const char *black_hole_errors(const struct black_hole *h)
{
    return h->stray->n ? "the router that says so names a port of no connection"
                       : "no router says so";
}

void black_hole_prove(struct verdict *v, const struct connection *c, const struct black_hole *h)
{
    if (h->stray->n)
        say_stray(v, h);
    if (h->kind == BLACK_HOLE_SENT)
        prove_sent(v, h);
    else
        prove_missing(v, c, h);
}
