/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules about the server's certificate have in common. */
#ifndef ANALYZE_RULES_CERTIFICATE_H
#define ANALYZE_RULES_CERTIFICATE_H

#include "analyze/rules/rule.h"

/* Did the client give up on it: closed, or complained, after the flight and before the session? */
bool certificate_given_up(const struct connection *);

/* Is the certificate out of date at the time of the attempt? Negative: not yet valid; positive:
   expired; 0: valid, or not seen. */
int certificate_out_of_date(const struct connection *);

#endif
