/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets kept for a drawing: of a long flow the first ones and the last ones, since attempts fail
 * at their beginning, and sessions at their end.
 */
#ifndef ANALYZE_KEPT_H
#define ANALYZE_KEPT_H

#include "analyze/flow/flow.h"

enum { KEPT_FIRST = 1200 }; /* of RDPATH_PACKETS_MAX; the rest are the last ones */

/* With the range of payload that decides its fate. */
struct kept {
    struct rdpath_packet packet;
    struct span range;
    bool needless; /* repeats what was acknowledged already */
};

struct kept_packets {
    struct kept *list; /* NULL until the first is kept */
    uint32_t n_seen;
    uint16_t first, last; /* how many of each are kept */
};

/* The place of the next one. first, last: of these packets, the same at every call. */
struct kept *kept_place(struct kept_packets *, uint16_t first, uint16_t last);

/* How many are held, and the nth of them in order. */
uint32_t kept_count(const struct kept_packets *);
struct kept *kept_at(const struct kept_packets *, uint32_t n);
void kept_free(struct kept_packets *);

#endif
