/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packet sizes got through, one panel a direction: time from the attempt's start on a log
 * axis, size upwards, delivered filled, lost hollow with a cross, the bracket of the path's MTU as
 * a band, and the usual tunnel sizes inside it as thin lines. Frames that offload merged are left
 * out: their size says nothing. Where the fault is one of UDP its datagrams are drawn alone,
 * without the band, which is the path's for TCP.
 */
#include "report/render/html_figure.h"
#include "report/render/words.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    HEIGHT = 300,
    X0 = 64,
    X1 = 710,
    Y0 = 262, /* size 0 */
    Y1 = 18,  /* the largest size */
    TICKS = 4,
    LABEL_HEIGHT = 15,
};

static const double KNEE_S = 0.02; /* below this the time axis is all but linear */

struct panel {
    struct text *out;
    struct story *story;
    enum rdpath_direction direction;
    const struct rdpath_path *path;
    double span_s;
    uint32_t top_len; /* the size at Y1 */
    bool udp;         /* datagrams alone */
};

static bool is_udp_fault(const struct rdpath_attempt *a)
{
    return a->cause.id && strncmp(a->cause.id, "udp-", 4) == 0;
}

/* ---- scales ---------------------------------------------------------------------------------- */

static double x_of(const struct panel *p, double seconds)
{
    double s = seconds < 0 ? 0 : seconds > p->span_s ? p->span_s : seconds;
    return X0 + (X1 - X0) * log1p(s / KNEE_S) / log1p(p->span_s / KNEE_S);
}

static double y_of(const struct panel *p, uint32_t len)
{
    return Y0 - (double)(Y0 - Y1) * (double)len / (double)p->top_len;
}

static bool is_point(const struct panel *p, const struct rdpath_packet *packet)
{
    return packet->direction == p->direction && packet->kind != RDPATH_PACKET_ICMP &&
           (!p->udp || packet->kind == RDPATH_PACKET_UDP) &&
           packet->fate != RDPATH_FATE_DUPLICATE && !packet->merged &&
           packet->ts_ns != RDPATH_UNKNOWN;
}

static double seconds_of(const struct panel *p, const struct rdpath_packet *packet)
{
    return (double)(packet->ts_ns - p->story->attempt->start_ns) / 1e9;
}

/* Returns how many points there are. */
static uint32_t panel_scale(struct panel *p)
{
    const struct rdpath_attempt *a = p->story->attempt;
    const uint32_t step = 400; /* four ticks of it hold an Ethernet packet */
    uint32_t n = 0, largest = p->udp ? 0 : p->path->mtu.below;
    p->span_s = 0.1;
    for (uint32_t i = 0; i < a->n_packets; i++) {
        if (!is_point(p, &a->packets[i]))
            continue;
        n++;
        if (a->packets[i].ip_len > largest)
            largest = a->packets[i].ip_len;
        if (seconds_of(p, &a->packets[i]) > p->span_s)
            p->span_s = seconds_of(p, &a->packets[i]);
    }
    p->top_len = (largest / (step * TICKS) + (largest % (step * TICKS) != 0)) * step * TICKS;
    if (p->top_len == 0)
        p->top_len = step * TICKS;
    return n;
}

/* ---- axes ------------------------------------------------------------------------------------ */

static void add_axes(const struct panel *p)
{
    static const double marks[] = {0.1, 1, 5, 30, 120, 600};
    for (uint32_t i = 0; i <= TICKS; i++) {
        uint32_t len = p->top_len / TICKS * i;
        double y = y_of(p, len);
        text_addf(p->out, "<line class=\"g\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", X0, X1,
                  y, y);
        text_addf(p->out, "<text class=\"s e\" x=\"54\" y=\"%.1f\">%u</text>", y + 4,
                  (unsigned)len);
    }
    text_addf(p->out, "<text class=\"s m\" x=\"%d\" y=\"286\">0</text>", X0);
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (x_of(p, marks[i]) < X1 - 60)
            text_addf(p->out, "<text class=\"s m\" x=\"%.1f\" y=\"286\">%g s</text>",
                      x_of(p, marks[i]), marks[i]);
    text_addf(p->out, "<text class=\"s m\" x=\"%d\" y=\"286\">%.1f s</text>\n", X1, p->span_s);
}

static void add_band(const struct panel *p)
{
    const struct rdpath_mtu *mtu = &p->path->mtu;
    if (!mtu->at_least || !mtu->below || mtu->below <= mtu->at_least)
        return;
    double top = y_of(p, mtu->below), bottom = y_of(p, mtu->at_least);
    text_addf(p->out, "<rect class=\"band\" x=\"%d\" width=\"%d\" y=\"%.1f\" height=\"%.1f\"/>\n",
              X0, X1 - X0, top, bottom - top);
}

/* Over the band's lines, but under the points. A thin band has its words below it. */
static void add_band_words(const struct panel *p)
{
    const struct rdpath_mtu *mtu = &p->path->mtu;
    if (!mtu->at_least || !mtu->below || mtu->below <= mtu->at_least)
        return;
    double top = y_of(p, mtu->below), bottom = y_of(p, mtu->at_least);
    bool inside = bottom - top > 26;
    double y = inside ? bottom - 8 : bottom + 22;
    text_addf(p->out,
              "<text class=\"b%s\" x=\"76\" y=\"%.1f\">"
              "the path’s MTU lies in this band: %u … %u</text>\n",
              inside ? " over" : "", y, (unsigned)mtu->at_least, (unsigned)(mtu->below - 1));
}

