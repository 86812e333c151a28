/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of packets of several sizes in one direction, and which size a path lets through by
 * that. The probe that sends them and the analysis that reads its recording judge by the same rule:
 * a size that was delivered once passes; one that was not proves nothing alone, and counts as too
 * large only when so many of that size or a smaller one were missed that the loss seen on sizes
 * that do pass cannot explain it.
 */
#ifndef BASE_SIZE_TALLY_H
#define BASE_SIZE_TALLY_H

#include "rdpath.h"

#include <stdbool.h>
#include <stdint.h>

enum { TALLY_SIZES_MAX = 96 }; /* different ones: more than twice what a search needs */

struct size_told {
    uint32_t size; /* IP length */
    uint32_t n_sent, n_delivered, n_missed, n_refused;
    uint32_t n_beside; /* further packets of that size that came with one that was delivered */
};

struct size_tally {
    uint32_t at_least; /* the largest delivered; 0 = none */
    uint32_t n_sizes;
    struct size_told sizes[TALLY_SIZES_MAX]; /* in order of size */
};

/* The entry of this size, made where there is none; NULL: no room. */
struct size_told *tally_of(struct size_tally *, uint32_t size);

/* How often this size, or a larger one, was missed. */
uint32_t tally_missed(const struct size_tally *, uint32_t size);

/* How many missed ones prove a size too large, given the loss seen so far. */
uint32_t tally_proof(const struct size_tally *);
/* How many missed ones what became of this size is worth. */
uint32_t tally_weight(const struct size_told *, uint32_t proof);

/* below: 0 while no size is proven too large. Silence counts: a size may be proven so by what was
   missed, else only by what was refused. */
struct rdpath_mtu tally_bracket(const struct size_tally *, bool silence_counts);

#endif
