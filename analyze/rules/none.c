/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/facts.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    if (connection_stage(c) != RDPATH_STAGE_ACTIVE || fact_stuck(c, RDPATH_TO_SERVER) ||
        fact_stuck(c, RDPATH_TO_CLIENT))
        return;
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                  "Nothing went wrong: the session came up, and the capture shows no fault.");
    struct rdpath_frames up = frames_of(c->rungs[c->n_rungs - 1].frame);
    verdict_evidence(v, &up, "the session was active");
}

const struct rule rule_none = {
    .title = "nothing went wrong",
    .means = "The session came up and nothing in the capture harmed it.",
    .recognised = "The attempt reached the rung \"active\" and no rule found a fault.",
    .confused_with = "A fault that shows only later, or in RDP over UDP, is not in this capture.",
    .fix = "Nothing to fix.",
    .judge = judge,
};
