/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/certificate.h"

#include "analyze/rules/facts.h"
#include "analyze/rules/tls_alert.h"

bool certificate_given_up(const struct connection *c)
{
    const struct rdpath_alert *alert = fact_fatal_alert(c, RDPATH_TO_SERVER);
    if (alert && alert_rejects_certificate(alert))
        return true;
    /* A client whose data is stuck went on. Where the capture is not, later rungs may be unseen. */
    if (fact_stuck(c, RDPATH_TO_SERVER) || !fact_capture_whole(c))
        return false;
    enum rdpath_stage stage = connection_stage(c);
    return (stage == RDPATH_STAGE_TLS_SERVER_FLIGHT || stage == RDPATH_STAGE_TLS_DONE) &&
           fact_closed_early(c, RDPATH_BY_CLIENT);
}

int certificate_out_of_date(const struct connection *c)
{
    const struct rdpath_certificate *cert = c->tls.certificate;
    int64_t now_s = c->summary.start_ns / 1000000000;
    if (!cert)
        return 0;
    if (now_s < cert->not_before_s)
        return -1;
    return now_s > cert->not_after_s;
}

void advise_new_certificate(struct verdict *v)
{
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "Look at the clocks first",
                          .where = "client",
                          .platform = "windows",
                          .command = "w32tm /query /status",
                          .verify = "the client's and the server's time agree with a third clock",
                          .undo = "nothing to undo",
                          .risk = "none; it only reads",
                      });
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "Bind a certificate that is valid",
                          .where = "server",
                          .platform = "windows",
                          .command =
                              "wmic /namespace:\\\\root\\cimv2\\TerminalServices PATH "
                              "Win32_TSGeneralSetting Get SSLCertificateSHA1Hash\n"
                              "wmic /namespace:\\\\root\\cimv2\\TerminalServices PATH "
                              "Win32_TSGeneralSetting Set SSLCertificateSHA1Hash=\"THUMBPRINT\"",
                          .verify = "rdpath shows the new certificate, and its dates enclose today",
                          .undo = "the second line with the thumbprint that the first one showed",
                          .risk = "the first line only shows the old thumbprint: note it. The new "
                                  "certificate stands in LocalMachine\\My with a key that NETWORK "
                                  "SERVICE can read. Delete none: other services may use it",
                      });
}
