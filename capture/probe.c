/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_session.h"

#include "base/arena.h"
#include "base/clock.h"
#include "capture/stop.h"

#include <stdio.h>

#define MILLISECOND_NS INT64_C(1000000)

enum {
    PATIENCE_LEAST_MS = 40,    /* what a busy machine takes to answer at once */
    PATIENCE_MOST_MS = 1200,   /* longer than any path on earth, a satellite's included */
    PATIENCE_UNKNOWN_MS = 400, /* while no round trip is known */
    WAIT_MS = 1,
    ALONE_MS = 250,     /* for a connection that does not come */
    IN_ALL_FACTOR = 4,  /* the whole takes at most so many times --timeout ... */
    IN_ALL_ROUNDS = 60, /* ... and so many round trips, beside the rate */
    KEPT_PACKETS = 20,  /* for what is asked when the searches are over (probe_alone.c) ... */
    KEPT_BYTES = 2000,
    KEPT_LARGEST = 4, /* ... where that is not a large part of all that may be sent */
    KEPT_PART = 4,
    WATCH_MS = 250,
    LAST_WORD_MS = 500, /* of a router that asked for the target for three seconds: RFC 4861, 10 */
};

const char *probe_platform(void)
{
    return senses_here()->platform;
}

bool probe_records(void)
{
    return senses_here()->records;
}

struct probe_session *probe_open(const struct probe_settings *settings, struct rdpath_error *error)
{
    struct probe_session *s = memory_zeroed(sizeof *s);
    s->settings = *settings;
    s->senses = senses_here();
    s->wire = wire_open(&settings->from, &settings->to, error);
    if (s->wire && s->senses->open(s, error))
        return s;
    probe_close(s);
    return NULL;
}

void probe_close(struct probe_session *s)
{
    wire_close(s->wire);
    s->senses->close(s);
    memory_release(s);
}

/* ---- what may be sent ------------------------------------------------------------------------ */

static void refill(struct probe_session *s)
{
    double seconds = (double)(s->now_ns - s->tokens_ns) / 1e9;
    s->tokens += seconds * s->settings.rate;
    s->tokens = s->tokens > SESSION_BURST ? SESSION_BURST : s->tokens;
    s->tokens_ns = s->now_ns;
}

static uint64_t kept(const struct probe_session *s, uint64_t n, uint64_t of)
{
    bool searching = s->phase > TCP_HEALTH && !s->asks_alone;
    return !searching ? 0 : n < of / KEPT_PART ? n : of / KEPT_PART;
}

uint32_t session_packets_left(const struct probe_session *s)
{
    uint64_t most = s->settings.n_packets_max, spent = (uint64_t)s->n_packets + s->n_reserved;
    most -= kept(s, KEPT_PACKETS, most);
    return most > spent ? (uint32_t)(most - spent) : 0;
}

static bool has_room(struct probe_session *s, uint32_t n_packets, uint64_t n_bytes)
{
    uint64_t bytes_max = s->settings.n_bytes_max;
    bytes_max -= kept(s, KEPT_BYTES + KEPT_LARGEST * s->settings.interface_mtu, bytes_max);
    bool room = n_packets <= session_packets_left(s) &&
                s->n_bytes + s->n_bytes_reserved + n_bytes <= bytes_max;
    s->used_up |= !room;
    return room;
}

bool session_is_paced(struct probe_session *s)
{
    bool waits = false;
    for (int i = 0; i < SESSION_TRIALS_MAX; i++)
        waits |= s->trials[i].state == TRIAL_WAITING;
    refill(s);
    return waits || s->tokens < 1;
}

bool session_draw(struct probe_session *s, uint32_t n_packets)
{
    refill(s);
    if (s->tokens < n_packets)
        return false;
    s->tokens -= n_packets;
    return true;
}

bool session_may_send(struct probe_session *s, uint32_t size)
{
    if (session_is_paced(s) || !has_room(s, 1, size))
        return false;
    s->tokens -= 1;
    s->n_packets++;
    s->n_bytes += size;
    return true;
}

bool session_reserve(struct probe_session *s, uint32_t n_packets, uint64_t n_bytes)
{
    if (!has_room(s, n_packets, n_bytes))
        return false;
    s->n_reserved += n_packets;
    s->n_bytes_reserved += n_bytes;
    return true;
}

void session_unreserve(struct probe_session *s, uint32_t n_packets, uint64_t n_bytes)
{
    s->n_reserved -= n_packets;
    s->n_bytes_reserved -= n_bytes;
}

void session_round_trip(struct probe_session *s, int64_t rtt_ns)
{
    if (rtt_ns <= 0 || rtt_ns > PATIENCE_MOST_MS * MILLISECOND_NS)
        return;
    if (!s->rtt_least_ns || rtt_ns < s->rtt_least_ns)
        s->rtt_least_ns = rtt_ns;
    if (rtt_ns > s->rtt_most_ns)
        s->rtt_most_ns = rtt_ns;
}

