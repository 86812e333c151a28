/* SPDX-License-Identifier: Apache-2.0 */
/* What answers on the port does not speak RDP. */
#include "analyze/rules/advice.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    if (!c->not_rdp) {
        if (c->rdp.has_response)
            verdict_ruled_out(v, "the server speaks X.224");
        return;
    }
    if (c->path[RDPATH_TO_CLIENT].n_missed) {
        verdict_needs(v,
                      "a capture that holds the server's first bytes: these may not be the first");
        return;
    }
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                  "What answers at %s port %u is not Remote Desktop%s%s.", a->result.server.address,
                  a->result.server.port, c->not_rdp_what ? ": it speaks " : "",
                  c->not_rdp_what ? c->not_rdp_what : "");
    struct rdpath_frames frames = frames_of(c->not_rdp_at.frame);
    verdict_evidence(v, &frames, "its first bytes are no TPKT header");
}

const struct rule rule_not_rdp = {
    .title = "what answers on that port is not RDP",
    .means = "Another program owns the port, or the address or port is wrong.",
    .recognised = "The server's first bytes are not a TPKT header.",
    .confused_with = "A server that closes without an answer.",
    .fix = "The right address and port, or the other program moved off the port.",
    .advice = {ADVISE_OWNER_WINDOWS, ADVISE_OWNER_LINUX, ADVISE_SERVICE_MOVED},
    .judge = judge,
};
