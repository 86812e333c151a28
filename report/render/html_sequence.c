/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened on the wire: client left, server right, one row a packet, time downwards but not to
 * scale (gaps are written out). ICMP errors enter from a router's short lifeline between the two.
 */
#include "report/render/html_figure.h"
#include "report/render/sequence.h"
#include "report/render/words.h"

#include <inttypes.h>

enum {
    LEFT = 170,  /* the client's lifeline */
    RIGHT = 650, /* the server's */
    MIDDLE = (LEFT + RIGHT) / 2,
    TOP = 68,
    ROW_HEIGHT = 27,
    LEGEND_HEIGHT = 28,
    LOST_AT = 298, /* how far a lost packet's line is drawn */
};

static const int64_t GAP_NS = 300000000; /* a silence worth writing out */

/* ---- lines ----------------------------------------------------------------------------------- */

/* Green for what arrived, red for what broke the attempt off, grey where nobody knows. */
static const char *arrow_class(const struct rdpath_attempt *a, const struct rdpath_packet *p)
{
    bool breaks = a->ended.how == RDPATH_END_RST || a->ended.how == RDPATH_END_ALERT;
    if (breaks && p->kind == RDPATH_PACKET_TCP && p->frame == a->ended.frame)
        return "end";
    return p->fate == RDPATH_FATE_DELIVERED ? "got" : "unk";
}

/* The arrow that arrived: full head where it is known, an open one where it is not. */
static void add_arrow(struct text *out, const struct story *s, const struct rdpath_packet *p,
                      const int end[2])
{
    int from = end[0], to = end[1], back = to > from ? -9 : 9;
    bool known = p->fate == RDPATH_FATE_DELIVERED;
    const char *class = arrow_class(s->attempt, p);
    text_addf(out, "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"0\" y2=\"0\"/>", class, from,
              known ? to + back / 2 : to);
    if (known)
        text_addf(out, "<path class=\"%sh\" d=\"M%d 0 l%d -4 v8 z\"/>", class, to, back);
    else
        text_addf(out, "<path class=\"unkh\" d=\"M%d -4 L%d 0 L%d 4\"/>", to + back, to, to + back);
}

static void add_loss(struct text *out, int from, int to)
{
    int end = to > from ? from + LOST_AT : from - LOST_AT;
    text_addf(out, "<line class=\"lost\" x1=\"%d\" x2=\"%d\" y1=\"0\" y2=\"0\"/>", from, end);
    text_addf(out, "<path class=\"x\" d=\"M%d -5 l10 10 m0 -10 l-10 10\"/>",
              to > from ? end + 4 : end - 14);
}

/* What a device between the two sent enters from a short lifeline of its own. */
static void add_device(struct text *out, bool up, const char *name)
{
    text_addf(out, "<line class=\"router\" x1=\"%d\" x2=\"%d\" y1=\"-13\" y2=\"8\"/>", MIDDLE,
              MIDDLE);
    text_addf(out, "<text class=\"s%s\" x=\"%d\" y=\"4\">", up ? " e" : "",
              up ? MIDDLE - 8 : MIDDLE + 8);
    html_add(out, name);
    text_add(out, "</text>");
}

static void add_label(struct text *out, int at, const char *label)
{
    text_addf(out, "<text class=\"m\" x=\"%d\" y=\"-5\">", at);
    html_add(out, label);
    text_add(out, "</text>");
}

static void add_packet(struct text *out, struct story *s, const struct sequence_row *row)
{
    const struct rdpath_packet *p = row->packet;
    bool up = p->direction == RDPATH_TO_SERVER, lost = p->fate == RDPATH_FATE_LOST;
    bool forged = sequence_is_forged(s->attempt, p);
    int from = up ? LEFT : RIGHT, to = up ? RIGHT : LEFT;
    int label_at = lost ? from + (up ? LOST_AT : -LOST_AT) / 2 : MIDDLE;
    if (p->kind == RDPATH_PACKET_ICMP || forged) {
        from = MIDDLE;
        label_at = (from + to) / 2;
        add_device(out, up, forged ? "a device on the way" : p->from ? p->from : "a router");
    }
    if (lost)
        add_loss(out, from, to);
    else
        add_arrow(out, s, p, (const int[2]){from, to});
    add_label(out, label_at, sequence_label(s, row));
    if (p->ip_len)
        text_addf(out, "<text class=\"%s e\" x=\"716\" y=\"4\">%u B</text>", lost ? "bad" : "n",
                  (unsigned)p->ip_len);
    text_addf(out, "<text class=\"%s\" x=\"736\" y=\"4\">",
              sequence_is_cited(s->attempt, p->frame) ? "cited" : "s");
    html_add(out, words_frame(&s->arena, p->frame, s->joined));
    text_add(out, "</text>");
}

