/* SPDX-License-Identifier: Apache-2.0 */
/* The handshake ends in an alert that no other rule names. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/tls_alert.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    if (connection_stage(c) < RDPATH_STAGE_TLS_HELLO || connection_stage(c) > RDPATH_STAGE_TLS_DONE)
        return;
    const struct rdpath_alert *alert = fact_fatal_alert(c, RDPATH_TO_CLIENT);
    if (!alert)
        alert = fact_fatal_alert(c, RDPATH_TO_SERVER);
    if (!alert)
        return;
    const char *who = alert->direction == RDPATH_TO_CLIENT ? "server" : "client";
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                  "The %s ended the TLS handshake with the alert %s.", who, alert_words(v, alert));
    struct rdpath_frames frames = frames_of(alert->frame);
    verdict_evidence(v, &frames, "fatal alert %s from the %s", alert_words(v, alert), who);
}

const struct rule rule_tls_handshake_failed = {
    .title = "the TLS handshake ends in an alert",
    .means = "One side refused the other's part of the handshake.",
    .recognised = "A fatal alert before the handshake was done.",
    .confused_with = "tls-version-mismatch, tls-no-shared-cipher and certificate-rejected name the "
                     "frequent reasons.",
    .fix = "The alert's name, and Schannel's events 36887 and 36888.",
    .advice = {ADVISE_EVENTS_TLS, ADVISE_JOURNAL_XRDP, ADVISE_CERTIFICATE_WINDOWS,
               ADVISE_CERTIFICATE_LINUX},
    .judge = judge,
};
