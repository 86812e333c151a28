/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markdown for a ticket. Trackers read different dialects, so only what all of them share is used:
 * headings, bold, flat lists, fences and (for several attempts) one table. At most LINES_MAX lines
 * an attempt: the answer and the steps first, then as much of the rest as there is room for.
 */
#include "base/text.h"
#include "report/render/sheaf.h"
#include "report/render/story.h"
#include "report/render/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LINES_MAX = 54,       /* with title and captures, a report of one attempt stays within 60 */
    STEPS_LINES_MAX = 32, /* steps yield to the proof beyond that */
};

struct writer {
    FILE *file;
    struct writer_options options;
    struct sheaf sheaf;
};

/* ---- escaping -------------------------------------------------------------------------------- */

/* What begins markup, an entity, a macro or a link in one dialect or another. */
static bool is_markup(uint32_t code)
{
    return code && code < 0x80 && strchr("\\`*[]<>|~&{}#$^", (int)code) != NULL;
}

/*
 * An underscore inside a word is none. A colon before // begins a link, a dot after www too; a
 * backslash ends both (CommonMark section 2.4). It does not stop a mention or a reference to a
 * ticket: those are taken apart by a space of no width.
 */
static void add_escaped_code(struct text *out, uint32_t code, const struct reader *rest)
{
    enum { NO_WIDTH = 0x200b };
    bool slash = reader_peek(rest) == '/';
    bool inside = out->len && isalnum((unsigned char)text_string(out)[out->len - 1]) &&
                  isalnum(reader_peek(rest));
    bool www = out->len >= 3 && strncasecmp(text_string(out) + out->len - 3, "www", 3) == 0;
    if (is_markup(code) || (code == '_' && !inside) || (code == ':' && slash) ||
        (code == '.' && www))
        text_add(out, "\\");
    text_add_code(out, code);
    if (code == '@' || (code == '#' && isdigit(reader_peek(rest))))
        text_add_code(out, NO_WIDTH);
}

static void add_escaped(struct text *out, const char *string)
{
    struct reader r = reader_of(string, strlen(string), READER_END);
    while (r.left) {
        bool valid;
        uint32_t code = text_next(&r, &valid);
        if (code == '\n' || code == '\t')
            code = ' ';
        if (text_is_control(code)) {
            text_add(out, "\\"); /* or its own backslash would escape what follows */
            text_add_visible(out, code);
        } else {
            add_escaped_code(out, code, &r);
        }
    }
}

/* Inside code nothing is escaped; only control characters are shown. */
static void add_plain(struct text *out, const char *string, bool keep_lines)
{
    struct reader r = reader_of(string, strlen(string), READER_END);
    while (r.left) {
        bool valid;
        uint32_t code = text_next(&r, &valid);
        if (code == '\n')
            text_add(out, keep_lines ? "\n" : " ");
        else
            text_add_visible(out, code);
    }
}

/* The longest run of backticks: a fence or span must be longer than what it holds. */
static size_t longest_ticks(const char *string)
{
    size_t longest = 0;
    while (*string) {
        size_t run = strspn(string, "`");
        longest = run > longest ? run : longest;
        string += run ? run : 1;
    }
    return longest;
}

static void add_code_span(struct text *out, const char *code)
{
    size_t ticks = longest_ticks(code);
    const char *pad = ticks ? " " : "";
    text_fill(out, '`', ticks + 1);
    text_add(out, pad);
    add_plain(out, code, false);
    text_add(out, pad);
    text_fill(out, '`', ticks + 1);
}

static void add_fence(struct text *out, const char *code)
{
    size_t ticks = longest_ticks(code);
    ticks = ticks < 3 ? 3 : ticks + 1;
    text_fill(out, '`', ticks);
    text_add(out, "\n");
    add_plain(out, code, true);
    text_add(out, "\n");
    text_fill(out, '`', ticks);
    text_add(out, "\n");
}

/* ---- parts ----------------------------------------------------------------------------------- */

