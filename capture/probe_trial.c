/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_trial.h"

#include <string.h>

enum { LEAD_LEN = 64, PIECE = 4096, TCP_HEADER_LEN = 20, PROTOCOL_RDP = 0 };

bool trial_start(struct probe_trial *t, const struct trial_plan *plan,
                 const struct sockets_target *target, int64_t now_ns)
{
    struct sockets_target with_mss = *target;
    with_mss.mss = plan->mss;
    *t = (struct probe_trial){.plan = *plan, .state = TRIAL_CONNECTING, .since_ns = now_ns};
    t->header_len = (target->to.version == 6 ? 40 : 20) + TCP_HEADER_LEN;
    t->socket = sockets_connect(&with_mss, &t->port);
    if (t->socket < 0)
        t->state = TRIAL_FREE;
    return t->socket >= 0;
}

static void enter(struct probe_trial *t, enum trial_state state, int64_t now_ns)
{
    t->state = state;
    t->since_ns = now_ns;
}

/* Sends it, and tells it to whom it may concern. */
static void send_piece(struct probe_trial *t, const uint8_t *bytes, size_t len, int64_t now_ns)
{
    struct retold_piece piece = {t->port, true, now_ns, bytes, len};
    retold_said(t->plan.retold, &piece);
    sockets_send(t->socket, bytes, len);
    t->n_sent += (uint32_t)len;
}

/* Bytes, 0 = none yet, -1 = closed. */
static long hear(struct probe_trial *t, uint8_t *bytes, size_t len, int64_t now_ns)
{
    long n = sockets_receive(t->socket, bytes, len);
    struct retold_piece piece = {t->port, false, now_ns, bytes, n > 0 ? (size_t)n : 0};
    retold_said(t->plan.retold, &piece);
    return n;
}

static void ask(struct probe_trial *t, int64_t now_ns)
{
    uint8_t request[PROBE_REQUEST_LEN];
    struct sockets_facts facts = sockets_facts(t->socket);
    t->header_len += facts.options_len;
    t->send_max = facts.send_payload + t->header_len;
    bytes_x224_request(request, t->plan.protocols);
    retold_connection(t->plan.retold, &(struct retold_piece){.own_port = t->port, .ts_ns = now_ns});
    send_piece(t, request, sizeof request, now_ns);
    enter(t, TRIAL_ASKED, now_ns);
}

/*
 * The ClientHello in one piece, or so that each wanted size is a segment of its own, between two
 * short ones: what follows a lost segment makes the server say so at once (SACK).
 */
static void say(struct probe_trial *t, int64_t now_ns)
{
    static uint8_t hello[PROBE_HELLO_MAX];
    struct probe_hello h = {t->plan.tls13, t->plan.name, (uint64_t)now_ns};
    uint32_t lens[SEARCH_ROUND_MAX + 2], n = 0;
    size_t len = 0;
    bool outbound = t->plan.purpose == TRIAL_OUTBOUND;
    lens[n++] = outbound ? LEAD_LEN : PROBE_HELLO_MIN;
    len = lens[0];
    for (uint32_t i = 0; outbound && i < t->plan.n_sizes; i++) {
        uint32_t payload_len = t->plan.sizes[i] - t->header_len;
        if (t->plan.sizes[i] > t->send_max || len + payload_len + LEAD_LEN > PROBE_HELLO_MAX)
            continue;
        lens[n++] = payload_len;
        len += payload_len;
    }
    if (outbound) {
        lens[n] = len + LEAD_LEN < PROBE_HELLO_MIN ? PROBE_HELLO_MIN - (uint32_t)len : LEAD_LEN;
        len += lens[n++];
    }
    bytes_client_hello(hello, len, &h);
    t->stream.flight_at =
        t->stream.in_next > PROBE_CONFIRM_LEN ? t->stream.in_next : PROBE_CONFIRM_LEN;
    for (uint32_t i = 0, at = 0; i < n; at += lens[i++])
        send_piece(t, hello + at, lens[i], now_ns);
    enter(t, TRIAL_SAID, now_ns);
}

/* Reads the confirm, which may come in pieces; false: not all of it came yet. */
static bool hear_confirm(struct probe_trial *t, int64_t now_ns)
{
    size_t room = sizeof t->confirm_bytes - t->confirm_len;
    long n = hear(t, t->confirm_bytes + t->confirm_len, room, now_ns);
    t->confirm_len += n > 0 ? (uint32_t)n : 0;
    t->confirm = bytes_read_confirm(t->confirm_bytes, t->confirm_len, &t->selected, &t->failure);
    t->closed = n < 0 && t->confirm == PROBE_CONFIRM_MORE;
    return n < 0 || t->confirm != PROBE_CONFIRM_MORE;
}

void trial_hear_flight(struct probe_trial *t, int64_t now_ns)
{
    uint8_t bytes[PIECE];
    long n;
    while (!t->flight.ended && (n = hear(t, bytes, sizeof bytes, now_ns)) != 0) {
        t->flight.ended = n < 0;
        flight_take(&t->flight, bytes, n > 0 ? (size_t)n : 0);
    }
}

void trial_look_at_flight(struct probe_trial *t)
{
    static uint8_t bytes[PROBE_FLIGHT_MAX];
    long n = sockets_peek(t->socket, bytes, sizeof bytes);
    if (n <= 0 || (uint32_t)n == t->flight.len)
        return;
    t->flight = (struct probe_flight){0};
    flight_take(&t->flight, bytes, (size_t)n);
}

static void step_connecting(struct probe_trial *t, const struct trial_patience *p, int64_t now_ns)
{
    t->connected = sockets_state(t->socket);
    t->closed = t->connected == SOCKETS_CLOSED;
    if (t->connected == SOCKETS_OPEN)
        ask(t, now_ns);
    else if (t->connected != SOCKETS_CONNECTING || now_ns - t->since_ns > p->connect_ns)
        enter(t, TRIAL_OVER, now_ns);
}

static void step_asked(struct probe_trial *t, const struct trial_patience *p, int64_t now_ns)
{
    if (!hear_confirm(t, now_ns)) {
        if (now_ns - t->since_ns > p->answer_ns)
            enter(t, TRIAL_OVER, now_ns);
        return;
    }
    bool tls = t->confirm == PROBE_CONFIRM_RDP && !t->failure && t->selected != PROTOCOL_RDP;
    if (tls && t->plan.hello)
        say(t, now_ns);
    else
        enter(t, TRIAL_OVER, now_ns);
}

void trial_step(struct probe_trial *t, const struct trial_patience *p, int64_t now_ns)
{
    if (t->state == TRIAL_CONNECTING)
        step_connecting(t, p, now_ns);
    if (t->state == TRIAL_ASKED)
        step_asked(t, p, now_ns);
}

void trial_end(struct probe_trial *t)
{
    if (t->state > TRIAL_WAITING && t->socket >= 0)
        sockets_close(t->socket);
    t->state = TRIAL_FREE;
}

bool trial_is_answered(const struct probe_trial *t)
{
    return t->state == TRIAL_SAID || t->confirm != PROBE_CONFIRM_MORE;
}
