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
