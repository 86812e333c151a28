/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt as a part of the page: the answer, what to do, and then the proof. */
#include "report/render/html.h"
#include "report/render/words.h"

#include <string.h>

static void add_element(struct text *out, const char *open, const char *string, const char *close)
{
    text_add(out, open);
    html_add(out, string);
    text_add(out, close);
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* The report's own words come from its writer's command line, and stand once, on top. */
static void add_header(struct text *out, const struct story *s, const struct writer_options *o)
{
    add_element(out, "<header><span>rdpath report", o->ticket ? " · " : "", "");
    if (o->ticket)
        html_add(out, o->ticket);
    add_element(out, " · ", s->who, "</span><span>");
    html_add(out, s->when);
    add_element(out, ", ", s->vantage, "</span></header>\n");
}

static const char *cause_words(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    const char *direction = words_direction(a->cause.direction);
    return arena_format(&s->arena, "%s%s%s",
                        words_id(&s->arena, a->cause.id ? a->cause.id : "undetermined"),
                        direction ? ", " : "", direction ? direction : "");
}

static void add_chips(struct text *out, struct story *s)
{
    text_add(out, "<ul class=\"chips\">");
    const char *cause = s->healthy ? "nothing went wrong" : cause_words(s);
    bool told = strcmp(cause, s->outcome) == 0; /* undetermined: no reason for alarm */
    add_element(out,
                s->healthy ? "<li class=\"ok\">"
                : told     ? "<li>"
                           : "<li class=\"bad\">",
                cause, "</li>");
    if (!told)
        add_element(out, "<li>", s->outcome, "</li>");
    add_element(out, "<li>", s->confidence, "</li>");
    add_element(out, "<li>", s->vantage, "</li>");
    if (s->count)
        add_element(out, "<li>", s->count, "</li>");
    text_add(out, "</ul>\n");
}

static void add_definition(struct text *out, const char *term, const char *string, bool code)
{
    if (!string)
        return;
    text_addf(out, "<dt>%s</dt><dd>%s", term, code ? "<code class=\"kept\">" : "");
    html_add_lines(out, string);
    text_add(out, code ? "</code></dd>" : "</dd>");
}

static void add_command(struct text *out, const char *command)
{
    if (!command)
        return;
    text_add(out, "<div class=\"command\"><pre class=\"kept\">");
    html_add_lines(out, command);
    text_add(out, "</pre></div>");
}

static void add_step(struct text *out, struct story *s, const struct rdpath_advice *a)
{
    add_element(out, "<li><b>", a->title ? a->title : "", "</b>");
    if (a->where)
        add_element(out, "<p>", words_who(&s->arena, a), "</p>");
    add_command(out, a->command);
    text_add(out, "<dl>");
    add_definition(out, "verify", a->verify, false);
    add_definition(out, "undo", a->undo, words_is_command(a->undo));
    add_definition(out, "risk", a->risk, false);
    text_add(out, "</dl></li>\n");
}

static void add_steps(struct text *out, struct story *s)
{
    if (s->n_advice == 0)
        return;
    text_add(out, "<ol class=\"steps\">\n");
    for (uint32_t i = 0; i < s->n_advice; i++)
        add_step(out, s, &s->advice[i]);
    text_add(out, "</ol>\n");
}

/* ---- the proof ------------------------------------------------------------------------------- */

static void add_ladder(struct text *out, const struct story *s)
{
    static const char *const classes[] = {[RUNG_REACHED] = "<li>",
                                          [RUNG_STOPPED] = "<li class=\"stop\">",
                                          [RUNG_AHEAD] = "<li class=\"ahead\">"};
    if (s->n_rungs == 0)
        return;
    text_add(out, "<h2>How far it got</h2>\n<ol class=\"ladder\">");
    for (uint32_t i = 0; i < s->n_rungs; i++) {
        add_element(out, classes[s->rung[i].mark], s->rung[i].title, "<small>");
        add_element(out, "", s->rung[i].note, "</small></li>");
    }
    text_add(out, "</ol>\n");
}

static void add_row(struct text *out, struct story *s, const struct story_row *row, bool code)
{
    text_add(out, "<tr>");
    if (row->label)
        add_element(out, "<th scope=\"row\">", words_id(&s->arena, row->label), "</th>");
    text_add(out, row->label ? "<td>" : "<td colspan=\"2\">");
    add_element(out, code ? "<code class=\"kept\">" : "", row->text, code ? "</code>" : "");
    if (row->frames)
        add_element(out, " <span class=\"frames\">", row->frames, "</span>");
    if (row->filter)
        add_element(out, " <code class=\"kept\">", row->filter, "</code>");
    text_add(out, "</td></tr>\n");
}

static void add_rows(struct text *out, struct story *s, enum story_section section)
{
    const struct story_rows *rows = &s->section[section];
    text_add(out, "<table class=\"facts\">");
    for (uint32_t i = 0; i < rows->n; i++)
        add_row(out, s, &rows->row[i], section == STORY_PROOF);
    text_add(out, "</table>\n");
}

static void add_section(struct text *out, struct story *s, enum story_section section)
{
    if (s->section[section].n == 0)
        return;
    add_element(out, "<h2>", s->section[section].title, "</h2>\n");
    add_rows(out, s, section);
}

static void add_sizes(struct text *out, struct story *s)
{
    if (s->section[STORY_SIZES].n == 0)
        return;
    text_add(out, "<h2>Which sizes got through</h2>\n");
    html_add_sizes(out, s);
    add_rows(out, s, STORY_SIZES);
}

static void add_columns(struct text *out, struct story *s)
{
    text_add(out, "<div class=\"two\"><div>");
    add_section(out, s, STORY_RULED_OUT);
    text_add(out, "</div><div>");
    add_section(out, s, STORY_OPEN);
    add_section(out, s, STORY_AGAINST);
    add_section(out, s, STORY_ALSO);
    add_section(out, s, STORY_NEGOTIATED);
    add_section(out, s, STORY_QUALITY);
    text_add(out, "</div></div>\n");
}

static void add_proof(struct text *out, struct story *s)
{
    add_ladder(out, s);
    html_add_sequence(out, s);
    html_add_legs(out, s);
    html_add_reset(out, s);
    html_add_certificate(out, s);
    html_add_records(out, s);
    html_add_losses(out, s);
    add_sizes(out, s);
    add_section(out, s, STORY_EVIDENCE);
    add_columns(out, s);
    add_section(out, s, STORY_PROOF);
    add_section(out, s, STORY_FRAMES);
}

void html_add_attempt(struct text *out, struct story *s, const struct writer_options *options)
{
    text_addf(out, "<section id=\"attempt-%u\">\n", (unsigned)s->attempt->id);
    add_header(out, s, options);
    add_element(out, "<h1>", s->answer, "</h1>\n");
    if (s->healthy) {
        add_chips(out, s);
        text_add(out, "<details><summary>Details</summary>\n");
        add_proof(out, s);
        text_add(out, "</details>\n");
    } else {
        add_element(out, "<p class=\"sub\">", s->stopped, "");
        if (s->not_this)
            add_element(out, " ", s->not_this, "");
        text_add(out, "</p>\n");
        add_chips(out, s);
        add_steps(out, s);
        add_proof(out, s);
    }
    text_add(out, "</section>\n");
}
