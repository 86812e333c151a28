/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reset in the name of one end that the end did not send: reset.def weighs the signs for it and
 * against it. Where they do not suffice, nobody is accused.
 */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum { SIGNS_SURE = 3 };

static const char *sender_of(enum rdpath_direction way)
{
    return way == RDPATH_TO_CLIENT ? "server" : "client";
}

static enum rdpath_confidence confidence(const struct connection *c, const struct reset_weight *w)
{
    if (w->sum >= RESET_FOREIGN_SURE && w->n_for >= SIGNS_SURE && fact_capture_whole(c))
        return RDPATH_CONFIRMED;
    return w->sum >= RESET_FOREIGN_LIKELY ? RDPATH_LIKELY : RDPATH_POSSIBLE;
}

static void prove(struct verdict *v, const struct reset_seen *r, const struct reset_weight *w)
{
    struct rdpath_frames frames = frames_of(r->at.frame);
    for (int i = 0; i < N_RESET_SIGNS; i++) {
        if (!(w->signs >> i & 1))
            continue;
        bool of_ttl = i <= RESET_SIGN_TTL_SAME;
        const char *ttls =
            of_ttl ? arena_format(v->arena, " (%u and %u)", r->ttl, r->usual_ttl) : "";
        if (reset_signs[i].weight > 0)
            verdict_evidence(v, &frames, "%s%s", reset_signs[i].words, ttls);
        else
            verdict_against(v, &frames, "%s%s", reset_signs[i].words, ttls);
    }
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    uint32_t n_seen = 0;
    for (int i = 0; i < 2; i++) {
        enum rdpath_direction way = i == 0 ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER;
        const struct reset_seen *r = &c->reset[way];
        struct reset_weight w = reset_weigh(c, way);
        n_seen += r->seen;
        if (w.sum < RESET_FOREIGN || c->summary.ended.by != RDPATH_BY_MIDDLEBOX)
            continue;
        verdict_found(v, confidence(c, &w), way,
                      "A device between the two ends reset the connection in the %s's name.",
                      sender_of(way));
        prove(v, r, &w);
        verdict_against(v, NULL,
                        "only a capture at the %s can show that the %s never sent the reset",
                        sender_of(way), sender_of(way));
        return;
    }
    if (n_seen && fact_reset_doubtful(c))
        verdict_needs(v, "a capture at the other end: some signs of the reset are not those of its "
                         "sender, and too few to tell");
    else if (n_seen)
        verdict_ruled_out(v, "the reset looks like its sender's other packets");
    else
        verdict_ruled_out(v, "the capture holds no reset");
}

const struct rule rule_middlebox_reset = {
    .title = "a device between the two ends sent the reset",
    .means = "A firewall, an intrusion prevention system or an antivirus ended the connection in "
             "the name of one end.",
    .recognised =
        "The reset's TTL, IP id, options or numbers are not those of its sender, it comes "
        "sooner than an answer could, or its sender goes on afterwards; what speaks "
        "for the sender is weighed against it.",
    .confused_with = "A server that closes by itself: its reset looks like its other packets.",
    .fix = "Find the device by its log, and the rule in it.",
    .advice = {ADVISE_SEARCH_LOGS, ADVISE_CAPTURE_OTHER, ADVISE_CAPTURE_OTHER_LINUX,
               ADVISE_EXCEPTION},
    .judge = judge,
};
