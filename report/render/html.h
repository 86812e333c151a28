/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces of the HTML report. Whatever goes through html_add() or html_add_lines() is text and
 * stays text: no script, no markup and no control character of a capture reaches the page.
 */
#ifndef REPORT_RENDER_HTML_H
#define REPORT_RENDER_HTML_H

#include "base/text.h"
#include "report/render/story.h"

/*
 * The page's style and script, page.css and page.js, each with the source expression that allows
 * nothing else (CSP 3 section 2.3.1): "'sha256-...'". Made by cmake/page.cmake.
 */
extern const char html_style[], html_style_source[];
extern const char html_script[], html_script_source[];

void html_add(struct text *, const char *);       /* newlines become spaces */
void html_add_lines(struct text *, const char *); /* newlines stay, for <pre> */

/* A page from its head to <main>, and what comes behind it. */
void html_page_begin(FILE *, const char *title);
void html_page_end(FILE *);

/* The table of an overview, which ends with "</table></div>"; a line of it, link may be NULL. */
extern const char html_lines_begin[];
void html_add_line(struct text *, struct story *, const char *link);

/* One attempt, in full or as a line and a fold. */
void html_add_attempt(struct text *, struct story *, const struct writer_options *);

/* The drawings; nothing where there is nothing to draw. */
void html_add_sequence(struct text *, struct story *);
void html_add_sizes(struct text *, struct story *);
void html_add_legs(struct text *, struct story *);
void html_add_reset(struct text *, struct story *);
void html_add_certificate(struct text *, struct story *);
void html_add_records(struct text *, struct story *);
void html_add_losses(struct text *, struct story *);

#endif
