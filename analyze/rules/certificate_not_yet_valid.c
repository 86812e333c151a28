/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/advice.h"
#include "analyze/rules/certificate.h"
#include "analyze/rules/facts.h"
#include "base/text.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    const struct rdpath_certificate *cert = c->tls.certificate;
    if (!cert)
        return;
    int out_of_date = certificate_out_of_date(c);
    if (out_of_date == 0)
        verdict_ruled_out(v, "the certificate's dates were in order, going by the capture's clock");
    if (out_of_date >= 0 || !certificate_given_up(c))
        return;
    char date[TEXT_TIME_SIZE];
    text_date(date, cert->not_before_s);
    verdict_found(
        v, fact_capture_whole(c) ? RDPATH_CONFIRMED : RDPATH_LIKELY, RDPATH_NO_DIRECTION,
        "The server's certificate becomes valid only on %s, and the client gave up on it.", date);
    struct rdpath_frames frames = frames_of(cert->frame);
    verdict_evidence(v, &frames, "certificate %s: %s", cert->subject, date);
    frames = frames_of(c->summary.ended.frame);
    verdict_evidence(v, &frames, "the client closed before the session was up");
}

const struct rule rule_certificate_not_yet_valid = {
    .title = "the certificate is not yet valid and the client gave up on it",
    .means = "The certificate's time has not begun: usually a wrong clock.",
    .recognised = "The certificate travels in clear (TLS 1.2 and older), the capture's clock lies "
                  "outside its dates, and the client closes after it.",
    .confused_with = "A client that goes on all the same: certificate-expired-ignored.",
    .fix = "Check both clocks, then renew the certificate.",
    .advice = {ADVISE_CLOCKS, ADVISE_CLOCKS_LINUX, ADVISE_CERTIFICATE_WINDOWS,
               ADVISE_CERTIFICATE_LINUX, ADVISE_CERTIFICATE_BIND, ADVISE_CERTIFICATE_XRDP},
    .judge = judge,
};
