/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/negotiation.h"

const char *negotiation_requested(struct verdict *v, const struct connection *c)
{
    const char *list = "";
    if (c->rdp.requested == 0)
        return rdpath_protocol_name(0);
    for (int bit = 0; bit < 32; bit++) {
        uint32_t protocol = 1U << bit;
        const char *name = rdpath_protocol_name(protocol);
        if (c->rdp.requested & protocol && name)
            list = arena_format(v->arena, "%s%s%s", list, *list ? ", " : "", name);
    }
    return list;
}

bool negotiation_failed(const struct connection *c, uint32_t code, const char *sentence,
                        struct verdict *v)
{
    if (c->rdp.failure != code)
        return false;
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION, "%s", sentence);
    const struct rdpath_rung *answer = &c->rungs[c->n_rungs ? c->n_rungs - 1 : 0];
    struct rdpath_frames frames = frames_of(answer->frame);
    verdict_evidence(v, &frames, "the server answered RDP_NEG_FAILURE %u, %s", code,
                     rdpath_failure_name(code));
    verdict_evidence(v, NULL, "the client offered: %s", negotiation_requested(v, c));
    return true;
}
