/* SPDX-License-Identifier: Apache-2.0 */
/* Payload of the reliable flavour in the order of its sequence numbers, which is not always that
   of the frames. */
#ifndef ANALYZE_PROTO_UDP_ORDER_H
#define ANALYZE_PROTO_UDP_ORDER_H

#include "analyze/attempt/attempt.h"
#include "base/budget.h"
#include "base/reader.h"

enum {
    UDP_EARLY_MAX = 8,    /* pieces that wait for an earlier one, a direction */
    UDP_PIECE_MAX = 1500, /* longer ones are of no handshake: at most 1,250 were seen */
};

struct udp_piece {
    uint32_t seq;
    struct moment at;
    struct reader bytes;
    uint32_t cut;  /* bytes behind them that the capture does not hold */
    uint8_t *copy; /* what holds them while they wait */
};

struct udp_order {
    struct budget *held;                   /* what all of them may hold; NULL = no common limit */
    bool known;                            /* next is */
    uint32_t next;                         /* the piece to give next */
    struct udp_piece early[UDP_EARLY_MAX]; /* their bytes are copies */
    uint32_t n_early;
    uint32_t n_gaps;
    uint8_t *given; /* lives until the next call */
};

/* Takes a piece; udp_order_next() then gives what is in order. */
void udp_order_take(struct udp_order *, const struct udp_piece *);

/* The next piece in order; gap: pieces before it are missing. last: nothing will come any more, so
   a gap is one. The bytes live until the next call. False: none. */
bool udp_order_next(struct udp_order *, bool last, struct udp_piece *, bool *gap);

void udp_order_free(struct udp_order *);

#endif
