/* SPDX-License-Identifier: Apache-2.0 */
/* The server's kernel acknowledges, its service never answers. That nothing is under way is told by
   the sequence number of the server's later empty packets: no hole. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

#define SILENT_NS 3000000000LL
#define SILENT_SURE_NS 5000000000LL

static bool is_servers_turn(const struct connection *c)
{
    enum rdpath_stage stage = connection_stage(c);
    return stage == RDPATH_STAGE_X224_REQUEST || stage == RDPATH_STAGE_TLS_HELLO;
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct rdpath_path *down = &c->path[RDPATH_TO_CLIENT];
    if (!is_servers_turn(c) || c->tls.server_answered)
        return;
    if (fact_stuck(c, RDPATH_TO_SERVER) || fact_stuck(c, RDPATH_TO_CLIENT) ||
        down->repeated.n_sent > 1) {
        verdict_ruled_out(v, "the server did answer: data is stuck on the way");
        return;
    }
    const struct rdpath_ended *e = &c->summary.ended;
    int64_t waited = e->quiet_before_ns;
    if (e->by == RDPATH_BY_SERVER || e->by == RDPATH_BY_MIDDLEBOX || waited < SILENT_NS)
        return;
    const struct rdpath_rung *asked = &c->rungs[c->n_rungs - 1];
    if (down->last_new_ns > asked->ts_ns) {
        verdict_needs(v, "a capture with its packets in order: the server said something behind "
                         "the request, and what it was cannot be read");
        return;
    }
    bool alive =
        c->n_probes_answered[RDPATH_TO_SERVER] || down->last_packet_ns > asked->ts_ns + SILENT_NS;
    const char *what =
        asked->stage == RDPATH_STAGE_TLS_HELLO ? "TLS ClientHello" : "X.224 connection request";
    if (!alive && down->last_packet_ns < asked->ts_ns) {
        verdict_needs(v,
                      "a packet of the server after the %s: nothing came, not even an "
                      "acknowledgement",
                      what);
        return;
    }
    bool sure = alive && waited >= SILENT_SURE_NS && fact_capture_whole(c);
    verdict_found(v, sure ? RDPATH_CONFIRMED : RDPATH_LIKELY, RDPATH_NO_DIRECTION,
                  "The server took the %s and never answered it: its service hangs, while its "
                  "system is alive.",
                  what);
    struct rdpath_frames frames = frames_of(asked->frame);
    verdict_evidence(v, &frames, "the %s was acknowledged; nothing followed for %.1f s", what,
                     fact_seconds(waited));
    if (c->n_probes_answered[RDPATH_TO_SERVER])
        verdict_evidence(v, NULL, "the server answered %u keep-alives meanwhile",
                         c->n_probes_answered[RDPATH_TO_SERVER]);
    (void)a;
}

const struct rule rule_server_silent = {
    .title = "the server host acknowledges and its service never answers",
    .means = "The service behind the port hangs or is overloaded.",
    .recognised =
        "The request was acknowledged, the server's later empty packets show that it sent "
        "nothing, and seconds pass.",
    .confused_with = "A black hole towards the client: there the server's numbers run ahead.",
    .fix = "Read the server's events; restart the service.",
    .advice = {ADVISE_EVENTS_LISTENER, ADVISE_JOURNAL_XRDP, ADVISE_RESTART_WINDOWS,
               ADVISE_RESTART_XRDP},
    .judge = judge,
};
