/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/advice.h"
#include "analyze/rules/negotiation.h"

enum { FAILURE = 1 };

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    if (!negotiation_failed(
            c, FAILURE,
            "The server insists on TLS, and the client offered only Standard RDP Security.", v))
        return;
}

const struct rule rule_tls_required = {
    .title = "the server requires TLS",
    .means = "The server's security layer is TLS and the client did not offer it.",
    .recognised = "RDP_NEG_FAILURE with code 1 in the server's X.224 confirm.",
    .confused_with = "nla-required: there the server wants CredSSP on top.",
    .fix = "Let the client offer TLS: update it, or remove what forbids it there.",
    .advice = {ADVISE_SECURITY_LAYER_SHOW, ADVISE_CLIENT_NEGOTIATES, ADVISE_FREERDP_NEGOTIATES},
    .judge = judge,
};
