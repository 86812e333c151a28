/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/tls_alert.h"

const char *alert_words(struct verdict *v, const struct rdpath_alert *alert)
{
    const char *name = rdpath_alert_name(alert->description);
    return arena_format(v->arena, "%s (%u)", name ? name : "unknown", alert->description);
}

bool alert_rejects_certificate(const struct rdpath_alert *alert)
{
    uint8_t d = alert->description;
    return (d >= ALERT_BAD_CERTIFICATE && d <= ALERT_CERTIFICATE_UNKNOWN) ||
           d == ALERT_UNKNOWN_CA || d == ALERT_USER_CANCELED;
}
