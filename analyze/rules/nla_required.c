/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/advice.h"
#include "analyze/rules/negotiation.h"

enum { FAILURE = 5 };

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    if (!negotiation_failed(
            c, FAILURE,
            "The server insists on Network Level Authentication, and the client did not offer it.",
            v))
        return;
}

const struct rule rule_nla_required = {
    .title = "the server requires NLA",
    .means = "The server accepts only clients that authenticate before the session (CredSSP).",
    .recognised = "RDP_NEG_FAILURE with code 5 in the server's X.224 confirm.",
    .confused_with = "protocol-mismatch: there the server selects what the client did not offer.",
    .fix = "Let the client offer CredSSP: update it, or turn it on there.",
    .advice = {ADVISE_SECURITY_LAYER_SHOW, ADVISE_CLIENT_OFFERS_NLA, ADVISE_FREERDP_NLA,
               ADVISE_NLA_OFF},
    .judge = judge,
};