static void add_tunnels(const struct panel *p)
{
    size_t n;
    const struct tunnel_size *size = story_tunnel_sizes(&n);
    double label_y = 0;
    for (size_t i = 0; i < n; i++) {
        if (!story_size_fits(&p->path->mtu, size[i].ip_len))
            continue;
        double y = y_of(p, size[i].ip_len);
        label_y = y + 4 < label_y + LABEL_HEIGHT ? label_y + LABEL_HEIGHT : y + 4;
        text_addf(p->out, "<line class=\"cand\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", X0,
                  X1, y, y);
        text_addf(p->out, "<text class=\"s\" x=\"720\" y=\"%.1f\">%u %s</text>\n", label_y,
                  (unsigned)size[i].ip_len, size[i].name);
    }
}

/* ---- points ---------------------------------------------------------------------------------- */

static void add_point(const struct panel *p, const struct rdpath_packet *packet)
{
    double x = x_of(p, seconds_of(p, packet)), y = y_of(p, packet->ip_len);
    const char *fate = rdpath_fate_name((enum rdpath_fate)packet->fate);
    figure_point(p->out, (enum rdpath_fate)packet->fate, (double[]){x, y},
                 arena_format(&p->story->arena, "frame %" PRIu64 ": %u bytes, %s",
                              (uint64_t)RDPATH_REF_FRAME(packet->frame), (unsigned)packet->ip_len,
                              fate ? fate : "unknown"));
}

/*
 * Lost ones last, so that nothing hides them. Points on the same spot are drawn once, so that a
 * long session stays a small page.
 */
static void add_points(const struct panel *p, bool lost)
{
    const struct rdpath_attempt *a = p->story->attempt;
    const struct rdpath_packet *last = NULL;
    for (uint32_t i = 0; i < a->n_packets; i++) {
        const struct rdpath_packet *packet = &a->packets[i];
        if (!is_point(p, packet) || (packet->fate == RDPATH_FATE_LOST) != lost)
            continue;
        bool same = last && last->ip_len == packet->ip_len && last->fate == packet->fate &&
                    x_of(p, seconds_of(p, packet)) - x_of(p, seconds_of(p, last)) < 1;
        if (same)
            continue;
        add_point(p, packet);
        last = packet;
    }
}

/* ---- the picture ----------------------------------------------------------------------------- */

static void add_panel(struct text *out, struct story *s, enum rdpath_direction direction)
{
    struct panel p = {.out = out,
                      .story = s,
                      .direction = direction,
                      .path = &s->attempt->path[direction],
                      .udp = is_udp_fault(s->attempt)};
    const char *way = words_direction(direction);
    if (panel_scale(&p) == 0)
        return;
    figure_begin(out, s, direction == RDPATH_TO_CLIENT ? "size-down" : "size-up", HEIGHT);
    figure_title(out, arena_format(&s->arena,
                                   "Packet sizes %s over time: filled circles arrived, hollow "
                                   "circles with a cross were lost.",
                                   way));
    if (!p.udp)
        add_band(&p);
    add_axes(&p);
    if (!p.udp) {
        add_tunnels(&p);
        add_band_words(&p);
    }
    add_points(&p, false);
    add_points(&p, true);
    figure_words(out, "s", (double[]){X0, Y1 - 6},
                 arena_format(&s->arena, "bytes %s%s", p.udp ? "in UDP " : "", way));
    figure_end(out);
}

static bool any_datagram_lost(const struct rdpath_attempt *a, enum rdpath_direction direction)
{
    for (uint32_t i = 0; i < a->n_packets; i++)
        if (a->packets[i].kind == RDPATH_PACKET_UDP && a->packets[i].direction == direction &&
            a->packets[i].fate == RDPATH_FATE_LOST)
            return true;
    return false;
}

/* Where a size was lost, or may have been. Without a direction of the cause both are looked at. */
static bool direction_matters(const struct rdpath_attempt *a, enum rdpath_direction direction)
{
    const struct rdpath_path *p = &a->path[direction];
    if (is_udp_fault(a))
        return any_datagram_lost(a, direction);
    bool named = a->cause.direction == RDPATH_TO_SERVER || a->cause.direction == RDPATH_TO_CLIENT;
    bool lost = p->mtu.below || p->smallest_lost || p->n_lost || p->hole.len ||
                p->repeated.n_sent > 1 || p->n_fragments;
    return lost && (!named || a->cause.direction == direction);
}

void html_add_sizes(struct text *out, struct story *s)
{
    if (!s->attempt->has_path)
        return;
    if (direction_matters(s->attempt, RDPATH_TO_CLIENT))
        add_panel(out, s, RDPATH_TO_CLIENT);
    if (direction_matters(s->attempt, RDPATH_TO_SERVER))
        add_panel(out, s, RDPATH_TO_SERVER);
}
