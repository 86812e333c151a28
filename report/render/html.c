/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One self-contained page: nothing comes from elsewhere, and a policy allows the page's own style
 * and script alone, so that a report from a stranger's capture is safe to open. Without script it
 * is whole but for the buttons that copy.
 */
#include "report/render/html.h"

#include "report/render/sheaf.h"
#include "report/render/words.h"

#include <stdlib.h>
#include <string.h>

struct writer {
    FILE *file;
    struct writer_options options;
    struct sheaf sheaf;
    struct text name; /* of the page, from its first attempt */
};

/* ---- escaping: what ends text or an attribute's value (HTML 13.1.4) -------------------------- */

static void add_code_point(struct text *out, uint32_t code)
{
    switch (code) {
    case '&':
        text_add(out, "&amp;");
        break;
    case '<':
        text_add(out, "&lt;");
        break;
    case '>':
        text_add(out, "&gt;");
        break;
    case '"':
        text_add(out, "&quot;");
        break;
    case '\'':
        text_add(out, "&#39;");
        break;
    default:
        text_add_visible(out, code);
    }
}

static void add_text(struct text *out, const char *string, const char *newline)
{
    struct reader r = reader_of(string, strlen(string), READER_END);
    while (r.left) {
        bool valid;
        uint32_t code = text_next(&r, &valid);
        if (code == '\n')
            text_add(out, newline);
        else
            add_code_point(out, code);
    }
}

void html_add(struct text *out, const char *string)
{
    add_text(out, string, " ");
}

void html_add_lines(struct text *out, const char *string)
{
    add_text(out, string, "\n");
}

/* ---- the overview ---------------------------------------------------------------------------- */

static void add_cell(struct text *out, const char *string)
{
    text_add(out, "<td>");
    html_add(out, string);
    text_add(out, "</td>");
}

static void add_overview(struct writer *w, struct story *s)
{
    struct text *out = &w->sheaf.overview;
    const struct rdpath_attempt *a = s->attempt;
    const char *stage = rdpath_stage_title(a->stage);
    bool full = sheaf_takes_body(&w->sheaf);
    text_add(out, "<tr><td>");
    if (full)
        text_addf(out, "<a href=\"#attempt-%u\">%u</a>", (unsigned)a->id, (unsigned)a->id);
    else
        text_addf(out, "%u", (unsigned)a->id);
    text_add(out, "</td>");
    add_cell(out, s->start);
    add_cell(out, words_host(&s->arena, &a->client));
    add_cell(out, words_host(&s->arena, &a->server));
    add_cell(out, stage ? stage : "");
    add_cell(out, s->cause);
    add_cell(out, s->confidence);
    text_add(out, "</tr>\n");
}

static void name_page(struct writer *w, struct story *s)
{
    html_add(&w->name, s->cause);
    text_add(&w->name, " · ");
    html_add(&w->name, words_host(&s->arena, &s->attempt->client));
    text_add(&w->name, " → ");
    html_add(&w->name, words_host(&s->arena, &s->attempt->server));
    text_addf(&w->name, " · %s", s->start);
}

/* ---- the writer ------------------------------------------------------------------------------ */

static struct writer *begin(FILE *file, const struct writer_options *options)
{
    struct writer *w = memory_zeroed(sizeof *w);
    w->file = file;
    w->options = *options;
    return w;
}

static void write_attempt(struct writer *w, const struct rdpath_attempt *a)
{
    struct story s = story_tell(a, w->options.joined);
    if (sheaf_takes_line(&w->sheaf))
        add_overview(w, &s);
    if (sheaf_takes_body(&w->sheaf))
        html_add_attempt(&w->sheaf.body, &s, &w->options);
    if (w->sheaf.n == 0)
        name_page(w, &s);
    w->sheaf.n++;
    story_free(&s);
}

static void write_input(struct writer *w, const struct rdpath_input *in)
{
    struct text *out = &w->sheaf.inputs;
    struct arena arena = {0};
    text_add(out, "<tr><td>");
    html_add(out, story_of_input(&arena, in));
    for (uint32_t i = 0; i < in->n_problems; i++) {
        text_add(out, "<br><b>Problem:</b> ");
        html_add(out, in->problems[i]);
    }
    if (in->sha256) {
        text_add(out, "<br><span class=\"frames\">SHA-256 ");
        html_add(out, in->sha256);
        text_add(out, "</span>");
    }
    text_add(out, "</td></tr>\n");
    arena_free(&arena);
}

static void write_title(struct writer *w)
{
    struct text title = {0};
    if (w->options.ticket) {
        html_add(&title, w->options.ticket);
        text_add(&title, " · ");
    }
    if (w->options.title)
        html_add(&title, w->options.title);
    else if (w->sheaf.n > 1)
        text_addf(&title, "%u RDP attempts", (unsigned)w->sheaf.n);
    else
        text_add(&title, w->name.len ? text_string(&w->name) : "no RDP attempt");
    fprintf(w->file, "<title>%s</title>\n", text_string(&title));
    text_free(&title);
}

static void write_head(struct writer *w)
{
    fprintf(w->file,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "style-src %s; script-src %s; base-uri 'none'; form-action 'none'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
            "<meta name=\"referrer\" content=\"no-referrer\">\n"
            "<meta name=\"generator\" content=\"rdpath %s\">\n",
            html_style_source, html_script_source, RDPATH_VERSION);
    write_title(w);
    fprintf(w->file, "<style>%s</style>\n</head>\n<body>\n<main>\n", html_style);
}

/* What the writer of the report wants to be read first. */
static void write_words(struct writer *w)
{
    struct text out = {0};
    if (w->options.title) {
        text_add(&out, "<p class=\"title\">");
        html_add(&out, w->options.title);
        text_add(&out, "</p>\n");
    }
    if (w->options.note) {
        text_add(&out, "<p class=\"note\">");
        html_add_lines(&out, w->options.note);
        text_add(&out, "</p>\n");
    }
    fputs(text_string(&out), w->file);
    text_free(&out);
}

static void write_overview(struct writer *w)
{
    struct text rest = {0};
    sheaf_add_rest(&w->sheaf, &rest);
    if (w->sheaf.n == 0)
        fputs("<h1>The capture holds no RDP attempt.</h1>\n", w->file);
    if (w->sheaf.n > 1)
        fprintf(w->file,
                "<section><h1>%u attempts</h1>\n<div class=\"scroll\"><table><tr><th>No.</th>"
                "<th>Time</th><th>Client</th><th>Server</th><th>Reached</th><th>Cause</th>"
                "<th>Confidence</th></tr>\n%s</table></div>\n<p class=\"sub\">%s</p></section>\n",
                (unsigned)w->sheaf.n, text_string(&w->sheaf.overview), text_string(&rest));
    text_free(&rest);
}

static void end(struct writer *w)
{
    write_head(w);
    write_words(w);
    write_overview(w);
    fputs(text_string(&w->sheaf.body), w->file);
    if (w->sheaf.inputs.len)
        fprintf(w->file, "<h2>Captures</h2>\n<table>%s</table>\n", text_string(&w->sheaf.inputs));
    fprintf(w->file, "</main>\n<script>%s</script>\n</body>\n</html>\n", html_script);
    text_free(&w->name);
    sheaf_free(&w->sheaf);
    free(w);
}

const struct format format_html = {
    .name = "html",
    .extensions = "html htm",
    .title = "one HTML page with drawings",
    .needs_packets = true,
    .begin = begin,
    .attempt = write_attempt,
    .input = write_input,
    .end = end,
};
