/* SPDX-License-Identifier: Apache-2.0 */
/* The rules' door: judges a concluded attempt and completes its result with the answer. */
#ifndef ANALYZE_RULES_JUDGE_H
#define ANALYZE_RULES_JUDGE_H

#include "analyze/attempt/attempt.h"

void judge_attempt(struct attempt *);

#endif
