/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened on the wire: client left, server right, one row a packet, time downwards but not to
 * scale (gaps are written out). At most ROWS_MAX rows: where there are more packets, first runs of
 * equal ones fold into one row with a count, then runs of packets that simply arrived, and at last
 * the middle is left out and counted.
 */
#include "report/render/html.h"
#include "report/render/words.h"

#include <inttypes.h>

enum {
    ROWS_MAX = 40,
    ROWS_HEAD = 24, /* of them before what is left out */
    WIDTH = 860,
    LEFT = 170,  /* the client's lifeline */
    RIGHT = 650, /* the server's */
    MIDDLE = (LEFT + RIGHT) / 2,
    TOP = 68,
    ROW_HEIGHT = 27,
    LOST_AT = 298, /* how far a lost packet's line is drawn */
};

static const int64_t GAP_NS = 300000000; /* a silence worth writing out */

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 }; /* RFC 9293 section 3.1 */

struct seq_row {
    const struct rdpath_packet *packet; /* NULL: packets left out */
    uint32_t n;                         /* packets that this row stands for */
    enum rdpath_stage reached;          /* the rung that stood before it */
    bool arrived;                       /* with packet NULL: all of them arrived */
};

/* ---- rows ------------------------------------------------------------------------------------ */

static bool rows_equal(const struct seq_row *row, const struct rdpath_packet *b)
{
    const struct rdpath_packet *a = row->packet;
    return a->direction == b->direction && a->kind == b->kind && a->ip_len == b->ip_len &&
           a->fate == b->fate && a->tcp_flags == b->tcp_flags;
}

static const struct rdpath_rung *rung_of(const struct rdpath_attempt *a, rdpath_ref frame)
{
    for (uint32_t i = 0; i < a->n_rungs; i++)
        if (frame && a->rungs[i].frame == frame)
            return &a->rungs[i];
    return NULL;
}

/* Rows in order of time; fold: runs of equal packets become one. Returns how many. */
static uint32_t rows_collect(const struct rdpath_attempt *a, bool fold, struct seq_row *row)
{
    uint32_t n = 0;
    enum rdpath_stage reached = RDPATH_STAGE_NONE;
    for (uint32_t i = 0; i < a->n_packets; i++) {
        const struct rdpath_packet *p = &a->packets[i];
        const struct rdpath_rung *rung = rung_of(a, p->frame);
        if (p->fate == RDPATH_FATE_DUPLICATE)
            continue;
        if (fold && n && !rung && rows_equal(&row[n - 1], p))
            row[n - 1].n++;
        else
            row[n++] = (struct seq_row){p, 1, reached, false};
        if (rung)
            reached = rung->stage;
    }
    return n;
}

/* A packet that arrived and reached no rung, opened, closed and repeated nothing. */
static bool row_is_plain(const struct rdpath_attempt *a, const struct seq_row *row)
{
    const struct rdpath_packet *p = row->packet;
    return p->fate == RDPATH_FATE_DELIVERED && p->kind != RDPATH_PACKET_ICMP && !p->again &&
           !(p->tcp_flags & (SYN | FIN | RST)) && !rung_of(a, p->frame);
}

static uint32_t rows_fold_plain(const struct rdpath_attempt *a, struct seq_row *row, uint32_t n)
{
    uint32_t kept = 0;
    bool plain_before = false;
    for (uint32_t i = 0; i < n; i++) {
        bool plain = row_is_plain(a, &row[i]);
        if (plain && plain_before) {
            row[kept - 1].n += row[i].n;
            row[kept - 1].packet = NULL;
            row[kept - 1].arrived = true;
        } else {
            row[kept++] = row[i];
        }
        plain_before = plain;
    }
    return kept;
}

/* Leaves the middle out; what was decided stands at the two ends. */
static uint32_t rows_shorten(struct seq_row *row, uint32_t n)
{
    uint32_t tail = ROWS_MAX - ROWS_HEAD - 1, left_out = 0;
    if (n <= ROWS_MAX)
        return n;
    for (uint32_t i = ROWS_HEAD; i < n - tail; i++)
        left_out += row[i].n;
    row[ROWS_HEAD] = (struct seq_row){NULL, left_out, RDPATH_STAGE_NONE, false};
    for (uint32_t i = 0; i < tail; i++)
        row[ROWS_HEAD + 1 + i] = row[n - tail + i];
    return ROWS_MAX;
}

/* ---- words ----------------------------------------------------------------------------------- */

static const char *control_label(struct story *s, const struct rdpath_packet *p)
{
    const struct rdpath_path *back = p->direction == RDPATH_TO_SERVER
                                         ? &s->attempt->path[RDPATH_TO_CLIENT]
                                         : &s->attempt->path[RDPATH_TO_SERVER];
    const char *ends = p->frame == s->attempt->ended.frame ? ": ends the attempt" : "";
    if (p->tcp_flags & RST)
        return arena_format(&s->arena, "RST%s", ends);
    if (p->tcp_flags & FIN)
        return arena_format(&s->arena, "FIN%s", ends);
    if (!(p->tcp_flags & SYN))
        return NULL;
    const char *name = p->tcp_flags & ACK ? "SYN, ACK" : "SYN";
    return s->attempt->has_path && back->mss
               ? arena_format(&s->arena, "%s · mss %u", name, (unsigned)back->mss)
               : name;
}

