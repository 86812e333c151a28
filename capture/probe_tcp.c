/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_session.h"

#include <string.h>

#define MILLISECOND_NS INT64_C(1000000)

enum {
    HEALTH_MAX = 3,       /* tries to get a whole flight */
    SEARCH_SENT_MAX = 70, /* by each of the two searches */
    OUTBOUND_AT_ONCE = 7,
    INBOUND_AT_ONCE = 3,
    PACKETS_EACH = 9, /* SYN, request, ClientHello, acknowledgements, reset, a repetition */
    BYTES_EACH = 1000,
    THINK_MOST_MS = 1500, /* for a signature, on a busy server */
    PROTOCOL_TLS = 1,
    PROTOCOL_HYBRID = 2,
    PROTOCOL_RDP = 0,
};

static uint32_t bare_headers_len(const struct probe_session *s)
{
    return s->settings.to.version == 6 ? 60 : 40;
}

static uint32_t floor_of(const struct probe_session *s)
{
    return s->settings.to.version == 6 ? 1280 : 576;
}

/* ---- starting and ending connections --------------------------------------------------------- */

static uint64_t bytes_of(const struct trial_plan *plan)
{
    uint64_t n = BYTES_EACH;
    for (uint32_t i = 0; plan->purpose == TRIAL_OUTBOUND && i < plan->n_sizes; i++)
        n += plan->sizes[i];
    return n;
}

static uint32_t packets_of(const struct trial_plan *plan)
{
    return PACKETS_EACH + (plan->purpose == TRIAL_OUTBOUND ? plan->n_sizes : 0);
}

static bool start(struct probe_session *s, struct trial_plan *plan)
{
    struct sockets_target target = {.to = s->settings.to, .port = s->settings.port};
    plan->name = s->settings.name;
    for (int i = 0; i < SESSION_TRIALS_MAX; i++) {
        struct probe_trial *t = &s->trials[i];
        if (t->state != TRIAL_FREE)
            continue;
        if (!session_reserve(s, packets_of(plan), bytes_of(plan)))
            return false;
        if (trial_start(t, plan, &target, s->now_ns)) {
            s->own_ports[t->port / 8] |= (uint8_t)(1u << t->port % 8);
            return true;
        }
        session_unreserve(s, packets_of(plan), bytes_of(plan));
        return false;
    }
    return false;
}

static void end(struct probe_session *s, struct probe_trial *t)
{
    session_unreserve(s, packets_of(&t->plan), bytes_of(&t->plan));
    trial_end(t);
}

/* Connections of these purposes, a bit each. */
static uint32_t n_running(const struct probe_session *s, uint32_t purposes)
{
    uint32_t n = 0;
    for (int i = 0; i < SESSION_TRIALS_MAX; i++)
        n += s->trials[i].state != TRIAL_FREE && purposes >> s->trials[i].plan.purpose & 1;
    return n;
}

/* ---- is RDP well? ---------------------------------------------------------------------------- */

static void start_health(struct probe_session *s)
{
    static const uint32_t sizes[HEALTH_MAX] = {1280, 1280, 576};
    uint32_t size = sizes[s->n_health++];
    size = size < floor_of(s) ? floor_of(s) : size;
    struct trial_plan plan = {
        .purpose = TRIAL_HEALTH,
        .mss = size - bare_headers_len(s),
        .protocols = PROTOCOL_TLS | PROTOCOL_HYBRID,
        .hello = true,
        .sizes = {size},
        .n_sizes = 1,
    };
    if (!start(s, &plan))
        s->phase = TCP_DONE;
}

static void start_protocols(struct probe_session *s)
{
    struct trial_plan tls13 = {
        .purpose = TRIAL_TLS13,
        .mss = 1280 - bare_headers_len(s),
        .protocols = PROTOCOL_TLS | PROTOCOL_HYBRID,
        .hello = true,
        .tls13 = true,
    };
    struct trial_plan tls = {.purpose = TRIAL_PROTOCOL, .protocols = PROTOCOL_TLS};
    struct trial_plan rdp = {.purpose = TRIAL_PROTOCOL, .protocols = PROTOCOL_RDP};
    if (s->has_tls)
        (void)start(s, &tls13);
    (void)start(s, &tls);
    (void)start(s, &rdp);
}

