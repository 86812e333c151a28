/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections whose packets nobody sees. A ClientHello that is answered arrived, and so did the
 * segment of one size in it. Of what comes back only the bytes are known: first a connection is
 * tried that lets the server choose; only where its flight does not come, while it does in small
 * segments, is there a limit to search for. There a size that passes is known to be one that was
 * sent, since the server's own limit has to lie above it.
 */
#include "capture/probe_session.h"

#include "base/clock.h"

#include <string.h>

#define MILLISECOND_NS INT64_C(1000000)

enum {
    OUTBOUND_SENT_MAX = 24, /* connections of each search */
    INBOUND_SENT_MAX = 24,
    AT_ONCE = 3,
    HEALTH_SIZE = 1280, /* of the packets that connect_health() asks for */
    INBOUND_TRIES = 3,
    OPEN_TRIES = 2,       /* so that an accident is none */
    THINK_MOST_MS = 1500, /* for a signature, on a busy server */
    SENDINGS = 3,         /* of what is not acknowledged: both systems send again after 0.2 to */
    SENDINGS_MS = 1000,   /* 0.3 s, and after twice that */
};

static uint32_t purpose_bit(enum trial_purpose purpose)
{
    return 1u << purpose;
}

/* Nothing of this size came through, however often it was sent. */
static void note_missed(struct probe_search *search, uint32_t size)
{
    for (int i = 0; i < SENDINGS; i++)
        search_note(search, size, SEARCH_MISSED);
}

/* ---- is RDP well? ---------------------------------------------------------------------------- */

static void begin_searches(struct probe_session *s)
{
    struct search_span out = {0, connect_floor(s), s->settings.interface_mtu, OUTBOUND_SENT_MAX};
    search_begin(&s->outbound, &out);
    s->phase = TCP_INBOUND;
    connect_protocols(s);
}

static void conclude_health(struct probe_session *s, const struct probe_trial *t)
{
    const struct probe_flight *f = &t->flight;
    s->foreign |= t->confirm == PROBE_CONFIRM_FOREIGN;
    s->has_tls |= t->state == TRIAL_SAID;
    s->flight_len = f->whole ? f->len : 0;
    s->result->flight = f->ended && !f->whole ? RDPATH_FLIGHT_CLOSED : RDPATH_FLIGHT_UNKNOWN;
    s->limits_segments = sockets_facts(t->socket).limited;
    s->knows_segments = sockets_facts(t->socket).send_payload != 0;
    if (s->flight_len) {
        s->think_ns = s->now_ns - t->since_ns;
        s->ports[PROBE_OF_CERTIFICATE] = t->port;
    }
    bool again = t->state == TRIAL_SAID && !s->flight_len && !f->ended;
    if (again && connect_health_again(s))
        connect_health(s);
    else if (trial_is_answered(t) && !s->foreign)
        begin_searches(s);
    else
        s->phase = TCP_DONE;
}

/* ---- from the server ------------------------------------------------------------------------- */

static void next_open(struct probe_session *s)
{
    bool again = s->flight_len && !s->open_arrived && s->n_open_tried < OPEN_TRIES;
    s->n_open_tried += again;
    if (!again || !connect_start_sized(s, TRIAL_INBOUND, 0))
        s->phase = TCP_OUTBOUND;
}

/* Sizes up to 1280 arrived, and the largest that the server sends did not. */
static void begin_inbound_search(struct probe_session *s)
{
    struct search_span span = {0, connect_floor(s), s->settings.interface_mtu, INBOUND_SENT_MAX};
    if (span.ceiling > s->flight_len + s->header_len)
        span.ceiling = s->flight_len + s->header_len;
    search_begin(&s->inbound, &span);
    search_note(&s->inbound, span.ceiling < HEALTH_SIZE ? span.ceiling : HEALTH_SIZE,
                SEARCH_DELIVERED);
    for (uint32_t i = 0; i < s->n_open_lost; i++)
        note_missed(&s->inbound, span.ceiling);
}

/* Where echo loses a size that arrives at the server, it is lost on its way back: the size below is
   all there is to ask. */
