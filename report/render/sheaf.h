/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages of a report in the making. Attempts come one by one, yet an overview of them stands
 * first, so both are collected apart and written at the end. Bounded: beyond SHEAF_FULL_MAX an
 * attempt gets its line in the overview alone, beyond SHEAF_LINES_MAX it is only counted, and the
 * report says so.
 */
#ifndef REPORT_RENDER_SHEAF_H
#define REPORT_RENDER_SHEAF_H

#include "base/text.h"

enum {
    SHEAF_FULL_MAX = 200,   /* more than anyone reads; about 10 MB as HTML */
    SHEAF_LINES_MAX = 5000, /* about 1 MB */
};

struct sheaf {
    struct text overview, body, inputs;
    uint32_t n; /* attempts that there were */
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
    text_free(&s->overview);
    text_free(&s->body);
    text_free(&s->inputs);
}

#endif
