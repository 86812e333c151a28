/* SPDX-License-Identifier: Apache-2.0 */
/* The path as rdpath probe measured it, read from its recording: for the rules about sizes. */
#ifndef ANALYZE_RULES_PROBED_H
#define ANALYZE_RULES_PROBED_H

#include "analyze/rules/rule.h"

enum probed_kind {
    PROBED_PASSES,   /* nothing was asked for that did not arrive */
    PROBED_OPEN,     /* something was lost, and it proves nothing */
    PROBED_TOLD,     /* there is a limit, and who sends knows it */
    PROBED_VANISHES, /* there is a limit, and nobody says so */
};

/* Finds that kind, in the directions in which it holds. The attempt has to be a probe's. */
void probed_judge(const struct attempt *, struct verdict *, enum probed_kind);

/* Neither direction has a limit, and nothing is open. */
bool probed_is_clear(const struct attempt *);

#endif
