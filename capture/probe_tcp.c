/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_session.h"

#include <string.h>

#define MILLISECOND_NS INT64_C(1000000)

enum {
    SEARCH_SENT_MAX = 70, /* by each of the two searches */
    INBOUND_AT_ONCE = 1,
    INBOUND_AT_ONCE_FAR = 3, /* costs more packets, and fewer rounds ... */
    INBOUND_PERCENT = 60,    /* of what may be sent, at most */
    FAR_MS = 20,             /* ... of which each takes four such round trips */
    THINK_USUAL_MS = 1500,   /* for a signature, on a busy server */
    AGAIN_MS = 350,          /* until what was lost is sent again: RFC 6298, 2, as it is built */
    FIRST_WINDOW = 4,        /* segments that every server sends at once */
};

/* ---- is RDP well? ---------------------------------------------------------------------------- */

/* The largest packet of the server's flight; the system tells where a card has merged some. */
static uint32_t largest_in(const struct probe_trial *t)
{
    uint32_t merged = sockets_facts(t->socket).receive_payload + t->header_len;
    return t->stream.largest_in > t->plan.sizes[0] ? merged : t->stream.largest_in;
}

/* What has arrived on the way here needs no connection more. */
static void note_arrived(struct probe_session *s, const struct probe_trial *t)
{
    uint32_t largest = largest_in(t);
    if (!largest || largest > t->plan.sizes[0])
        return;
    search_note(&s->inbound, largest, SEARCH_DELIVERED);
    if (largest == t->stream.largest_in)
        search_note_beside(&s->inbound, largest, t->stream.n_largest_in - 1);
}

static void begin_searches(struct probe_session *s, const struct probe_trial *t)
{
    struct search_span in = {0, connect_floor(s), s->settings.interface_mtu, SEARCH_SENT_MAX};
    struct search_span out = in;
    if (in.ceiling > s->flight_len + s->header_len)
        in.ceiling = s->flight_len + s->header_len;
    search_begin(&s->inbound, &in);
    search_begin(&s->outbound, &out);
    note_arrived(s, t);
    s->phase = TCP_INBOUND;
    connect_protocols(s);
}

/* All that was said arrived, and nothing came back: the server thinks, or its flight is lost. */
static bool is_silent(const struct probe_trial *t)
{
    const struct probe_stream *in = &t->stream;
    return t->state == TRIAL_SAID && in->acked >= t->n_sent && in->in_next <= in->flight_at &&
           !in->n_early && !in->ended;
}

static enum rdpath_probe_flight flight_of(const struct probe_trial *t)
{
    if (t->state != TRIAL_SAID)
        return RDPATH_FLIGHT_UNKNOWN;
    if (t->flight.whole)
        return RDPATH_FLIGHT_WHOLE;
    if (t->stream.n_early || t->stream.in_next > t->stream.flight_at)
        return RDPATH_FLIGHT_TORN;
    if (t->stream.ended)
        return RDPATH_FLIGHT_CLOSED;
    return is_silent(t) ? RDPATH_FLIGHT_SILENT : RDPATH_FLIGHT_UNKNOWN;
}

/* Of two that wait side by side the first to hear all of the flight decides. */
static bool is_decided_elsewhere(const struct probe_session *s, const struct probe_trial *t)
{
    bool other = connect_running(s, 1u << TRIAL_HEALTH) > 1;
    return s->phase != TCP_HEALTH || (other && !t->flight.whole);
}

static void conclude_health(struct probe_session *s, const struct probe_trial *t)
{
    if (is_decided_elsewhere(s, t))
        return;
    s->result->flight = flight_of(t);
    s->foreign |= t->confirm == PROBE_CONFIRM_FOREIGN;
    s->has_tls |= t->state == TRIAL_SAID;
    s->flight_len = t->flight.whole ? t->flight.len : 0;
    if (s->flight_len) {
        s->think_ns = s->now_ns - t->since_ns;
        s->ports[PROBE_OF_CERTIFICATE] = t->port;
    }
    bool again = t->state == TRIAL_SAID && !s->flight_len && !t->stream.ended && !is_silent(t);
    if (again && connect_health_again(s))
        connect_health(s);
    else if (trial_is_answered(t) && !s->foreign)
        begin_searches(s, t);
    else
        s->phase = TCP_DONE;
}

