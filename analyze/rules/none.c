/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/facts.h"
#include "analyze/rules/probed.h"
#include "analyze/rules/udp.h"

/* An attempt of which the capture holds the UDP leg alone. */
static void judge_udp(const struct attempt *a, struct verdict *v)
{
    const struct leg *leg = leg_decisive(a);
    if (!leg || a->result.udp.outcome != RDPATH_UDP_OK)
        return;
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                  "Nothing went wrong: RDP over UDP came up. Its TCP connection is not in this "
                  "capture.");
    verdict_evidence(v, &leg->hello[RDPATH_TO_CLIENT].frames,
                     "the server answered, and the handshake inside was completed");
}

/* A server may say why it ends a session [MS-RDPBCGR 2.2.5.1]; inside TLS nobody else reads it. */
static bool reason_is_hidden(const struct connection *c)
{
    return c->summary.ended.by == RDPATH_BY_SERVER && c->rungs[c->n_rungs - 1].inferred;
}

/* Without the bare acknowledgements of one side nobody sees losses and closed windows. */
static bool lacks_acknowledgements(const struct connection *c)
{
    enum { DATA_MIN = 8 };
    for (int way = 0; way < 2; way++) {
        if (c->path[way].n_data >= DATA_MIN && c->path[!way].n_bare_acks == 0)
            return true;
    }
    return false;
}

/* Whoever lacks a datagram of RDP over UDP says so, and at that end nothing else shows it. */
static int64_t datagram_is_awaited_ns(const struct attempt *a)
{
    const struct leg *leg = leg_decisive(a);
    int64_t longest = 0;
    for (int way = 0; leg && way < 2; way++) {
        int64_t awaited = leg_awaits_ns(a, leg, (enum rdpath_direction)way);
        longest = awaited > longest ? awaited : longest;
    }
    return longest >= RDPATH_HOLE_LASTS_NS ? longest : 0;
}

/* All sizes that a probe asked for got through, and the server said what it has to say. */
static void judge_probe(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    enum rdpath_stage stage = connection_stage(c);
    bool without_tls = stage == RDPATH_STAGE_X224_CONFIRM && !c->rdp.failure && !c->rdp.selected;
    bool answered = stage > RDPATH_STAGE_TLS_HELLO || without_tls;
    if (!a->probed || !answered || !probed_is_clear(a))
        return;
    verdict_found(v, RDPATH_LIKELY, RDPATH_NO_DIRECTION,
                  "Nothing went wrong: rdpath probe made these connections and left them on "
                  "purpose, after \"%s\".",
                  rdpath_stage_title(connection_stage(c)));
    struct rdpath_frames hello = frames_of(c->client_hello.frame);
    verdict_evidence(v, &hello, "the ClientHello is that of rdpath probe");
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    if (a->n_connections == 0) {
        judge_udp(a, v);
        return;
    }
    if (fact_of_probe(a)) {
        judge_probe(a, c, v);
        return;
    }
    if (connection_stage(c) != RDPATH_STAGE_ACTIVE || fact_stuck(c, RDPATH_TO_SERVER) ||
        fact_stuck(c, RDPATH_TO_CLIENT))
        return;
    bool open = leg_decisive(a) && a->result.udp.outcome == RDPATH_UDP_UNKNOWN;
    bool hidden = reason_is_hidden(c);
    bool blind = lacks_acknowledgements(c);
    int64_t awaited_ns = datagram_is_awaited_ns(a);
    bool sure = !open && !hidden && !blind && !awaited_ns;
    verdict_found(v, sure ? RDPATH_CONFIRMED : RDPATH_LIKELY, RDPATH_NO_DIRECTION,
                  "Nothing went wrong: the session came up, and the capture shows no fault.");
    struct rdpath_frames up = frames_of(c->rungs[c->n_rungs - 1].frame);
    verdict_evidence(v, &up, "the session was active");
    if (open)
        verdict_against(v, NULL, "what became of RDP over UDP cannot be told");
    if (awaited_ns)
        verdict_against(v, NULL,
                        "for %.1f s, to its end, RDP over UDP lacked a datagram that later ones "
                        "overtook: a capture at the other end shows its size",
                        fact_seconds(awaited_ns));
    if (blind)
        verdict_against(v, NULL, "one side's bare acknowledgements are not in the capture");
    if (hidden)
        verdict_against(v, NULL,
                        "the server ended it; a reason that it may have given is encrypted");
}

const struct rule rule_none = {
    .title = "nothing went wrong",
    .means = "The session came up and nothing in the capture harmed it.",
    .recognised =
        "The attempt reached the rung \"active\" and no rule found a fault; or rdpath probe "
        "made it, and all was answered.",
    .confused_with = "A fault that shows only later, or in RDP over UDP, is not in this capture.",
    .fix = "Nothing to fix.",
    .judge = judge,
};
