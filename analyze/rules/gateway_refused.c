/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP in clear to an RD Gateway, and the answer is a refusal. Status 401 is none: with it every
   logon begins [MS-TSGU 3.3.5.1]. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum { FORBIDDEN = 403, NOT_FOUND = 404, NOT_ALLOWED = 405 };

static bool is_refusal(uint16_t code)
{
    return code == FORBIDDEN || code == NOT_FOUND || code == NOT_ALLOWED || code / 100 == 5;
}

/* RFC 9110 section 15 */
static const char *meaning_of(uint16_t code)
{
    if (code == FORBIDDEN)
        return "it forbids this request";
    if (code / 100 == 5)
        return "it cannot serve it at present";
    return "it knows no RD Gateway there";
}

/* Another of the attempt's connections was taken. */
static bool was_taken(const struct attempt *a)
{
    for (uint32_t i = 0; i < a->n_connections; i++) {
        if (connection_gateway_took(a->connections[i]))
            return true;
    }
    return false;
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct rdpath_ended *e = &c->summary.ended;
    if (!c->gateway_method || !is_refusal(c->gateway_code))
        return;
    if (was_taken(a)) {
        verdict_ruled_out(v, "another request of the client was taken");
        return;
    }
    if (!fact_capture_whole(c) || a->n_retired || fact_stuck(c, RDPATH_TO_SERVER) ||
        fact_stuck(c, RDPATH_TO_CLIENT)) {
        verdict_needs(v, "a capture that holds every byte: a later answer may be missing");
        return;
    }
    if (e->how != RDPATH_END_FIN && e->how != RDPATH_END_RST) {
        verdict_needs(v, "a capture that goes on until the connection is closed");
        return;
    }
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                  "What answers for the RD Gateway at %s port %u refused the request %s with HTTP "
                  "status %u: %s.",
                  a->result.server.address, a->result.server.port, c->gateway_method,
                  c->gateway_code, meaning_of(c->gateway_code));
    struct rdpath_frames frames = frames_of(c->gateway_answered.frame);
    verdict_evidence(v, &frames, "the last answer is HTTP status %u", c->gateway_code);
    frames = frames_of(c->gateway_at.frame);
    verdict_evidence(v, &frames, "the client had asked with %s", c->gateway_method);
    frames = frames_of(e->frame);
    verdict_evidence(v, &frames, "the connection was closed behind it");
}

const struct rule rule_gateway_refused = {
    .title = "an RD Gateway refused the tunnel",
    .means = "The gateway, or a proxy or web server in its place, answered the client's request "
             "with a refusal. The attempt never came to the server behind it.",
    .recognised = "HTTP in clear: a request with a method of RD Gateway, answered with status "
                  "403, 404, 405 or 5xx, and no request that was taken.",
    .confused_with = "Status 401, with which every logon begins. Inside HTTPS nothing of this can "
                     "be seen.",
    .fix = "The gateway's event log names the policy; a status 404 or 405 says that its virtual "
           "directory is missing or another service answers.",
    .advice = {ADVISE_EVENTS_GATEWAY, ADVISE_CLIENT_LOG},
    .judge = judge,
};