/* ---- to the server --------------------------------------------------------------------------- */

static void next_outbound(struct probe_session *s)
{
    struct trial_plan plan = {.purpose = TRIAL_OUTBOUND,
                              .protocols = PROTOCOL_TLS | PROTOCOL_HYBRID,
                              .hello = true};
    if (s->outbound.n_rounds)
        search_round_end(&s->outbound);
    uint32_t most = connect_sizes_left(s);
    s->used_up |= s->has_tls && most == 0 && !search_is_exact(&s->outbound);
    plan.n_sizes = s->has_tls && most ? search_round(&s->outbound, plan.sizes, most) : 0;
    if (plan.n_sizes == 0 || !connect_start(s, &plan))
        s->phase = TCP_DONE;
}

/* Every segment was either delivered, or one that was sent behind it was. */
static bool is_told_outbound(const struct probe_trial *t, bool *complete)
{
    bool told = t->stream.n_pieces > 1;
    *complete = told;
    for (uint32_t i = 0; i < t->stream.n_pieces; i++) {
        const struct stream_piece *p = &t->stream.pieces[i];
        *complete = *complete && p->delivered;
        told = told && (p->delivered || stream_is_overtaken(&t->stream, p));
    }
    return told;
}

/* When all was sent, and the last of it would have been acknowledged. */
static bool has_waited(const struct probe_session *s, const struct probe_trial *t)
{
    return s->now_ns - t->sent_ns > session_patience(s) / 2;
}

/* What the system sent again was lost again. */
static uint32_t n_missed(const struct probe_session *s, const struct probe_trial *t,
                         const struct stream_piece *p)
{
    return p->n_sent > 1 && !has_waited(s, t) ? p->n_sent - 1 : p->n_sent;
}

static void conclude_outbound(struct probe_session *s, const struct probe_trial *t)
{
    struct probe_search *search = &s->outbound;
    bool alive = t->stream.acked > PROBE_REQUEST_LEN;
    for (uint32_t i = 0; i < t->stream.n_pieces; i++) {
        const struct stream_piece *p = &t->stream.pieces[i];
        alive |= p->delivered && p->from >= PROBE_REQUEST_LEN;
    }
    uint32_t most = sockets_facts(t->socket).send_payload + t->header_len;
    for (uint32_t i = 0; i < t->stream.n_pieces && alive; i++) {
        const struct stream_piece *p = &t->stream.pieces[i];
        bool cut_by_card = p->ip_len > most; /* an error was believed: it left in parts */
        uint32_t n = p->delivered ? 1 : n_missed(s, t, p);
        for (; p->from >= PROBE_REQUEST_LEN && !p->ambiguous && !cut_by_card && n; n--)
            search_note(search, p->ip_len, p->delivered ? SEARCH_DELIVERED : SEARCH_MISSED);
    }
    while (search->n_waiting)
        search_note(search, search->waiting[0], SEARCH_UNKNOWN);
    if (t->state == TRIAL_SAID)
        search_cap(search, t->send_max);
}

/* ---- from the server ------------------------------------------------------------------------- */

static void begin_outbound(struct probe_session *s)
{
    (void)search_hint(&s->outbound, s->inbound.tally.at_least);
    s->phase = TCP_OUTBOUND;
}

/* The other direction is still to be asked. */
static bool has_had_its_part(const struct probe_session *s)
{
    uint64_t part = UINT64_C(100) * s->n_packets / s->settings.n_packets_max;
    return part >= INBOUND_PERCENT;
}

static void next_inbound(struct probe_session *s)
{
    uint32_t sizes[SEARCH_ROUND_MAX], n = 0;
    bool far = s->rtt_least_ns > FAR_MS * MILLISECOND_NS;
    if (s->inbound.n_rounds)
        search_round_end(&s->inbound);
    if (s->flight_len && s->inbound.ceiling > connect_floor(s) && !has_had_its_part(s))
        n = search_round(&s->inbound, sizes, far ? INBOUND_AT_ONCE_FAR : INBOUND_AT_ONCE);
    for (uint32_t i = 0; i < n; i++) {
        if (!connect_start_sized(s, TRIAL_INBOUND, sizes[i]))
            search_note(&s->inbound, sizes[i], SEARCH_UNKNOWN);
    }
    if (n == 0)
        begin_outbound(s);
}