static uint32_t count_lines(const struct text *t)
{
    uint32_t n = 0;
    for (const char *at = text_string(t); (at = strchr(at, '\n')) != NULL; at++)
        n++;
    return n;
}

static void add_course(struct text *out, const struct story *s)
{
    add_escaped(out, s->stopped);
    if (s->not_this)
        text_addf(out, " %s", s->not_this);
    text_add(out, "\n\n");
}

static void add_head(struct text *out, const struct story *s)
{
    text_addf(out, "## Attempt %u %s", (unsigned)s->attempt->id, s->outcome);
    if (!s->healthy)
        text_addf(out, ": %s", s->cause);
    text_add(out, "\n\n**");
    add_escaped(out, s->answer);
    text_addf(out, "**\n\n%s, %s", s->confidence, s->vantage);
    if (s->count) {
        text_add(out, "; ");
        add_escaped(out, s->count);
    }
    text_add(out, ". ");
    add_escaped(out, s->who);
    text_addf(out, ", %s.\n\n", s->when);
}

static void add_ladder(struct text *out, const struct story *s)
{
    if (s->n_rungs == 0)
        return;
    text_add(out, "### How far it got\n");
    for (uint32_t i = 0; i < s->n_rungs && s->rung[i].mark != RUNG_AHEAD; i++) {
        const struct story_rung *r = &s->rung[i];
        const char *bold = r->mark == RUNG_STOPPED ? "**" : "";
        text_addf(out, "%s%s%s%s", i ? " → " : "", bold, r->title, bold);
        if (r->note[0])
            text_addf(out, " (%s)", r->note);
    }
    text_add(out, "\n\n");
}

/* A sentence, or a command to type. */
static void add_kept(struct text *out, const char *label, const char *string)
{
    if (!string)
        return;
    text_addf(out, "%s ", label);
    if (words_is_command(string))
        add_code_span(out, string);
    else
        add_escaped(out, string);
    text_add(out, words_is_command(string) ? " " : ". ");
}

static void add_step(struct text *out, struct story *s, uint32_t i)
{
    const struct rdpath_advice *a = &s->advice[i];
    text_addf(out, "**%u. ", (unsigned)i + 1);
    add_escaped(out, a->title ? a->title : "");
    text_add(out, "**");
    if (a->where)
        text_addf(out, " (%s)", words_who(&s->arena, a));
    text_add(out, "\n");
    if (a->command)
        add_fence(out, a->command);
    add_kept(out, "Verify:", a->verify);
    add_kept(out, "Undo:", a->undo);
    if (a->risk) {
        text_add(out, "Risk: ");
        add_escaped(out, a->risk);
        text_add(out, ".");
    }
    text_add(out, "\n\n");
}

static void add_steps(struct text *out, struct story *s, uint32_t first_line)
{
    if (s->n_advice == 0)
        return;
    text_add(out, "### What to do\n");
    for (uint32_t i = 0; i < s->n_advice; i++) {
        if (count_lines(out) - first_line > STEPS_LINES_MAX) {
            text_addf(out, "(%u more steps in the other formats)\n\n", (unsigned)(s->n_advice - i));
            return;
        }
        add_step(out, s, i);
    }
}

static void add_row(struct text *out, const struct story_row *row, bool code)
{
    text_add(out, "- ");
    if (row->label)
        text_addf(out, "**%s**: ", row->label);
    if (code)
        add_code_span(out, row->text);
    else
        add_escaped(out, row->text);
    if (row->frames)
        text_addf(out, " (%s)", row->frames);
    text_add(out, "\n");
}

/* A section in as many lines as are left; what does not fit is counted. */
static void add_section(struct text *out, const struct story *s, enum story_section section,
                        uint32_t lines_left)
{
    const struct story_rows *rows = &s->section[section];
    const uint32_t frame_lines = 3; /* title, blank line, and what was left out */
    if (rows->n == 0 || lines_left <= frame_lines)
        return;
    uint32_t n = rows->n < lines_left - frame_lines ? rows->n : lines_left - frame_lines;
    text_addf(out, "### %s\n", rows->title);
    for (uint32_t i = 0; i < n; i++)
        add_row(out, &rows->row[i], section == STORY_PROOF);
    if (n < rows->n)
        text_addf(out, "- and %u more\n", (unsigned)(rows->n - n));
    text_add(out, "\n");
}

