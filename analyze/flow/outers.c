/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/flow/outers.h"

const struct outer_pair *outers_find(const struct outers *o, const struct addr *src,
                                     const struct addr *dst)
{
    for (uint32_t i = 0; i < o->n; i++) {
        if (addr_equal(&o->list[i].src, src) && addr_equal(&o->list[i].dst, dst))
            return &o->list[i];
    }
    return NULL;
}

static struct outer_pair *quietest(struct outers *o)
{
    struct outer_pair *chosen = &o->list[0];
    for (uint32_t i = 1; i < o->n; i++) {
        if (o->list[i].last_ns < chosen->last_ns)
            chosen = &o->list[i];
    }
    return chosen;
}

static struct outer_pair *pair_of(struct outers *o, const struct packet *p, int64_t now_ns)
{
    struct outer_pair *pair = (struct outer_pair *)outers_find(o, &p->src, &p->dst);
    if (!pair) {
        pair = o->n < OUTERS_MAX ? &o->list[o->n++] : quietest(o);
        *pair = (struct outer_pair){.src = p->src, .dst = p->dst};
    }
    pair->last_ns = now_ns;
    return pair;
}

void outers_note_fragment(struct outers *o, const struct packet *p, rdpath_ref frame)
{
    struct outer_pair *pair = pair_of(o, p, p->frame->ts_ns);
    pair->n_fragments++;
    frames_add(&pair->frames, frame);
}

void outers_note_error(struct outers *o, const struct icmp_error *e, int64_t now_ns,
                       rdpath_ref frame)
{
    struct outer_pair *pair = pair_of(o, &e->quoted, now_ns);
    if (pair->n_too_big++ == 0 || e->mtu < pair->mtu)
        pair->mtu = e->mtu;
    frames_add(&pair->frames, frame);
}