static uint32_t choose_inbound(struct probe_session *s, uint32_t sizes[SEARCH_ROUND_MAX])
{
    struct rdpath_mtu echo = search_bracket(&s->echo.search);
    bool known = search_is_exact(&s->echo.search) && s->outbound.tally.at_least >= echo.below;
    if (s->n_open_lost < OPEN_TRIES || !s->limits_segments)
        return 0;
    if (!s->inbound.ceiling)
        begin_inbound_search(s);
    else
        search_round_end(&s->inbound);
    if (!known || echo.at_least <= HEALTH_SIZE || echo.at_least > s->inbound.ceiling)
        return search_round(&s->inbound, sizes, AT_ONCE);
    if (s->inbound.tally.at_least >= echo.at_least)
        return 0;
    sizes[0] = echo.at_least;
    search_ask(&s->inbound, sizes, 1);
    return s->inbound.n_rounds > INBOUND_TRIES ? 0 : 1;
}

static void next_inbound(struct probe_session *s)
{
    uint32_t sizes[SEARCH_ROUND_MAX], n = choose_inbound(s, sizes);
    for (uint32_t i = 0; i < n; i++) {
        if (!connect_start_sized(s, TRIAL_INBOUND, sizes[i]))
            search_note(&s->inbound, sizes[i], SEARCH_UNKNOWN);
    }
    if (n == 0)
        s->phase = TCP_DONE;
}

static void conclude_inbound(struct probe_session *s, const struct probe_trial *t)
{
    const struct probe_flight *f = &t->flight;
    bool told = t->state == TRIAL_SAID && (f->whole || !f->ended);
    if (t->plan.n_sizes == 0) {
        s->n_open_lost += told && !f->whole;
        s->open_arrived |= f->whole;
        return;
    }
    if (told)
        search_note(&s->inbound, t->header_len + PROBE_CONFIRM_LEN, SEARCH_DELIVERED);
    if (told && !f->whole)
        note_missed(&s->inbound, t->plan.sizes[0]);
    else
        search_note(&s->inbound, t->plan.sizes[0], told ? SEARCH_DELIVERED : SEARCH_UNKNOWN);
}

/* ---- to the server --------------------------------------------------------------------------- */

/* That there is a limit is known; what may still be sent is for the way back, which has one too. */
static bool is_enough(struct probe_session *s)
{
    bool half = s->n_packets > s->settings.n_packets_max / 2;
    bool enough = half && s->n_open_lost && search_bracket(&s->outbound).below;
    s->used_up |= enough;
    return enough;
}

/*
 * Where echo found a limit, that size and the one above are all there is to ask: the echo was lost
 * there or on its way back.
 */
static uint32_t choose_outbound(struct probe_session *s, uint32_t sizes[SEARCH_ROUND_MAX])
{
    struct rdpath_mtu echo = search_bracket(&s->echo.search);
    uint32_t by_echo[] = {echo.at_least, echo.below, echo.below};
    if (!s->has_tls || !s->knows_segments || combine_agrees(s) || is_enough(s))
        return 0;
    if (s->outbound.n_rounds || !echo.below || !search_is_exact(&s->echo.search))
        return search_round(&s->outbound, sizes, AT_ONCE);
    memcpy(sizes, by_echo, sizeof by_echo);
    search_ask(&s->outbound, sizes, AT_ONCE);
    return AT_ONCE;
}

static void next_outbound(struct probe_session *s)
{
    uint32_t sizes[SEARCH_ROUND_MAX];
    if (s->outbound.n_rounds)
        search_round_end(&s->outbound);
    uint32_t n = choose_outbound(s, sizes);
    for (uint32_t i = 0; i < n; i++) {
        if (!connect_start_sized(s, TRIAL_OUTBOUND, sizes[i]))
            search_note(&s->outbound, sizes[i], SEARCH_UNKNOWN);
    }
    if (n == 0)
        s->phase = TCP_INBOUND_SEARCH;
}

/* The server answered, or acknowledged all of it. */
static bool is_arrived(const struct probe_trial *t)
{
    return t->flight.len > 0 || sockets_facts(t->socket).n_acknowledged >= t->n_sent;
}

/* The system makes no segment of that size any more: an error told it of a limit. */
static bool is_shrunk(const struct probe_trial *t, const struct sockets_facts *facts)
{
    return facts->send_payload && facts->send_payload + t->header_len < t->send_max;
}

