/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/negotiation.h"

enum { FAILURE = 3 };

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    if (!negotiation_failed(c, FAILURE,
                            "The server has no usable certificate, so it cannot offer TLS.", v))
        return;
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "Read which certificate and key the server complains of",
                          .where = "server",
                          .platform = "windows",
                          .command = "Get-WinEvent -FilterHashtable @{LogName='System'; "
                                     "Id=36870,1057,1058} -MaxEvents 20",
                          .verify = "the event names the key or the store",
                          .undo = "nothing to undo",
                          .risk = "none; it only reads",
                      });
    verdict_advise(v,
                   &(struct rdpath_advice){
                       .title = "Let the server make a new self-signed certificate",
                       .where = "server",
                       .platform = "windows",
                       .command = "Restart-Service TermService -Force",
                       .verify = "certlm.msc, Remote Desktop, Certificates: a valid one stands "
                                 "there, and the next attempt gets past the X.224 confirm",
                       .undo = "nothing to undo: Windows makes one where none is valid",
                       .risk = "disconnects every session of that server; clients must trust the "
                               "new certificate. Do not delete or rename MachineKeys: that "
                               "destroys every key of the machine",
                   });
}

const struct rule rule_no_server_certificate = {
    .title = "the server has no usable certificate",
    .means = "The certificate or its private key is missing or unreadable for the service.",
    .recognised = "RDP_NEG_FAILURE with code 3 in the server's X.224 confirm.",
    .confused_with = "server-key-unusable: there the fault shows only after the ClientHello.",
    .fix = "Let the server make a new certificate, or repair the listener's.",
    .judge = judge,
};
