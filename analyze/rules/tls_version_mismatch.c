/* SPDX-License-Identifier: Apache-2.0 */
/* An alert says that no TLS version is shared. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/tls_alert.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    const struct rdpath_alert *alert = fact_fatal_alert(c, RDPATH_TO_CLIENT);
    if (!alert || alert->description != ALERT_PROTOCOL_VERSION)
        alert = fact_fatal_alert(c, RDPATH_TO_SERVER);
    if (!alert || alert->description != ALERT_PROTOCOL_VERSION)
        return;
    const char *offered = rdpath_tls_version_name(c->tls.offered_max);
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                  "Client and server share no TLS version: the client offers up to TLS %s.",
                  offered ? offered : "(unknown)");
    struct rdpath_frames frames = frames_of(alert->frame);
    verdict_evidence(v, &frames, "alert %s from the %s", alert_words(v, alert),
                     alert->direction == RDPATH_TO_CLIENT ? "server" : "client");
}

const struct rule rule_tls_version_mismatch = {
    .title = "no TLS version in common",
    .means = "One side is too old, or a policy forbids the versions of the other.",
    .recognised = "The alert protocol_version.",
    .confused_with = "tls-no-shared-cipher: there a version is shared and no cipher.",
    .fix = "Update the older side; allow TLS 1.2.",
    .advice = {ADVISE_TLS_VERSIONS, ADVISE_EVENTS_TLS, ADVISE_JOURNAL_XRDP, ADVISE_TLS12_ON},
    .judge = judge,
};
