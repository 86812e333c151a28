/* SPDX-License-Identifier: Apache-2.0 */
/* CredSSP ended in an error [MS-CSSP 3.1.5]. Behind TLS it is told from who closed when. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum { PROTOCOL_HYBRID = 0x2, PROTOCOL_HYBRID_EX = 0x8, CLIENT_TOKENS = 2 };

#define ANSWERED_WITHIN_NS 10000000000LL

static bool is_credssp(const struct connection *c)
{
    return c->rdp.has_response && !c->rdp.failure &&
           c->rdp.selected & (PROTOCOL_HYBRID | PROTOCOL_HYBRID_EX);
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    if (!is_credssp(c) || connection_stage(c) < RDPATH_STAGE_CREDSSP)
        return;
    if (connection_stage(c) > RDPATH_STAGE_CREDSSP) {
        verdict_ruled_out(v, "the credentials were accepted: the connection went on to \"%s\"",
                          rdpath_stage_title(connection_stage(c)));
        return;
    }
    if (c->encrypted_records[RDPATH_TO_SERVER] < CLIENT_TOKENS)
        return;
    if (!fact_capture_whole(c)) {
        verdict_needs(v, "a capture that holds every byte: in this one the logon's end may be "
                         "missing");
        return;
    }
    bool by_server = fact_closed_early(c, RDPATH_BY_SERVER);
    bool told = c->encrypted_alert[RDPATH_TO_CLIENT].frame || c->credssp_error.frame;
    if (!by_server && !(told && fact_closed_early(c, RDPATH_BY_CLIENT)))
        return;
    if (fact_stuck(c, RDPATH_TO_SERVER) || fact_stuck(c, RDPATH_TO_CLIENT) ||
        c->summary.ended.quiet_before_ns > ANSWERED_WITHIN_NS)
        return;
    verdict_found(v, RDPATH_LIKELY, RDPATH_NO_DIRECTION,
                  "The server rejected the credentials: CredSSP ended right after the client's "
                  "logon token.");
    struct rdpath_frames frames = frames_of(c->summary.ended.frame);
    verdict_evidence(v, &frames, "%s",
                     c->credssp_error.frame ? "the server's last answer has the size of an error"
                     : told                 ? "an encrypted alert, then the end"
                                            : "the server closed in the middle of CredSSP");
    verdict_evidence(v, NULL,
                     "%u records of the client, %u of the server; the session was never "
                     "begun",
                     c->encrypted_records[0], c->encrypted_records[1]);
    verdict_against(v, NULL, "the reason itself travels encrypted");
    advise_server_events(
        v, "Get-WinEvent -FilterHashtable @{LogName='Security'; Id=4625} -MaxEvents 5",
        "Read the failed logon: its status code names the reason");
    (void)a;
}

const struct rule rule_credentials_rejected = {
    .title = "CredSSP ended in an error",
    .means =
        "Wrong or expired password, a locked account, NTLM forbidden, or a clock that is wrong.",
    .recognised = "NLA was negotiated, the client sent its logon token, and the server answered "
                  "with an error or closed.",
    .confused_with = "not-authorized: there the password was right.",
    .fix = "Event 4625 in the server's security log names the reason.",
    .judge = judge,
};
