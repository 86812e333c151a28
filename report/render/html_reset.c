/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sent the reset: its TTL and its IP id beside those of the other packets that came from the
 * same address. A device on the way can forge the address; it rarely can the other two.
 */
#include "report/render/html_figure.h"
#include "report/render/words.h"

#include <string.h>

enum { RST = 0x04, HEIGHT = 244, TOP = 52, BOTTOM = 180, POINTS_MAX = 60 };

struct strip {
    const char *title;
    double left, right;
    uint32_t least, most; /* values at the bottom and the top */
};

struct compared {
    const struct rdpath_packet *list[POINTS_MAX];
    uint32_t n; /* the reset stands last */
};

static const struct rdpath_packet *reset_of(const struct rdpath_attempt *a)
{
    const struct rdpath_packet *last = NULL;
    for (uint32_t i = 0; i < a->n_packets; i++) {
        const struct rdpath_packet *p = &a->packets[i];
        if (p->kind != RDPATH_PACKET_TCP || !(p->tcp_flags & RST))
            continue;
        if (p->frame == a->ended.frame)
            return p;
        last = p;
    }
    return a->ended.how == RDPATH_END_RST ? last : NULL;
}

/* The packets of the reset's direction before it, the newest ones. */
static struct compared compared_with(const struct rdpath_attempt *a,
                                     const struct rdpath_packet *reset)
{
    struct compared c = {.n = 0};
    for (const struct rdpath_packet *p = reset; p-- > a->packets && c.n < POINTS_MAX - 1;)
        if (p->direction == reset->direction && p->kind == RDPATH_PACKET_TCP &&
            p->fate != RDPATH_FATE_DUPLICATE && !(p->tcp_flags & RST))
            c.list[c.n++] = p;
    for (uint32_t i = 0; i < c.n / 2; i++) {
        const struct rdpath_packet *swapped = c.list[i];
        c.list[i] = c.list[c.n - 1 - i];
        c.list[c.n - 1 - i] = swapped;
    }
    c.list[c.n++] = reset;
    return c;
}

static uint32_t value_of(const struct rdpath_packet *p, bool id)
{
    return id ? p->ip_id : p->ttl;
}

static double strip_y(const struct strip *s, uint32_t value)
{
    double span = s->most > s->least ? s->most - s->least : 1;
    return BOTTOM - (BOTTOM - TOP) * ((double)value - s->least) / span;
}

/* A little room above and below, so that no point lies on the frame. */
static void strip_scale(struct strip *s, const struct compared *c, bool id)
{
    s->least = UINT32_MAX;
    s->most = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t value = value_of(c->list[i], id);
        s->least = value < s->least ? value : s->least;
        s->most = value > s->most ? value : s->most;
    }
    uint32_t room = (s->most - s->least) / 8 + 1;
    s->least = s->least > room ? s->least - room : 0;
    s->most += room;
}

static void add_strip(struct text *out, struct story *s, struct strip *strip,
                      const struct compared *c)
{
    bool id = strip->left > FIGURE_WIDTH / 2;
    double step = (strip->right - strip->left - 40) / (c->n > 1 ? c->n - 1 : 1);
    uint32_t usual = c->n > 1 ? value_of(c->list[c->n - 2], id) : 0;
    strip_scale(strip, c, id);
    figure_words(out, "b", (double[]){strip->left, 24}, strip->title);
    figure_line(out, "g", (double[]){strip->left, BOTTOM + 30},
                (double[]){strip->right, BOTTOM + 30});
    for (uint32_t i = 0; i < c->n; i++) {
        const struct rdpath_packet *p = c->list[i];
        double at[2] = {strip->left + 20 + step * i, strip_y(strip, value_of(p, id))};
        bool reset = i + 1 == c->n;
        figure_point(out, reset ? RDPATH_FATE_LOST : RDPATH_FATE_DELIVERED, at,
                     arena_format(&s->arena, "%s: %u", words_frame(&s->arena, p->frame, s->joined),
                                  (unsigned)value_of(p, id)));
        if (reset)
            figure_words(out, "bad m", (double[]){at[0], at[1] + 22},
                         arena_format(&s->arena, "RST: %u", (unsigned)value_of(p, id)));
        else if (i + 2 == c->n)
            figure_words(out, "good m", (double[]){at[0], at[1] - 12},
                         arena_format(&s->arena, "%u", (unsigned)usual));
    }
    figure_words(out, "s", (double[]){strip->left, BOTTOM + 48}, "in order of time");
}

/* Many a failure ends in a reset that only says so; here it is the question who sent it. */
static bool reset_matters(const struct rdpath_attempt *a)
{
    static const char *const causes[] = {"middlebox-reset", "connect-refused", "server-closed",
                                         "idle-timeout",    "undetermined",    "client-closed"};
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (a->cause.id && strcmp(a->cause.id, causes[i]) == 0)
            return true;
    return false;
}

void html_add_reset(struct text *out, struct story *s)
{
    const struct rdpath_packet *reset = reset_of(s->attempt);
    if (!reset || !reset_matters(s->attempt))
        return;
    struct compared c = compared_with(s->attempt, reset);
    const char *side = reset->direction == RDPATH_TO_CLIENT ? "server" : "client";
    struct strip ttl = {.title = "TTL", .left = 40, .right = 400};
    struct strip id = {.title = "IP identification", .left = 460, .right = 820};
    if (c.n < 2)
        return;
    text_addf(out, "<h2>The reset beside the %s’s other packets</h2>\n", side);
    figure_begin(out, s, "reset", HEIGHT);
    figure_title(out, arena_format(&s->arena,
                                   "TTL and IP identification of the reset, and of the %u packets "
                                   "from the %s before it. The reset has TTL %u, the packet "
                                   "before it %u.",
                                   (unsigned)(c.n - 1), side, (unsigned)reset->ttl,
                                   (unsigned)c.list[c.n - 2]->ttl));
    add_strip(out, s, &ttl, &c);
    if (reset->has_ip_id)
        add_strip(out, s, &id, &c);
    figure_end(out);
}
