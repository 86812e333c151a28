/* SPDX-License-Identifier: Apache-2.0 */
/* The UDP legs that are watched, by their two ends. A datagram of no leg costs one probe. */
#ifndef ANALYZE_LEGS_H
#define ANALYZE_LEGS_H

#include "analyze/attempt/leg.h"
#include "analyze/flow/flow.h"
#include "analyze/proto/datagrams.h"

struct trial;
struct trials;
struct trial_ends;

enum {
    LEGS_MAX = 2048, /* of all attempts, beside the first one of an attempt over UDP alone */
    LEG_BUCKETS = 1024,
};

struct leg_watch {
    struct leg *record;
    struct datagrams *wire;
    struct trial *trial;
    struct leg_watch *next_in_bucket;
    struct ends ends; /* from the client to the server */
    uint32_t hash;
    uint8_t ttl[2];       /* of the first datagram of each direction */
    uint32_t n_way[2][2]; /* datagrams by direction, inbound and outbound */
    struct kept_packets kept;
};

struct legs {
    struct leg_watch *buckets[LEG_BUCKETS];
    uint32_t n;
};

/* The leg of a packet, and which way the packet travels in it. NULL: none. */
struct leg_watch *legs_find(const struct legs *, const struct ends *, enum rdpath_direction *);

/* Another leg of that attempt; NULL: it has as many as it may, or all of them together. The first
   one of an attempt without a TCP connection is never refused. */
struct leg_watch *legs_add(struct trials *, struct trial *, const struct trial_ends *,
                           int64_t now_ns);

/* The legs of an attempt out of the table. */
void legs_remove(struct legs *, const struct trial *);
void leg_watch_free(struct leg_watch *);

struct datagram_told leg_watch_packet(struct leg_watch *, enum rdpath_direction,
                                      const struct packet *, struct moment);

#endif