static void tell_protocol(struct probe_session *s, const struct probe_trial *t)
{
    struct rdpath_probe *r = s->result;
    bool wanted = t->plan.purpose == TRIAL_PROTOCOL || t->plan.purpose == TRIAL_HEALTH;
    for (uint32_t i = 0; i < r->n_protocols; i++) {
        if (r->protocols[i].requested == t->plan.protocols && !r->protocols[i].answered)
            r->protocols[i] = r->protocols[--r->n_protocols];
        else
            wanted = wanted && r->protocols[i].requested != t->plan.protocols;
    }
    if (!wanted || r->n_protocols == RDPATH_PROBE_PROTOCOLS_MAX)
        return;
    r->protocols[r->n_protocols++] = (struct rdpath_probe_protocol){
        .requested = t->plan.protocols,
        .answered = t->confirm != PROBE_CONFIRM_MORE,
        .is_rdp = t->confirm == PROBE_CONFIRM_RDP,
        .selected = t->selected,
        .failure = t->failure,
    };
}

static void begin_searches(struct probe_session *s)
{
    struct search_span in = {0, floor_of(s), s->settings.interface_mtu, SEARCH_SENT_MAX};
    struct search_span out = in;
    if (in.ceiling > s->flight_len + s->header_len)
        in.ceiling = s->flight_len + s->header_len;
    search_begin(&s->inbound, &in);
    search_begin(&s->outbound, &out);
    s->phase = TCP_INBOUND;
    start_protocols(s);
}

