/* SPDX-License-Identifier: Apache-2.0 */
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
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "Let the client offer NLA again",
                          .where = "client",
                          .platform = "windows",
                          .command = "in the .rdp file: enablecredsspsupport:i:1",
                          .verify = "rdpath shows hybrid among what the client requested",
                          .undo = "set the line back to 0",
                          .risk = "none; it raises security",
                      });
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "The same with FreeRDP",
                          .where = "client",
                          .platform = "linux",
                          .command = "xfreerdp /v:SERVER /u:USER /sec:nla",
                          .verify = "the attempt gets past the X.224 confirm",
                          .undo = "nothing to undo",
                          .risk = "none",
                      });
}

const struct rule rule_nla_required = {
    .title = "the server requires NLA",
    .means = "The server accepts only clients that authenticate before the session (CredSSP).",
    .recognised = "RDP_NEG_FAILURE with code 5 in the server's X.224 confirm.",
    .confused_with = "protocol-mismatch: there the server selects what the client did not offer.",
    .fix = "Let the client offer CredSSP: update it, or turn it on there.",
    .judge = judge,
};
