/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of one direction of a UDP leg: what was sent, sent again, acknowledged. A sending has
 * a number of its own that acknowledgements name, and a piece of payload that it carries: in
 * RDPUDP2 a piece that is sent again gets a new number [MS-RDPEUDP2 3.1.5.5], in versions 1 and 2
 * the two are one. Only the newest sendings are remembered; older ones count as not acknowledged.
 */
#ifndef ANALYZE_PROTO_UDP_ACCOUNT_H
#define ANALYZE_PROTO_UDP_ACCOUNT_H

#include "analyze/attempt/leg.h"

enum { UDP_SENT_MAX = 32 }; /* more than a sender of interactive data has under way */

struct udp_sent {
    uint32_t number, piece;
    bool has_piece; /* else a dummy, which nobody sends again */
    bool used, acked;
    uint8_t again;
    uint16_t ip_len;
    int64_t ts_ns;
    rdpath_ref frame;
};

struct udp_account {
    struct udp_sent ring[UDP_SENT_MAX];
    uint32_t n;     /* sendings so far */
    uint32_t mask;  /* of a number: RDPUDP2 sends 16 bits of it */
    uint32_t worst; /* the piece that way->repeated tells of */
    int64_t gap_ns; /* between its last two sendings */
};

static inline const struct udp_sent *udp_account_newest(const struct udp_account *a)
{
    return &a->ring[(a->n - 1) % UDP_SENT_MAX];
}

/* Of a sending that is remembered: acknowledged, or lost as its piece was sent again since. */
enum rdpath_fate udp_account_fate(const struct udp_account *, rdpath_ref);

void udp_account_sent(struct udp_account *, struct leg_way *, const struct udp_sent *);

/* Numbers from..to, both included, were received. */
void udp_account_acked(struct udp_account *, struct leg_way *, uint32_t from, uint32_t to);

/* A packet of that length arrived at the other end. */
void udp_account_delivered(struct leg_way *, uint32_t ip_len, rdpath_ref frame);

#endif
