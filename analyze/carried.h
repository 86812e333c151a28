/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed tunnels of an input: beside which attempts they run, and what is told of them. */
#ifndef ANALYZE_CARRIED_H
#define ANALYZE_CARRIED_H

#include "analyze/flow/carriers.h"
#include "analyze/flow/outers.h"
#include "analyze/trial.h"

enum {
    CARRIED_TOLD_MAX = 8,    /* tunnels told of one input, those with most packets */
    CARRIED_PACKETS_MIN = 4, /* of a tunnel that is told; fewer may be chance */
};

/* A packet that no tunnel could be opened of. */
void carried_outside(struct carriers *, const struct packet *, rdpath_ref);

/* A TCP packet of no attempt, on a watched port. */
void carried_segment(struct carriers *, const struct packet *, rdpath_ref);

/* A packet of an attempt, new on the path. */
void carried_inside(struct carriers *, struct trial *, const struct packet *,
                    enum rdpath_direction);

/* The attempt ends: its tunnel goes into its record, and what is known of the tunnel's packets. */
void carried_conclude(struct carriers *, const struct outers *, struct trial *);

/* One observation for each tunnel of that input; returns how many. */
uint32_t carried_observe(const struct carriers *, uint32_t input, struct arena *,
                         struct rdpath_observation list[CARRIED_TOLD_MAX]);

#endif
