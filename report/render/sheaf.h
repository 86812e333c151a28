/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages of a report in the making. Attempts come one by one, yet an overview of them stands
 * first, so both are collected apart and written at the end. Bounded: beyond SHEAF_FULL_MAX an
 * attempt gets its line in the overview alone, beyond SHEAF_LINES_MAX it is only counted, and the
 * report says so.
 */
#ifndef REPORT_RENDER_SHEAF_H
#define REPORT_RENDER_SHEAF_H

#include "base/arena.h"
#include "base/text.h"

#include <stdlib.h>

enum {
    SHEAF_FULL_MAX = 200,   /* more than anyone reads; about 10 MB as HTML */
    SHEAF_LINES_MAX = 5000, /* about 1 MB */
};

/* Where a line of the overview stands. */
struct sheaf_line {
    int64_t start_ns;
    size_t at, len;
};

struct sheaf {
    struct text overview, body, inputs;
    struct sheaf_line *line; /* NULL before the first */
    uint32_t n;              /* attempts that there were */
};

/* Whether the attempt that comes next still gets that much room. */
static inline bool sheaf_takes_body(const struct sheaf *s)
{
    return s->n < SHEAF_FULL_MAX;
}

static inline bool sheaf_takes_line(const struct sheaf *s)
{
    return s->n < SHEAF_LINES_MAX;
}

/* The line of the attempt that comes next begins here, and was added. */
static inline void sheaf_begin_line(struct sheaf *s, int64_t start_ns)
{
    bool full = s->n >= 16 && (s->n & (s->n - 1)) == 0; /* it doubles */
    if (!s->line)
        s->line = memory_zeroed(16 * sizeof *s->line);
    else if (full)
        s->line = memory_resized(s->line, 2 * s->n * sizeof *s->line);
    s->line[s->n] = (struct sheaf_line){start_ns, s->overview.len, 0};
}

static inline void sheaf_end_line(struct sheaf *s)
{
    s->line[s->n].len = s->overview.len - s->line[s->n].at;
}

static inline int sheaf_compare_lines(const void *a, const void *b)
{
    const struct sheaf_line *x = a, *y = b;
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Attempts come as they end; the overview is sorted by their beginning. */
static inline void sheaf_add_overview(const struct sheaf *s, struct text *out)
{
    uint32_t n = s->n < SHEAF_LINES_MAX ? s->n : SHEAF_LINES_MAX;
    const char *lines = text_string(&s->overview);
    if (!s->line)
        return;
    qsort(s->line, n, sizeof *s->line, sheaf_compare_lines);
    for (uint32_t i = 0; i < n; i++)
        text_add_bytes(out, lines + s->line[i].at, s->line[i].len);
}

/* Says what was left out; adds nothing where all is there. */
static inline void sheaf_add_rest(const struct sheaf *s, struct text *out)
{
    if (s->n > SHEAF_FULL_MAX)
        text_addf(out, "Only the first %u of %u attempts are told in full",
                  (unsigned)SHEAF_FULL_MAX, (unsigned)s->n);
    if (s->n > SHEAF_LINES_MAX)
        text_addf(out, ", and only the first %u are listed", (unsigned)SHEAF_LINES_MAX);
    if (s->n > SHEAF_FULL_MAX)
        text_add(out, ". The formats json and ndjson hold them all.");
}

static inline void sheaf_free(struct sheaf *s)
{
    free(s->line);
    text_free(&s->overview);
    text_free(&s->body);
    text_free(&s->inputs);
}

#endif
