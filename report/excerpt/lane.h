/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of one direction's stream of bytes: ranges with the bytes that shall stand there,
 * their own or others. Filled in a first pass over the capture, asked in a second one for each
 * segment, in whatever order and how often it was sent.
 */
#ifndef REPORT_EXCERPT_LANE_H
#define REPORT_EXCERPT_LANE_H

#include "base/budget.h"

#include <stdint.h>

struct lane_range {
    uint64_t from;
    uint32_t len, at; /* at: in bytes */
};

struct lane {
    struct lane_range *ranges;
    uint32_t n, room;
    uint8_t *bytes;
    uint32_t len, size;
    struct budget *budget; /* of all lanes */
};

void lane_free(struct lane *);

/* These bytes shall stand there. What the budget has no room for is not kept. */
void lane_keep(struct lane *, uint64_t from, const uint8_t *bytes, uint32_t len);

/* No more is added: it can be asked. */
void lane_close(struct lane *);

/* Writes the bytes kept of [from, from + len) to their places in `to` (NULL: nowhere) and returns
   how many bytes from the beginning the last of them ends; 0 = none is kept. */
uint32_t lane_copy(const struct lane *, uint64_t from, uint8_t *to, uint32_t len);

#endif