static void conclude_health(struct probe_session *s, const struct probe_trial *t)
{
    s->foreign |= t->confirm == PROBE_CONFIRM_FOREIGN;
    s->has_tls |= t->state == TRIAL_SAID;
    s->flight_len = t->stream.short_end ? t->stream.short_end - t->stream.flight_at : 0;
    if (s->flight_len) {
        s->think_ns = s->now_ns - t->since_ns;
        s->ports[PROBE_OF_CERTIFICATE] = t->port;
    }
    bool again = t->state == TRIAL_SAID && !s->flight_len && !t->stream.ended;
    if (again && s->n_health < HEALTH_MAX)
        start_health(s);
    else if (trial_is_answered(t) && !s->foreign)
        begin_searches(s);
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
    plan.n_sizes = s->has_tls ? search_round(&s->outbound, plan.sizes, OUTBOUND_AT_ONCE) : 0;
    if (plan.n_sizes == 0 || !start(s, &plan))
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

static void conclude_outbound(struct probe_session *s, const struct probe_trial *t)
{
    struct probe_search *search = &s->outbound;
    bool alive = t->stream.acked > PROBE_REQUEST_LEN;
    for (uint32_t i = 0; i < t->stream.n_pieces; i++) {
        const struct stream_piece *p = &t->stream.pieces[i];
        alive |= p->delivered && p->from >= PROBE_REQUEST_LEN;
    }
    for (uint32_t i = 0; i < t->stream.n_pieces && alive; i++) {
        const struct stream_piece *p = &t->stream.pieces[i];
        if (p->from >= PROBE_REQUEST_LEN && !p->ambiguous)
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
    (void)search_hint(&s->outbound, s->inbound.at_least);
    s->phase = TCP_OUTBOUND;
}

static void next_inbound(struct probe_session *s)
{
    uint32_t sizes[SEARCH_ROUND_MAX], n = 0;
    if (s->inbound.n_rounds)
        search_round_end(&s->inbound);
    if (s->flight_len && s->inbound.ceiling > floor_of(s))
        n = search_round(&s->inbound, sizes, INBOUND_AT_ONCE);
    for (uint32_t i = 0; i < n; i++) {
        struct trial_plan plan = {
            .purpose = TRIAL_INBOUND,
            .mss = sizes[i] - bare_headers_len(s),
            .protocols = PROTOCOL_TLS | PROTOCOL_HYBRID,
            .hello = true,
            .sizes = {sizes[i]},
            .n_sizes = 1,
        };
        if (!start(s, &plan))
            search_note(&s->inbound, sizes[i], SEARCH_UNKNOWN);
    }
    if (n == 0)
        begin_outbound(s);
}

/* The largest packet of the server's flight; the system tells where a card has merged some. */
static uint32_t largest_in(const struct probe_trial *t)
{
    uint32_t merged = sockets_facts(t->socket).receive_payload + t->header_len;
    return t->stream.largest_in > t->plan.sizes[0] ? merged : t->stream.largest_in;
}

static void conclude_inbound(struct probe_session *s, const struct probe_trial *t)
{
    const struct probe_stream *in = &t->stream;
    uint32_t size = t->plan.sizes[0], largest = largest_in(t);
    uint32_t asked = in->own_mss + bare_headers_len(s);
    bool said = t->state == TRIAL_SAID && in->acked > PROBE_REQUEST_LEN;
    if (largest && largest <= size)
        search_note(&s->inbound, largest, SEARCH_DELIVERED);
    if (largest == size)
        return;
    if (in->own_mss && asked < size) {
        s->own_limit = asked;
        search_cap(&s->inbound, asked);
    }
    if (!said || in->ended || (in->own_mss && asked < size))
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

static void tell_connection(struct probe_session *s, const struct probe_trial *t)
{
    struct rdpath_probe *r = s->result;
    int64_t rtt_ns = t->stream.answer_ns - t->stream.syn_ns;
    r->refused |= t->connected == SOCKETS_REFUSED;
    if (t->connected != SOCKETS_OPEN)
        return;
    if (r->connect_ns == RDPATH_UNKNOWN)
        r->connect_ns = t->stream.answer_ns ? rtt_ns : 0;
    if (t->stream.answer_ns)
        session_round_trip(s, rtt_ns);
    s->header_len = t->header_len;
}

static void conclude(struct probe_session *s, struct probe_trial *t)
{
    tell_connection(s, t);
    tell_protocol(s, t);
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
    end(s, t);
}

/* Is there anything more to hear on a connection whose ClientHello is on its way? */
static bool is_told(const struct probe_session *s, const struct probe_trial *t)
{
    const struct probe_stream *in = &t->stream;
    int64_t patience_ns = session_patience(s), waited_ns = s->now_ns - t->since_ns;
    bool outbound = t->plan.purpose == TRIAL_OUTBOUND, complete = false;
    if (outbound && is_told_outbound(t, &complete))
        return complete || waited_ns > patience_ns / 2;
    if (outbound)
        return in->ended || waited_ns > 2 * patience_ns;
    int64_t think_ns = s->flight_len ? 4 * s->think_ns : THINK_MOST_MS * MILLISECOND_NS;
    if (waited_ns > patience_ns + think_ns || in->ended)
        return true;
    if (t->plan.purpose != TRIAL_INBOUND)
        return in->short_end != 0;
    bool whole = !in->n_early && in->in_next >= in->flight_at + s->flight_len;
    return in->largest_in >= t->plan.sizes[0] || whole ||
           (in->n_early && waited_ns > patience_ns + s->think_ns);
}

static void step(struct probe_session *s, struct probe_trial *t)
{
    int64_t known_ns = session_patience(s) + 4 * s->think_ns;
    struct trial_patience patience = {s->settings.timeout_ns, s->settings.timeout_ns};
    if (s->rtt_most_ns && t->plan.purpose >= TRIAL_OUTBOUND)
        patience = (struct trial_patience){2 * known_ns, 4 * known_ns};
    trial_step(t, &patience, s->now_ns);
    if (t->state == TRIAL_OVER || (t->state == TRIAL_SAID && is_told(s, t)))
        conclude(s, t);
}

void tcp_begin(struct probe_session *s)
{
    s->result->connect_ns = RDPATH_UNKNOWN;
    start_health(s);
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
    if (s->phase == TCP_INBOUND && !n_running(s, 1u << TRIAL_INBOUND | 1u << TRIAL_TLS13))
        next_inbound(s);
    if (s->phase == TCP_OUTBOUND && !n_running(s, ~0u)) /* all of them: a burst of its own */
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
        s->tokens -= 1;
    }
    if (t && out)
        stream_take_out(&t->stream, p);
    else if (t)
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
