/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer for a terminal of 80 columns, or for a mail of 76: what, where and how sure first,
 * then what shows it, what to do, and what is still open. Nothing from the wire reaches the
 * terminal as a control character.
 */
#include "base/text.h"
#include "report/render/sheaf.h"
#include "report/render/story.h"
#include "report/render/words.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 80, RUNG_COLUMNS = 24 };

enum paint { PLAIN, STRONG, SOFT, GOOD, BAD };

struct writer {
    FILE *file;
    struct writer_options options;
    struct sheaf sheaf;
};

struct page {
    struct text *out;
    const struct writer_options *options;
};

/* ---- what every line goes through ------------------------------------------------------------ */

/* Escape sequences of ECMA-48 (SGR); on an attribute's end everything is reset. */
static void paint(const struct page *p, enum paint paint)
{
    static const char *const codes[] = {
        [PLAIN] = "\x1b[0m", [STRONG] = "\x1b[1m", [SOFT] = "\x1b[2m",
        [GOOD] = "\x1b[32m", [BAD] = "\x1b[1;31m",
    };
    if (p->options->colour)
        text_add(p->out, codes[paint]);
}

/* Text that a terminal shows and does not obey: control characters as \x1b or \u202e. */
static void add_visible(struct text *out, const char *string)
{
    struct reader r = reader_of(string, strlen(string), READER_END);
    while (r.left) {
        bool valid;
        size_t plain = text_plain_len((const char *)r.at, r.left);
        if (plain) {
            text_add_bytes(out, reader_take(&r, plain), plain);
            continue;
        }
        uint32_t code = text_next(&r, &valid);
        if (code == '\n' || code == '\t')
            text_add(out, " ");
        else
            text_add_visible(out, code);
    }
}

static bool is_plain(const char *string)
{
    size_t len = strlen(string);
    return text_plain_len(string, len) == len;
}

/* A paragraph: lead stands before it, indent before its further lines. */
static void add_paragraph(const struct page *p, const char *lead, const char *indent,
                          const char *string)
{
    struct text *out = p->out;
    size_t columns = p->options->columns ? p->options->columns : COLUMNS;
    const struct text_wrap wrap = {columns, text_columns(lead), indent};
    text_add(out, lead);
    if (is_plain(string)) {
        text_add_wrapped(out, string, &wrap);
    } else {
        struct text visible = {0};
        add_visible(&visible, string);
        text_add_wrapped(out, text_string(&visible), &wrap);
        text_free(&visible);
    }
    text_add(out, "\n");
}

static void add_title(const struct page *p, const char *title)
{
    text_add(p->out, "\n");
    paint(p, STRONG);
    text_add(p->out, title);
    paint(p, PLAIN);
    text_add(p->out, "\n");
}

/* ---- parts of an attempt --------------------------------------------------------------------- */

static void add_answer(const struct page *p, const struct story *s)
{
    struct text line = {0};
    paint(p, s->healthy ? GOOD : BAD);
    const char *id = s->attempt->cause.id; /* "undetermined" once is enough */
    bool open = id && strcmp(id, s->outcome) == 0;
    text_addf(&line, "Attempt %u%s%s: %s (%s, %s)", (unsigned)s->attempt->id, open ? "" : " ",
              open ? "" : s->outcome, s->healthy ? "nothing went wrong" : s->cause, s->confidence,
              s->vantage);
    add_paragraph(p, "", "  ", text_string(&line));
    paint(p, PLAIN);
    add_paragraph(p, "", "", s->answer);
    text_free(&line);
}

static void add_who(const struct page *p, const struct story *s)
{
    struct text line = {0};
    paint(p, SOFT);
    text_addf(&line, "%s, %s", s->who, s->when);
    add_paragraph(p, "", "  ", text_string(&line));
    paint(p, PLAIN);
    text_free(&line);
}

