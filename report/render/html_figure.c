/* SPDX-License-Identifier: Apache-2.0 */
#include "report/render/html_figure.h"

void figure_begin(struct text *out, const struct story *s, const char *name, int height)
{
    unsigned id = s->attempt->id;
    text_addf(out,
              "<div class=\"fig\" tabindex=\"0\"><svg viewBox=\"0 0 %d %d\" role=\"img\" "
              "aria-labelledby=\"%s-%u\"><title id=\"%s-%u\">",
              FIGURE_WIDTH, height, name, id, name, id);
}

void figure_title(struct text *out, const char *title)
{
    html_add(out, title);
    text_add(out, "</title>\n");
}

void figure_end(struct text *out)
{
    text_add(out, "</svg></div>\n");
}

void figure_words(struct text *out, const char *class, const double at[2], const char *words)
{
    text_addf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, at[0], at[1]);
    html_add(out, words);
    text_add(out, "</text>\n");
}

void figure_line(struct text *out, const char *class, const double from[2], const double to[2])
{
    text_addf(out, "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", class,
              from[0], to[0], from[1], to[1]);
}

void figure_point(struct text *out, enum rdpath_fate fate, const double at[2], const char *title)
{
    static const char *const classes[] = {[RDPATH_FATE_DELIVERED] = "p",
                                          [RDPATH_FATE_LOST] = "q",
                                          [RDPATH_FATE_UNKNOWN] = "u",
                                          [RDPATH_FATE_DUPLICATE] = "u"};
    text_add(out, "<g><title>");
    html_add(out, title);
    text_addf(out, "</title><circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>", classes[fate],
              at[0], at[1]);
    if (fate == RDPATH_FATE_LOST)
        text_addf(out, "<path class=\"x\" d=\"M%.1f %.1f l6 6 m0 -6 l-6 6\"/>", at[0] - 3,
                  at[1] - 3);
    text_add(out, "</g>\n");
}
