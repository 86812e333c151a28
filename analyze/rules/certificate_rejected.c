/* SPDX-License-Identifier: Apache-2.0 */
/* The client gave up right after the server flight, for another or an unseen reason. */
#include "analyze/rules/advice.h"
#include "analyze/rules/certificate.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/tls_alert.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct rdpath_alert *alert = fact_fatal_alert(c, RDPATH_TO_SERVER);
    if (fact_of_probe(a))
        return;
    bool said = alert && alert_rejects_certificate(alert);
    if (alert && alert->description == ALERT_CERTIFICATE_EXPIRED)
        return;
    if (!certificate_given_up(c) || (!said && c->rdp.selected & 0x0a && c->encrypted_records[0]))
        return;
    if (said)
        verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                      "The client rejected the server's certificate: %s.", alert_words(v, alert));
    else
        verdict_found(v, RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
                      "The client closed right after the server's TLS flight: it did not accept "
                      "the certificate, or the user cancelled at the warning.");
    struct rdpath_frames frames = frames_of(said ? alert->frame : fact_leaving(c).frame);
    verdict_evidence(v, &frames, said ? "alert of the client" : "the client closed here");
}

const struct rule rule_certificate_rejected = {
    .title = "the client gave up right after the server flight",
    .means = "The client does not trust the certificate, or the user cancelled at the warning.",
    .recognised = "A certificate alert of the client, or its close right after the server flight.",
    .confused_with = "A user who closes the window at that moment.",
    .fix = "A certificate that the client trusts, for the name that it uses.",
    .advice = {ADVISE_CLIENT_WARNING, ADVISE_CLIENT_LOG, ADVISE_CERTIFICATE_WINDOWS,
               ADVISE_CERTIFICATE_LINUX, ADVISE_CERTIFICATE_BIND, ADVISE_CERTIFICATE_XRDP},
    .judge = judge,
};