static void add_sections(struct text *out, const struct story *s, uint32_t first_line)
{
    static const enum story_section order[] = {
        STORY_EVIDENCE, STORY_SIZES, STORY_RULED_OUT, STORY_OPEN,       STORY_QUALITY,
        STORY_PROOF,    STORY_ALSO,  STORY_AGAINST,   STORY_NEGOTIATED,
    };
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        uint32_t used = count_lines(out) - first_line;
        add_section(out, s, order[i], used < LINES_MAX ? LINES_MAX - used : 0);
    }
}

static void add_attempt(struct text *out, struct story *s)
{
    uint32_t first_line = count_lines(out);
    add_head(out, s);
    if (!s->healthy) {
        add_course(out, s);
        add_steps(out, s, first_line);
        add_ladder(out, s);
    }
    add_sections(out, s, first_line);
}

static void add_overview(struct text *out, struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    const char *stage = rdpath_stage_name(a->stage);
    text_addf(out, "| %u | %s | ", (unsigned)a->id, s->start);
    add_escaped(out, words_host(&s->arena, &a->client));
    text_add(out, " | ");
    add_escaped(out, words_host(&s->arena, &a->server));
    text_addf(out, " | %s | %s | %s |\n", stage ? stage : "", s->cause, s->confidence);
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
        add_overview(&w->sheaf.overview, &s);
        sheaf_end_line(&w->sheaf);
    }
    if (sheaf_takes_body(&w->sheaf))
        add_attempt(&w->sheaf.body, &s);
    w->sheaf.n++;
    story_free(&s);
}

static void write_input(struct writer *w, const struct rdpath_input *in)
{
    struct arena arena = {0};
    text_add(&w->sheaf.inputs, "- ");
    add_escaped(&w->sheaf.inputs, story_of_input(&arena, in));
    for (uint32_t i = 0; i < in->n_problems; i++) {
        text_add(&w->sheaf.inputs, " **Problem**: ");
        add_escaped(&w->sheaf.inputs, in->problems[i]);
    }
    text_add(&w->sheaf.inputs, "\n");
    arena_free(&arena);
}

/* What the writer of the report wants to be read first. */
static void add_words(struct text *out, const struct writer_options *o)
{
    text_add(out, "# RDP connection report");
    if (o->ticket) {
        text_add(out, " for ");
        add_escaped(out, o->ticket);
    }
    if (o->title) {
        text_add(out, ": ");
        add_escaped(out, o->title);
    }
    text_add(out, "\n\n");
    if (o->note) {
        text_add(out, "> ");
        add_escaped(out, o->note);
        text_add(out, "\n\n");
    }
}

static void end(struct writer *w)
{
    struct text head = {0};
    add_words(&head, &w->options);
    if (w->sheaf.n > 1) {
        text_add(&head, "| | Time | Client | Server | Reached | Cause | Confidence |\n"
                        "|---|---|---|---|---|---|---|\n");
        sheaf_add_overview(&w->sheaf, &head);
        text_add(&head, "\n");
    }
    sheaf_add_rest(&w->sheaf, &head);
    fprintf(w->file, "%s%s", text_string(&head), text_string(&w->sheaf.body));
    fprintf(w->file, "## Captures\n\n%s", text_string(&w->sheaf.inputs));
    text_free(&head);
    sheaf_free(&w->sheaf);
    free(w);
}

const struct format format_markdown = {
    .name = "markdown",
    .extensions = "md markdown",
    .title = "Markdown for a ticket",
    .begin = begin,
    .attempt = write_attempt,
    .input = write_input,
    .end = end,
};
