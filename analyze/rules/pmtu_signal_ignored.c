/* SPDX-License-Identifier: Apache-2.0 */
/* The ICMP error arrives and its addressee goes on sending packets that are too large. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum { IGNORED_SURE = 3, IGNORED_LIKELY = 2 };

static const struct icmp_seen *ignored(const struct connection *c)
{
    for (uint32_t i = 0; i < c->n_icmp; i++) {
        const struct icmp_seen *icmp = c->icmp[i];
        if (icmp->kind == RDPATH_ICMP_TOO_BIG && !icmp->sender_shrank &&
            icmp->n_too_large_after >= IGNORED_LIKELY)
            return icmp;
    }
    return NULL;
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    const struct icmp_seen *any = fact_icmp(c, RDPATH_ICMP_TOO_BIG, RDPATH_BOTH);
    const struct icmp_seen *icmp = ignored(c);
    if (!any)
        return;
    if (!icmp && any->sender_shrank)
        verdict_ruled_out(v, "the router's advice to send at most %u bytes was followed", any->mtu);
    else if (!icmp)
        verdict_needs(v, "a capture that goes on after the router's error: too little was sent "
                         "after it to tell whether it was heeded");
    if (!icmp)
        return;
    char from[ADDR_TEXT_SIZE];
    addr_format(&icmp->from, from);
    const char *sender = icmp->direction == RDPATH_TO_CLIENT ? "server" : "client";
    verdict_found(v, icmp->n_too_large_after >= IGNORED_SURE ? RDPATH_CONFIRMED : RDPATH_LIKELY,
                  icmp->direction,
                  "The %s ignores the router %s, which says that packets %s may have at most %u "
                  "bytes: it goes on sending larger ones.",
                  sender, from, attempt_direction_words(icmp->direction), icmp->mtu);
    verdict_evidence(v, &icmp->frames, "%u ICMP error%s from %s: at most %u bytes", icmp->n,
                     icmp->n == 1 ? "" : "s", from, icmp->mtu);
    verdict_evidence(v, &icmp->ignored_frames, "%u larger packets were sent after it",
                     icmp->n_too_large_after);
}

const struct rule rule_pmtu_signal_ignored = {
    .title = "the ICMP error arrives and the sender keeps its size",
    .means = "A router says how large packets may be, and the host that should listen does not: "
             "usually its own firewall drops ICMP, or path MTU discovery is off.",
    .recognised =
        "ICMP \"fragmentation needed\" or \"packet too big\" that fits the connection, and "
        "larger packets after it.",
    .confused_with = "A black hole has no such ICMP error.",
    .fix = "Let ICMP type 3 code 4 and ICMPv6 type 2 into that host; a smaller MTU as relief.",
    .advice = {ADVISE_PROBE, ADVISE_PING_WINDOWS, ADVISE_PING_LINUX, ADVISE_DESTINATION_CACHE,
               ADVISE_ICMP_WINDOWS, ADVISE_ICMP_LINUX, ADVISE_MTU_WINDOWS, ADVISE_MTU_LINUX,
               ADVISE_CLAMP_LINUX, ADVISE_CLAMP_DEVICES},
    .judge = judge,
};
