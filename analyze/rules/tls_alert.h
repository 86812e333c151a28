/* SPDX-License-Identifier: Apache-2.0 */
/* TLS alert descriptions that rules know by name (RFC 8446 section 6). */
#ifndef ANALYZE_RULES_TLS_ALERT_H
#define ANALYZE_RULES_TLS_ALERT_H

#include "analyze/rules/rule.h"

enum tls_alert {
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_BAD_CERTIFICATE = 42,
    ALERT_UNSUPPORTED_CERTIFICATE = 43,
    ALERT_CERTIFICATE_REVOKED = 44,
    ALERT_CERTIFICATE_EXPIRED = 45,
    ALERT_CERTIFICATE_UNKNOWN = 46,
    ALERT_UNKNOWN_CA = 48,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_INSUFFICIENT_SECURITY = 71,
    ALERT_USER_CANCELED = 90,
};

/* "handshake_failure (40)" */
const char *alert_words(struct verdict *, const struct rdpath_alert *);

/* Is it the client's complaint about the server's certificate? */
bool alert_rejects_certificate(const struct rdpath_alert *);

#endif
