/* SPDX-License-Identifier: Apache-2.0 */
/* What the six RDP_NEG_FAILURE codes have in common [MS-RDPBCGR 2.2.1.2.2]. */
#ifndef ANALYZE_RULES_NEGOTIATION_H
#define ANALYZE_RULES_NEGOTIATION_H

#include "analyze/rules/rule.h"

/* Found where the server answered with that failure code; sentence says it in plain words. */
bool negotiation_failed(const struct connection *, uint32_t code, const char *sentence,
                        struct verdict *);

/* The requested protocols in words, "tls, hybrid". */
const char *negotiation_requested(struct verdict *, const struct connection *);

#endif
