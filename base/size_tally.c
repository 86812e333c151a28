/* SPDX-License-Identifier: Apache-2.0 */
#include "base/size_tally.h"

#include <string.h>

enum {
    PROOF_LEAST = 3, /* one size, sent three times: as for a black hole in a capture */
    PROOF_MOST = 16,
    NOT_LOST_BY_CHANCE = 10000000, /* nominally; some 100,000 where 20 % are lost */
};

struct size_told *tally_of(struct size_tally *t, uint32_t size)
{
    uint32_t i = 0;
    while (i < t->n_sizes && t->sizes[i].size < size)
        i++;
    if (i < t->n_sizes && t->sizes[i].size == size)
        return &t->sizes[i];
    if (t->n_sizes == TALLY_SIZES_MAX)
        return NULL;
    memmove(&t->sizes[i + 1], &t->sizes[i], (t->n_sizes - i) * sizeof t->sizes[0]);
    t->sizes[i] = (struct size_told){.size = size};
    t->n_sizes++;
    return &t->sizes[i];
}

uint32_t tally_missed(const struct size_tally *t, uint32_t size)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n_sizes; i++)
        n += t->sizes[i].size >= size ? t->sizes[i].n_missed : 0;
    return n;
}

/* Loss on sizes that pass, taken for a little worse than was seen. */
uint32_t tally_proof(const struct size_tally *t)
{
    uint32_t n_lost = 2, n_passed = 1, n = 0; /* few packets prove little */
    for (uint32_t i = 0; i < t->n_sizes; i++) {
        n_passed += t->sizes[i].n_delivered + t->sizes[i].n_beside;
        n_lost += t->sizes[i].size <= t->at_least ? t->sizes[i].n_missed : 0;
    }
    double by_chance = NOT_LOST_BY_CHANCE;
    for (; by_chance > 1 && n < PROOF_MOST; n++)
        by_chance *= (double)n_lost / (n_lost + n_passed);
    return n < PROOF_LEAST ? PROOF_LEAST : n;
}

/* An error that quotes the packet says more than silence, and not all: it may lie. */
static uint32_t weight_of_refusals(const struct size_told *told, uint32_t proof)
{
    return told->n_refused * ((proof + 1) / 2);
}

uint32_t tally_weight(const struct size_told *told, uint32_t proof)
{
    return told->n_missed + weight_of_refusals(told, proof);
}

struct rdpath_mtu tally_bracket(const struct size_tally *t, bool silence_counts)
{
    struct rdpath_mtu mtu = {.at_least = t->at_least};
    uint32_t proof = tally_proof(t), weight = 0;
    for (uint32_t i = 0; i < t->n_sizes && t->at_least; i++) {
        if (t->sizes[i].size <= t->at_least)
            continue;
        weight += silence_counts ? tally_weight(&t->sizes[i], proof)
                                 : weight_of_refusals(&t->sizes[i], proof);
        if (weight >= proof) {
            mtu.below = t->sizes[i].size;
            break;
        }
    }
    return mtu;
}
