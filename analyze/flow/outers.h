/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signs that packets which are no TCP are too large for a link: they go in fragments, or a router
 * says so. Kept by the two addresses alone, since a later fragment has no more; whether a tunnel
 * runs between the two is known only when an attempt ends.
 */
#ifndef ANALYZE_FLOW_OUTERS_H
#define ANALYZE_FLOW_OUTERS_H

#include "analyze/net/packet.h"
#include "base/frames.h"

enum { OUTERS_MAX = 32 }; /* pairs of addresses; the one that is quiet for longest makes room */

/* What goes from one address to another. */
struct outer_pair {
    struct addr src, dst;
    int64_t last_ns;
    uint32_t n_fragments;
    uint32_t n_too_big, mtu; /* ICMP errors, and the least MTU that they name */
    struct rdpath_frames frames;
};

struct outers {
    struct outer_pair list[OUTERS_MAX];
    uint32_t n;
};

void outers_note_fragment(struct outers *, const struct packet *, rdpath_ref);
void outers_note_error(struct outers *, const struct icmp_error *, int64_t now_ns, rdpath_ref);

/* NULL: nothing was noted. */
const struct outer_pair *outers_find(const struct outers *, const struct addr *src,
                                     const struct addr *dst);

#endif
