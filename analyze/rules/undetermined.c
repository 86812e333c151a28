/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/attempt/probed.h"
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

/* What would tell, for whoever has to take it. */
static void say_what_decides(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    bool at_server = a->result.vantage == RDPATH_AT_SERVER;
    if (a->n_connections == 0)
        verdict_decides(v, "a capture that holds the TCP connection beside it");
    else if (fact_of_probe(a))
        verdict_decides(v, "the answer of rdpath probe itself, which knows what it sent");
    else if (c->opening.mid_stream)
        verdict_decides(v, "a capture that begins before the connection does");
    else if (connection_hides_session(c) || connection_gateway_took(c))
        verdict_decides(v, "a capture between the gateway and the server behind it");
    else if (c->summary.ended.how == RDPATH_END_CAPTURE)
        verdict_decides(v, "a capture that goes on until the attempt is over");
    else
        verdict_decides(v,
                        "a capture of the next attempt at the %s: what was sent there and never "
                        "came here, and who ended it",
                        at_server ? "client" : "server");
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    bool stuck = fact_stuck(c, RDPATH_TO_SERVER) || fact_stuck(c, RDPATH_TO_CLIENT);
    if (a->n_connections == 0)
        verdict_found(
            v, RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
            "The capture holds an RDP attempt over UDP alone, without its TCP connection. "
            "It got as far as %s; why it went no further, or whether it did, cannot be "
            "told.",
            a->result.udp.stage ? a->result.udp.stage : "none");
    else if (a->probed && a->probed->lie)
        verdict_found(v, RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
                      "An ICMP error tells rdpath probe that packets may have at most %u bytes, "
                      "and larger ones arrive: it is forged, or a router on the path is wrong.",
                      a->probed->lie);
    else if (fact_of_probe(a))
        verdict_found(v, RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
                      "rdpath probe made these connections and left them on purpose; some of what "
                      "it sent was lost, refused or not answered.");
    else if (c->opening.mid_stream)
        verdict_found(v, RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
                      "The capture begins in the middle of a connection and shows no fault of its "
                      "own; how it began cannot be told.");
    else if (connection_hides_session(c))
        verdict_found(v, RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
                      "The client spoke TLS without RDP's own negotiation, as to an RD Gateway or "
                      "to another service over HTTPS; what went on inside cannot be seen.");
    else if (connection_gateway_took(c))
        verdict_found(v, RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
                      "The client reached an RD Gateway, which took its request; what went on "
                      "inside is not read.");
    else if (c->summary.ended.how == RDPATH_END_CAPTURE)
        verdict_found(v, RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
                      "The capture ends while the attempt is still going on (after \"%s\"); %s.",
                      rdpath_stage_title(a->result.stage),
                      stuck ? "data was stuck on the way, and why is not in it"
                            : "nothing had gone wrong by then");
    else
        verdict_found(v, RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
                      "The attempt got as far as \"%s\"; why it went no further, this capture "
                      "alone cannot tell.",
                      rdpath_stage_title(a->result.stage));
    say_what_decides(a, c, v);
}

const struct rule rule_undetermined = {
    .title = "the capture cannot tell",
    .means = "No rule found enough evidence. \"Still open\" says what would decide.",
    .recognised = "No other cause holds.",
    .confused_with = "Nothing: it is the honest answer where a guess would be the other one.",
    .fix = "Take the capture or the measurement that \"Still open\" names.",
    .advice = {ADVISE_CAPTURE_OTHER, ADVISE_CAPTURE_OTHER_LINUX},
    .judge = judge,
};
