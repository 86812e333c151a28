/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP port unreachable in answer to the SYN of RDP over UDP (RFC 1122 section 3.2.2.1). */
#include "analyze/rules/advice.h"
#include "analyze/rules/udp.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)c;
    const struct leg *leg = udp_leg(a, RDPATH_UDP_REFUSED, v);
    if (!leg)
        return;
    const struct icmp_seen *icmp = leg_icmp(leg, RDPATH_ICMP_PORT, RDPATH_TO_SERVER);
    char from[ADDR_TEXT_SIZE];
    addr_format(&icmp->from, from);
    bool own = addr_equal(&icmp->from, &a->server);
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                  "%s does not take RDP over UDP: nothing listens on UDP port %u%s.",
                  own ? "The server" : from, a->result.server.port,
                  own ? "" : " there, or a firewall says so in the server's place");
    verdict_evidence(v, &icmp->frames, "ICMP port unreachable from %s", from);
    udp_advise_listener(v, a);
}

const struct rule rule_udp_port_closed = {
    .title = "the server's UDP port is closed",
    .means = "Nothing listens on the UDP port; often that is meant so. The session goes on over "
             "TCP.",
    .recognised = "ICMP type 3 code 3, or ICMPv6 type 1 code 4, quoting the SYN datagram.",
    .confused_with = "A port unreachable behind the data of a session: there the peer has just "
                     "closed. That one is not counted.",
    .fix = "Turn UDP on at the server, or off at the client.",
    .advice = {ADVISE_UDP_OFF, ADVISE_UDP_OFF_FREERDP},
    .judge = judge,
};
