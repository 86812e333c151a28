/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP "administratively prohibited" (RFC 1812 section 5.2.7.1) in answer to a SYN. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct icmp_seen *icmp = fact_icmp(c, RDPATH_ICMP_PROHIBITED, RDPATH_BOTH);
    if (!icmp || connection_stage(c) > RDPATH_STAGE_TCP_SYN)
        return;
    char from[ADDR_TEXT_SIZE];
    addr_format(&icmp->from, from);
    verdict_found(v, RDPATH_CONFIRMED, icmp->direction,
                  "A firewall at %s forbids the connection to %s port %u, and says so.", from,
                  a->result.server.address, a->result.server.port);
    verdict_evidence(v, &icmp->frames, "ICMP type %u code %u (administratively prohibited) from %s",
                     icmp->type, icmp->code, from);
}

const struct rule rule_firewall_reject = {
    .title = "a firewall rejects the connection with ICMP",
    .means = "A device on the path, or the server's own firewall, forbids the connection.",
    .recognised = "ICMP type 3 code 9, 10 or 13, or ICMPv6 type 1 code 1, 5 or 6, quoting the SYN.",
    .confused_with = "Host unreachable: there is no way to the server. Here there is one, closed.",
    .fix = "A firewall rule by who owns the address that sent the ICMP error.",
    .advice = {ADVISE_TEST_PORT_WINDOWS, ADVISE_TEST_PORT_LINUX, ADVISE_FIREWALL_WINDOWS,
               ADVISE_FIREWALL_LINUX, ADVISE_FIREWALL_OPEN, ADVISE_PATH_RULE},
    .judge = judge,
};
