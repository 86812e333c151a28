/* SPDX-License-Identifier: Apache-2.0 */
/* The server's own RST to a SYN. Seen at the client, a device near it could have sent it: then its
   TTL has not been lowered by any router. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

static bool is_fresh(uint8_t ttl)
{
    return ttl == 64 || ttl == 128 || ttl == 255;
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct reset_seen *r = &c->reset[RDPATH_TO_CLIENT];
    if (!r->seen || !r->answers_syn || c->opening.n_syn_ack ||
        reset_is_foreign(c, RDPATH_TO_CLIENT))
        return;
    bool here = a->result.vantage == RDPATH_AT_SERVER;
    bool near = !here && is_fresh(r->ttl) && r->usual_ttl == 0;
    enum rdpath_confidence sure = here || r->usual_ttl ? RDPATH_CONFIRMED
                                  : near               ? RDPATH_POSSIBLE
                                                       : RDPATH_LIKELY;
    verdict_found(v, sure, RDPATH_NO_DIRECTION,
                  "The server at %s refuses connections on port %u: it answers each SYN with a "
                  "reset.",
                  a->result.server.address, a->result.server.port);
    struct rdpath_frames frames = frames_of(r->at.frame);
    verdict_evidence(v, &frames, "RST in answer to the SYN, %.1f ms after it",
                     fact_seconds(r->after_syn_ns) * 1e3);
    if (near)
        verdict_against(v, &frames,
                        "its TTL of %u was lowered by no router: a device in front of the client "
                        "could have sent it, if the server is not in the same network",
                        r->ttl);
}

const struct rule rule_connect_refused = {
    .title = "the server refuses the connection",
    .means = "The server host is up, and nothing on it listens on this port, or its firewall "
             "rejects.",
    .recognised = "RST in answer to the SYN, with the TTL of the server's other packets.",
    .confused_with = "A firewall that sends the reset in the server's name: its TTL differs.",
    .fix = "Start Remote Desktop Services, enable Remote Desktop, check the port number.",
    .advice = {ADVISE_TEST_PORT_WINDOWS, ADVISE_TEST_PORT_LINUX, ADVISE_LISTENER_WINDOWS,
               ADVISE_LISTENER_LINUX, ADVISE_RDP_ENABLED, ADVISE_FIREWALL_WINDOWS,
               ADVISE_SERVICE_START, ADVISE_RDP_ENABLE, ADVISE_FIREWALL_OPEN, ADVISE_SERVICE_MOVED},
    .judge = judge,
};
