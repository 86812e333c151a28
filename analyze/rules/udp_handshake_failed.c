/* SPDX-License-Identifier: Apache-2.0 */
/* TLS or DTLS over UDP ends in an alert, or stops although everything was acknowledged. */
#include "analyze/rules/advice.h"
#include "analyze/rules/udp.h"

static void found_alert(const struct leg *leg, const struct rdpath_alert *alert, struct verdict *v)
{
    const char *name = rdpath_alert_name(alert->description);
    const char *who = alert->direction == RDPATH_TO_SERVER ? "client" : "server";
    struct rdpath_frames frames = frames_of(alert->frame);
    verdict_found(v, RDPATH_CONFIRMED, alert->direction,
                  "RDP over UDP failed in its %s handshake: the %s gave up with the alert %s (%u).",
                  leg->lossy ? "DTLS" : "TLS", who, name ? name : "unknown", alert->description);
    verdict_evidence(v, &frames, "fatal alert %s from the %s", name ? name : "unknown", who);
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)c;
    const struct leg *leg = udp_leg(a, RDPATH_UDP_HANDSHAKE_FAILED, v);
    if (!leg)
        return;
    const struct rdpath_alert *alert = leg_alert(leg);
    if (alert)
        found_alert(leg, alert, v);
    else
        verdict_found(v, RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
                      "RDP over UDP stopped in its %s handshake, although nothing is known to be "
                      "lost.",
                      leg->lossy ? "DTLS" : "TLS");
    if (leg->inner && leg->inner->tls.certificate)
        verdict_evidence(v, NULL, "the server showed the certificate of %s",
                         leg->inner->tls.certificate->subject);
}

const struct rule rule_udp_handshake_failed = {
    .title = "the TLS or DTLS handshake over UDP fails",
    .means =
        "The datagrams pass, and the two ends do not agree on encryption or on the certificate. "
        "The session goes on over TCP.",
    .recognised = "A fatal alert before the handshake is done, or silence where every datagram was "
                  "acknowledged and the TCP session goes on.",
    .confused_with = "Lost data: there datagrams are sent again and again.",
    .fix = "The certificate and the TLS versions of both ends; or UDP off at the client.",
    .advice = {ADVISE_EVENTS_UDP, ADVISE_UDP_OFF, ADVISE_UDP_OFF_FREERDP},
    .judge = judge,
};
