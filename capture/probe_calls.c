/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The senses of a probe where the system shows no packets: it sends for the program and is asked
 * what became of each. So it is known that a packet arrived, and not in what packets the answer
 * came back.
 */
#include "capture/probe_session.h"

#include "base/clock.h"

static bool open_calls(struct probe_session *s, struct rdpath_error *error)
{
    (void)error;
    s->retold = retold_open(&s->settings.from, &s->settings.to, s->settings.port);
    s->obeys_errors = true;
    return true;
}

static void close_calls(struct probe_session *s)
{
    retold_close(s->retold);
}

/* An error of this system's own is one that it was sent earlier. */
static void take_too_big(struct probe_session *s, struct raw_shot *shot,
                         const struct wire_answer *a)
{
    struct errors_told told = {.from = a->from, .mtu = a->mtu, .size = shot->size, .shot = shot};
    if (!told.from.version)
        told.from = s->settings.from;
    if (a->mtu) {
        errors_too_big(s, &told);
        return;
    }
    s->result->path[RDPATH_TO_SERVER].knows = true;
    search_note(&shot->owner->search, shot->size, SEARCH_REFUSED);
}

static void take_error(struct probe_session *s, struct raw_shot *shot, const struct wire_answer *a)
{
    errors_other(s, &(struct errors_told){
                        .from = a->from.version ? a->from : s->settings.from,
                        .said = a->said,
                        .shot = shot,
                    });
}

static void take_arrived(struct probe_session *s, struct raw_shot *shot,
                         const struct wire_answer *a)
{
    uint16_t own_port = (uint16_t)(s->udp_port + a->nth);
    struct retold_piece piece = {own_port, false, s->now_ns, a->bytes, a->len};
    if (!shot->answered)
        session_round_trip(s, a->rtt_ns);
    raw_arrived(s, shot, own_port);
    if (!shot->owner->echo)
        retold_datagram(s->retold, &piece);
}

static void take(struct probe_session *s, const struct wire_answer *a)
{
    struct raw_shot *shot = a->nth < s->n_shots ? &s->shots[a->nth] : NULL;
    if (!shot)
        return;
    if (a->fate == WIRE_ARRIVED)
        take_arrived(s, shot, a);
    else if (a->fate == WIRE_TOO_BIG)
        take_too_big(s, shot, a);
    else if (a->fate == WIRE_ERROR)
        take_error(s, shot, a);
    else if (!shot->owner->echo)
        errors_port_closed(s, shot);
}

static void hear(struct probe_session *s, int milliseconds)
{
    struct wire_answer answer;
    wire_wait(s->wire, milliseconds);
    s->now_ns = clock_steady_ns();
    while (wire_hear(s->wire, &answer))
        take(s, &answer);
}

static void tell_problems(struct probe_session *s)
{
    (void)s;
}

static bool frame_of(const struct probe_session *s, uint32_t n, struct rdpath_frame *f)
{
    return retold_frame(s->retold, n, f);
}

static const char *filter_of(const struct probe_session *s)
{
    (void)s;
    return "";
}

const struct probe_senses senses_of_calls = {
    .platform = "windows",
    .open = open_calls,
    .close = close_calls,
    .hear = hear,
    .tcp_begin = tcp_calls_begin,
    .tcp_step = tcp_calls_step,
    .tell_problems = tell_problems,
    .frame = frame_of,
    .filter = filter_of,
};
