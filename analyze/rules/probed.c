/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/probed.h"

#include "analyze/attempt/probed.h"

enum {
    DOUBTFUL_V4 = 576, /* every IPv4 host receives so much (RFC 791): below, size is not why */
    LEAST_V6 = 1280,   /* RFC 8200 section 5 */
};

static enum probed_kind kind_of(const struct attempt *a, const struct probed_limit *l)
{
    uint32_t least = a->server.version == 6 ? LEAST_V6 : DOUBTFUL_V4;
    bool any = l->mtu.below || (l->told && l->mtu.at_least);
    if (!any)
        return l->lost ? PROBED_OPEN : PROBED_PASSES;
    if (l->mtu.at_least < least)
        return PROBED_OPEN;
    return l->told || l->cut ? PROBED_TOLD : PROBED_VANISHES;
}

bool probed_is_clear(const struct attempt *a)
{
    return !a->probed->lie && !a->probed->udp.below &&
           kind_of(a, &a->probed->limit[0]) == PROBED_PASSES &&
           kind_of(a, &a->probed->limit[1]) == PROBED_PASSES;
}

static bool is_exact(const struct probed_limit *l)
{
    return l->mtu.below == l->mtu.at_least + 1;
}

/* "more than 1400 bytes to the server" */
static const char *words_of(struct verdict *v, const struct probed_limit *l, int way)
{
    const char *to = attempt_direction_words((enum rdpath_direction)way);
    if (!l->mtu.below || is_exact(l))
        return arena_format(v->arena, "more than %u bytes %s", l->mtu.at_least, to);
    return arena_format(v->arena, "more than N bytes %s (N is %u to %u)", to, l->mtu.at_least,
                        l->mtu.below - 1);
}

static void prove_vanishes(struct verdict *v, const struct probed_limit *l, int way)
{
    const char *to = attempt_direction_words((enum rdpath_direction)way);
    verdict_evidence(v, &l->missed,
                     "%s%u bytes %s were missed %u times, while smaller packets arrived",
                     is_exact(l) ? "" : "up to ", l->mtu.below, to, l->n_missed);
    if (l->lossy)
        verdict_against(v, NULL, "smaller packets %s were lost as well, though not as often", to);
    if (!is_exact(l))
        verdict_against(v, NULL, "%u to %u bytes %s were asked for too seldom to tell",
                        l->mtu.at_least + 1, l->mtu.below - 1, to);
}

static void prove_told(const struct attempt *a, struct verdict *v, const struct probed_limit *l,
                       int way)
{
    const struct probed_named *named = &a->probed->named[way];
    char from[ADDR_TEXT_SIZE];
    addr_format(&named->by, from);
    if (named->n)
        verdict_evidence(v, &named->frames, "%u ICMP error%s, the first from %s: at most %u bytes",
                         named->frames.total, named->frames.total == 1 ? "" : "s", from,
                         l->mtu.at_least);
    else if (l->told)
        verdict_evidence(v, NULL,
                         "the server makes no larger packets, though it may: it was told, its MSS "
                         "is clamped, or its own interface has that limit");
    if (l->cut)
        verdict_evidence(v, NULL, "larger replies to echo arrive in fragments");
}

static void prove(const struct attempt *a, struct verdict *v, enum probed_kind kind, int way)
{
    const struct probed_limit *l = &a->probed->limit[way];
    verdict_evidence(v, &l->passed, "%u bytes %s arrived", l->mtu.at_least,
                     attempt_direction_words((enum rdpath_direction)way));
    if (kind == PROBED_VANISHES)
        prove_vanishes(v, l, way);
    else
        prove_told(a, v, l, way);
}

static enum rdpath_direction direction_of(const bool holds[2])
{
    if (holds[0] && holds[1])
        return RDPATH_BOTH;
    return holds[RDPATH_TO_SERVER] ? RDPATH_TO_SERVER : RDPATH_TO_CLIENT;
}

void probed_judge(const struct attempt *a, struct verdict *v, enum probed_kind kind)
{
    const struct probed_limit *l = a->probed->limit;
    bool holds[2] = {kind_of(a, &l[0]) == kind, kind_of(a, &l[1]) == kind};
    if (!holds[0] && !holds[1])
        return;
    enum rdpath_confidence confidence = RDPATH_CONFIRMED;
    const char *what = "";
    for (int way = 0; way < 2; way++) {
        if (!holds[way])
            continue;
        what = arena_format(v->arena, "%s%s%s", what, *what ? " and of " : "",
                            words_of(v, &l[way], way));
        if (l[way].lossy || !(kind == PROBED_TOLD ? l[way].told : is_exact(&l[way])))
            confidence = RDPATH_LIKELY;
    }
    verdict_found(v, confidence, direction_of(holds),
                  kind == PROBED_VANISHES
                      ? "Packets of %s vanish, and no ICMP error says so, as rdpath probe measured."
                      : "Packets of %s do not pass, and whoever sends them is told so: an honest "
                        "limit of the path, as rdpath probe measured.",
                  what);
    for (int way = 0; way < 2; way++) {
        if (holds[way])
            prove(a, v, kind, way);
    }
}
