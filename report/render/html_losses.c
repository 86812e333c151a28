/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loss by size: of the data packets of each class of sizes, how many arrived and how many were
 * lost. Loss that size does not explain hits every class; a limit of size hits the largest alone.
 */
#include "report/render/html_figure.h"
#include "report/render/words.h"

#include <string.h>

enum {
    CLASS_LEN = 300,
    CLASSES = 6, /* the last one: everything larger */
    ROW_HEIGHT = 26,
    LEFT = 150,
    RIGHT = 640,
    TOP = 20,
};

struct tally {
    uint32_t n[CLASSES][2]; /* arrived, lost */
    uint32_t most;
};

static struct tally tally_of(const struct rdpath_attempt *a, int way)
{
    struct tally t = {.most = 0};
    for (uint32_t i = 0; i < a->n_packets; i++) {
        const struct rdpath_packet *p = &a->packets[i];
        uint32_t class = p->ip_len / CLASS_LEN < CLASSES ? p->ip_len / CLASS_LEN : CLASSES - 1;
        if (p->direction != way || p->kind == RDPATH_PACKET_ICMP || p->payload_len == 0 ||
            p->merged || p->fate > RDPATH_FATE_LOST)
            continue;
        t.n[class][p->fate]++;
        uint32_t sum = t.n[class][0] + t.n[class][1];
        t.most = sum > t.most ? sum : t.most;
    }
    return t;
}

static void add_bar(struct text *out, const char *class, const double place[3])
{
    if (place[2] > 0)
        text_addf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"14\"/>",
                  class, place[0], place[1], place[2]);
}

static void add_class(struct text *out, struct story *s, const struct tally *t, uint32_t class)
{
    double y = TOP + ROW_HEIGHT * class, unit = (double)(RIGHT - LEFT) / t->most;
    double arrived = unit * t->n[class][0], lost = unit * t->n[class][1];
    const char *words =
        class + 1 < CLASSES
            ? arena_format(&s->arena, "%u to %u bytes", (unsigned)class * CLASS_LEN,
                           (unsigned)(class + 1) * CLASS_LEN - 1)
            : arena_format(&s->arena, "from %u bytes on", (unsigned)class * CLASS_LEN);
    figure_words(out, "s e", (double[]){LEFT - 10, y + 12}, words);
    add_bar(out, "p", (double[]){LEFT, y, arrived});
    add_bar(out, "q", (double[]){LEFT + arrived, y, lost});
    bool any = t->n[class][0] + t->n[class][1] > 0;
    figure_words(out, t->n[class][1] ? "bad" : "s", (double[]){RIGHT + 14, y + 12},
                 !any ? "none sent"
                      : arena_format(&s->arena, "%u of %u lost", (unsigned)t->n[class][1],
                                     (unsigned)(t->n[class][0] + t->n[class][1])));
    text_add(out, "\n");
}

static void add_way(struct text *out, struct story *s, int way)
{
    struct tally t = tally_of(s->attempt, way);
    const char *words = words_direction((enum rdpath_direction)way);
    if (t.most == 0 || s->attempt->path[way].n_lost == 0)
        return;
    figure_begin(out, s, way == RDPATH_TO_CLIENT ? "loss-down" : "loss-up",
                 TOP + ROW_HEIGHT * CLASSES + 10);
    figure_title(out, arena_format(&s->arena,
                                   "Data packets %s by size: filled bars arrived, hollow bars were "
                                   "lost.",
                                   words));
    for (uint32_t class = 0; class < CLASSES; class ++)
        add_class(out, s, &t, class);
    figure_words(out, "s e", (double[]){FIGURE_WIDTH - 6, TOP - 6}, words);
    figure_end(out);
}

void html_add_losses(struct text *out, struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    bool asked = a->cause.id && (strcmp(a->cause.id, "packet-loss") == 0 ||
                                 strcmp(a->cause.id, "path-outage") == 0);
    if (!asked || !a->has_path || a->path[0].n_lost + a->path[1].n_lost == 0)
        return;
    text_add(out, "<h2>Loss by size</h2>\n");
    add_way(out, s, RDPATH_TO_CLIENT);
    add_way(out, s, RDPATH_TO_SERVER);
}
