/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connections of an attempt beside each other: TCP, the side transports over UDP, and earlier
 * tries, each a line from its beginning to its end, with its packets on it. A line that goes on
 * without a mark is silence.
 */
#include "report/render/html_figure.h"
#include "report/render/words.h"

#include <math.h>

enum {
    LANES_MAX = 8,
    LANE_HEIGHT = 46,
    LEFT = 190,
    RIGHT = 830,
    TOP = 22,
    AXIS_HEIGHT = 30,
};

static const double KNEE_S = 0.05; /* below this the time axis is all but linear */

struct lanes {
    struct text *out;
    struct story *story;
    double span_s;
    uint32_t n;
};

static double x_of(const struct lanes *l, int64_t ns)
{
    double s = (double)(ns - l->story->attempt->start_ns) / 1e9;
    s = s < 0 ? 0 : s > l->span_s ? l->span_s : s;
    return LEFT + (RIGHT - LEFT) * log1p(s / KNEE_S) / log1p(l->span_s / KNEE_S);
}

static const char *course_of(struct story *s, const struct rdpath_connection *c)
{
    const char *how = rdpath_end_how_name(c->ended.how);
    if (c->udp)
        return arena_string(&s->arena, c->decisive || s->attempt->udp.attempted
                                           ? words_udp(s->attempt->udp.outcome)
                                           : "");
    return arena_format(&s->arena, "%s; %s", rdpath_stage_title(c->stage), how ? how : "");
}

/* One mark a pixel is enough; what was lost is never hidden by what arrived. */
static void add_marks(const struct lanes *l, const struct rdpath_connection *c, double y)
{
    const struct rdpath_attempt *a = l->story->attempt;
    double last[3] = {-9, -9, -9};
    for (uint32_t i = 0; i < a->n_packets; i++) {
        const struct rdpath_packet *p = &a->packets[i];
        bool udp = p->kind == RDPATH_PACKET_UDP;
        if (p->client_port != c->client_port || p->kind == RDPATH_PACKET_ICMP || udp != c->udp ||
            p->fate >= RDPATH_FATE_DUPLICATE)
            continue;
        double x = x_of(l, p->ts_ns), up = p->direction == RDPATH_TO_SERVER ? -11 : 11;
        if (x - last[p->fate] < 2)
            continue;
        last[p->fate] = x;
        if (p->fate == RDPATH_FATE_DELIVERED)
            figure_line(l->out, "got", (double[]){x, y}, (double[]){x, y + up});
        else
            figure_point(l->out, (enum rdpath_fate)p->fate, (double[]){x, y + up},
                         words_frame(&l->story->arena, p->frame, l->story->joined));
    }
}

static void add_lane(const struct lanes *l, const struct rdpath_connection *c, uint32_t i)
{
    double y = TOP + LANE_HEIGHT * i + LANE_HEIGHT / 2.0;
    struct story *s = l->story;
    figure_words(l->out, "e b", (double[]){LEFT - 12, y - 3},
                 arena_format(&s->arena, "%s, client port %u", c->udp ? "UDP" : "TCP",
                              (unsigned)c->client_port));
    figure_words(l->out, "s e", (double[]){LEFT - 12, y + 12}, course_of(s, c));
    figure_line(l->out, "life", (double[]){x_of(l, c->start_ns), y},
                (double[]){x_of(l, c->start_ns + c->duration_ns), y});
    add_marks(l, c, y);
    if (c->ended.how == RDPATH_END_RST || c->ended.how == RDPATH_END_ALERT)
        figure_line(l->out, "end", (double[]){x_of(l, c->start_ns + c->duration_ns), y - 12},
                    (double[]){x_of(l, c->start_ns + c->duration_ns), y + 12});
    text_add(l->out, "\n");
}

static void add_axis(const struct lanes *l)
{
    static const double marks[] = {0.1, 1, 5, 30, 120, 600};
    double y = TOP + LANE_HEIGHT * l->n + 18;
    int64_t start = l->story->attempt->start_ns;
    figure_words(l->out, "s m", (double[]){LEFT, y}, "0");
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        double x = x_of(l, start + (int64_t)(marks[i] * 1e9));
        if (x < RIGHT - 50)
            figure_words(l->out, "s m", (double[]){x, y},
                         arena_format(&l->story->arena, "%g s", marks[i]));
    }
    figure_words(l->out, "s m", (double[]){RIGHT, y},
                 arena_format(&l->story->arena, "%.1f s", l->span_s));
}

void html_add_legs(struct text *out, struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    struct lanes l = {out, s, (double)a->duration_ns / 1e9, a->n_connections};
    if (a->n_connections < 2 || a->n_packets == 0)
        return;
    l.n = l.n < LANES_MAX ? l.n : LANES_MAX;
    l.span_s = l.span_s > 0.1 ? l.span_s : 0.1;
    text_add(out, "<h2>Its connections side by side</h2>\n");
    figure_begin(out, s, "legs", TOP + LANE_HEIGHT * (int)l.n + AXIS_HEIGHT);
    figure_title(out,
                 "Each connection of the attempt as a line over time. Ticks upwards are "
                 "packets to the server, ticks downwards packets to the client; hollow circles "
                 "were lost or never answered.");
    for (uint32_t i = 0; i < l.n; i++)
        add_lane(&l, &a->connections[i], i);
    add_axis(&l);
    figure_end(out);
}
