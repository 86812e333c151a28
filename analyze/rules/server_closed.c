/* SPDX-License-Identifier: Apache-2.0 */
/* The server closed before the session was up, and nothing more specific holds. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/proxy.h"

/* What it said in plain before it closed. */
static void add_words(struct verdict *v, const struct rdpath_session *s)
{
    if (!s)
        return;
    const char *refused = rdpath_mcs_result_name(s->mcs_result.code);
    const char *reason = rdpath_disconnect_name(s->disconnect.code);
    struct rdpath_frames at = frames_of(s->mcs_result.frame);
    if (s->mcs_result.frame)
        verdict_evidence(v, &at, "it had refused MCS: %s", refused ? refused : "an unknown result");
    at = frames_of(s->disconnect.frame);
    if (s->disconnect.frame && s->disconnect_direction == RDPATH_TO_CLIENT)
        verdict_evidence(v, &at, "it took its leave: %s", reason ? reason : "an unknown reason");
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct rdpath_ended *e = &c->summary.ended;
    if (fact_of_probe(a) && connection_stage(c) == RDPATH_STAGE_X224_CONFIRM)
        return; /* a probe says no more where TLS was not chosen */
    if (!fact_closed_early(c, RDPATH_BY_SERVER) || connection_stage(c) < RDPATH_STAGE_TCP_OPEN)
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
    struct leaving left = fact_leaving(c);
    const char *how = left.said                  ? "a goodbye"
                      : e->how == RDPATH_END_FIN ? "FIN"
                      : e->how == RDPATH_END_RST ? "RST"
                                                 : "alert";
    bool here = a->result.vantage == RDPATH_AT_SERVER || e->how == RDPATH_END_FIN;
    bool doubtful = fact_reset_doubtful(c);
    verdict_found(v,
                  doubtful ? RDPATH_POSSIBLE
                  : here   ? RDPATH_CONFIRMED
                           : RDPATH_LIKELY,
                  RDPATH_NO_DIRECTION,
                  "The server closed the connection (%s) after \"%s\", before the session was up.",
                  how, rdpath_stage_title(connection_stage(c)));
    struct rdpath_frames frames = frames_of(left.frame);
    verdict_evidence(v, &frames, "%s from the server %.3f s after the last progress", how,
                     fact_seconds(e->quiet_before_ns));
    if (doubtful)
        verdict_against(v, &frames, "some signs of the reset are not those of the server");
    add_words(v, c->session);
}

const struct rule rule_server_closed = {
    .title = "the server closed, and nothing more specific holds",
    .means = "The server ended the connection on its own decision: a limit, a policy, a fault.",
    .recognised = "FIN or RST of the server itself before the session was up.",
    .confused_with = "A device in between that resets in the server's name.",
    .fix = "The server's event log at that second names the reason.",
    .advice = {ADVISE_EVENTS_SYSTEM, ADVISE_EVENTS_LISTENER, ADVISE_JOURNAL_XRDP,
               ADVISE_CAPTURE_OTHER, ADVISE_CAPTURE_OTHER_LINUX},
    .judge = judge,
};
