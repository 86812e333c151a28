/* SPDX-License-Identifier: Apache-2.0 */
/* The server selected a security protocol that the client did not offer or will not use. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/negotiation.h"

#define AT_ONCE_NS 2000000000LL

static const char *selected_words(const struct connection *c)
{
    const char *name = rdpath_protocol_name(c->rdp.selected);
    return name ? name : "an unknown protocol";
}

static void found_not_offered(struct verdict *v, const struct connection *c, bool gave_up)
{
    verdict_found(v, gave_up && fact_capture_whole(c) ? RDPATH_CONFIRMED : RDPATH_LIKELY,
                  RDPATH_NO_DIRECTION,
                  "The server selected %s, the client offered only %s: they have no security "
                  "protocol in common.",
                  selected_words(c), negotiation_requested(v, c));
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct rdpath_rdp *rdp = &c->rdp;
    if (fact_of_probe(a) || !rdp->has_response || rdp->failure || !rdp->has_request)
        return;
    /* A client may list what it then refuses: it closes on the confirm, without a ClientHello. */
    bool refused = connection_stage(c) == RDPATH_STAGE_X224_CONFIRM && c->opening.n_syn &&
                   fact_closed_early(c, RDPATH_BY_CLIENT) &&
                   c->summary.ended.quiet_before_ns < AT_ONCE_NS && fact_capture_whole(c) &&
                   !fact_reset_doubtful(c);
    bool offered = rdp->selected == 0 ? rdp->requested == 0 : (rdp->selected & rdp->requested) != 0;
    if (offered && refused) {
        verdict_found(v, RDPATH_LIKELY, RDPATH_NO_DIRECTION,
                      "The server selected %s and the client closed at once: it insists on another "
                      "protocol, usually NLA (hybrid).",
                      selected_words(c));
    } else if (offered) {
        verdict_ruled_out(v, "the server selected what the client offered: %s", selected_words(c));
        return;
    }
    if (connection_stage(c) > RDPATH_STAGE_X224_CONFIRM)
        return;
    bool gave_up = c->summary.ended.by == RDPATH_BY_CLIENT;
    if (!offered)
        found_not_offered(v, c, gave_up);
    struct rdpath_frames frames = frames_of(c->rungs[c->n_rungs - 1].frame);
    verdict_evidence(v, &frames, "X.224 confirm with selectedProtocol 0x%x", rdp->selected);
    if (gave_up) {
        frames = frames_of(c->summary.ended.frame);
        verdict_evidence(v, &frames, "the client closed right after it");
    }
    (void)a;
}

const struct rule rule_protocol_mismatch = {
    .title = "the server selected a security protocol that the client did not offer",
    .means = "The client insists on a protocol (often NLA alone) that the server cannot do.",
    .recognised = "selectedProtocol is not among requestedProtocols and the client closes.",
    .confused_with = "nla-required and the like: there the server refuses by a failure code.",
    .fix = "Let the client offer more, or enable the protocol on the server.",
    .advice = {ADVISE_SECURITY_LAYER_SHOW, ADVISE_NLA_ON, ADVISE_SECURITY_LAYER_XRDP,
               ADVISE_CLIENT_OFFERS_MORE},
    .judge = judge,
};