/* What data of a direction must be, by the rung that was reached before it. */
static const char *data_label(const struct seq_row *row)
{
    bool down = row->packet->direction == RDPATH_TO_CLIENT;
    if (down && row->reached == RDPATH_STAGE_X224_REQUEST)
        return "X.224 confirm";
    if (down && row->reached == RDPATH_STAGE_TLS_HELLO)
        return "TLS server flight";
    return "data";
}

static const char *tcp_label(struct story *s, const struct seq_row *row)
{
    const struct rdpath_packet *p = row->packet;
    const char *control = control_label(s, p);
    const struct rdpath_rung *rung = rung_of(s->attempt, p->frame);
    if (control)
        return control;
    if (p->payload_len == 0)
        return "ACK";
    if (p->again && row->n > 1)
        return "again";
    if (p->again)
        return arena_format(&s->arena, "again · %u", (unsigned)p->again);
    return rung ? rdpath_stage_title(rung->stage) : data_label(row);
}

static const char *row_label(struct story *s, const struct seq_row *row)
{
    const struct rdpath_packet *p = row->packet;
    const char *label =
        p->kind == RDPATH_PACKET_ICMP ? "ICMP error"
        : p->kind == RDPATH_PACKET_UDP
            ? (p->again ? arena_format(&s->arena, "UDP · again %u", (unsigned)p->again) : "UDP")
            : tcp_label(s, row);
    const char *offload = p->merged ? " · merged by offload" : "";
    if (row->n == 1)
        return arena_format(&s->arena, "%s%s", label, offload);
    return arena_format(&s->arena, "%s%s, %u times", label, offload, (unsigned)row->n);
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* Green for what arrived, red for a reset that ended the attempt, grey where nobody knows. */
static const char *arrow_class(const struct rdpath_attempt *a, const struct rdpath_packet *p)
{
    bool reset = p->kind == RDPATH_PACKET_TCP && p->tcp_flags & RST;
    if (reset && p->frame == a->ended.frame)
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

static void add_packet(struct text *out, struct story *s, const struct seq_row *row)
{
    const struct rdpath_packet *p = row->packet;
    bool up = p->direction == RDPATH_TO_SERVER, lost = p->fate == RDPATH_FATE_LOST;
    int from = up ? LEFT : RIGHT, to = up ? RIGHT : LEFT;
    int label_at = lost ? from + (up ? LOST_AT : -LOST_AT) / 2 : MIDDLE;
    if (p->kind == RDPATH_PACKET_ICMP) { /* a router between the two sent it */
        from = MIDDLE;
        label_at = (from + to) / 2;
        text_addf(out, "<line class=\"life\" x1=\"%d\" x2=\"%d\" y1=\"-10\" y2=\"10\"/>", from,
                  from);
    }
    if (lost)
        add_loss(out, from, to);
    else
        add_arrow(out, s, p, (const int[2]){from, to});
    text_addf(out, "<text class=\"m\" x=\"%d\" y=\"-5\">", label_at);
    html_add(out, row_label(s, row));
    text_addf(out, "</text><text class=\"%s\" x=\"666\" y=\"4\">%u B</text>", lost ? "bad" : "n",
              (unsigned)p->ip_len);
    text_add(out, "<text class=\"s\" x=\"736\" y=\"4\">");
    html_add(out, words_frame(&s->arena, p->frame, s->joined));
    text_add(out, "</text>");
}

static void add_time(struct text *out, struct story *s, const struct seq_row *row,
                     const struct seq_row *before)
{
    int64_t at = row->packet->ts_ns;
    int64_t gap = before && before->packet ? at - before->packet->ts_ns : 0;
    if (at == RDPATH_UNKNOWN)
        return;
    text_addf(out, "<text class=\"s e\" x=\"156\" y=\"4\">%.3f s</text>",
              (double)(at - s->attempt->start_ns) / 1e9);
    if (gap >= GAP_NS)
        text_addf(out, "<text class=\"s e i\" x=\"156\" y=\"-10\">+%s</text>",
                  words_duration(&s->arena, gap));
}

static void add_row(struct text *out, struct story *s, const struct seq_row *row, uint32_t i)
{
    text_addf(out, "<g transform=\"translate(0 %u)\">", (unsigned)(TOP + i * ROW_HEIGHT));
    if (row[i].packet) {
        add_time(out, s, &row[i], i ? &row[i - 1] : NULL);
        add_packet(out, s, &row[i]);
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
    const struct rdpath_attempt *a = s->attempt;
    if (a->n_packets == 0)
        return;
    struct seq_row *row = arena_alloc(&s->arena, a->n_packets * sizeof *row);
    uint32_t n = rows_collect(a, false, row);
    if (n > ROWS_MAX)
        n = rows_collect(a, true, row);
    if (n > ROWS_MAX)
        n = rows_shorten(row, rows_fold_plain(a, row, n));
    int bottom = TOP + (int)n * ROW_HEIGHT - 8;
    text_addf(out,
              "<h2>What happened on the wire</h2>\n<div class=\"fig\" tabindex=\"0\">"
              "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"seq-%u\">"
              "<title id=\"seq-%u\">The packets that decided attempt %u, in order of time. A "
              "dashed line with a cross is a packet that was lost.</title>\n",
              WIDTH, bottom + 8, (unsigned)a->id, (unsigned)a->id, (unsigned)a->id);
    add_peer(out, s, false, bottom);
    add_peer(out, s, true, bottom);
    for (uint32_t i = 0; i < n; i++)
        add_row(out, s, row, i);
    text_add(out, "</svg></div>\n");
}
