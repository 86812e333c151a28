/* SPDX-License-Identifier: Apache-2.0 */
/* The senses of a probe that hears every packet that it sends and receives. */
#include "capture/probe_session.h"

#include "base/clock.h"

#include <stdio.h>

static bool open_ear(struct probe_session *s, struct rdpath_error *error)
{
    s->ear = ear_open(s->settings.interface, &s->settings.to, error);
    return s->ear != NULL;
}

static void close_ear(struct probe_session *s)
{
    ear_close(s->ear);
}

/* Is it of this probe? */
static bool take(struct probe_session *s, const struct rdpath_frame *frame)
{
    struct probe_packet p;
    if (!probe_packet_read(&p, frame))
        return false;
    if (p.kind == PROBE_PACKET_TCP) {
        errors_opened(s, &p);
        return tcp_take(s, &p);
    }
    if (p.kind == PROBE_PACKET_TOO_BIG || p.kind == PROBE_PACKET_ERROR)
        return errors_take(s, &p);
    return raw_take(s, &p);
}

static void hear(struct probe_session *s, int milliseconds)
{
    struct rdpath_frame frame;
    ear_wait(s->ear, milliseconds);
    s->now_ns = clock_steady_ns();
    while (ear_read(s->ear, &frame)) {
        if (take(s, &frame))
            ear_keep(s->ear, &frame);
    }
    s->deaf = ear_is_deaf(s->ear);
}

static void tell_problems(struct probe_session *s)
{
    struct rdpath_probe *r = s->result;
    uint32_t n_dropped = ear_dropped(s->ear);
    if (n_dropped)
        snprintf(r->problems[r->n_problems++], sizeof r->problems[0],
                 "the system could not hand over %u packets: answers may be missing", n_dropped);
    if (s->deaf)
        snprintf(r->problems[r->n_problems++], sizeof r->problems[0],
                 "the interface %s went down while the probe was running; bring it up and repeat",
                 r->interface);
}

static bool frame_of(const struct probe_session *s, uint32_t n, struct rdpath_frame *f)
{
    return ear_frame(s->ear, n, f);
}

static const char *filter_of(const struct probe_session *s)
{
    return ear_filter(s->ear);
}

const struct probe_senses senses_of_packets = {
    .records = true,
    .mutes = true,
    .platform = "linux",
    .open = open_ear,
    .close = close_ear,
    .hear = hear,
    .tcp_begin = tcp_begin,
    .tcp_step = tcp_step,
    .tell_problems = tell_problems,
    .frame = frame_of,
    .filter = filter_of,
};
