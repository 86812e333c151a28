/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets above a size vanish and nobody says so (RFC 2923 section 2.1). The signature: one size is
 * sent again and again with growing gaps, smaller packets are delivered meanwhile, nothing as large
 * is, no ICMP error fits. At the receiver: bytes are missing for good although their sender lives
 * and later bytes arrive.
 */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum {
    SENDINGS_SURE = 3,
    SMALL = 1280, /* VPNs leave at least so much: below, it takes more than one repetition */
    SENDINGS_SURE_LOSSY = 5, /* where packets get lost at random, one may be so three times */
};

#define SMALL_LASTS_NS 1000000000LL

struct hole {
    enum rdpath_direction way;
    const struct rdpath_path *path;
    const char *words; /* "to the client" */
    bool v6;
};

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
static bool may_be_chance(const struct connection *c, const struct hole *h)
{
    return h->path->changed || c->path[!h->way].n_lost > 0;
}

static enum rdpath_confidence sender_confidence(const struct attempt *a, const struct connection *c,
                                                const struct hole *h)
{
    const struct rdpath_repeated *r = &h->path->repeated;
    if (!fact_capture_whole(c) || loss_of_all_sizes(h->path))
        return RDPATH_POSSIBLE;
    uint32_t enough = may_be_chance(c, h) ? SENDINGS_SURE_LOSSY : SENDINGS_SURE;
    bool sure = r->n_sent >= enough && r->gaps_grow && r->smaller_delivered_after &&
                !fact_at_receiver(a, h->way);
    return sure ? RDPATH_CONFIRMED : RDPATH_LIKELY;
}

static void say_bracket(struct verdict *v, const struct hole *h)
{
    const struct rdpath_mtu *m = &h->path->mtu;
    struct rdpath_frames largest = frames_of(h->path->largest_frame);
    if (m->at_least)
        verdict_evidence(v, &largest, "the largest packet that did arrive has %u bytes",
                         m->at_least);
}

static void found_at_sender(struct verdict *v, enum rdpath_confidence sure, const struct hole *h)
{
    const struct rdpath_repeated *r = &h->path->repeated;
    const struct rdpath_mtu *m = &h->path->mtu;
    if (r->acknowledged)
        verdict_found(v, sure, h->way,
                      "Large packets %s vanish: %u bytes were sent %u times in vain until the "
                      "sender tried smaller ones by itself.",
                      h->words, r->ip_len, r->n_sent);
    else
        verdict_found(v, sure, h->way,
                      "Large packets %s vanish: the path carries at least %u and less than %u "
                      "bytes, and no router says so.",
                      h->words, m->at_least, m->below ? m->below : r->ip_len);
    verdict_evidence(v, &r->frames, "a packet of %u bytes was sent %u times in %.1f s%s", r->ip_len,
                     r->n_sent, fact_seconds(r->last_ns - r->first_ns),
                     r->acknowledged ? "; its data passed in smaller packets"
                                     : " and never acknowledged");
    if (r->smaller_delivered_after)
        verdict_evidence(v, NULL, "smaller packets %s were delivered meanwhile", h->words);
    say_bracket(v, h);
    if (r->n_sent < SENDINGS_SURE)
        verdict_against(v, &r->frames, "only %u sendings of that size were seen", r->n_sent);
}

static bool missing_at_receiver(const struct attempt *a, const struct hole *h)
{
    const struct rdpath_hole *hole = &h->path->hole;
    return hole->open && !fact_at_sender(a, h->way) && h->path->mtu.below > fact_least_mtu(a) &&
           hole->lasted_ns >= RDPATH_HOLE_LASTS_NS && !h->path->n_missed;
}

