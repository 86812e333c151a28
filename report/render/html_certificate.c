/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate's validity as a bar, and the capture's clock on it. */
#include "report/render/html_figure.h"
#include "report/render/words.h"

#include <inttypes.h>
#include <string.h>

enum { HEIGHT = 118, LEFT = 60, RIGHT = 800, BAR_Y = 62, BAR_HEIGHT = 14, DATE_SIZE = 40 };
enum { DATE_HALF = 60, WORDS_HALF = 160, DAY_S = 86400 }; /* half of how wide words are drawn */

struct axis {
    int64_t from_s, until_s;
};

static double x_of(const struct axis *a, int64_t at_s)
{
    double span = a->until_s > a->from_s ? (double)(a->until_s - a->from_s) : 1;
    return LEFT + (RIGHT - LEFT) * (double)(at_s - a->from_s) / span;
}

/* A tenth of the validity is left on both sides of what is shown. */
static struct axis axis_of(const struct rdpath_certificate *c, int64_t now_s)
{
    struct axis a = {c->not_before_s, c->not_after_s};
    if (now_s < a.from_s)
        a.from_s = now_s;
    if (now_s > a.until_s)
        a.until_s = now_s;
    int64_t room = (a.until_s - a.from_s) / 10 + 1;
    a.from_s -= room;
    a.until_s += room;
    return a;
}

/* Words that would leave the drawing on one side stand inside. */
static const char *anchor_of(double x, double half)
{
    return x < LEFT + half ? "" : x > RIGHT - half ? " e" : " m";
}

static void add_mark(struct text *out, struct story *s, double x, const char *words)
{
    figure_line(out, "g", (double[]){x, BAR_Y - 6}, (double[]){x, BAR_Y + BAR_HEIGHT + 6});
    figure_words(out, arena_format(&s->arena, "s%s", anchor_of(x, DATE_HALF)),
                 (double[]){x, BAR_Y + BAR_HEIGHT + 22}, words);
}

static const char *off_words(struct story *s, const struct rdpath_certificate *c, int64_t now_s)
{
    bool late = now_s > c->not_after_s;
    if (!late && now_s >= c->not_before_s)
        return "";
    int64_t days = (late ? now_s - c->not_after_s : c->not_before_s - now_s) / DAY_S;
    const char *which = late ? "late" : "early";
    return days ? arena_format(&s->arena, ": %" PRId64 " day%s too %s", days, days == 1 ? "" : "s",
                               which)
                : arena_format(&s->arena, ": too %s", which);
}

static void add_bar(struct text *out, struct story *s, const struct rdpath_certificate *c,
                    int64_t now_s)
{
    struct axis a = axis_of(c, now_s);
    double from = x_of(&a, c->not_before_s), until = x_of(&a, c->not_after_s);
    double now = x_of(&a, now_s);
    bool valid = now_s >= c->not_before_s && now_s <= c->not_after_s;
    char date[DATE_SIZE], first[DATE_SIZE], last[DATE_SIZE];
    text_date(date, now_s);
    text_date(first, c->not_before_s);
    text_date(last, c->not_after_s);
    figure_line(out, "g", (double[]){LEFT, BAR_Y + BAR_HEIGHT / 2.0},
                (double[]){RIGHT, BAR_Y + BAR_HEIGHT / 2.0});
    text_addf(out, "<rect class=\"p\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", from,
              BAR_Y, until - from > 2 ? until - from : 2, BAR_HEIGHT);
    add_mark(out, s, from, arena_format(&s->arena, "from %s", first));
    add_mark(out, s, until, arena_format(&s->arena, "until %s", last));
    figure_line(out, valid ? "got" : "end", (double[]){now, 36},
                (double[]){now, BAR_Y + BAR_HEIGHT + 6});
    figure_words(out,
                 arena_format(&s->arena, "%s%s", valid ? "good" : "bad",
                              anchor_of(now, WORDS_HALF)),
                 (double[]){now, 28},
                 arena_format(&s->arena, "the attempt, %s%s", date, off_words(s, c, now_s)));
}

void html_add_certificate(struct text *out, struct story *s)
{
    const struct rdpath_certificate *c = s->attempt->tls.certificate;
    int64_t now_s = s->attempt->start_ns / 1000000000;
    const char *cause = s->attempt->cause.id;
    bool matters = cause && strncmp(cause, "certificate-", strlen("certificate-")) == 0;
    if (!c || c->not_after_s <= c->not_before_s ||
        (!matters && now_s >= c->not_before_s && now_s <= c->not_after_s))
        return;
    text_add(out, "<h2>When the certificate is valid</h2>\n");
    figure_begin(out, s, "valid", HEIGHT);
    figure_title(out, "The certificate’s validity on a line of time, with the attempt by the "
                      "capture’s own clock.");
    add_bar(out, s, c, now_s);
    figure_end(out);
}
