/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reset in the name of one end that the end did not send. Its TTL is not that of the end's other
 * packets; the IP id, the ACK flag and the options weigh in. One feature alone accuses nobody
 * surely.
 */
#include "analyze/rules/advice.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = i == 0 ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER;
        const struct reset_seen *r = &c->reset[way];
        const char *end = way == RDPATH_TO_CLIENT ? "server" : "client";
        if (!reset_is_foreign(r) || c->summary.ended.by != RDPATH_BY_MIDDLEBOX)
            continue;
        uint32_t n = reset_foreign_signs(r);
        enum rdpath_confidence sure = n >= 2 ? RDPATH_LIKELY : RDPATH_POSSIBLE;
        verdict_found(v, n >= 3 ? RDPATH_CONFIRMED : sure, way,
                      "A device between the two ends reset the connection in the %s's name.", end);
        struct rdpath_frames frames = frames_of(r->at.frame);
        verdict_evidence(v, &frames,
                         "the reset arrived with TTL %u, the %s's other packets with %u", r->ttl,
                         end, r->usual_ttl);
        if (r->has_id && r->id_zero && !r->usual_id_zero)
            verdict_evidence(v, &frames, "it carries IP id 0, the %s's other packets count", end);
        if (!r->has_ack)
            verdict_evidence(v, &frames, "it carries no acknowledgement");
        verdict_against(v, NULL, "a capture at the %s would show that it never sent it", end);
        return;
    }
    if (c->reset[0].seen || c->reset[1].seen)
        verdict_ruled_out(v, "the reset looks like its sender's other packets");
    else
        verdict_ruled_out(v, "the capture holds no reset");
}

const struct rule rule_middlebox_reset = {
    .title = "a device between the two ends sent the reset",
    .means = "A firewall, an intrusion prevention system or an antivirus ended the connection in "
             "the name of one end.",
    .recognised = "The reset's TTL differs from its sender's other packets, and its IP id or flags "
                  "differ as well.",
    .confused_with = "A server that closes by itself: its reset looks like its other packets.",
    .fix = "Find the device by its log, and the rule in it.",
    .advice = {ADVISE_SEARCH_LOGS, ADVISE_CAPTURE_OTHER, ADVISE_CAPTURE_OTHER_LINUX,
               ADVISE_EXCEPTION},
    .judge = judge,
};
