/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP "administratively prohibited" in answer to the SYN of RDP over UDP. */
#include "analyze/rules/advice.h"
#include "analyze/rules/udp.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)c;
    const struct leg *leg = udp_leg(a, RDPATH_UDP_REJECTED, v);
    if (!leg)
        return;
    const struct icmp_seen *icmp = leg_icmp(leg, RDPATH_ICMP_PROHIBITED, RDPATH_TO_SERVER);
    char from[ADDR_TEXT_SIZE];
    addr_format(&icmp->from, from);
    verdict_found(v, RDPATH_CONFIRMED, icmp->direction,
                  "A firewall at %s forbids RDP over UDP to %s port %u, and says so.", from,
                  a->result.server.address, a->result.server.port);
    verdict_evidence(v, &icmp->frames, "ICMP type %u code %u (administratively prohibited) from %s",
                     icmp->type, icmp->code, from);
}

const struct rule rule_udp_rejected = {
    .title = "a firewall rejects RDP over UDP with ICMP",
    .means =
        "A device on the path, or the server's own firewall, forbids the UDP port. The session "
        "goes on over TCP.",
    .recognised = "ICMP type 3 code 9, 10 or 13, or ICMPv6 type 1 code 1, 5 or 6, quoting the SYN "
                  "datagram.",
    .confused_with = "A closed port: there the server itself answers, with port unreachable.",
    .fix = "A rule for UDP 3389 by who owns the address that sent the error.",
    .advice = {ADVISE_UDP_FIREWALL, ADVISE_UDP_OFF, ADVISE_UDP_OFF_FREERDP, ADVISE_UDP_PATH},
    .judge = judge,
};
