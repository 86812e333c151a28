/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/attempt/probed.h"

#include <string.h>

enum {
    REQUEST_LEN = 19, /* of what the client asks before TLS [MS-RDPBCGR 2.2.1.1] */
    CONFIRM_LEN = 19, /* of the server's answer [MS-RDPBCGR 2.2.1.2] */
    PIECES_WHOLE = 2, /* segments of a client that sends its ClientHello in one piece */
    FLOOR = 1280,     /* the size that every path is taken to carry (RFC 8200 section 5) */
    FIRST_WINDOW = 4, /* segments that every server sends at once */
    TCP_HEADER_LEN = 20,
    AGREE_MISSED = 3,  /* as many as prove a size too large where nothing else is lost */
    SHOWN_MAX = 2,     /* frames for what arrived */
    QUESTIONS_MAX = 8, /* sizes asked alone */
};

/* A probe asks what only silence says once more after 300 ms in which it sends nothing. */
#define ALONE_NS 250000000LL
/* ... and gives it time: less is a probe that was broken off. */
#define WAITED_NS 300000000LL
#define ECHO_WAITED_NS 35000000LL

/* The tallies of one probe while its answer is drawn. */
struct sums {
    const struct probed *probed;
    int64_t end_ns; /* of the capture */
    struct size_tally out, in, echo, replies;
    bool torn;                     /* bytes to the server never came */
    bool by_load[2], echo_by_load; /* what had seemed too large arrived alone */
    struct question {
        const struct size_tally *tally;
        uint32_t size;
    } alone[QUESTIONS_MAX]; /* what was asked alone and did not arrive */
    uint32_t n_alone;
    uint32_t flight_len;   /* of the server, where it came whole; 0 = it never did */
    uint32_t server_limit; /* the largest that it makes though it may make larger ones; 0 = none */
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

static bool is_alone(int64_t quiet_ns)
{
    return quiet_ns >= ALONE_NS;
}

/* ---- counting -------------------------------------------------------------------------------- */

static void delivered(struct size_tally *t, uint32_t size, uint32_t n_beside)
{
    struct size_told *told = size ? tally_of(t, size) : NULL;
    if (!told)
        return;
    told->n_delivered++;
    told->n_beside += n_beside;
    t->at_least = size > t->at_least ? size : t->at_least;
}

static void missed(struct size_tally *t, uint32_t size, uint32_t n)
{
    struct size_told *told = n ? tally_of(t, size) : NULL;
    if (told)
        told->n_missed += n;
}

static void refused(struct size_tally *t, uint32_t size, uint32_t n)
{
    struct size_told *told = tally_of(t, size);
    if (told)
        told->n_refused += n;
}

static bool was_missed_up_to(const struct size_tally *t, uint32_t size)
{
    return tally_missed(t, 0) > tally_missed(t, size + 1);
}

/* A size that arrives alone had seemed too large: so had it been lost by load. */
static bool shows_load(const struct size_tally *t, uint32_t size)
{
    return size > t->at_least && was_missed_up_to(t, size);
}

static void asked_alone(struct sums *s, const struct size_tally *t, uint32_t size)
{
    for (uint32_t i = 0; i < s->n_alone; i++) {
        if (s->alone[i].tally == t && s->alone[i].size == size)
            return;
    }
    if (s->n_alone < QUESTIONS_MAX)
        s->alone[s->n_alone++] = (struct question){t, size};
}

/* ---- connections ----------------------------------------------------------------------------- */

/* Something of its ClientHello arrived: what is larger than the request before it. */
static bool is_alive(const struct probed_connection *c)
{
    const struct probed_way *w = &c->way[RDPATH_TO_SERVER];
    return w->acked > w->header_len + REQUEST_LEN;
}

/* Where it may send no more it goes sooner, and what it asked for was sent again in vain. */
static bool has_waited(const struct probed_connection *c)
{
    const struct probed_way *w = &c->way[RDPATH_TO_SERVER];
    bool again = false;
    for (uint32_t i = 0; i < w->n_unacked; i++)
        again |= w->unacked[i].n_missed > 1;
    return again || c->waited_ns >= WAITED_NS;
}

/* Its ClientHello went out in pieces of the sizes that are asked for. */
static bool asks_outbound(const struct probed_connection *c)
{
    return c->way[RDPATH_TO_SERVER].n_segments > PIECES_WHOLE && is_alive(c);
}

/* It lets the server answer in packets of a size, and says the ClientHello at once. */
static bool asks_inbound(const struct probed_connection *c)
{
    return c->way[RDPATH_TO_SERVER].n_segments <= PIECES_WHOLE;
}

/* Of what was sent from where the capture was taken. */
static void count_sent(struct size_tally *t, const struct probed_way *w)
{
    uint32_t n_gone = w->n_unacked + 1; /* the largest one of those that arrived counts by itself */
    if (w->acked)
        delivered(t, w->acked, w->n_segments > n_gone ? w->n_segments - n_gone : 0);
    for (uint32_t i = 0; i < w->n_unacked; i++)
        missed(t, w->unacked[i].ip_len, w->unacked[i].n_missed);
}

static uint32_t largest_unacked(const struct probed_way *w)
{
    uint32_t largest = 0;
    for (uint32_t i = 0; i < w->n_unacked; i++)
        largest = w->unacked[i].ip_len > largest ? w->unacked[i].ip_len : largest;
    return largest;
}

static void count_outbound(struct sums *s, const struct probed_connection *c)
{
    const struct probed_way *w = &c->way[RDPATH_TO_SERVER];
    uint32_t open = largest_unacked(w);
    bool alone = is_alone(c->quiet_ns);
    if (alone && !open)
        s->by_load[RDPATH_TO_SERVER] |= shows_load(&s->out, w->acked);
    count_sent(&s->out, w);
    if (alone && open && has_waited(c))
        asked_alone(s, &s->out, open);
}

/* The largest packet that its MSS lets the server send. */
static uint32_t asked_of(const struct probed *p, const struct probed_connection *c)
{
    const struct probed_way *w = &c->way[RDPATH_TO_CLIENT];
    return w->mss ? w->mss + p->ip_header_len + TCP_HEADER_LEN : 0;
}

static uint32_t flight_of(const struct probed_connection *c)
{
    uint64_t n = c->way[RDPATH_TO_CLIENT].n_bytes;
    return n > CONFIRM_LEN ? (uint32_t)(n - CONFIRM_LEN) : 0;
}

/* A flight that ends in a packet so short that it passes, and is sent at once, is not all lost by
   its size. */
static bool has_short_tail(const struct sums *s, uint32_t asked, uint32_t header_len)
{
    uint32_t payload = asked > header_len ? asked - header_len : 1;
    uint32_t tail = s->flight_len % payload, n_full = s->flight_len / payload;
    return s->flight_len && n_full < FIRST_WINDOW && tail && tail + header_len <= s->in.at_least;
}

static void count_inbound(struct sums *s, const struct probed_connection *c)
{
    uint32_t asked = asked_of(s->probed, c);
    const struct probed_way *w = &c->way[RDPATH_TO_CLIENT];
    uint32_t flight = flight_of(c), largest = flight ? w->seen : 0;
    uint32_t payload = largest > w->header_len ? largest - w->header_len : 1;
    bool alone = is_alone(c->quiet_ns);
    if (largest <= asked && largest) {
        if (alone && largest == asked)
            s->by_load[RDPATH_TO_CLIENT] |= shows_load(&s->in, asked);
        delivered(&s->in, largest, flight / payload ? flight / payload - 1 : 0);
    }
    if (largest >= asked) /* also where it announces none */
        return;
    if (alone && has_waited(c))
        asked_alone(s, &s->in, asked);
    if (c->by_server || c->way[RDPATH_TO_SERVER].n_segments < PIECES_WHOLE)
        return; /* it never came so far, or the server had enough */
    bool silent = !flight && is_alive(c) && has_short_tail(s, asked, w->header_len);
    if (w->hole || (!flight && !silent))
        missed(&s->in, asked, 1);
    else if (flight && flight + w->header_len > asked)
        s->server_limit = largest > s->server_limit ? largest : s->server_limit;
}

/* What the server says in one piece, where all of it came. */
static void note_flight(struct sums *s, const struct probed_connection *c)
{
    uint32_t flight = flight_of(c);
    if (!c->way[RDPATH_TO_CLIENT].hole && flight > s->flight_len)
        s->flight_len = flight;
}

/* Seen at the server: what arrives there, with holes where something did not. */
static void count_arrived(struct sums *s, const struct probed_connection *c)
{
    const struct probed_way *w = &c->way[RDPATH_TO_SERVER];
    delivered(&s->out, w->seen, 0);
    s->torn |= w->hole;
}

/* Seen at the server: what it sends. */
static void count_flight(struct sums *s, const struct probed_connection *c)
{
    const struct probed_way *w = &c->way[RDPATH_TO_CLIENT];
    uint32_t open = largest_unacked(w);
    if (is_alone(c->quiet_ns) && !open)
        s->by_load[RDPATH_TO_CLIENT] |= shows_load(&s->in, w->acked);
    count_sent(&s->in, w);
    if (is_alone(c->quiet_ns) && open && has_waited(c))
        asked_alone(s, &s->in, open);
}

static void count_connection(struct sums *s, const struct probed_connection *c,
                             enum rdpath_vantage at)
{
    if (asks_outbound(c) && at != RDPATH_AT_SERVER)
        count_outbound(s, c);
    else if (asks_outbound(c))
        count_arrived(s, c);
    if (asks_inbound(c) && at == RDPATH_AT_CLIENT)
        count_inbound(s, c);
    else if (asks_inbound(c))
        count_flight(s, c);
}

/* ---- echo ------------------------------------------------------------------------------------ */

static void count_echo(struct sums *s, const struct probed_echo *e, enum rdpath_vantage at)
{
    if (at == RDPATH_AT_SERVER) { /* whether the reply arrives cannot be seen */
        delivered(&s->echo, e->size, 0);
        return;
    }
    bool alone = is_alone(e->quiet_ns);
    if (e->refused)
        refused(&s->echo, e->size, 1);
    if (e->refused)
        return;
    if (alone && !e->reply && s->end_ns - e->ts_ns >= ECHO_WAITED_NS)
        asked_alone(s, &s->echo, e->size);
    if (!e->reply) {
        missed(&s->echo, e->size, 1);
        return;
    }
    if (alone)
        s->echo_by_load |= shows_load(&s->echo, e->size);
    delivered(&s->echo, e->size, 0);
    if (at != RDPATH_AT_CLIENT)
        return;
    delivered(&s->replies, e->reply, 0);
    if (e->in_fragments) /* twice: a router did cut it */
        refused(&s->replies, e->size, 2);
}

/* Where nothing at all comes back, echo tells nothing. */
static void count_echoes(struct sums *s, enum rdpath_vantage at)
{
    const struct probed *p = s->probed;
    bool any = false;
    for (uint32_t i = 0; i < p->n_echoes; i++)
        any |= p->echoes[i]->reply != 0;
    for (int alone = 0; any && alone < 2; alone++) {
        for (uint32_t i = 0; i < p->n_echoes; i++) {
            if (is_alone(p->echoes[i]->quiet_ns) == alone)
                count_echo(s, p->echoes[i], at);
        }
    }
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
static struct rdpath_mtu bracket(const struct sums *s, const struct size_tally *t, bool by_load)
{
    struct rdpath_mtu loud = tally_bracket(t, false), mtu = tally_bracket(t, !by_load);
    if (mtu.below == loud.below || is_named(s->probed, RDPATH_TO_SERVER, mtu.below - 1))
        return mtu;
    for (uint32_t i = 0; i < s->n_alone; i++) {
        if (s->alone[i].tally == t || s->alone[i].size == mtu.below)
            return mtu;
    }
    return loud;
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
        any |= p->echoes[i]->size == size && p->echoes[i]->refused;
    return any;
}

/* TCP to the server misses the size that echo misses, and gets the one below through. */
static bool agrees(const struct sums *s, const struct rdpath_mtu *echo)
{
    return s->out.at_least >= echo->at_least && s->out.at_least < echo->below &&
           tally_missed(&s->out, echo->below) >= AGREE_MISSED;
}

static void combine(const struct sums *s, struct rdpath_mtu *out, struct rdpath_mtu *in)
{
    struct rdpath_mtu by_out = bracket(s, &s->out, s->by_load[RDPATH_TO_SERVER]);
    struct rdpath_mtu by_in = bracket(s, &s->in, s->by_load[RDPATH_TO_CLIENT]);
    struct rdpath_mtu echo = bracket(s, &s->echo, s->echo_by_load);
    bool clamped = s->server_limit && s->replies.at_least > s->server_limit;
    out->at_least = larger(echo.at_least, by_out.at_least);
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

static void conclude_way(struct probed_limit *l, const struct size_tally *t)
{
    l->lost = any_lost(t, l->mtu.at_least);
    l->lossy = was_missed_up_to(t, l->mtu.at_least);
    if (l->mtu.below)
        l->n_missed = tally_missed(t, l->mtu.at_least + 1) - tally_missed(t, l->mtu.below + 1);
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
    if (at_client && c->way[RDPATH_TO_CLIENT].hole && does_not_pass(in, asked_of(p, c)))
        frames_append(&in->missed, &c->way[RDPATH_TO_CLIENT].hole_frames);
}

static void show_echo(struct probed *p, const struct probed_echo *e)
{
    struct probed_limit *out = &p->limit[RDPATH_TO_SERVER], *in = &p->limit[RDPATH_TO_CLIENT];
    if (!e->reply && does_not_pass(out, e->size))
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
        largest = larger(largest, asked_of(p, p->connections[i]));
    return largest;
}

/* What was asked alone goes last: it says whether the silence before it counts. */
static void count(struct sums *s, enum rdpath_vantage at)
{
    const struct probed *p = s->probed;
    for (uint32_t i = 0; i < p->n_connections; i++)
        note_flight(s, p->connections[i]);
    for (int alone = 0; alone < 2; alone++) {
        for (uint32_t i = 0; i < p->n_connections; i++) {
            if (is_alone(p->connections[i]->quiet_ns) == alone)
                count_connection(s, p->connections[i], at);
        }
    }
    count_echoes(s, at);
}

static void conclude_limits(struct probed *p, const struct sums *s)
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
    bool by_tcp = bracket(s, &s->in, s->by_load[RDPATH_TO_CLIENT]).below != 0;
    for (uint32_t i = 0; i < p->n_echoes; i++)
        in->cut |= p->echoes[i]->in_fragments && in->mtu.below && !by_tcp;
    conclude_way(out, &s->out);
    conclude_way(in, &s->in);
    out->lost |= s->torn || any_lost(&s->echo, out->mtu.at_least);
}

void probed_conclude(struct probed *p, struct arena *arena, enum rdpath_vantage at, int64_t end_ns)
{
    struct sums *s = arena_alloc(arena, sizeof *s);
    s->probed = p;
    s->end_ns = end_ns;
    count(s, at);
    conclude_limits(p, s);
    for (uint32_t i = 0; i < p->n_connections; i++)
        show_connection(p, p->connections[i], at);
    for (uint32_t i = 0; i < p->n_echoes; i++)
        show_echo(p, p->echoes[i]);
}