static void conclude_outbound(struct probe_session *s, const struct probe_trial *t)
{
    const struct probe_flight *f = &t->flight;
    struct sockets_facts facts = sockets_facts(t->socket);
    uint32_t size = t->plan.sizes[0];
    bool arrived = is_arrived(t);
    bool said = t->state == TRIAL_SAID && t->send_max >= size;
    if (trial_is_answered(t))
        search_note(&s->outbound, t->header_len + PROBE_REQUEST_LEN, SEARCH_DELIVERED);
    if (!said || (!arrived && f->ended))
        search_note(&s->outbound, size, SEARCH_UNKNOWN);
    else if (is_shrunk(t, &facts))
        search_note(&s->outbound, size, SEARCH_REFUSED);
    else if (arrived)
        search_note(&s->outbound, size, SEARCH_DELIVERED);
    else
        note_missed(&s->outbound, size);
}

/* ---- one connection -------------------------------------------------------------------------- */

static void conclude(struct probe_session *s, struct probe_trial *t)
{
    if (t->connected != SOCKETS_OPEN)
        connect_tell(s, t, 0);
    connect_tell_protocol(s, t);
    connect_note_unasked(s, t);
    if (s->knows_segments && !t->plan.mss && t->send_max)
        search_cap(&s->outbound, t->send_max);
    switch (t->plan.purpose) {
    case TRIAL_HEALTH:
        conclude_health(s, t);
        break;
    case TRIAL_TLS13:
        s->ports[PROBE_OF_VERSION] = t->flight.len ? t->port : 0;
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
    s->n_packets += connect_packets_uncounted(&t->plan); /* nobody counts them */
    s->n_bytes += connect_bytes(&t->plan);
    connect_end(s, t);
}

/* Is there anything more to hear? */
static bool is_told(const struct probe_session *s, const struct probe_trial *t)
{
    const struct probe_flight *f = &t->flight;
    bool sized = t->plan.purpose == TRIAL_OUTBOUND || t->plan.purpose == TRIAL_INBOUND;
    int64_t unknown_ns = THINK_MOST_MS * MILLISECOND_NS;
    if (t->plan.purpose == TRIAL_HEALTH && s->n_health == 1 && s->settings.timeout_ns > unknown_ns)
        unknown_ns = s->settings.timeout_ns;
    int64_t think_ns = s->flight_len ? 4 * s->think_ns : unknown_ns;
    think_ns += sized ? SENDINGS_MS * MILLISECOND_NS : 0;
    int64_t waited_ns = s->now_ns - t->since_ns;
    bool enough = f->whole || f->ended || (t->plan.purpose == TRIAL_OUTBOUND && is_arrived(t));
    return enough || waited_ns > 2 * session_patience(s) + think_ns;
}

static void step(struct probe_session *s, struct probe_trial *t)
{
    struct trial_patience patience = connect_patience(s, t);
    patience.answer_ns += SENDINGS_MS * MILLISECOND_NS;
    if (t->state == TRIAL_WAITING && !connect_launch(s, t))
        return;
    bool connecting = t->state == TRIAL_CONNECTING;
    int64_t begun_ns = t->since_ns;
    trial_step(t, &patience, s->now_ns);
    if (connecting && t->connected == SOCKETS_OPEN)
        connect_tell(s, t, clock_steady_ns() - begun_ns);
    if (t->state == TRIAL_SAID)
        trial_hear_flight(t, s->now_ns);
    if (t->state == TRIAL_OVER || (t->state == TRIAL_SAID && is_told(s, t)))
        conclude(s, t);
}

void tcp_calls_begin(struct probe_session *s)
{
    connect_health(s);
}

void tcp_calls_step(struct probe_session *s)
{
    for (int i = 0; i < SESSION_TRIALS_MAX; i++) {
        if (s->trials[i].state != TRIAL_FREE)
            step(s, &s->trials[i]);
    }
    if (session_is_paced(s))
        return;
    if (s->phase == TCP_INBOUND &&
        !connect_running(s, purpose_bit(TRIAL_INBOUND) | purpose_bit(TRIAL_TLS13)))
        next_open(s);
    bool echo_told = s->raw_begun && !raw_is_running(s); /* it says where to look */
    if (s->phase == TCP_OUTBOUND && echo_told && !connect_running(s, ~0u))
        next_outbound(s);
    if (s->phase == TCP_INBOUND_SEARCH && !connect_running(s, ~0u))
        next_inbound(s);
}
