/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/advice.h"
#include "analyze/rules/negotiation.h"

enum { FAILURE = 4 };

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    if (!negotiation_failed(
            c, FAILURE, "The server says that the client's flags do not fit its security settings.",
            v))
        return;
}

const struct rule rule_negotiation_inconsistent = {
    .title = "the flags do not fit the security protocol in effect",
    .means = "Client and server disagree about a mode such as Restricted Admin or Remote "
             "Credential Guard.",
    .recognised = "RDP_NEG_FAILURE with code 4 in the server's X.224 confirm.",
    .confused_with = "nla-required and tls-required name the protocol that is missing.",
    .fix = "Connect without /restrictedAdmin and /remoteGuard, or allow them on the server.",
    .advice = {ADVISE_SECURITY_LAYER_SHOW, ADVISE_PLAIN_MODE, ADVISE_FREERDP_NEGOTIATES},
    .judge = judge,
};
