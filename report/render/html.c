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

static void add_overview(struct writer *w, struct story *s)
{
    unsigned id = s->attempt->id;
    const char *link =
        sheaf_takes_body(&w->sheaf) ? arena_format(&s->arena, "#attempt-%u", id) : NULL;
    html_add_line(&w->sheaf.overview, s, link);
}

static void name_page(struct writer *w, struct story *s)
{
    text_addf(&w->name, "%s · %s → %s · %s", s->cause, words_host(&s->arena, &s->attempt->client),
              words_host(&s->arena, &s->attempt->server), s->start);
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
    story_tell_details(&s);
    if (sheaf_takes_line(&w->sheaf)) {
        sheaf_begin_line(&w->sheaf, a->start_ns);
        add_overview(w, &s);
        sheaf_end_line(&w->sheaf);
    }
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

void html_page_begin(FILE *file, const char *title)
{
    struct text escaped = {0};
    html_add(&escaped, title);
    fprintf(file,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "style-src %s; script-src %s; base-uri 'none'; form-action 'none'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
            "<meta name=\"referrer\" content=\"no-referrer\">\n"
            "<meta name=\"generator\" content=\"rdpath %s\">\n",
            html_style_source, html_script_source, RDPATH_VERSION);
    fprintf(file, "<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n",
            text_string(&escaped), html_style);
    text_free(&escaped);
}

void html_page_end(FILE *file)
{
    fprintf(file, "</main>\n<script>%s</script>\n</body>\n</html>\n", html_script);
}

static void write_head(struct writer *w)
{
    const struct writer_options *o = &w->options;
    struct text title = {0};
    if (o->ticket)
        text_addf(&title, "%s · ", o->ticket);
    if (o->title)
        text_add(&title, o->title);
    else if (w->sheaf.n > 1)
        text_addf(&title, "%u RDP attempts", (unsigned)w->sheaf.n);
    else
        text_add(&title, w->name.len ? text_string(&w->name) : "no RDP attempt");
    html_page_begin(w->file, text_string(&title));
    text_free(&title);
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
    struct text rest = {0}, lines = {0};
    sheaf_add_rest(&w->sheaf, &rest);
    if (w->sheaf.n == 0)
        fputs("<h1>The capture holds no RDP attempt.</h1>\n", w->file);
    sheaf_add_overview(&w->sheaf, &lines);
    if (w->sheaf.n > 1)
        fprintf(w->file,
                "<section><h1>%u attempts</h1>\n%s%s</table></div>\n<p "
                "class=\"sub\">%s</p></section>\n",
                (unsigned)w->sheaf.n, html_lines_begin, text_string(&lines), text_string(&rest));
    text_free(&rest);
    text_free(&lines);
}

static void end(struct writer *w)
{
    write_head(w);
    write_words(w);
    write_overview(w);
    fputs(text_string(&w->sheaf.body), w->file);
    if (w->sheaf.inputs.len)
        fprintf(w->file, "<h2>Captures</h2>\n<table>%s</table>\n", text_string(&w->sheaf.inputs));
    html_page_end(w->file);
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
