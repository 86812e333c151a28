/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of a folder of reports: a line for each attempt, written as it ends and forgotten, so
 * that a capture of any number of attempts needs no more memory than one.
 */
#include "report/render/html.h"
#include "report/render/words.h"

#include <stdlib.h>
#include <string.h>

struct writer {
    FILE *file;
    uint32_t n, n_healthy;
};

const char html_lines_begin[] =
    "<div class=\"scroll\" tabindex=\"0\"><table><tr><th>No.</th><th>Time</th><th>Client</th>"
    "<th>Server</th><th>Reached</th><th>Cause</th><th>Confidence</th></tr>\n";

static void add_cell(struct text *out, const char *string)
{
    text_add(out, "<td>");
    html_add(out, string);
    text_add(out, "</td>");
}

void html_add_line(struct text *out, struct story *s, const char *link)
{
    const struct rdpath_attempt *a = s->attempt;
    const char *stage = rdpath_stage_title(a->stage);
    text_add(out, "<tr><td>");
    if (link) {
        text_add(out, "<a href=\"");
        html_add(out, link);
        text_add(out, "\">");
    }
    text_addf(out, "%u%s</td>", (unsigned)a->id, link ? "</a>" : "");
    add_cell(out, s->start);
    add_cell(out, words_host(&s->arena, &a->client));
    add_cell(out, words_host(&s->arena, &a->server));
    add_cell(out, stage ? stage : "");
    add_cell(out, s->cause);
    add_cell(out, s->confidence);
    text_add(out, "</tr>\n");
}

static struct writer *begin(FILE *file, const struct writer_options *o)
{
    struct writer *w = memory_zeroed(sizeof *w);
    struct text words = {0};
    w->file = file;
    html_page_begin(file, o->title ? o->title : "RDP attempts");
    text_add(&words, "<header><span>rdpath report");
    if (o->ticket) {
        text_add(&words, " · ");
        html_add(&words, o->ticket);
    }
    text_add(&words, "</span></header>\n<h1>");
    html_add(&words, o->title ? o->title : "RDP attempts");
    text_add(&words, "</h1>\n");
    if (o->note) {
        text_add(&words, "<p class=\"note\">");
        html_add_lines(&words, o->note);
        text_add(&words, "</p>\n");
    }
    fprintf(file, "%s%s", text_string(&words), html_lines_begin);
    text_free(&words);
    return w;
}

static void write_attempt(struct writer *w, const struct rdpath_attempt *a)
{
    struct story s = story_tell(a, false);
    struct text line = {0};
    html_add_line(&line, &s, arena_format(&s.arena, "%s.html", words_file(&s.arena, a)));
    fputs(text_string(&line), w->file);
    w->n++;
    w->n_healthy += s.healthy;
    text_free(&line);
    story_free(&s);
}

/* What is said of a capture stands under its attempts. */
static void write_input(struct writer *w, const struct rdpath_input *in)
{
    struct arena arena = {0};
    struct text words = {0};
    text_add(&words, "<tr><td colspan=\"7\" class=\"frames\">");
    html_add(&words, story_of_input(&arena, in));
    for (uint32_t i = 0; i < in->n_problems; i++) {
        text_add(&words, " Problem: ");
        html_add(&words, in->problems[i]);
    }
    text_add(&words, "</td></tr>\n");
    fputs(text_string(&words), w->file);
    text_free(&words);
    arena_free(&arena);
}

static void end(struct writer *w)
{
    fprintf(w->file,
            "</table></div>\n<p><b>%u attempts, %u of them healthy</b>, in the order in which they "
            "ended"
            ".</p>\n",
            (unsigned)w->n, (unsigned)w->n_healthy);
    html_page_end(w->file);
    free(w);
}

const struct format folder_index = {
    .name = "html-index",
    .extensions = "",
    .title = "the index of a folder of reports",
    .begin = begin,
    .attempt = write_attempt,
    .input = write_input,
    .end = end,
};
