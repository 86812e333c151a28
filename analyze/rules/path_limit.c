/* SPDX-License-Identifier: Apache-2.0 */
/* Less than the interface sends gets through, and who sends is told: rdpath probe measured it. */
#include "analyze/rules/advice.h"
#include "analyze/rules/probed.h"

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)c;
    if (a->probed)
        probed_judge(a, v, PROBED_TOLD);
}

const struct rule rule_path_limit = {
    .title = "the path carries less than the client's interface, and says so",
    .means = "A link on the path, usually a VPN, has a smaller MTU, and the ICMP errors that tell "
             "the ends of it arrive. RDP works as long as they do.",
    .recognised =
        "The recording of rdpath probe: ICMP errors about its packets name a size that "
        "passes, and the next one does not; or the server makes no larger packets. In the "
        "capture of a client this is the observation pmtu-discovered and no fault.",
    .confused_with = "A black hole: there nobody says so, and large packets vanish.",
    .fix =
        "Nothing has to be fixed; that MTU on the adapter, or an MSS clamp, makes RDP independent "
        "of the ICMP errors.",
    .advice = {ADVISE_MTU_WINDOWS, ADVISE_MTU_LINUX, ADVISE_CLAMP_LINUX, ADVISE_CLAMP_DEVICES},
    .judge = judge,
};
