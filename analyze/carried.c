/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed tunnels of an input. */
#include "analyze/carried.h"

#include <inttypes.h>

void carried_outside(struct carriers *all, const struct packet *p, rdpath_ref frame)
{
    enum tunnel_kind kind = sealed_kind(p);
    if (kind != TUNNEL_NONE)
        carriers_note(all, p, kind, frame);
}

void carried_segment(struct carriers *all, const struct packet *p, rdpath_ref frame)
{
    struct sealed_segment s;
    if (!sealed_segment_read(p, &s))
        return;
    struct packet one = *p;
    for (uint32_t i = 0; i < s.n; i++) {
        one.ip_len = s.ip_len[i];
        carriers_note(all, &one, s.kind, frame);
    }
}

void carried_inside(struct carriers *all, struct trial *t, const struct packet *p,
                    enum rdpath_direction way)
{
    if (p->tunnel != TUNNEL_NONE || !carriers_any(all))
        return;
    if (!t->pairing)
        t->pairing = memory_zeroed(sizeof *t->pairing);
    carriers_note_inner(all, t->pairing, p, way);
}

static void tunnel_set(struct tunnel_seen *seen, const struct carrier *c)
{
    *seen = (struct tunnel_seen){
        .tag = tunnel_tag((enum tunnel_kind)c->kind),
        .title = tunnel_title((enum tunnel_kind)c->kind),
        .ends = {c->ends[0], c->ends[1]},
        .largest_outer = c->largest,
        .frames = c->frames,
    };
}

static bool tells(const struct carrier *c)
{
    return c->n_packets >= CARRIED_PACKETS_MIN && sealed_carries((enum tunnel_kind)c->kind);
}

/* A tunnel of the client's own host at the same time may be the one. */
static const struct carrier *of_same_host(const struct carriers *all, const struct trial *t)
{
    const struct attempt *a = &t->attempt;
    const struct carrier *c, *best = NULL;
    for (uint32_t i = 0; (c = carriers_at(all, i)); i++) {
        bool same = addr_equal(&c->ends[0], &a->client) || addr_equal(&c->ends[1], &a->client);
        if (!same || !tells(c) || c->first_ns > t->last_ns ||
            c->last_ns < a->connections[0]->summary.start_ns)
            continue;
        if (!best || c->n_packets > best->n_packets)
            best = c;
    }
    return best;
}

/* Only of a tunnel that does carry the attempt: its ends stand in order then. */
static void tunnel_add_outers(struct tunnel_seen *seen, const struct outers *outers)
{
    for (int way = 0; way < 2; way++) {
        const struct outer_pair *pair = outers_find(outers, &seen->ends[way], &seen->ends[!way]);
        if (pair)
            seen->outer[way] = (struct outer_seen){
                .n_fragments = pair->n_fragments,
                .n_too_big = pair->n_too_big,
                .mtu = pair->mtu,
                .frames = pair->frames,
            };
    }
}

static void carriers_tell(struct carriers *all, struct trial *t)
{
    struct tunnel_seen *seen = &t->attempt.tunnel;
    struct pairing_found found = {0};
    bool proven = t->pairing && carriers_conclude(all, t->pairing, &found);
    if (seen->carried)
        return;
    const struct carrier *same_host = proven ? NULL : of_same_host(all, t);
    if (proven) {
        tunnel_set(seen, found.carrier);
        if (found.turned) {
            seen->ends[0] = found.carrier->ends[1];
            seen->ends[1] = found.carrier->ends[0];
        }
        for (int way = 0; way < 2; way++)
            seen->leaves_here[way] = found.leaves[way] && found.enters[!way];
        seen->n_measured = found.n_pairs;
        seen->least_more = found.least_more;
        seen->most_more = found.most_more;
    } else if (same_host) {
        tunnel_set(seen, same_host);
    }
}

void carried_conclude(struct carriers *all, const struct outers *outers, struct trial *t)
{
    struct tunnel_seen *seen = &t->attempt.tunnel;
    carriers_tell(all, t);
    if (seen->carried || seen->n_measured)
        tunnel_add_outers(seen, outers);
}

/* ---- of an input ----------------------------------------------------------------------------- */

/* The ones with most packets, in that order. */
static uint32_t most_used(const struct carriers *all, uint32_t input,
                          const struct carrier *list[CARRIED_TOLD_MAX])
{
    uint32_t n = 0;
    const struct carrier *c;
    for (uint32_t i = 0; (c = carriers_at(all, i)); i++) {
        if (c->n_packets < CARRIED_PACKETS_MIN || RDPATH_REF_INPUT(c->frames.ref[0]) != input)
            continue;
        uint32_t at = n < CARRIED_TOLD_MAX ? n++ : CARRIED_TOLD_MAX;
        for (; at > 0 && list[at - 1]->n_packets < c->n_packets; at--)
            if (at < CARRIED_TOLD_MAX)
                list[at] = list[at - 1];
        if (at < CARRIED_TOLD_MAX)
            list[at] = c;
    }
    return n;
}

static void observation_fill(struct arena *arena, const struct carrier *c,
                             struct rdpath_observation *o)
{
    enum tunnel_kind kind = (enum tunnel_kind)c->kind;
    char ends[2][ADDR_TEXT_SIZE];
    addr_format(&c->ends[0], ends[0]);
    addr_format(&c->ends[1], ends[1]);
    *o = (struct rdpath_observation){
        .id = observation_words[OBS_TUNNEL_SEEN].id,
        .frames = c->frames,
        .text = arena_format(arena,
                             "%s between %s and %s: %" PRIu64 " packets of up to %u bytes; what "
                             "is inside cannot be read",
                             tunnel_title(kind), ends[0], ends[1], c->n_packets, c->largest),
        .values = {{.name = "kind", .text = tunnel_tag(kind)},
                   {.name = "ends", .text = arena_format(arena, "%s %s", ends[0], ends[1])},
                   {.name = "largest_outer", .number = c->largest}},
        .n_values = 3,
    };
}

uint32_t carried_observe(const struct carriers *all, uint32_t input, struct arena *arena,
                         struct rdpath_observation list[CARRIED_TOLD_MAX])
{
    const struct carrier *used[CARRIED_TOLD_MAX];
    uint32_t n = most_used(all, input, used);
    for (uint32_t i = 0; i < n; i++)
        observation_fill(arena, used[i], &list[i]);
    return n;
}
