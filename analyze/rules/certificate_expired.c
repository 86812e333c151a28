/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/advice.h"
#include "analyze/rules/certificate.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/tls_alert.h"
#include "base/text.h"

static void found_dated(struct verdict *v, const struct connection *c)
{
    const struct rdpath_certificate *cert = c->tls.certificate;
    char date[TEXT_TIME_SIZE];
    text_date(date, cert->not_after_s);
    verdict_found(v, fact_capture_whole(c) ? RDPATH_CONFIRMED : RDPATH_LIKELY, RDPATH_NO_DIRECTION,
                  "The server's certificate expired on %s, and the client gave up on it.", date);
    struct rdpath_frames frames = frames_of(cert->frame);
    verdict_evidence(v, &frames, "certificate %s, valid until %s", cert->subject, date);
    frames = frames_of(c->summary.ended.frame);
    verdict_evidence(v, &frames, "the client ended the connection before the session was up");
}

/* The client says so itself, and no certificate that was seen says otherwise. */
static bool found_told(struct verdict *v, const struct connection *c)
{
    const struct rdpath_alert *alert = fact_fatal_alert(c, RDPATH_TO_SERVER);
    if (!alert || alert->description != ALERT_CERTIFICATE_EXPIRED)
        return false;
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                  "The client says that the server's certificate has expired, and gave up on it.");
    struct rdpath_frames frames = frames_of(alert->frame);
    verdict_evidence(v, &frames, "alert %s of the client", alert_words(v, alert));
    return true;
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    int out_of_date = certificate_out_of_date(c);
    if (out_of_date > 0 && certificate_given_up(c))
        found_dated(v, c);
    else if (out_of_date != 0 || !found_told(v, c)) {
        if (c->tls.certificate && out_of_date == 0)
            verdict_ruled_out(v, "the certificate's dates were in order, going by the capture's "
                                 "clock");
        return;
    }
}

const struct rule rule_certificate_expired = {
    .title = "the certificate has expired and the client gave up on it",
    .means = "The certificate's time is over.",
    .recognised = "The certificate travels in clear (TLS 1.2 and older), the capture's clock lies "
                  "outside its dates, and the client closes after it.",
    .confused_with = "A client that goes on all the same: certificate-expired-ignored.",
    .fix = "Check both clocks, then renew the certificate.",
    .advice = {ADVISE_CLOCKS, ADVISE_CLOCKS_LINUX, ADVISE_CERTIFICATE_WINDOWS,
               ADVISE_CERTIFICATE_LINUX, ADVISE_CERTIFICATE_RESTART, ADVISE_CERTIFICATE_BIND,
               ADVISE_CERTIFICATE_XRDP},
    .judge = judge,
};
