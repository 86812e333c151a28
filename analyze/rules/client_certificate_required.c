/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/advice.h"
#include "analyze/rules/negotiation.h"

enum { FAILURE = 6 };

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    if (!negotiation_failed(
            c, FAILURE, "The server wants TLS with a client certificate, and the client has none.",
            v))
        return;
}

const struct rule rule_client_certificate_required = {
    .title = "the server requires TLS with a client certificate",
    .means = "The server asks for user authentication inside TLS.",
    .recognised = "RDP_NEG_FAILURE with code 6 in the server's X.224 confirm.",
    .confused_with = "nla-required: that is about a password, not a certificate.",
    .fix = "Give the client the certificate or smart card that the server expects.",
    .advice = {ADVISE_CLIENT_CERTIFICATES, ADVISE_SECURITY_LAYER_SHOW},
    .judge = judge,
};
