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

/* Who left the conversation, and where: by its FIN, RST or alert, or before those by a goodbye that
   was said: an alert that cannot be read, or MCS's ultimatum. */
struct leaving {
    enum rdpath_end_by by;
    rdpath_ref frame;
    bool said;
};
struct leaving fact_leaving(const struct connection *);

/* Did the connection end before the session was up, by that side's leaving? */
bool fact_closed_early(const struct connection *, enum rdpath_end_by);

/* The fatal alert that ended it, from that side; NULL = none. */
const struct rdpath_alert *fact_fatal_alert(const struct connection *, enum rdpath_direction);

/* It was ended by a reset of an end, and some signs say that the end did not send it. */
bool fact_reset_doubtful(const struct connection *);

/* Data of that direction is stuck: sent again and again, or missing at the receiver. */
bool fact_stuck(const struct connection *, enum rdpath_direction);

/* What was read of CredSSP; all zero where nothing was. */
const struct rdpath_credssp *fact_read(const struct connection *);

/* Behind TLS: did CredSSP end with what has the size of an EarlyUserAuthorizationResult? Only a
   client that asked for it gets one [MS-RDPBCGR 5.4.2.2]. */
bool fact_early_result(const struct connection *);

/* A code of Set Error Info that belongs to licensing [MS-RDPBCGR 2.2.5.1.1]. */
bool fact_is_licensing_error(uint32_t error_info);

/* The client was sent to another server, and closing is what it should do. */
bool fact_redirected(const struct connection *);

/* Connections of rdpath probe, which leaves them on purpose: that nobody goes on is no fault. */
bool fact_of_probe(const struct attempt *);

double fact_seconds(int64_t duration_ns);

#endif
