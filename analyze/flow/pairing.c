/* SPDX-License-Identifier: Apache-2.0 */
/* Do the pairs of a try prove that a tunnel carries the connection? */
#include "analyze/flow/carriers.h"

enum {
    PAIRS_MIN = 8,
    BLOCK_MAX = 16,    /* what ciphers round up to: 4, 8 or 16 bytes */
    EXCEPTIONS = 8,    /* one in so many may be a coincidence */
    ONE_OF = 5,        /* of so few one may be one as well */
    SIZES_MIN = 4,     /* different sizes, or any regular traffic would fit */
    SIZES_SPREAD = 64, /* far more than rounding could hide */
};

struct range {
    uint32_t least, most;
};

static uint32_t more_of(const struct pairing_try *t, uint32_t i)
{
    return (uint32_t)t->pair[i].outer - t->pair[i].inner;
}

static uint32_t n_kept(const struct pairing_try *t)
{
    return t->n_pairs < PAIRING_PAIRS ? t->n_pairs : PAIRING_PAIRS;
}

static bool is_in(const struct pairing_try *t, uint32_t i, uint32_t least)
{
    return more_of(t, i) >= least && more_of(t, i) < least + BLOCK_MAX;
}

/* The least difference of the block-wide range that most pairs lie in; *n of them do. */
static uint32_t densest(const struct pairing_try *t, uint32_t *n)
{
    uint32_t best = 0;
    *n = 0;
    for (uint32_t i = 0; i < n_kept(t); i++) {
        uint32_t inside = 0;
        for (uint32_t k = 0; k < n_kept(t); k++)
            inside += is_in(t, k, more_of(t, i));
        if (inside > *n) {
            *n = inside;
            best = more_of(t, i);
        }
    }
    return best;
}

/* Sizes that differ by much: then the tunnel's packets follow the others and are no pulse. */
static bool sizes_tell(const struct pairing_try *t, uint32_t least)
{
    struct range sizes = {UINT16_MAX, 0};
    uint32_t n_sizes = 0;
    for (uint32_t i = 0; i < n_kept(t); i++) {
        if (!is_in(t, i, least))
            continue;
        uint32_t size = t->pair[i].inner, k = 0;
        while (k < i && (t->pair[k].inner != size || !is_in(t, k, least)))
            k++;
        n_sizes += k == i;
        sizes.least = size < sizes.least ? size : sizes.least;
        sizes.most = size > sizes.most ? size : sizes.most;
    }
    return n_sizes >= SIZES_MIN && sizes.most - sizes.least >= SIZES_SPREAD;
}

/*
 * One difference for all; or blocks: the outer sizes are then a multiple apart, but for packets
 * that are full and therefore not padded, which show the least difference.
 */
static bool blocks_explain(const struct pairing_try *t, struct range more)
{
    uint32_t block = 1;
    while (block <= more.most - more.least)
        block *= 2;
    uint32_t remainder = UINT32_MAX;
    for (uint32_t i = 0; i < n_kept(t); i++) {
        if (more_of(t, i) == more.least || !is_in(t, i, more.least))
            continue;
        uint32_t this_one = t->pair[i].outer % block;
        if (remainder != UINT32_MAX && remainder != this_one)
            return false;
        remainder = this_one;
    }
    return block <= BLOCK_MAX;
}

static bool order_holds(const struct pairing_try *t)
{
    for (int way = 0; way < 2; way++) {
        uint32_t before = t->n_order[way][0], after = t->n_order[way][1];
        uint32_t fewer = before < after ? before : after, all = before + after;
        bool chance = fewer == 1 && all >= ONE_OF; /* two small packets that crossed */
        if (fewer * EXCEPTIONS > all && !chance)
            return false;
    }
    return true;
}

bool pairing_judge(const struct pairing_try *t, struct pairing_found *found)
{
    uint32_t n;
    uint32_t least = densest(t, &n);
    if (n < PAIRS_MIN || (n_kept(t) - n) * EXCEPTIONS > n_kept(t) || t->n_alone > t->n_pairs)
        return false;
    struct range more = {least, least};
    uint32_t n_bare = 0;
    for (uint32_t i = 0; i < n_kept(t); i++) {
        if (!is_in(t, i, least))
            continue;
        n_bare += t->pair[i].bare;
        if (more_of(t, i) > more.most)
            more.most = more_of(t, i);
    }
    if (!sizes_tell(t, least) || !blocks_explain(t, more) || !order_holds(t))
        return false;
    found->n_pairs = n == n_kept(t) ? t->n_pairs : n;
    found->least_more = more.least;
    found->most_more = more.most;
    found->n_bare = n_bare;
    found->turned = t->turned;
    for (int way = 0; way < 2; way++) {
        found->leaves[way] = t->n_order[way][0] > t->n_order[way][1];
        found->enters[way] = t->n_order[way][1] > t->n_order[way][0];
    }
    return true;
}
