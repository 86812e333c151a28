/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/advice.h"
#include "analyze/rules/negotiation.h"

enum { FAILURE = 3 };

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    if (!negotiation_failed(c, FAILURE,
                            "The server has no usable certificate, so it cannot offer TLS.", v))
        return;
}

const struct rule rule_no_server_certificate = {
    .title = "the server has no usable certificate",
    .means = "The certificate or its private key is missing or unreadable for the service.",
    .recognised = "RDP_NEG_FAILURE with code 3 in the server's X.224 confirm.",
    .confused_with = "server-key-unusable: there the fault shows only after the ClientHello.",
    .fix = "Let the server make a new certificate, or repair the listener's.",
    .advice = {ADVISE_EVENTS_KEY, ADVISE_CERTIFICATE_WINDOWS, ADVISE_CERTIFICATE_LINUX,
               ADVISE_CERTIFICATE_RESTART, ADVISE_CERTIFICATE_NEW, ADVISE_CERTIFICATE_XRDP},
    .judge = judge,
};