static void add_rung(const struct page *p, const struct story_rung *r)
{
    bool reached = r->mark == RUNG_REACHED;
    size_t used = text_columns(r->title);
    paint(p, reached ? GOOD : BAD);
    text_add(p->out, reached ? "  ok   " : "  STOP ");
    text_add(p->out, r->title);
    if (r->note[0])
        text_fill(p->out, ' ', used < RUNG_COLUMNS ? RUNG_COLUMNS - used : 1);
    text_add(p->out, r->note);
    paint(p, PLAIN);
    text_add(p->out, "\n");
}

/* Where it would have gone from there, in one line. */
static void add_ahead(const struct page *p, const struct story *s)
{
    struct text line = {0};
    for (uint32_t i = 0; i < s->n_rungs; i++)
        if (s->rung[i].mark == RUNG_AHEAD)
            text_addf(&line, "%s%s", line.len ? ", " : "not reached: ", s->rung[i].title);
    if (line.len) {
        paint(p, SOFT);
        add_paragraph(p, "       ", "       ", text_string(&line));
        paint(p, PLAIN);
    }
    text_free(&line);
}

static void add_ladder(const struct page *p, const struct story *s)
{
    if (s->n_rungs == 0)
        return;
    add_title(p, "How far it got");
    for (uint32_t i = 0; i < s->n_rungs; i++)
        if (s->rung[i].mark != RUNG_AHEAD)
            add_rung(p, &s->rung[i]);
    add_ahead(p, s);
}

static void add_row(const struct page *p, const struct story_row *row)
{
    struct text line = {0};
    if (row->label) {
        text_add(&line, row->label);
        text_add(&line, ": ");
    }
    text_add(&line, row->text);
    if (row->frames) {
        text_add(&line, " [");
        text_add(&line, row->frames);
        text_add(&line, "]");
    }
    add_paragraph(p, "  - ", "    ", text_string(&line));
    text_free(&line);
}

static void add_section(const struct page *p, const struct story *s, enum story_section section)
{
    const struct story_rows *rows = &s->section[section];
    if (rows->n == 0)
        return;
    add_title(p, rows->title);
    for (uint32_t i = 0; i < rows->n; i++)
        add_row(p, &rows->row[i]);
}

/* A command is never broken: it is there to be copied. What is a sentence is. */
static void add_command_line(const struct page *p, const char *label, const char *line)
{
    if (words_is_instruction(line)) {
        struct text lead = {0};
        text_addf(&lead, "     %-8s", label);
        add_paragraph(p, text_string(&lead), "             ", line);
        text_free(&lead);
        return;
    }
    text_addf(p->out, "     %-8s", label);
    add_visible(p->out, line);
    text_add(p->out, "\n");
}

static void add_command(const struct page *p, const char *label, const char *command)
{
    if (!command)
        return;
    for (const char *at = command; *at;) {
        size_t len = strcspn(at, "\n");
        struct text line = {0};
        text_add_bytes(&line, at, len);
        add_command_line(p, at == command ? label : "", text_string(&line));
        text_free(&line);
        at += len + (at[len] == '\n');
    }
}

static void add_step(const struct page *p, struct story *s, uint32_t i)
{
    const struct rdpath_advice *a = &s->advice[i];
    struct text lead = {0}, title = {0};
    text_addf(&lead, "  %u. ", (unsigned)i + 1);
    text_add(&title, a->title ? a->title : "");
    if (a->where)
        text_addf(&title, " (%s)", words_who(&s->arena, a));
    add_paragraph(p, text_string(&lead), "     ", text_string(&title));
    add_command(p, "run", a->command);
    if (a->verify)
        add_paragraph(p, "     verify  ", "             ", a->verify);
    add_command(p, "undo", a->undo);
    if (a->risk)
        add_paragraph(p, "     risk    ", "             ", a->risk);
    text_free(&lead);
    text_free(&title);
}

static void add_steps(const struct page *p, struct story *s)
{
    if (s->n_advice == 0)
        return;
    add_title(p, "What to do");
    for (uint32_t i = 0; i < s->n_advice; i++)
        add_step(p, s, i);
}

static void add_short_form(const struct page *p, const struct story *s)
{
    add_section(p, s, STORY_SIZES);
    add_section(p, s, STORY_ALSO);
    add_section(p, s, STORY_OPEN);
}