int64_t session_patience(const struct probe_session *s)
{
    if (!s->rtt_most_ns)
        return PATIENCE_UNKNOWN_MS * MILLISECOND_NS;
    int64_t ns = 2 * s->rtt_most_ns + PATIENCE_LEAST_MS * MILLISECOND_NS;
    int64_t most_ns = PATIENCE_MOST_MS * MILLISECOND_NS;
    return ns < most_ns ? ns : most_ns;
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* As long as the target may take to answer, the path to carry it, and the rate to let all go. */
static int64_t in_all_ns(const struct probe_session *s)
{
    int64_t sending_ns = INT64_C(1000000000) * s->settings.n_packets_max / s->settings.rate;
    return IN_ALL_FACTOR * s->settings.timeout_ns + IN_ALL_ROUNDS * s->rtt_most_ns + sending_ns;
}

static bool is_over(struct probe_session *s)
{
    bool searched = s->phase == TCP_DONE && s->raw_begun && !raw_is_running(s);
    s->late = s->now_ns - s->begin_ns > in_all_ns(s);
    if (!searched)
        s->busy_ns = s->now_ns;
    return s->late || (searched && !alone_step(s));
}

/* Single packets wait for what they could spoil (enum tcp_phase), unless nobody connects. */
static void begin_raw(struct probe_session *s)
{
    bool nobody = s->phase == TCP_HEALTH && s->result->connect_ns == RDPATH_UNKNOWN &&
                  s->now_ns - s->begin_ns > ALONE_MS * MILLISECOND_NS;
    if (!s->raw_begun && (s->phase >= TCP_OUTBOUND || nobody)) {
        s->raw_begun = true;
        raw_begin(s);
    }
    if (s->phase == TCP_DONE && !raw_is_running(s)) {
        combine_brackets(s);
        raw_begin_replies(s);
    }
}

static bool is_anybody_there(const struct rdpath_probe *r)
{
    return r->echo_answered || r->udp_answered || r->udp_refused || r->refused || r->n_errors ||
           r->connect_ns != RDPATH_UNKNOWN;
}

static bool is_stopped(const struct probe_session *s)
{
    return s->deaf || stop_is_wanted();
}

static void await_last_word(struct probe_session *s)
{
    int64_t end_ns = s->now_ns + LAST_WORD_MS * MILLISECOND_NS;
    while (!is_anybody_there(s->result) && s->now_ns < end_ns && !is_stopped(s))
        s->senses->hear(s, WAIT_MS);
}

/* That it stands, or is refused, is told of one that is not concluded. */
static void end_early(struct probe_session *s, struct probe_trial *t)
{
    const struct probe_stream *in = &t->stream;
    if (t->state == TRIAL_CONNECTING)
        t->connected = sockets_state(t->socket);
    if (t->state != TRIAL_FREE)
        connect_tell(s, t, in->answer_ns ? in->answer_ns - in->syn_ns : s->now_ns - t->since_ns);
    trial_end(t);
}

static void tell(struct probe_session *s, const struct probe_watch *watch)
{
    if (!watch->tell || s->now_ns - s->told_ns < WATCH_MS * MILLISECOND_NS)
        return;
    watch->tell(watch->ctx, s->now_ns - s->begin_ns, s->n_packets);
    s->told_ns = s->now_ns;
}

void probe_run(struct probe_session *s, struct rdpath_probe *result,
               const struct probe_watch *watch)
{
    s->result = result;
    result->connect_ns = RDPATH_UNKNOWN;
    s->begin_ns = s->now_ns = s->tokens_ns = clock_steady_ns();
    s->tokens = SESSION_BURST;
    s->senses->tcp_begin(s);
    while (!is_over(s) && !is_stopped(s)) {
        s->senses->tcp_step(s);
        raw_step(s);
        begin_raw(s); /* last: what has just ended may call for more */
        s->senses->hear(s, WAIT_MS);
        tell(s, watch);
    }
    await_last_word(s);
    result->interrupted = is_stopped(s);
    for (int i = 0; i < SESSION_TRIALS_MAX; i++)
        end_early(s, &s->trials[i]);
    do
        s->senses->hear(s, WAIT_MS);
    while (s->senses->mutes && !s->deaf && s->closed_ns &&
           s->now_ns - s->closed_ns < session_patience(s));
    result->duration_ns = s->now_ns - s->begin_ns;
    s->senses->tell_problems(s);
    if (s->late || result->interrupted)
        alone_break_off(s);
    combine_brackets(s);
    errors_conclude(s);
}

/* ---- the frames ------------------------------------------------------------------------------ */

bool probe_frame(const struct probe_session *s, uint32_t n, struct rdpath_frame *f, uint16_t *port)
{
    struct probe_packet p;
    if (!s->senses->frame(s, n, f))
        return false;
    *port = 0;
    if (probe_packet_read(&p, f) && (p.kind == PROBE_PACKET_TCP || p.kind == PROBE_PACKET_UDP))
        *port = p.flow.to_port == s->settings.port ? p.flow.from_port : p.flow.to_port;
    return true;
}

const char *probe_filter(const struct probe_session *s)
{
    return s->senses->filter(s);
}

uint16_t probe_port(const struct probe_session *s, enum probe_subject subject)
{
    return subject == PROBE_OF_UDP ? s->udp_answered_port : s->ports[subject];
}
