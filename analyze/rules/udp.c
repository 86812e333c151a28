/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/udp.h"

#include "analyze/rules/advice.h"

const struct leg *udp_leg(const struct attempt *a, enum rdpath_udp_outcome wanted,
                          struct verdict *v)
{
    const struct leg *leg = leg_decisive(a);
    if (!leg)
        return NULL;
    if (a->result.udp.outcome == RDPATH_UDP_OK) {
        verdict_ruled_out(v, "RDP over UDP worked: it got as far as %s", a->result.udp.stage);
        return NULL;
    }
    bool session = a->n_connections == 0 || connection_stage(a->decisive) == RDPATH_STAGE_ACTIVE;
    return session && a->result.udp.outcome == wanted ? leg : NULL;
}

const char *udp_direction_words(enum rdpath_direction way)
{
    static const char *const words[] = {" to the server", " to the client", "", ""};
    return words[way];
}

void udp_advise_listener(struct verdict *v, const struct attempt *a)
{
    advise(v, leg_decisive(a)->bare ? ADVISE_UDP_LISTENER_GATEWAY : ADVISE_UDP_LISTENER);
}
