/* SPDX-License-Identifier: Apache-2.0 */
/* The rules as rules.def lists them. */
#ifndef ANALYZE_RULES_TABLE_H
#define ANALYZE_RULES_TABLE_H

#include "analyze/rules/rule.h"

enum rule_index {
#define RULE(symbol, id, yields_to, weakens_to) RULE_##symbol,
#include "analyze/rules/rules.def"
#undef RULE
    N_RULES
};

struct rule_row {
    const char *id;
    const char *yields_to;  /* ids, separated by blanks; "@" and "*": see rules.def */
    const char *weakens_to; /* likewise */
    const struct rule *rule;
};

extern const struct rule_row rule_table[N_RULES];

#endif
