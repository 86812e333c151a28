/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do about it: the rows of advice.def, filled in with the numbers and names of an attempt.
 * Rules name rows; judge.c puts them in order, so that no rule can put a risk before a test.
 */
#ifndef ANALYZE_RULES_ADVICE_H
#define ANALYZE_RULES_ADVICE_H

#include "analyze/rules/rule.h"

/* The order in which things are tried. */
enum advice_grade {
    ADVICE_MEASURE, /* changes nothing */
    ADVICE_EASY,    /* one machine, undone with a line */
    ADVICE_SERVER,  /* undone with a line or two, but others depend on it */
    ADVICE_NETWORK, /* devices that others look after */
    ADVICE_WEAKENS, /* lowers security: last, and its title says so */
};

enum advice {
    NO_ADVICE,
#define ADVICE(name, grade, where, platform, title, command, verify, undo, risk) ADVISE_##name,
#include "analyze/rules/advice.def"
#undef ADVICE
    N_ADVICE
};

struct advice_row {
    enum advice_grade grade;
    struct rdpath_advice text; /* with words in braces */
};

extern const struct advice_row advice_rows[N_ADVICE];

/* What a rule found calls for this row beside those that it always gives. */
void advise(struct verdict *, enum advice);

/* The same, in place of those that the rule always gives: they are for another reason. */
void advise_instead(struct verdict *, enum advice);

/* The rows of the rule and those of the verdict, in order and filled in. */
void advice_conclude(const struct rule *, const struct attempt *, struct verdict *);

/* The row with its words in braces in capitals, for the catalogue. */
struct rdpath_advice advice_general(struct arena *, enum advice);

/* All that the rule always gives, so and in order; returns how many. */
uint32_t advice_list(const struct rule *, struct arena *,
                     struct rdpath_advice list[VERDICT_ADVICE_MAX]);

/* The name or address by which a command reaches the server. */
const char *advice_server(struct arena *, const struct attempt *);

#endif
