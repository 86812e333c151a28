/* SPDX-License-Identifier: Apache-2.0 */
/* The server refuses the ClientHello before it said a ServerHello: nothing offered suits it. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/tls_alert.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    const struct rdpath_alert *alert = fact_fatal_alert(c, RDPATH_TO_CLIENT);
    if (!alert || c->tls.cipher ||
        (alert->description != ALERT_HANDSHAKE_FAILURE &&
         alert->description != ALERT_INSUFFICIENT_SECURITY))
        return;
    bool plain = alert->description == ALERT_INSUFFICIENT_SECURITY;
    verdict_found(v, plain ? RDPATH_CONFIRMED : RDPATH_LIKELY, RDPATH_NO_DIRECTION,
                  "The server accepts none of the ciphers, groups or signatures that the client "
                  "offers.");
    struct rdpath_frames frames = frames_of(alert->frame);
    verdict_evidence(v, &frames, "alert %s in answer to the ClientHello", alert_words(v, alert));
    if (!plain)
        verdict_against(v, NULL,
                        "the same alert can mean a certificate that the server cannot use "
                        "with them");
}

const struct rule rule_tls_no_shared_cipher = {
    .title = "no cipher, group or signature in common",
    .means = "The offers of client and server do not overlap, often after a policy on cipher "
             "suites.",
    .recognised = "The alert handshake_failure or insufficient_security in place of a ServerHello.",
    .confused_with = "A certificate whose key type fits no offered cipher.",
    .fix = "Set the policy \"SSL Cipher Suite Order\" back, update the older side.",
    .advice = {ADVISE_TLS_CIPHERS, ADVISE_EVENTS_TLS, ADVISE_JOURNAL_XRDP, ADVISE_CIPHER_POLICY},
    .judge = judge,
};
