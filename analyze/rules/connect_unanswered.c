/* SPDX-License-Identifier: Apache-2.0 */
/* SYNs without an answer. Seen at the server, SYN-ACKs without one. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum { SENDINGS_SURE = 3 };

static bool is_answered(const struct connection *c)
{
    return connection_stage(c) > RDPATH_STAGE_TCP_SYN || c->reset[0].seen || c->reset[1].seen ||
           fact_icmp(c, RDPATH_ICMP_PROHIBITED, RDPATH_BOTH) ||
           fact_icmp(c, RDPATH_ICMP_HOST, RDPATH_BOTH) ||
           fact_icmp(c, RDPATH_ICMP_PORT, RDPATH_BOTH);
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct opening *o = &c->opening;
    if (is_answered(c) || o->n_syn + o->n_syn_ack == 0) {
        if (connection_stage(c) > RDPATH_STAGE_TCP_SYN && !o->mid_stream)
            verdict_ruled_out(v, "the TCP connection was established");
        return;
    }
    bool back = o->n_syn_ack > 0;
    uint32_t n = back ? o->n_syn_ack : o->n_syn;
    bool silent = c->summary.ended.how == RDPATH_END_SILENCE;
    if (n < SENDINGS_SURE && !silent) { /* a SYN or two are lost on healthy paths as well */
        verdict_needs(v, "a capture that goes on for some seconds after the SYN");
        return;
    }
    enum rdpath_confidence sure = n >= SENDINGS_SURE ? RDPATH_CONFIRMED : RDPATH_LIKELY;
    if (back)
        verdict_found(v, sure, RDPATH_TO_CLIENT,
                      "The server answered the client's SYN %u times and the client never "
                      "confirmed: the answers do not reach it.",
                      n);
    else
        verdict_found(v, sure, RDPATH_NO_DIRECTION,
                      "Nothing answers at %s port %u: %u SYN%s in %.1f s, no answer of any kind.",
                      a->result.server.address, a->result.server.port, n, n == 1 ? "" : "s",
                      fact_seconds(c->last_ns - c->summary.start_ns));
    verdict_evidence(v, back ? &o->syn_ack : &o->syn, "%u %s without an answer", n,
                     back ? "SYN-ACKs" : "SYNs");
}

const struct rule rule_connect_unanswered = {
    .title = "SYNs are never answered",
    .means = "The connection request is dropped silently, or the server is off, or its answer is "
             "lost on the way back.",
    .recognised =
        "Three SYNs, or fewer and then silence, and neither SYN-ACK, RST nor ICMP; at the "
        "server, SYN-ACKs that the client never confirms.",
    .confused_with = "A refused port answers with RST at once; a polite firewall with ICMP.",
    .fix = "Check the address, the firewall rules for TCP 3389 on the way, and the server.",
    .advice = {ADVISE_TEST_PORT_WINDOWS, ADVISE_TEST_PORT_LINUX, ADVISE_LISTENER_WINDOWS,
               ADVISE_LISTENER_LINUX, ADVISE_FIREWALL_WINDOWS, ADVISE_FIREWALL_LINUX,
               ADVISE_CAPTURE_OTHER, ADVISE_CAPTURE_OTHER_LINUX, ADVISE_SERVICE_START,
               ADVISE_FIREWALL_OPEN, ADVISE_PATH_RULE},
    .judge = judge,
};
