/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/table.h"

#define RULE(symbol, id, yields_to, weakens_to) extern const struct rule rule_##symbol;
#include "analyze/rules/rules.def"
#undef RULE

const struct rule_row rule_table[N_RULES] = {
#define RULE(symbol, id, yields_to, weakens_to) {id, yields_to, weakens_to, &rule_##symbol},
#include "analyze/rules/rules.def"
#undef RULE
};