static void found_at_receiver(struct verdict *v, const struct connection *c, const struct hole *h)
{
    const struct rdpath_hole *hole = &h->path->hole;
    bool lossy = h->path->n_lost > 1 || !fact_capture_whole(c);
    bool alive = h->path->last_packet_ns - hole->since_ns >= RDPATH_HOLE_LASTS_NS;
    verdict_found(v, alive && !lossy ? RDPATH_LIKELY : RDPATH_POSSIBLE, h->way,
                  "%llu bytes %s never arrive although later ones do: packets of up to %u bytes "
                  "vanish on the way, and no router says so.",
                  (unsigned long long)hole->len, h->words, h->path->mtu.below);
    verdict_evidence(v, &hole->frames, "%llu bytes are missing for %.1f s%s",
                     (unsigned long long)hole->len, fact_seconds(hole->lasted_ns),
                     alive ? " while their sender is alive" : "");
    say_bracket(v, h);
    verdict_against(v, NULL,
                    "the lost packets themselves cannot be seen from here: a capture at the %s "
                    "would prove it",
                    h->way == RDPATH_TO_CLIENT ? "server" : "client");
    if (!alive)
        verdict_against(v, NULL, "their sender was not heard of again");
    if (lossy)
        verdict_against(v, &h->path->lost_frames, "other packets were lost as well");
}

/* The direction that the signature shows; the one with the sender's evidence first. */
static bool look(const struct attempt *a, const struct connection *c, struct verdict *v,
                 enum rdpath_direction way)
{
    struct hole h = {way, &c->path[way], attempt_direction_words(way), a->server.version == 6};
    if (fact_icmp(c, RDPATH_ICMP_TOO_BIG, way))
        return false;
    if (size_vanishes(a, h.path)) {
        const struct rdpath_repeated *r = &h.path->repeated;
        if (!r->smaller_delivered_after) {
            verdict_needs(v,
                          "%u-byte packets %s went unanswered, but no smaller one was tried after "
                          "them: ping with sizes below %u, or a capture at the other end",
                          r->ip_len, h.words, r->ip_len);
            return false;
        }
        found_at_sender(v, sender_confidence(a, c, &h), &h);
        advise_sizes(v, a, way);
        return true;
    }
    if (missing_at_receiver(a, &h)) {
        found_at_receiver(v, c, &h);
        advise_sizes(v, a, way);
        return true;
    }
    if (h.path->hole.open && !fact_at_sender(a, way))
        verdict_needs(v,
                      "%llu bytes %s are missing, too few or not long enough to tell size from "
                      "loss: a capture at the %s",
                      (unsigned long long)h.path->hole.len, h.words,
                      way == RDPATH_TO_CLIENT ? "server" : "client");
    return false;
}

static void rule_out(const struct connection *c, struct verdict *v)
{
    const struct rdpath_path *up = &c->path[0], *down = &c->path[1];
    if (v->kind != VERDICT_NOT_APPLICABLE || (!up->n_data && !down->n_data))
        return;
    if (!fact_stuck(c, RDPATH_TO_SERVER) && !fact_stuck(c, RDPATH_TO_CLIENT))
        verdict_ruled_out(v,
                          "no packet of any size was sent again and again: up to %u bytes "
                          "passed to the server, up to %u to the client",
                          up->largest_delivered, down->largest_delivered);
}

/* What the link has to carry is larger by this than the sizes that are told. */
static void say_tunnel(const struct attempt *a, struct verdict *v)
{
    const struct tunnel_seen *t = &a->tunnel;
    if (t->n_measured)
        verdict_evidence(v, &t->frames, "the packets travel in %s, which adds %u bytes%s to each",
                         t->title, t->least_more, t->most_more > t->least_more ? " or more" : "");
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    if (look(a, c, v, RDPATH_TO_CLIENT) || look(a, c, v, RDPATH_TO_SERVER))
        say_tunnel(a, v);
    else
        rule_out(c, v);
}

const struct rule rule_pmtu_black_hole = {
    .title = "large packets vanish and no ICMP error says so",
    .means = "A link on the path, usually a VPN, carries less than the ends believe, and the ICMP "
             "errors that would tell them are filtered.",
    .recognised =
        "One size sent at least three times with growing gaps while smaller packets are "
        "delivered and nothing as large is; at the receiver, a hole that is never filled.",
    .confused_with = "Packet loss (a packet of the same size passes later), a filter on one kind "
                     "of message (small ones vanish too), dropped fragments (DF is not set).",
    .fix = "A smaller MTU on the client's adapter as relief; an MSS clamp or ICMP let through as "
           "the cure.",
    .judge = judge,
};
