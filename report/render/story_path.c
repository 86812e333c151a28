/* SPDX-License-Identifier: Apache-2.0 */
/* Which packet sizes got through, and how good the capture is that says so. */
#include "base/text.h"
#include "report/render/story.h"
#include "report/render/words.h"

#include <inttypes.h>

/* ---- tunnels --------------------------------------------------------------------------------- */

/* The usual IP sizes that tunnels leave: candidates, never proof. */
static const struct tunnel_size tunnel_sizes[] = {
    {1492, "PPPoE"},
    {1420, "WireGuard"},
    {1400, "common VPN"},
    {1280, "IPv6 minimum"},
};

const struct tunnel_size *story_tunnel_sizes(size_t *n)
{
    *n = sizeof tunnel_sizes / sizeof tunnel_sizes[0];
    return tunnel_sizes;
}

/* at_least <= MTU < below, where both are known. */
bool story_size_fits(const struct rdpath_mtu *mtu, uint32_t ip_len)
{
    return mtu->at_least && mtu->below && ip_len >= mtu->at_least && ip_len < mtu->below;
}

static void tell_tunnels(struct story *s, const struct rdpath_mtu *mtu)
{
    struct text t = {0};
    size_t n;
    const struct tunnel_size *size = story_tunnel_sizes(&n);
    for (size_t i = 0; i < n; i++)
        if (story_size_fits(mtu, size[i].ip_len))
            text_addf(&t, "%s%u (%s)", t.len ? ", " : "", (unsigned)size[i].ip_len, size[i].name);
    if (t.len)
        story_add(s, STORY_SIZES, "Usual sizes in between", "%s: candidates, not proof",
                  text_string(&t));
    text_free(&t);
}

/* ---- one direction --------------------------------------------------------------------------- */

static void add_part(struct text *t, const char *part)
{
    text_addf(t, "%s%s", t->len ? "; " : "", part);
}

static void add_bracket(struct story *s, struct text *t, const struct rdpath_mtu *mtu)
{
    if (mtu->at_least && mtu->below)
        add_part(t, arena_format(&s->arena, "the path carries at least %u and less than %u bytes",
                                 (unsigned)mtu->at_least, (unsigned)mtu->below));
    else if (mtu->at_least)
        add_part(t, arena_format(&s->arena, "the path carries at least %u bytes",
                                 (unsigned)mtu->at_least));
    else if (mtu->below)
        add_part(t, arena_format(&s->arena, "the path carries less than %u bytes",
                                 (unsigned)mtu->below));
}

static void add_delivered(struct story *s, struct text *t, const struct rdpath_path *p)
{
    if (!p->largest_delivered)
        return;
    const char *frame =
        p->largest_frame
            ? arena_format(&s->arena, " (%s)", words_frame(&s->arena, p->largest_frame, s->joined))
            : "";
    add_part(t, arena_format(&s->arena, "%u bytes delivered%s", (unsigned)p->largest_delivered,
                             frame));
}

static void add_counts(struct story *s, struct text *t, const struct rdpath_path *p)
{
    if (p->n_data)
        add_part(t, arena_format(&s->arena, "%" PRIu64 " data packet%s, %u sent again", p->n_data,
                                 p->n_data == 1 ? "" : "s", (unsigned)p->retransmitted));
    if (p->mss)
        add_part(t, arena_format(&s->arena, "MSS %u", (unsigned)p->mss));
    if (p->rtt_ns > 0)
        add_part(t, arena_format(&s->arena, "round trip %s", words_duration(&s->arena, p->rtt_ns)));
}

static void tell_direction(struct story *s, enum rdpath_direction direction, const char *label)
{
    const struct rdpath_path *p = &s->attempt->path[direction];
    struct text t = {0};
    if (!p->largest_delivered && !p->smallest_lost && !p->hole.len && !p->mtu.below)
        return; /* an MSS alone says nothing of what got through */
    add_delivered(s, &t, p);
    if (p->smallest_lost)
        add_part(&t, arena_format(&s->arena, "%u bytes lost", (unsigned)p->smallest_lost));
    if (p->hole.len && !p->hole.acknowledged)
        add_part(&t,
                 arena_format(&s->arena, "%" PRIu64 " bytes in a row never arrived", p->hole.len));
    add_bracket(s, &t, &p->mtu);
    add_counts(s, &t, p);
    if (t.len)
        story_put(s, STORY_SIZES, label, arena_string(&s->arena, text_string(&t)));
    text_free(&t);
}

/* The decisive count: the one size that was sent in vain. */
static void tell_count(struct story *s, const struct rdpath_repeated *r)
{
    if (r->n_sent < 2 || r->acknowledged)
        return;
    s->count = arena_format(&s->arena, "one %u-byte packet sent %u times, never received",
                            (unsigned)r->ip_len, (unsigned)r->n_sent);
}

void story_tell_path(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    if (!a->has_path)
        return;
    tell_direction(s, RDPATH_TO_CLIENT, "To the client");
    tell_direction(s, RDPATH_TO_SERVER, "To the server");
    if (a->cause.direction != RDPATH_TO_CLIENT && a->cause.direction != RDPATH_TO_SERVER)
        return;
    tell_tunnels(s, &a->path[a->cause.direction].mtu);
    tell_count(s, &a->path[a->cause.direction].repeated);
}

/* ---- the capture ----------------------------------------------------------------------------- */

static void add_fault(struct text *t, uint64_t n, const char *what)
{
    if (n)
        text_addf(t, "%s%" PRIu64 " %s", t->len ? ", " : "", n, what);
}

void story_tell_quality(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    const struct rdpath_path *up = &a->path[RDPATH_TO_SERVER], *down = &a->path[RDPATH_TO_CLIENT];
    struct text t = {0};
    if (!a->has_path)
        return;
    add_fault(&t, up->n_missed + down->n_missed, "bytes acknowledged but not captured");
    add_fault(&t, (uint64_t)up->n_duplicates + down->n_duplicates, "frames recorded twice");
    add_fault(&t, (uint64_t)up->n_merged + down->n_merged, "frames merged by offload");
    add_fault(&t, (uint64_t)up->n_reordered + down->n_reordered, "packets out of order");
    add_fault(&t, (uint64_t)up->n_fragments + down->n_fragments, "IP fragments");
    story_add(s, STORY_QUALITY, "Packets",
              "%" PRIu64 " to the client, %" PRIu64 " to the server; %s", down->n_packets,
              up->n_packets,
              t.len ? text_string(&t) : "none missing, none recorded twice, no offload");
    text_free(&t);
}