/* What is missing has no frame and no time of its own. */
static void add_hole(struct text *out, struct story *s, const struct sequence_row *row)
{
    bool up = row->way == RDPATH_TO_SERVER;
    int from = up ? LEFT : RIGHT;
    add_loss(out, from, up ? RIGHT : LEFT);
    add_label(out, from + (up ? LOST_AT : -LOST_AT) / 2, sequence_label(s, row));
}

static void add_gap(struct text *out, struct story *s, int64_t gap)
{
    if (gap >= GAP_NS)
        text_addf(out, "<text class=\"s e i\" x=\"156\" y=\"-10\">+%s</text>",
                  words_duration(&s->arena, gap));
}

static void add_time(struct text *out, struct story *s, const struct sequence_row *row,
                     const struct sequence_row *before)
{
    int64_t at = row->packet->ts_ns;
    if (at == RDPATH_UNKNOWN)
        return;
    text_addf(out, "<text class=\"s e\" x=\"156\" y=\"4\">%.3f s</text>",
              (double)(at - s->attempt->start_ns) / 1e9);
    if (before && !before->hole)
        add_gap(out, s, at - before->last_ns);
}

static void add_row(struct text *out, struct story *s, const struct sequence_row *row, uint32_t i)
{
    text_addf(out, "<g transform=\"translate(0 %u)\">", (unsigned)(TOP + i * ROW_HEIGHT));
    if (row[i].packet) {
        add_time(out, s, &row[i], i ? &row[i - 1] : NULL);
        add_packet(out, s, &row[i]);
    } else if (row[i].hole) {
        add_hole(out, s, &row[i]);
    } else {
        text_addf(out, "<text class=\"s m i\" x=\"%d\" y=\"4\">%u packets %s</text>", MIDDLE,
                  (unsigned)row[i].n, row[i].arrived ? "arrived" : "between are not drawn");
    }
    text_add(out, "</g>\n");
}

/* ---- the picture ----------------------------------------------------------------------------- */

static void add_peer(struct text *out, struct story *s, bool is_server, int bottom)
{
    int x = is_server ? RIGHT : LEFT;
    enum rdpath_vantage here = is_server ? RDPATH_AT_SERVER : RDPATH_AT_CLIENT;
    const struct rdpath_endpoint *e = is_server ? &s->attempt->server : &s->attempt->client;
    text_addf(out, "<text class=\"h m\" x=\"%d\" y=\"22\">%s</text>", x,
              is_server ? "server" : "client");
    text_addf(out, "<text class=\"s m\" x=\"%d\" y=\"38\">", x);
    html_add(out, e->address);
    text_addf(out, ":%u%s</text>", (unsigned)e->port,
              s->attempt->vantage == here ? " · captured here" : "");
    text_addf(out, "<line class=\"life\" x1=\"%d\" x2=\"%d\" y1=\"46\" y2=\"%d\"/>\n", x, x,
              bottom);
}

void html_add_sequence(struct text *out, struct story *s)
{
    uint32_t n;
    const struct sequence_row *row = sequence_rows(s, &n);
    if (n == 0)
        return;
    int bottom = TOP + (int)n * ROW_HEIGHT - 8;
    text_add(out, "<h2>What happened on the wire</h2>\n");
    figure_begin(out, s, "seq", bottom + LEGEND_HEIGHT);
    figure_title(out, arena_format(&s->arena,
                                   "The packets that decided attempt %u, in order of time. A "
                                   "dashed line with a cross is a packet that was lost, an open "
                                   "arrowhead one of which nobody can tell.",
                                   (unsigned)s->attempt->id));
    add_peer(out, s, false, bottom);
    add_peer(out, s, true, bottom);
    if (s->attempt->vantage == RDPATH_AT_MIDDLE)
        figure_words(out, "s m", (double[]){MIDDLE, 38}, "captured between the two");
    for (uint32_t i = 0; i < n; i++)
        add_row(out, s, row, i);
    figure_words(
        out, "s m", (double[]){MIDDLE, bottom + LEGEND_HEIGHT - 4},
        "dashed with a cross: lost · open arrowhead: nobody can tell · bold frame: part of "
        "the proof");
    figure_end(out);
}
