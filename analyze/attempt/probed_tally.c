/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/attempt/probed_tally.h"

enum {
    REQUEST_LEN = 19, /* of what the client asks before TLS [MS-RDPBCGR 2.2.1.1] */
    CONFIRM_LEN = 19, /* of the server's answer [MS-RDPBCGR 2.2.1.2] */
    PIECES_WHOLE = 2, /* segments of a client that sends its ClientHello in one piece */
    FIRST_WINDOW = 4, /* segments that every server sends at once */
    TCP_HEADER_LEN = 20,
};

/* A probe asks what only silence says once more after 300 ms in which it sends nothing. */
#define ALONE_NS 250000000LL
/* ... and gives it time: less is a probe that was broken off. */
#define WAITED_NS 300000000LL
#define ECHO_WAITED_NS 35000000LL

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

bool probed_missed_up_to(const struct size_tally *t, uint32_t size)
{
    return tally_missed(t, 0) > tally_missed(t, size + 1);
}

/* A size that arrives alone had seemed too large: so had it been lost by load. */
static void arrived_alone(struct probed_search *by, uint32_t size)
{
    by->by_load |= size > by->tally.at_least && probed_missed_up_to(&by->tally, size);
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

/* Seen where it was sent. */
static void count_asked(struct probed_search *by, const struct probed_connection *c,
                        enum rdpath_direction way)
{
    const struct probed_way *w = &c->way[way];
    uint32_t open = largest_unacked(w);
    bool alone = is_alone(c->quiet_ns);
    if (alone && !open)
        arrived_alone(by, w->acked);
    count_sent(&by->tally, w);
    if (alone && open && has_waited(c))
        by->alone = open;
}

/* The largest packet that its MSS lets the server send. */
uint32_t probed_asked(const struct probed *p, const struct probed_connection *c)
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
static bool has_short_tail(const struct probed_tally *s, uint32_t asked, uint32_t header_len)
{
    uint32_t payload = asked > header_len ? asked - header_len : 1;
    uint32_t tail = s->flight_len % payload, n_full = s->flight_len / payload;
    return s->flight_len && n_full < FIRST_WINDOW && tail &&
           tail + header_len <= s->by[PROBED_IN].tally.at_least;
}

static void count_inbound(struct probed_tally *s, const struct probed_connection *c)
{
    struct probed_search *by = &s->by[PROBED_IN];
    uint32_t asked = probed_asked(s->probed, c);
    const struct probed_way *w = &c->way[RDPATH_TO_CLIENT];
    uint32_t flight = flight_of(c), largest = flight ? w->seen : 0;
    uint32_t payload = largest > w->header_len ? largest - w->header_len : 1;
    bool alone = is_alone(c->quiet_ns);
    if (largest <= asked && largest) {
        if (alone && largest == asked)
            arrived_alone(by, asked);
        delivered(&by->tally, largest, flight / payload ? flight / payload - 1 : 0);
    }
    if (largest >= asked) /* also where it announces none */
        return;
    if (alone && has_waited(c))
        by->alone = asked;
    if (c->by_server || c->way[RDPATH_TO_SERVER].n_segments < PIECES_WHOLE)
        return; /* it never came so far, or the server had enough */
    bool silent = !flight && is_alive(c) && has_short_tail(s, asked, w->header_len);
    if (w->hole || (!flight && !silent))
        missed(&by->tally, asked, 1);
    else if (flight && flight + w->header_len > asked)
        s->server_limit = largest > s->server_limit ? largest : s->server_limit;
}

/* What the server says in one piece, where all of it came. */
static void note_flight(struct probed_tally *s, const struct probed_connection *c)
{
    uint32_t flight = flight_of(c);
    if (!c->way[RDPATH_TO_CLIENT].hole && flight > s->flight_len)
        s->flight_len = flight;
}

/* Seen at the server: what arrives there, with holes where something did not. */
static void count_arrived(struct probed_tally *s, const struct probed_connection *c)
{
    const struct probed_way *w = &c->way[RDPATH_TO_SERVER];
    delivered(&s->by[PROBED_OUT].tally, w->seen, 0);
    s->torn |= w->hole;
}

static void count_connection(struct probed_tally *s, const struct probed_connection *c,
                             enum rdpath_vantage at)
{
    if (asks_outbound(c) && at != RDPATH_AT_SERVER)
        count_asked(&s->by[PROBED_OUT], c, RDPATH_TO_SERVER);
    else if (asks_outbound(c))
        count_arrived(s, c);
    if (asks_inbound(c) && at == RDPATH_AT_CLIENT)
        count_inbound(s, c);
    else if (asks_inbound(c))
        count_asked(&s->by[PROBED_IN], c, RDPATH_TO_CLIENT);
}

/* ---- echo ------------------------------------------------------------------------------------ */

static struct probed_search *search_of(struct probed_tally *s, const struct probed_echo *e)
{
    return &s->by[e->udp ? PROBED_UDP : PROBED_ECHO];
}

static void count_request(const struct probed_tally *s, struct probed_search *by,
                          const struct probed_echo *e)
{
    bool alone = is_alone(e->quiet_ns), came = e->reply || e->arrived;
    if (alone && !came && s->end_ns - e->ts_ns >= ECHO_WAITED_NS)
        by->alone = e->size;
    if (alone && came)
        arrived_alone(by, e->size);
    if (came)
        delivered(&by->tally, e->size, 0);
    else
        missed(&by->tally, e->size, 1);
}

static void count_echo(struct probed_tally *s, const struct probed_echo *e, enum rdpath_vantage at)
{
    struct probed_search *by = search_of(s, e);
    if (at == RDPATH_AT_SERVER) { /* whether the reply arrives cannot be seen */
        delivered(&by->tally, e->size, 0);
        return;
    }
    if (e->refused) {
        refused(&by->tally, e->size, 1);
        return;
    }
    count_request(s, by, e);
    if (!e->reply || at != RDPATH_AT_CLIENT)
        return;
    delivered(&s->replies, e->reply, 0);
    if (e->in_fragments) /* twice: a router did cut it */
        refused(&s->replies, e->size, 2);
}

/* Where nothing at all comes back of a kind, it tells nothing. */
static void count_echoes(struct probed_tally *s, enum rdpath_vantage at)
{
    const struct probed *p = s->probed;
    bool any[2] = {false, false};
    for (uint32_t i = 0; i < p->n_echoes; i++)
        any[p->echoes[i]->udp] |= p->echoes[i]->reply || p->echoes[i]->arrived;
    for (int alone = 0; alone < 2; alone++) {
        for (uint32_t i = 0; i < p->n_echoes; i++) {
            const struct probed_echo *e = p->echoes[i];
            if (any[e->udp] && is_alone(e->quiet_ns) == alone)
                count_echo(s, e, at);
        }
    }
}

/* What was asked alone goes last: it says whether the silence before it counts. */
void probed_count(struct probed_tally *s, enum rdpath_vantage at)
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
