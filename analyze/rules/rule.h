/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule: one cause, judged from the facts of an attempt alone. One rule a file, one line in
 * rules.def. A rule says what it found; which cause wins is decided in judge.c alone.
 */
#ifndef ANALYZE_RULES_RULE_H
#define ANALYZE_RULES_RULE_H

#include "analyze/attempt/attempt.h"

enum verdict_kind {
    VERDICT_NOT_APPLICABLE, /* the attempt never came to where this could happen */
    VERDICT_NOT_ENOUGH,     /* it could be; needs says what would decide */
    VERDICT_RULED_OUT,      /* the evidence speaks against it; text says why */
    VERDICT_FOUND,          /* with confidence */
};

enum { VERDICT_EVIDENCE_MAX = 8, VERDICT_ADVICE_MAX = 12 };

/* What a rule answers. Texts live in the attempt's arena. */
struct verdict {
    enum verdict_kind kind;
    enum rdpath_confidence confidence;
    enum rdpath_direction direction;
    const char *text;    /* FOUND: the answer as one sentence; RULED_OUT: why; NOT_ENOUGH: needs */
    const char *decides; /* FOUND: what would decide where no other rule says so; or NULL */
    struct rdpath_frames frames;
    struct rdpath_evidence *evidence; /* the lists live in the arena, NULL while they are empty */
    uint32_t n_evidence;
    struct rdpath_evidence *against;
    uint32_t n_against;
    uint8_t advised[VERDICT_ADVICE_MAX]; /* enum advice: what this finding calls for beside the
                                            rows that its rule always gives */
    uint32_t n_advised;
    bool advised_instead;         /* and not beside them */
    struct rdpath_advice *advice; /* both, in order and filled in; judge.c sees to it */
    uint32_t n_advice;
    struct arena *arena;
};

struct rule {
    const char *title;
    const char *means;
    const char *recognised;
    const char *confused_with;
    const char *fix;
    uint8_t advice[VERDICT_ADVICE_MAX]; /* enum advice, always given; NO_ADVICE ends it */
    void (*judge)(const struct attempt *, const struct connection *decisive, struct verdict *);
};

/* ---- how a rule answers ---------------------------------------------------------------------- */

void verdict_found(struct verdict *, enum rdpath_confidence, enum rdpath_direction,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
void verdict_ruled_out(struct verdict *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void verdict_needs(struct verdict *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void verdict_decides(struct verdict *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void verdict_evidence(struct verdict *, const struct rdpath_frames *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void verdict_against(struct verdict *, const struct rdpath_frames *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
