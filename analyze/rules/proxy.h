/* SPDX-License-Identifier: Apache-2.0 */
/* What rules have to say where a proxy refused: whoever closed then, that is the reason. */
#ifndef ANALYZE_RULES_PROXY_H
#define ANALYZE_RULES_PROXY_H

#include "analyze/rules/facts.h"

/* A proxy refused the client's last request: the verdict is found. */
bool proxy_refused(const struct attempt *, const struct connection *, struct verdict *);

#endif
