/* SPDX-License-Identifier: Apache-2.0 */
/* Advice that several rules give. Ordered by the rules: first what changes nothing, then what is
   undone with one line, then what needs another team. */
#ifndef ANALYZE_RULES_ADVICE_H
#define ANALYZE_RULES_ADVICE_H

#include "analyze/rules/rule.h"

/* A ping of the two sizes that the bracket lies between, a smaller MTU at the client, and the cure
   in the network: for faults that hang on packet size. */
void advise_sizes(struct verdict *, const struct attempt *, enum rdpath_direction);

/* Look at the listener, the service and the firewall of the server. */
void advise_server_reachable(struct verdict *, const struct attempt *);

/* Read the event logs of the server around the time of the attempt. */
void advise_server_events(struct verdict *, const char *command, const char *what);

/* Restart the service of the server; for when its events told nothing. */
void advise_server_restart(struct verdict *);

/* Ask the client's event log, and the user. */
void advise_client_log(struct verdict *);

/* Search the logs of what stands between the two ends for this connection. */
void advise_search_logs(struct verdict *, const struct attempt *, const char *title);

/* Take a capture at the other end as well. */
void advise_capture(struct verdict *, const struct attempt *, const char *where);

/* The name or address by which a command reaches the server. */
const char *advice_server(struct verdict *, const struct attempt *);

#endif
