/* SPDX-License-Identifier: Apache-2.0 */
/* Packets above a size vanish and nobody says so; black_hole.h has the signature. */
#include "analyze/rules/advice.h"
#include "analyze/rules/black_hole.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/probed.h"

/* Nothing is known where a path has changed: what passed before no longer counts. */
static const char *at_least(struct verdict *v, const struct rdpath_mtu *m)
{
    return m->at_least ? arena_format(v->arena, "at least %u and ", m->at_least) : "";
}

static void found(struct verdict *v, const struct black_hole *h)
{
    const struct rdpath_repeated *r = &h->path->repeated;
    const struct rdpath_mtu *m = &h->path->mtu;
    if (h->kind == BLACK_HOLE_MISSING)
        verdict_found(v, h->confidence, h->way,
                      "%llu bytes %s never arrive although later ones do: packets of up to %u "
                      "bytes vanish on the way, and %s.",
                      (unsigned long long)h->path->hole.len, h->words, m->below,
                      black_hole_errors(h));
    else if (r->acknowledged)
        verdict_found(v, h->confidence, h->way,
                      "Large packets %s vanish: %u bytes were sent %u times in vain until the "
                      "sender tried smaller ones by itself.",
                      h->words, r->ip_len, r->n_sent);
    else
        verdict_found(v, h->confidence, h->way,
                      "Large packets %s vanish: the path carries %sless than %u bytes, and %s.",
                      h->words, at_least(v, m), m->below ? m->below : r->ip_len,
                      black_hole_errors(h));
}

static void say_needs(const struct attempt *a, struct verdict *v, const struct black_hole *h)
{
    const struct rdpath_hole *hole = &h->path->hole;
    if (h->kind == BLACK_HOLE_ALONE)
        verdict_needs(v,
                      "%u-byte packets %s went unanswered, but no smaller one was tried after "
                      "them: ping with sizes below %u, or a capture at the other end",
                      h->path->repeated.ip_len, h->words, h->path->repeated.ip_len);
    else if (hole->open && !fact_at_sender(a, h->way))
        verdict_needs(v,
                      "%llu bytes %s are missing, too few or not long enough to tell size from "
                      "loss: a capture at the %s",
                      (unsigned long long)hole->len, h->words,
                      h->way == RDPATH_TO_CLIENT ? "server" : "client");
}

static void rule_out(const struct connection *c, struct verdict *v)
{
    const struct rdpath_path *up = &c->path[0], *down = &c->path[1];
    if (v->kind != VERDICT_NOT_APPLICABLE || (!up->n_data && !down->n_data))
        return;
    if (!up->n_packets || !down->n_packets)
        verdict_needs(v, "the packets of the other direction, in which every size may vanish");
    else if (!fact_stuck(c, RDPATH_TO_SERVER) && !fact_stuck(c, RDPATH_TO_CLIENT))
        verdict_ruled_out(v,
                          "no packet of any size was sent again and again: up to %u bytes "
                          "passed to the server, up to %u to the client",
                          up->largest_delivered, down->largest_delivered);
}

/* What a probe would tell is told. */
static void advise_what_is_left(struct verdict *v)
{
    if (v->confidence < RDPATH_CONFIRMED)
        advise_instead(v, ADVISE_PROBE);
    const enum advice all[] = {ADVISE_MTU_WINDOWS, ADVISE_MTU_LINUX,     ADVISE_TUNNEL_MTU,
                               ADVISE_CLAMP_LINUX, ADVISE_CLAMP_DEVICES, ADVISE_ICMP_PATH};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        advise_instead(v, all[i]);
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    if (a->probed) {
        probed_judge(a, v, PROBED_VANISHES);
        advise_what_is_left(v);
        return;
    }
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = i == 0 ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER;
        struct black_hole h = black_hole_look(a, c, way);
        if (h.kind <= BLACK_HOLE_ALONE) {
            say_needs(a, v, &h);
            continue;
        }
        found(v, &h);
        black_hole_prove(v, c, &h);
        return;
    }
    rule_out(c, v);
}

const struct rule rule_pmtu_black_hole = {
    .title = "large packets vanish and no ICMP error says so",
    .means = "A link on the path, usually a VPN, carries less than the ends believe, and the ICMP "
             "errors that would tell them are filtered.",
    .recognised =
        "One size sent at least three times with growing gaps while smaller packets are "
        "delivered and nothing as large is (confirmed at the sender); at the receiver, a hole "
        "that is never filled (likely); less where the capture begins in the middle or lacks "
        "packets. In the recording of rdpath probe: a size that was asked for and missed "
        "too often for chance, the last time alone, while smaller ones passed.",
    .confused_with = "Packet loss (a packet of the same size passes later), a filter on one kind "
                     "of message (small ones vanish too), dropped fragments (DF is not set), a "
                     "tunnel whose own packets are in the capture (tunnel-mtu-too-large).",
    .fix = "A smaller MTU on the client's adapter as relief; an MSS clamp or ICMP let through as "
           "the cure.",
    .advice = {ADVISE_PROBE, ADVISE_PING_WINDOWS, ADVISE_PING_LINUX, ADVISE_MTU_WINDOWS,
               ADVISE_MTU_LINUX, ADVISE_TUNNEL_MTU, ADVISE_CLAMP_LINUX, ADVISE_CLAMP_DEVICES,
               ADVISE_ICMP_PATH},
    .judge = judge,
};
