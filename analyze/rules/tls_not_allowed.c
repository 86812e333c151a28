/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/negotiation.h"

enum { FAILURE = 2 };

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    if (!negotiation_failed(
            c, FAILURE,
            "The server allows no TLS at all: it is set to Standard RDP Security alone.", v))
        return;
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "Set the server's security layer back to TLS",
                          .where = "server",
                          .platform = "windows",
                          .command = "reg add \"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal "
                                     "Server\\WinStations\\RDP-Tcp\" /v SecurityLayer /t REG_DWORD "
                                     "/d 2 /f",
                          .verify = "reg query the same value: 0x2; rdpath shows selected tls or "
                                    "hybrid",
                          .undo = "the same with /d and the old value, noted before",
                          .risk = "clients that know no TLS cannot connect any more",
                      });
}

const struct rule rule_tls_not_allowed = {
    .title = "the server does not allow TLS",
    .means = "The server's security layer is set to RDP, the weakest.",
    .recognised = "RDP_NEG_FAILURE with code 2 in the server's X.224 confirm.",
    .confused_with = "no-server-certificate: there TLS is wanted and cannot be had.",
    .fix = "Set the server's security layer back to Negotiate or TLS.",
    .judge = judge,
};
