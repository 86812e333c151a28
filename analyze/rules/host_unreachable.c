/* SPDX-License-Identifier: Apache-2.0 */
/* Another ICMP unreachable in answer to a SYN (RFC 792, RFC 4443 section 3.1). */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct icmp_seen *icmp = fact_icmp(c, RDPATH_ICMP_HOST, RDPATH_BOTH);
    if (!icmp)
        icmp = fact_icmp(c, RDPATH_ICMP_PORT, RDPATH_BOTH);
    if (!icmp || connection_stage(c) > RDPATH_STAGE_TCP_SYN)
        return;
    char from[ADDR_TEXT_SIZE];
    addr_format(&icmp->from, from);
    if (addr_equal(&icmp->from, &a->server))
        verdict_found(v, RDPATH_CONFIRMED, icmp->direction,
                      "%s is up and rejects connections to port %u: it answers that nothing can be "
                      "reached there.",
                      from, a->result.server.port);
    else
        verdict_found(v, RDPATH_CONFIRMED, icmp->direction,
                      "There is no way to %s: %s answers that it cannot be reached.",
                      a->result.server.address, from);
    verdict_evidence(v, &icmp->frames, "ICMP type %u code %u from %s", icmp->type, icmp->code,
                     from);
}

const struct rule rule_host_unreachable = {
    .title = "an ICMP unreachable answers",
    .means = "A router has no way to the server, or the server is off, or nothing has its address.",
    .recognised = "ICMP unreachable (net, host, port and the like) quoting the SYN.",
    .confused_with = "A firewall that says \"prohibited\" is firewall-reject.",
    .fix = "Check the address, the VPN's routes and that the server is up.",
    .advice = {ADVISE_ROUTE_WINDOWS, ADVISE_ROUTE_LINUX, ADVISE_TEST_PORT_WINDOWS,
               ADVISE_LISTENER_WINDOWS, ADVISE_LISTENER_LINUX, ADVISE_FIREWALL_WINDOWS,
               ADVISE_SERVICE_START, ADVISE_SERVICE_MOVED},
    .judge = judge,
};
