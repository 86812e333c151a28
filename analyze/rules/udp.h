/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules about the UDP side transport share. */
#ifndef ANALYZE_RULES_UDP_H
#define ANALYZE_RULES_UDP_H

#include "analyze/attempt/leg.h"
#include "analyze/rules/rule.h"

/*
 * The leg that a rule has to speak of: the attempt's outcome over UDP is this one. NULL: it is not,
 * and the verdict says so where that is known; or the TCP session did not come up, so that UDP is
 * not what ended it.
 */
const struct leg *udp_leg(const struct attempt *, enum rdpath_udp_outcome, struct verdict *);

/* What is meant by a direction where it is known: " to the server", else nothing. */
const char *udp_direction_words(enum rdpath_direction);

/* See whether the server listens: its own port, or that of an RD Gateway. */
void udp_advise_listener(struct verdict *, const struct attempt *);

#endif
