/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that several rules ask of the same attempt. */
#ifndef ANALYZE_RULES_FACTS_H
#define ANALYZE_RULES_FACTS_H

#include "analyze/rules/rule.h"

/* A size below is no question of the path's MTU: every link carries it. In bytes of IP length. */
uint32_t fact_least_mtu(const struct attempt *);

/* "likely" at most where the capture itself is not whole or starts in the middle. */
bool fact_capture_whole(const struct connection *);

bool fact_at_sender(const struct attempt *, enum rdpath_direction);
bool fact_at_receiver(const struct attempt *, enum rdpath_direction);

/* The ICMP error of that kind about packets of that direction; NULL = none. RDPATH_BOTH: any. */
const struct icmp_seen *fact_icmp(const struct connection *, enum rdpath_icmp,
                                  enum rdpath_direction);

/* Did the connection end before the session was up, closed by that side (FIN, RST or alert)? */
bool fact_closed_early(const struct connection *, enum rdpath_end_by);

/* The fatal alert that ended it, from that side; NULL = none. */
const struct rdpath_alert *fact_fatal_alert(const struct connection *, enum rdpath_direction);

/* Data of that direction is stuck: sent again and again, or missing at the receiver. */
bool fact_stuck(const struct connection *, enum rdpath_direction);

double fact_seconds(int64_t duration_ns);

#endif
