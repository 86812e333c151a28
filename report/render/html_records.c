/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two ends said behind encryption, by the sizes of its records: up to the server, down to
 * the client. CredSSP, licensing and a refusal are told apart by them.
 */
#include "report/render/html_figure.h"
#include "report/render/words.h"

#include <math.h>

enum {
    HEIGHT = 260,
    BASE_Y = 130,
    REACH = 84, /* of the longest bar */
    LEFT = 110,
    RIGHT = 840,
    BAR_WIDTH = 14,
    BARS_MAX = 24,
    BARS_FEW = 6, /* fewer stand no further apart */
};

static double height_of(uint32_t len, uint32_t longest)
{
    return 4 + (REACH - 4) * log1p(len) / log1p(longest);
}

static const struct rdpath_rung *rung_at(const struct rdpath_attempt *a, rdpath_ref frame)
{
    for (uint32_t i = 0; i < a->n_rungs; i++)
        if (a->rungs[i].frame == frame && a->rungs[i].stage > RDPATH_STAGE_TLS_DONE)
            return &a->rungs[i];
    return NULL;
}

static void add_bar(struct text *out, struct story *s, const struct rdpath_record *r,
                    const double place[2])
{
    bool up = r->direction == RDPATH_TO_SERVER;
    double x = place[0], len = place[1], y = up ? BASE_Y - len : BASE_Y;
    const struct rdpath_rung *rung = rung_at(s->attempt, r->frame);
    text_add(out, "<g><title>");
    html_add(out, words_frame(&s->arena, r->frame, s->joined));
    text_addf(out, ": %u bytes %s</title>", (unsigned)r->len,
              words_direction((enum rdpath_direction)r->direction));
    text_addf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/></g>\n",
              up ? "up" : "p", x, y, BAR_WIDTH, len);
    figure_words(out, "s m", (double[]){x + BAR_WIDTH / 2.0, up ? y - 5 : y + len + 14},
                 arena_format(&s->arena, "%u", (unsigned)r->len));
    if (rung)
        figure_words(out, "s m i", (double[]){x + BAR_WIDTH / 2.0, up ? 26 : HEIGHT - 14},
                     rdpath_stage_name(rung->stage));
}

static bool records_matter(const struct rdpath_attempt *a)
{
    bool behind = a->stage >= RDPATH_STAGE_TLS_DONE && a->stage < RDPATH_STAGE_ACTIVE;
    return a->n_records >= 2 && (behind || (a->session && a->session->credssp.error.frame));
}

void html_add_records(struct text *out, struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    if (!records_matter(a) || s->healthy)
        return;
    uint32_t n = a->n_records < BARS_MAX ? a->n_records : BARS_MAX, longest = 0;
    double step = (double)(RIGHT - LEFT) / (n > BARS_FEW ? n : BARS_FEW);
    for (uint32_t i = 0; i < n; i++)
        longest = a->records[i].len > longest ? a->records[i].len : longest;
    text_add(out, "<h2>What was said behind encryption, by its size</h2>\n");
    figure_begin(out, s, "records", HEIGHT);
    figure_title(out, arena_format(&s->arena,
                                   "The first %u encrypted records after the TLS handshake, in "
                                   "bytes: those to the server stand upwards, those to the client "
                                   "downwards.",
                                   (unsigned)n));
    figure_line(out, "life", (double[]){LEFT - 6, BASE_Y}, (double[]){RIGHT, BASE_Y});
    figure_words(out, "s e", (double[]){LEFT - 12, BASE_Y - 10}, "to the server");
    figure_words(out, "s e", (double[]){LEFT - 12, BASE_Y + 20}, "to the client");
    for (uint32_t i = 0; i < n; i++)
        add_bar(out, s, &a->records[i],
                (double[]){LEFT + step * i, height_of(a->records[i].len, longest)});
    figure_end(out);
}
