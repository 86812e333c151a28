/* SPDX-License-Identifier: Apache-2.0 */
/* The client closed before the session was up, and nothing more specific holds. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/proxy.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct rdpath_ended *e = &c->summary.ended;
    if (fact_of_probe(a))
        return;
    if (!fact_closed_early(c, RDPATH_BY_CLIENT) || connection_stage(c) < RDPATH_STAGE_TCP_OPEN)
        return;
    if (fact_redirected(c)) {
        verdict_needs(v, "a capture of the connection to the server that the client was sent to");
        return;
    }
    if (!fact_capture_whole(c)) {
        verdict_needs(v, "a capture that holds every byte: in this one the reason may be missing");
        return;
    }
    if (fact_stuck(c, RDPATH_TO_SERVER) || fact_stuck(c, RDPATH_TO_CLIENT)) {
        verdict_needs(v, "a capture at the other end: data was stuck on the way when it closed");
        return;
    }
    if (proxy_refused(a, c, v))
        return;
    bool doubtful = fact_reset_doubtful(c);
    verdict_found(v, doubtful ? RDPATH_POSSIBLE : RDPATH_LIKELY, RDPATH_NO_DIRECTION,
                  "The client itself ended the attempt after \"%s\", %.1f s after the last "
                  "progress.",
                  rdpath_stage_title(connection_stage(c)), fact_seconds(e->quiet_before_ns));
    struct leaving left = fact_leaving(c);
    struct rdpath_frames frames = frames_of(left.frame);
    verdict_evidence(v, &frames,
                     left.said ? "the client took its leave" : "the client closed first");
    if (doubtful)
        verdict_against(v, &frames, "some signs of the reset are not those of the client");
}

const struct rule rule_client_closed = {
    .title = "the client closed before the session was up, and nothing more specific holds",
    .means = "The user cancelled, or the client did not like what it saw; behind TLS also a client "
             "with updates that refuses the CredSSP of a server without them.",
    .recognised = "FIN or RST of the client first, with nothing stuck and nothing refused.",
    .confused_with = "A client that gives up waiting: then what it waited for is the cause.",
    .fix = "The client's event log names the reason.",
    .advice = {ADVISE_CLIENT_LOG},
    .judge = judge,
};
