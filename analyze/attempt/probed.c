/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/attempt/probed_tally.h"

enum {
    FLOOR = 1280,     /* the size that every path is taken to carry (RFC 8200 section 5) */
    AGREE_MISSED = 3, /* as many as prove a size too large where nothing else is lost */
    SHOWN_MAX = 2,    /* frames for what arrived */
};

void probed_name(struct probed_named *all, uint32_t mtu, const struct addr *from, rdpath_ref frame)
{
    if (all->n == 0)
        all->by = *from;
    frames_add(&all->frames, frame);
    for (uint32_t i = 0; i < all->n; i++) {
        if (all->mtu[i] == mtu)
            return;
    }
    if (all->n < PROBED_NAMED_MAX)
        all->mtu[all->n++] = mtu;
}

static bool is_named(const struct probed *p, enum rdpath_direction way, uint32_t mtu)
{
    const struct probed_named *all = &p->named[way];
    for (uint32_t i = 0; i < all->n; i++) {
        if (all->mtu[i] == mtu)
            return mtu != 0;
    }
    return false;
}

/* ---- two directions -------------------------------------------------------------------------- */

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void lower(struct rdpath_mtu *mtu, uint32_t below)
{
    if (below > mtu->at_least && (!mtu->below || below < mtu->below))
        mtu->below = below;
}

/* What silence alone says has to have been asked alone, or a router says so, too. */
static struct rdpath_mtu bracket(const struct probed_tally *s, enum probed_by kind)
{
    const struct probed_search *by = &s->by[kind];
    struct rdpath_mtu loud = tally_bracket(&by->tally, false);
    struct rdpath_mtu mtu = tally_bracket(&by->tally, !by->by_load);
    bool stands = mtu.below == loud.below || by->alone ||
                  is_named(s->probed, RDPATH_TO_SERVER, mtu.below - 1);
    for (int i = 0; i < N_PROBED_SEARCHES; i++)
        stands |= s->by[i].alone == mtu.below;
    return stands ? mtu : loud;
}

/* RDP travels over TCP: a size that it does not get through does not count because an echo does. */
static void prefer_tcp(struct rdpath_mtu *mtu, const struct rdpath_mtu *tcp)
{
    if (tcp->below && tcp->below <= mtu->at_least && tcp->at_least >= FLOOR)
        mtu->at_least = tcp->at_least;
    lower(mtu, tcp->below);
}

static bool was_refused(const struct probed *p, uint32_t size)
{
    bool any = is_named(p, RDPATH_TO_SERVER, size - 1);
    for (uint32_t i = 0; i < p->n_echoes; i++)
        any |= !p->echoes[i]->udp && p->echoes[i]->size == size && p->echoes[i]->refused;
    return any;
}

/* TCP to the server misses the size that echo misses, and gets the one below through. */
static bool agrees(const struct probed_tally *s, const struct rdpath_mtu *echo)
{
    return s->by[PROBED_OUT].tally.at_least >= echo->at_least &&
           s->by[PROBED_OUT].tally.at_least < echo->below &&
           tally_missed(&s->by[PROBED_OUT].tally, echo->below) >= AGREE_MISSED;
}

/* The system believes a router, echo shows that it is right, and TCP's packets are larger still:
   they leave the machine in parts. */
static bool is_cut_by_card(const struct probed_tally *s, const struct rdpath_mtu *tcp,
                           const struct rdpath_mtu *echo)
{
    return echo->below && echo->below == echo->at_least + 1 && tcp->at_least > echo->at_least &&
           is_named(s->probed, RDPATH_TO_SERVER, echo->at_least);
}