/* A flight that ends in a packet so short that it passes, and is sent at once, is not all lost by
   its size. */
static bool has_short_tail(const struct probe_session *s, const struct probe_trial *t)
{
    uint32_t payload = t->plan.sizes[0] - t->header_len;
    uint32_t tail = s->flight_len % payload, n_full = s->flight_len / payload;
    return n_full < FIRST_WINDOW && tail && tail + t->header_len <= s->inbound.tally.at_least;
}

static void conclude_inbound(struct probe_session *s, const struct probe_trial *t)
{
    const struct probe_stream *in = &t->stream;
    uint32_t size = t->plan.sizes[0], largest = largest_in(t);
    uint32_t asked = in->own_mss + connect_headers_len(s);
    bool said = t->state == TRIAL_SAID;
    note_arrived(s, t);
    if (largest == size)
        return;
    if (in->own_mss && asked < size) {
        s->own_limit = asked;
        search_cap(&s->inbound, asked);
    }
    if (!said || in->ended || connect_is_spent(t) || (in->own_mss && asked < size))
        search_note(&s->inbound, size, SEARCH_UNKNOWN);
    else if (is_silent(t) && has_short_tail(s, t))
        search_note(&s->inbound, size, SEARCH_UNKNOWN);
    else if (in->n_early || in->in_next == in->flight_at)
        search_note(&s->inbound, size, SEARCH_MISSED);
    else { /* it came whole, in smaller packets: the server makes none so large */
        search_note(&s->inbound, size, SEARCH_REFUSED);
        search_note(&s->inbound, size, SEARCH_REFUSED);
        s->server_limit = largest;
        search_cap(&s->inbound, largest);
    }
}

/* ---- one connection -------------------------------------------------------------------------- */

static void conclude(struct probe_session *s, struct probe_trial *t)
{
    connect_tell(s, t, t->stream.answer_ns ? t->stream.answer_ns - t->stream.syn_ns : 0);
    connect_tell_protocol(s, t);
    connect_note_unasked(s, t);
    switch (t->plan.purpose) {
    case TRIAL_HEALTH:
        conclude_health(s, t);
        break;
    case TRIAL_TLS13:
        s->ports[PROBE_OF_VERSION] = t->stream.largest_in ? t->port : 0;
        break;
    case TRIAL_OUTBOUND:
        conclude_outbound(s, t);
        break;
    case TRIAL_INBOUND:
        conclude_inbound(s, t);
        break;
    case TRIAL_PROTOCOL:
        break;
    }
    connect_end(s, t);
}

/* What the socket gave was heard in packets, too. */
static bool is_heard(const struct probe_trial *t)
{
    const struct probe_stream *in = &t->stream;
    return !in->n_early && in->in_next >= in->flight_at + t->flight.len;
}

/* How long the answer to a ClientHello may take beside the round trip. */
static int64_t think_of(const struct probe_session *s, const struct probe_trial *t)
{
    int64_t usual_ns = THINK_USUAL_MS * MILLISECOND_NS, known_ns = 4 * s->think_ns;
    if (t->plan.purpose == TRIAL_HEALTH && is_silent(t))
        return s->settings.timeout_ns;
    if (t->plan.alone)
        return known_ns + AGAIN_MS * MILLISECOND_NS;
    if (s->flight_len && !is_silent(t))
        return known_ns;
    return known_ns > usual_ns ? known_ns : usual_ns;
}