static void add_long_form(const struct page *p, struct story *s)
{
    bool verbose = p->options->verbose;
    add_paragraph(p, "", "", s->stopped);
    if (s->not_this)
        add_paragraph(p, "", "", s->not_this);
    add_ladder(p, s);
    add_section(p, s, STORY_SIZES);
    add_section(p, s, STORY_EVIDENCE);
    if (verbose)
        add_section(p, s, STORY_AGAINST);
    add_steps(p, s);
    if (verbose)
        add_section(p, s, STORY_NEGOTIATED);
    add_section(p, s, STORY_ALSO);
    add_section(p, s, STORY_RULED_OUT);
    add_section(p, s, STORY_OPEN);
    add_section(p, s, STORY_QUALITY);
    if (verbose)
        add_section(p, s, STORY_PROOF);
}

static void add_overview(const struct page *p, struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    struct text line = {0}, lead = {0};
    text_addf(&lead, "%4u  ", (unsigned)a->id);
    text_addf(&line, "%s  %s → %s  %s", s->start, words_host(&s->arena, &a->client),
              words_host(&s->arena, &a->server), s->outcome);
    if (!s->healthy)
        text_addf(&line, ": %s, %s", s->cause, s->confidence);
    add_paragraph(p, text_string(&lead), "      ", text_string(&line));
    text_free(&lead);
    text_free(&line);
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
    if (w->options.verbose)
        story_tell_details(&s);
    struct page page = {&w->sheaf.body, &w->options};
    if (sheaf_takes_line(&w->sheaf)) {
        sheaf_begin_line(&w->sheaf, a->start_ns);
        add_overview(&(struct page){&w->sheaf.overview, &w->options}, &s);
        sheaf_end_line(&w->sheaf);
    }
    if (sheaf_takes_body(&w->sheaf)) {
        if (w->sheaf.n > 0)
            text_add(page.out, "\n");
        add_answer(&page, &s);
        if (!w->options.quiet)
            add_who(&page, &s);
        if (!w->options.quiet && s.healthy && !w->options.verbose)
            add_short_form(&page, &s);
        else if (!w->options.quiet)
            add_long_form(&page, &s);
    }
    w->sheaf.n++;
    story_free(&s);
}

static void write_input(struct writer *w, const struct rdpath_input *in)
{
    struct arena arena = {0};
    const struct page page = {&w->sheaf.inputs, &w->options};
    if (w->options.quiet)
        return;
    add_paragraph(&page, "", "  ", story_of_input(&arena, in));
    for (uint32_t i = 0; i < in->n_problems; i++)
        add_paragraph(&page, "  problem: ", "    ", in->problems[i]);
    arena_free(&arena);
}

/* What the writer of the report wants to be read first. */
static void add_words(const struct page *p)
{
    const struct writer_options *o = p->options;
    if (o->ticket)
        add_paragraph(p, "Ticket: ", "  ", o->ticket);
    if (o->title)
        add_paragraph(p, "", "", o->title);
    if (o->note)
        add_paragraph(p, "Note: ", "  ", o->note);
    if (p->out->len)
        text_add(p->out, "\n");
}

static void end(struct writer *w)
{
    const struct page head = {&(struct text){0}, &w->options};
    add_words(&head);
    if (w->sheaf.n > 1 && !w->options.quiet) {
        text_addf(head.out, "%u attempts\n", (unsigned)w->sheaf.n);
        sheaf_add_overview(&w->sheaf, head.out);
        text_add(head.out, "\n");
    }
    sheaf_add_rest(&w->sheaf, &w->sheaf.body);
    fputs(text_string(head.out), w->file);
    fputs(text_string(&w->sheaf.body), w->file);
    if (w->sheaf.n && w->sheaf.inputs.len)
        fputc('\n', w->file);
    fputs(text_string(&w->sheaf.inputs), w->file);
    text_free(head.out);
    sheaf_free(&w->sheaf);
    free(w);
}

const struct format format_text = {
    .name = "text",
    .extensions = "txt text",
    .title = "text for a terminal",
    .begin = begin,
    .attempt = write_attempt,
    .input = write_input,
    .end = end,
};
