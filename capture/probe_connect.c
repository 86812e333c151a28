/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of a probe: which there are, and what each tells whoever watches it. */
#include "capture/probe_session.h"

enum {
    HEALTH_MAX = 3, /* tries to get a whole flight, in packets of this size ... */
    HEALTH_SIZE = 1280,
    HEALTH_SIZE_LAST = 576, /* ... and the last time of this one */
    /* At most, the system's own repetitions included: */
    PACKETS_ASKED = 5, /* SYN, acknowledgement, request, reset, a repetition */
    PACKETS_SAID = 2,  /* ClientHello, twice */
    LEADS = 2,         /* short segments around those of the sizes wanted */
    SENDINGS = 2,
    FLIGHT_UNKNOWN = 16, /* packets of a server's flight, each acknowledged ... */
    FLIGHT_USUAL = 4,    /* ... and of one in packets of HEALTH_SIZE */
    BYTES_EACH = 2000,
    RESET_BYTES = 100,
    /* As it goes where nothing is lost: */
    USUAL_ASKED = 4,
    USUAL_SAID = 3,
};

uint32_t connect_headers_len(const struct probe_session *s)
{
    return s->settings.to.version == 6 ? 60 : 40;
}

uint32_t connect_floor(const struct probe_session *s)
{
    return s->settings.to.version == 6 ? 1280 : 576;
}

/* ---- starting and ending connections --------------------------------------------------------- */

static uint32_t largest(const struct trial_plan *plan)
{
    uint32_t most = 0;
    for (uint32_t i = 0; plan->purpose == TRIAL_OUTBOUND && i < plan->n_sizes; i++)
        most = plan->sizes[i] > most ? plan->sizes[i] : most;
    return most;
}

uint64_t connect_bytes(const struct trial_plan *plan)
{
    uint64_t n = 0;
    for (uint32_t i = 0; plan->purpose == TRIAL_OUTBOUND && i < plan->n_sizes; i++)
        n += plan->sizes[i];
    n = n > PROBE_HELLO_MAX ? PROBE_HELLO_MAX : n;
    return BYTES_EACH + SENDINGS * n + largest(plan);
}

static uint32_t segments(const struct trial_plan *plan)
{
    return plan->purpose == TRIAL_OUTBOUND ? plan->n_sizes + LEADS : 0;
}

uint32_t connect_packets_uncounted(const struct trial_plan *plan)
{
    return PACKETS_ASKED + (plan->hello ? PACKETS_SAID + LEADS : 0u) +
           (plan->purpose == TRIAL_OUTBOUND ? plan->n_sizes : 0);
}

uint32_t connect_packets(const struct trial_plan *plan)
{
    uint32_t n_flight = plan->n_flight ? plan->n_flight : FLIGHT_USUAL;
    return PACKETS_ASKED + (plan->hello ? PACKETS_SAID + n_flight : 0u) + SENDINGS * segments(plan);
}

uint32_t connect_sizes_left(const struct probe_session *s)
{
    const struct trial_plan none = {.purpose = TRIAL_OUTBOUND, .hello = true};
    uint32_t left = session_packets_left(s), beside = connect_packets(&none);
    left = left > beside ? left - beside : 0;
    return left / SENDINGS < SEARCH_ROUND_MAX ? left / SENDINGS : SEARCH_ROUND_MAX;
}

static uint32_t usual_packets(const struct trial_plan *plan)
{
    uint32_t n = USUAL_ASKED + (plan->hello ? USUAL_SAID : 0u) + segments(plan);
    return n < SESSION_BURST ? n : SESSION_BURST;
}

bool connect_is_spent(const struct probe_trial *t)
{
    return t->stream.n_packets_out + 1 >= connect_packets(&t->plan) ||
           t->stream.n_bytes_out + largest(&t->plan) + RESET_BYTES >= connect_bytes(&t->plan);
}

bool connect_launch(struct probe_session *s, struct probe_trial *t)
{
    struct sockets_target target = {.to = s->settings.to, .port = s->settings.port};
    struct trial_plan plan = t->plan;
    uint32_t n = usual_packets(&plan);
    if (!session_draw(s, n))
        return false;
    if (!trial_start(t, &plan, &target, s->now_ns)) {
        t->state = TRIAL_OVER;
        t->connected = SOCKETS_FAILED;
        return true;
    }
    t->n_drawn = n;
    s->own_ports[t->port / 8] |= (uint8_t)(1u << t->port % 8);
    wire_mute(s->wire, t->port);
    return true;
}

bool connect_start(struct probe_session *s, struct trial_plan *plan)
{
    plan->name = s->settings.name;
    plan->retold = s->retold;
    for (int i = 0; i < SESSION_TRIALS_MAX; i++) {
        struct probe_trial *t = &s->trials[i];
        if (t->state != TRIAL_FREE)
            continue;
        if (!session_reserve(s, connect_packets(plan), connect_bytes(plan)))
            return false;
        *t = (struct probe_trial){.plan = *plan, .state = TRIAL_WAITING, .socket = -1};
        (void)connect_launch(s, t);
        return true;
    }
    return false;
}

