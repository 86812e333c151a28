/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/advice.h"
#include "analyze/rules/negotiation.h"

enum { FAILURE = 2 };

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    if (!negotiation_failed(
            c, FAILURE,
            "The server allows no TLS at all: it is set to Standard RDP Security alone.", v))
        return;
}

const struct rule rule_tls_not_allowed = {
    .title = "the server does not allow TLS",
    .means = "The server's security layer is set to RDP, the weakest.",
    .recognised = "RDP_NEG_FAILURE with code 2 in the server's X.224 confirm.",
    .confused_with = "no-server-certificate: there TLS is wanted and cannot be had.",
    .fix = "Set the server's security layer back to Negotiate or TLS.",
    .advice = {ADVISE_SECURITY_LAYER_SHOW, ADVISE_SECURITY_LAYER_TLS, ADVISE_SECURITY_LAYER_XRDP},
    .judge = judge,
};