static void combine(const struct probed_tally *s, struct rdpath_mtu *out, struct rdpath_mtu *in)
{
    struct rdpath_mtu by_out = bracket(s, PROBED_OUT);
    struct rdpath_mtu by_in = bracket(s, PROBED_IN);
    struct rdpath_mtu echo = bracket(s, PROBED_ECHO);
    if (is_cut_by_card(s, &by_out, &echo))
        by_out = (struct rdpath_mtu){.at_least = echo.at_least};
    bool clamped = s->server_limit && s->replies.at_least > s->server_limit;
    out->at_least =
        larger(larger(echo.at_least, s->by[PROBED_UDP].tally.at_least), by_out.at_least);
    in->at_least = larger(s->replies.at_least, by_in.at_least);
    prefer_tcp(out, &by_out);
    if (!clamped)
        prefer_tcp(in, &by_in);
    lower(in, tally_bracket(&s->replies, false).below);
    if (!echo.below)
        return;
    if (was_refused(s->probed, echo.below) || in->at_least >= echo.below || agrees(s, &echo))
        lower(out, echo.below);
    else if (out->at_least >= echo.below)
        lower(in, echo.below);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static bool any_lost(const struct size_tally *t, uint32_t above)
{
    return tally_missed(t, above + 1) > 0;
}

/* Of those sizes that do not pass. */
static uint32_t n_missed(const struct probed_limit *l, const struct size_tally *t)
{
    if (!l->mtu.below)
        return 0;
    return tally_missed(t, l->mtu.at_least + 1) - tally_missed(t, l->mtu.below + 1);
}

static void conclude_way(struct probed_limit *l, const struct size_tally *tcp,
                         const struct size_tally *echo)
{
    l->lost = any_lost(tcp, l->mtu.at_least);
    l->lossy = probed_missed_up_to(tcp, l->mtu.at_least);
    l->n_missed = larger(n_missed(l, tcp), n_missed(l, echo));
}

static bool does_not_pass(const struct probed_limit *l, uint32_t size)
{
    return size > l->mtu.at_least && size <= l->mtu.below;
}

/* The frames of one connection that prove what is said of a direction. */
static void show_way(struct probed_limit *l, const struct probed_way *w, bool at_receiver)
{
    bool largest = (at_receiver ? w->seen : w->acked) == l->mtu.at_least;
    if (largest && l->passed.n < SHOWN_MAX)
        frames_add(&l->passed, at_receiver ? w->seen_frame : w->acked_frame);
    for (uint32_t i = 0; i < w->n_unacked; i++) {
        if (does_not_pass(l, w->unacked[i].ip_len))
            frames_add(&l->missed, w->unacked[i].frame);
    }
}

static void show_connection(struct probed *p, const struct probed_connection *c,
                            enum rdpath_vantage at)
{
    struct probed_limit *in = &p->limit[RDPATH_TO_CLIENT];
    bool at_client = at == RDPATH_AT_CLIENT;
    show_way(&p->limit[RDPATH_TO_SERVER], &c->way[RDPATH_TO_SERVER], at == RDPATH_AT_SERVER);
    show_way(in, &c->way[RDPATH_TO_CLIENT], at_client);
    if (at_client && c->way[RDPATH_TO_CLIENT].hole && does_not_pass(in, probed_asked(p, c)))
        frames_append(&in->missed, &c->way[RDPATH_TO_CLIENT].hole_frames);
}

static void show_echo(struct probed *p, const struct probed_echo *e)
{
    struct probed_limit *out = &p->limit[RDPATH_TO_SERVER], *in = &p->limit[RDPATH_TO_CLIENT];
    if (!e->reply && !e->arrived && does_not_pass(out, e->size))
        frames_add(&out->missed, e->frame);
    if (e->reply && e->size == out->mtu.at_least && !out->passed.n)
        frames_add(&out->passed, e->frame);
    if (e->reply && e->reply == in->mtu.at_least && !in->passed.n)
        frames_add(&in->passed, e->reply_frame);
}

static uint32_t largest_asked(const struct probed *p)
{
    uint32_t largest = 0;
    for (uint32_t i = 0; i < p->n_connections; i++)
        largest = larger(largest, probed_asked(p, p->connections[i]));
    return largest;
}

/* Less than what arrives. */
static uint32_t lie_of(const struct probed *p)
{
    for (int way = 0; way < 2; way++) {
        for (uint32_t i = 0; i < p->named[way].n; i++) {
            if (p->named[way].mtu[i] < p->limit[way].mtu.at_least)
                return p->named[way].mtu[i];
        }
    }
    return 0;
}

static void conclude_limits(struct probed *p, const struct probed_tally *s)
{
    struct probed_limit *out = &p->limit[RDPATH_TO_SERVER], *in = &p->limit[RDPATH_TO_CLIENT];
    combine(s, &out->mtu, &in->mtu);
    bool told_server = is_named(p, RDPATH_TO_CLIENT, in->mtu.at_least);
    if (told_server)
        lower(&in->mtu, in->mtu.at_least + 1);
    out->told = is_named(p, RDPATH_TO_SERVER, out->mtu.at_least);
    in->told = s->server_limit && s->server_limit >= in->mtu.at_least &&
               s->server_limit < largest_asked(p);
    if (in->told) /* so that nobody knows whether larger ones would pass */
        in->mtu.below = 0;
    in->told |= told_server;
    bool by_tcp = bracket(s, PROBED_IN).below != 0;
    for (uint32_t i = 0; i < p->n_echoes; i++)
        in->cut |= p->echoes[i]->in_fragments && in->mtu.below && !by_tcp;
    conclude_way(out, &s->by[PROBED_OUT].tally, &s->by[PROBED_ECHO].tally);
    conclude_way(in, &s->by[PROBED_IN].tally, &s->by[PROBED_ECHO].tally);
    p->udp = bracket(s, PROBED_UDP);
    if (p->udp.below > out->mtu.at_least) /* the path carries no more */
        p->udp.below = 0;
    p->lie = lie_of(p);
    out->lost |= s->torn || any_lost(&s->by[PROBED_ECHO].tally, out->mtu.at_least);
}

void probed_conclude(struct probed *p, struct arena *arena, enum rdpath_vantage at, int64_t end_ns)
{
    struct probed_tally *s = arena_alloc(arena, sizeof *s);
    s->probed = p;
    s->end_ns = end_ns;
    probed_count(s, at);
    conclude_limits(p, s);
    for (uint32_t i = 0; i < p->n_connections; i++)
        show_connection(p, p->connections[i], at);
    for (uint32_t i = 0; i < p->n_echoes; i++)
        show_echo(p, p->echoes[i]);
}