bool connect_start_sized(struct probe_session *s, enum trial_purpose purpose, uint32_t size)
{
    struct trial_plan plan = {
        .purpose = purpose,
        .protocols = PROTOCOL_TLS | PROTOCOL_HYBRID,
        .hello = true,
        .alone = s->asks_alone,
        .sizes = {size},
        .n_sizes = size != 0,
    };
    if (purpose == TRIAL_INBOUND && size) { /* the other way it would bind what is sent, too */
        plan.mss = size - connect_headers_len(s);
        plan.n_flight = s->flight_len / plan.mss + 2;
    }
    return connect_start(s, &plan);
}

void connect_note_unasked(struct probe_session *s, const struct probe_trial *t)
{
    if (t->plan.alone && t->state != TRIAL_SAID)
        search_unasked(t->plan.purpose == TRIAL_OUTBOUND ? &s->outbound : &s->inbound);
}

/* The rate is charged with what was sent; where nobody sees that, with what is usual. */
void connect_end(struct probe_session *s, struct probe_trial *t)
{
    session_unreserve(s, connect_packets(&t->plan), connect_bytes(&t->plan));
    if (t->stream.n_packets_out)
        s->tokens += (double)t->n_drawn - t->stream.n_packets_out;
    s->closed_ns = s->now_ns;
    trial_end(t);
}

uint32_t connect_running(const struct probe_session *s, uint32_t purposes)
{
    uint32_t n = 0;
    for (int i = 0; i < SESSION_TRIALS_MAX; i++)
        n += s->trials[i].state != TRIAL_FREE && purposes >> s->trials[i].plan.purpose & 1;
    return n;
}

/* ---- is RDP well? ---------------------------------------------------------------------------- */

static bool start_health(struct probe_session *s, uint32_t size)
{
    uint32_t floor = connect_floor(s), wanted = size < floor ? floor : size;
    struct trial_plan plan = {
        .purpose = TRIAL_HEALTH,
        .mss = wanted - connect_headers_len(s),
        .protocols = PROTOCOL_TLS | PROTOCOL_HYBRID,
        .hello = true,
        .sizes = {wanted},
        .n_sizes = 1,
        .n_flight = FLIGHT_UNKNOWN,
    };
    s->n_health++;
    return connect_start(s, &plan);
}

void connect_health(struct probe_session *s)
{
    bool last = s->n_health + 1 == HEALTH_MAX;
    if (!start_health(s, last ? HEALTH_SIZE_LAST : HEALTH_SIZE))
        s->phase = TCP_DONE;
    s->result->not_asked = s->phase == TCP_DONE && s->used_up && s->n_health == 1;
}

void connect_health_beside(struct probe_session *s)
{
    if (s->n_health < HEALTH_MAX && connect_floor(s) < HEALTH_SIZE)
        (void)start_health(s, HEALTH_SIZE_LAST);
    s->n_health = HEALTH_MAX;
}

void connect_protocols(struct probe_session *s)
{
    struct trial_plan tls13 = {
        .purpose = TRIAL_TLS13,
        .mss = HEALTH_SIZE - connect_headers_len(s),
        .protocols = PROTOCOL_TLS | PROTOCOL_HYBRID,
        .hello = true,
        .tls13 = true,
    };
    struct trial_plan tls = {.purpose = TRIAL_PROTOCOL, .protocols = PROTOCOL_TLS};
    struct trial_plan rdp = {.purpose = TRIAL_PROTOCOL, .protocols = PROTOCOL_RDP};
    if (s->has_tls)
        (void)connect_start(s, &tls13);
    (void)connect_start(s, &tls);
    (void)connect_start(s, &rdp);
}

void connect_tell_protocol(struct probe_session *s, const struct probe_trial *t)
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
        .closed = t->closed,
        .is_rdp = t->confirm == PROBE_CONFIRM_RDP,
        .selected = t->selected,
        .failure = t->failure,
    };
}

bool connect_health_again(const struct probe_session *s)
{
    return s->n_health < HEALTH_MAX;
}

void connect_tell(struct probe_session *s, const struct probe_trial *t, int64_t rtt_ns)
{
    struct rdpath_probe *r = s->result;
    r->refused |= t->connected == SOCKETS_REFUSED;
    if (t->connected != SOCKETS_OPEN && t->connected != SOCKETS_CLOSED)
        return;
    if (r->connect_ns == RDPATH_UNKNOWN)
        r->connect_ns = rtt_ns;
    session_round_trip(s, rtt_ns);
    s->header_len = t->header_len;
}

struct trial_patience connect_patience(const struct probe_session *s, const struct probe_trial *t)
{
    int64_t known_ns = session_patience(s) + 4 * s->think_ns;
    if (s->rtt_most_ns && t->plan.purpose >= TRIAL_OUTBOUND)
        return (struct trial_patience){2 * known_ns, 4 * known_ns};
    return (struct trial_patience){s->settings.timeout_ns, s->settings.timeout_ns};
}
