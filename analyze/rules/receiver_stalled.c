/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One side keeps its receive window closed: its system is alive, its program reads no more
 * (RFC 9293 section 3.8.6). A window that opens again is how TCP works, and no fault.
 */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

#define STALLED_NS 5000000000LL       /* longer than a busy program takes to read on */
#define STALLED_SURE_NS 10000000000LL /* and than one that was swapped out */

enum { TOLD_LIKELY = 2, TOLD_SURE = 3 }; /* once could be the last thing that it said */

static const char *receiver(int way)
{
    return way == RDPATH_TO_SERVER ? "server" : "client";
}

static int64_t closed_for_ns(const struct attempt *a, const struct connection *c, int way)
{
    bool silence = c->summary.ended.how == RDPATH_END_SILENCE;
    return (silence ? a->capture_end_ns : c->last_ns) - c->window[way].since_ns;
}

/* Who has said goodbye reads no more, and need not. */
static bool has_left(const struct connection *c, int way)
{
    const struct moment *fin = &c->fin[!way];
    return fin->frame && fin->ts_ns <= c->window[way].since_ns;
}

static enum rdpath_confidence confidence(const struct attempt *a, const struct connection *c,
                                         int way)
{
    uint32_t n_told = c->window[way].n_told;
    if (!fact_capture_whole(c) || n_told < TOLD_LIKELY)
        return RDPATH_POSSIBLE;
    bool sure = n_told >= TOLD_SURE && closed_for_ns(a, c, way) >= STALLED_SURE_NS;
    return sure ? RDPATH_CONFIRMED : RDPATH_LIKELY;
}

static void found(const struct attempt *a, const struct connection *c, struct verdict *v, int way)
{
    const struct window_seen *w = &c->window[way];
    double seconds = fact_seconds(closed_for_ns(a, c, way));
    uint32_t n_answered = c->n_probes_answered[way];
    verdict_found(v, confidence(a, c, way), (enum rdpath_direction)way,
                  "The %s closed its receive window and took no more data for %.1f s, until the "
                  "end: its program reads no more.",
                  receiver(way), seconds);
    verdict_evidence(v, &w->frames, "%u packets of the %s told a window of 0", w->n_told,
                     receiver(way));
    if (n_answered)
        verdict_evidence(v, NULL, "it answered %u probes meanwhile: its system is alive",
                         n_answered);
    if (w->n_told < TOLD_LIKELY)
        verdict_against(v, &w->frames, "it said so once: what came later may not be captured");
    if (way == RDPATH_TO_SERVER) {
        advise(v, ADVISE_RESTART_WINDOWS);
        advise(v, ADVISE_RESTART_XRDP);
    } else {
        advise(v, ADVISE_END_CLIENT);
    }
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    for (int way = 0; way < 2; way++) {
        const struct window_seen *w = &c->window[way];
        if (w->closed && w->overrun)
            verdict_needs(v,
                          "a capture that holds every packet: data flowed on, so that the %s "
                          "must have opened its window again",
                          receiver(way));
        if (w->closed && !w->overrun && !has_left(c, way) &&
            closed_for_ns(a, c, way) >= STALLED_NS) {
            found(a, c, v, way);
            return;
        }
        if (!w->closed && w->frames.total)
            verdict_ruled_out(v, "the %s closed its window for at most %.1f s, then opened it",
                              receiver(way), fact_seconds(w->longest_ns));
    }
}

const struct rule rule_receiver_stalled = {
    .title = "one side keeps its window closed",
    .means = "The program at one end no longer reads what arrives: it hangs, or its machine is "
             "overloaded, asleep or out of memory.",
    .recognised = "A receive window of 0 that is never opened again, for at least five seconds and "
                  "until the end; confirmed where it was told three times in ten seconds.",
    .confused_with = "A path outage: there nothing comes back. Here the host still answers, and "
                     "every answer says that it has no room.",
    .fix = "Look at that machine: processor, memory, the Remote Desktop program.",
    .advice = {ADVISE_BUSY_WINDOWS, ADVISE_BUSY_LINUX, ADVISE_CAPTURE_OTHER,
               ADVISE_CAPTURE_OTHER_LINUX},
    .judge = judge,
};