/* Is there anything more to hear on a connection whose ClientHello is on its way? */
static bool is_told(const struct probe_session *s, const struct probe_trial *t)
{
    const struct probe_stream *in = &t->stream;
    int64_t patience_ns = session_patience(s), waited_ns = s->now_ns - t->since_ns;
    int64_t again_ns = t->plan.alone ? AGAIN_MS * MILLISECOND_NS : 0;
    bool outbound = t->plan.purpose == TRIAL_OUTBOUND, complete = false;
    if (outbound && is_told_outbound(t, &complete))
        return complete || (has_waited(s, t) && waited_ns > again_ns);
    if (outbound)
        return in->ended || waited_ns > 2 * patience_ns + again_ns;
    if (t->flight.whole && is_heard(t))
        return true;
    int64_t think_ns = think_of(s, t);
    if (waited_ns > patience_ns + think_ns || in->ended)
        return true;
    if (t->plan.purpose != TRIAL_INBOUND)
        return false;
    bool whole = !in->n_early && in->in_next >= in->flight_at + s->flight_len;
    return in->largest_in >= t->plan.sizes[0] || whole ||
           (in->n_early && waited_ns > patience_ns + s->think_ns + again_ns);
}

static void step(struct probe_session *s, struct probe_trial *t)
{
    struct trial_patience patience = connect_patience(s, t);
    if (t->state == TRIAL_WAITING && !connect_launch(s, t))
        return;
    trial_step(t, &patience, s->now_ns);
    bool of_health = t->plan.purpose == TRIAL_HEALTH || t->plan.purpose == TRIAL_TLS13;
    if (of_health && t->state == TRIAL_SAID)
        trial_look_at_flight(t);
    if (t->plan.purpose == TRIAL_HEALTH && is_silent(t) &&
        s->now_ns - t->since_ns > session_patience(s) + THINK_USUAL_MS * MILLISECOND_NS)
        connect_health_beside(s);
    if (t->state == TRIAL_OVER || (t->state == TRIAL_SAID && is_told(s, t)) || connect_is_spent(t))
        conclude(s, t);
}

void tcp_begin(struct probe_session *s)
{
    connect_health(s);
}

/* A search by connections begins a round when those of the one before are over. */
void tcp_step(struct probe_session *s)
{
    for (int i = 0; i < SESSION_TRIALS_MAX; i++) {
        if (s->trials[i].state != TRIAL_FREE)
            step(s, &s->trials[i]);
    }
    if (session_is_paced(s))
        return;
    if (s->phase == TCP_INBOUND && !connect_running(s, 1u << TRIAL_INBOUND | 1u << TRIAL_TLS13))
        next_inbound(s);
    if (s->phase == TCP_OUTBOUND && !connect_running(s, ~0u)) /* all of them: a burst of its own */
        next_outbound(s);
}

/* ---- packets --------------------------------------------------------------------------------- */

static struct probe_trial *trial_of(struct probe_session *s, uint16_t port)
{
    for (int i = 0; i < SESSION_TRIALS_MAX; i++) {
        if (s->trials[i].state != TRIAL_FREE && s->trials[i].port == port)
            return &s->trials[i];
    }
    return NULL;
}

bool tcp_take(struct probe_session *s, const struct probe_packet *p)
{
    bool out = p->flow.to_port == s->settings.port && addr_equal(&p->flow.to, &s->settings.to);
    uint16_t port = out ? p->flow.from_port : p->flow.to_port;
    struct probe_trial *t = trial_of(s, port);
    if (!(s->own_ports[port / 8] >> port % 8 & 1))
        return false;
    if (out) { /* counted even when its connection is over: the reset is sent then */
        s->n_packets++;
        s->n_bytes += p->flow.ip_len;
        s->tokens -= t ? 0 : 1; /* else at its end, with what it drew at its beginning */
    }
    if (t && out) {
        stream_take_out(&t->stream, p);
        t->sent_ns = s->now_ns;
    } else if (t)
        stream_take_in(&t->stream, p);
    return true;
}

uint32_t tcp_quoted(struct probe_session *s, const struct probe_flow *quote)
{
    struct probe_trial *t = trial_of(s, quote->from_port);
    if (!t || quote->to_port != s->settings.port || !addr_equal(&quote->to, &s->settings.to))
        return 0;
    for (uint32_t i = 0; i < t->stream.n_pieces; i++) {
        const struct stream_piece *piece = &t->stream.pieces[i];
        if (quote->number - t->stream.first_out == piece->from && quote->ip_len == piece->ip_len)
            return piece->ip_len;
    }
    return 0;
}
