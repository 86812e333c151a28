/* SPDX-License-Identifier: Apache-2.0 */
/* What the drawings of a page have in common. */
#ifndef REPORT_RENDER_HTML_FIGURE_H
#define REPORT_RENDER_HTML_FIGURE_H

#include "report/render/html.h"

enum { FIGURE_WIDTH = 860 };

/* Opens a drawing; name is one of its own on the page. title is said to those who cannot see it. */
void figure_begin(struct text *, const struct story *, const char *name, int height);
void figure_title(struct text *, const char *title); /* ends what figure_begin() began */
void figure_end(struct text *);

/* Text at x, y; class as in page.css: s small, m in the middle, e at its end, b bold. */
void figure_words(struct text *, const char *class, const double at[2], const char *);
void figure_line(struct text *, const char *class, const double from[2], const double to[2]);
/* A point that arrived, is lost (with a cross), or of which nobody knows. */
void figure_point(struct text *, enum rdpath_fate, const double at[2], const char *title);

#endif
