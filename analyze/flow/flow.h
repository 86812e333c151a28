/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who talks with whom: the TCP connections that may be RDP, and what their packets tell about the
 * path. A flow that is not RDP costs one look at its ports; its SYN is remembered in a small table
 * (probation.h) for the case that its payload turns out to be RDP.
 */
#ifndef ANALYZE_FLOW_FLOW_H
#define ANALYZE_FLOW_FLOW_H

#include "analyze/flow/side.h"

/* The two ends as one packet names them. */
struct ends {
    struct addr src, dst;
    uint16_t src_port, dst_port;
};

struct flow {
    struct flow *next_in_bucket;
    struct addr client, server;
    uint16_t client_port, server_port;
    uint32_t hash;
    struct side side[2]; /* by the direction of what it sends: TO_SERVER is the client */
    void *owner;         /* the connection record; flow never looks into it */
};

struct flows {
    struct flow **buckets;
    uint32_t n_buckets, n;
    struct budget *early; /* for what comes before its turn; NULL = no common limit */
};

void flows_init(struct flows *);
void flows_free(struct flows *); /* the flows themselves are removed by their owner */

/* The flow of a packet, and which way the packet travels in it. NULL: none. */
struct flow *flows_find(const struct flows *, const struct ends *, enum rdpath_direction *);
struct flow *flows_add(struct flows *, const struct ends *client_to_server);
void flows_detach(struct flows *, struct flow *); /* out of the table; its ports may be reused */
void flow_free(struct flow *);                    /* detached before */

/* The same for both directions. The first is the same in every run, for what an answer may depend
   on; the second is not, for tables that a capture must not be able to crowd. */
uint32_t ends_hash(const struct ends *);
uint32_t ends_hash_secret(const struct ends *);

/* What one TCP packet of a flow turned out to be. */
struct flow_event {
    enum rdpath_direction direction; /* told by the caller */
    struct segment segment;
    struct tcp_segment tcp;
    uint32_t again; /* nth repetition of the same data */
};

/* Judges and accounts one TCP packet that travels in event.direction. False: its TCP header
   is not whole. */
bool flow_packet(struct flow *, const struct packet *, rdpath_ref, struct flow_event *);

/* Begins a direction in the middle: what its SYN said, and the sequence number that comes next. */
struct flow_start {
    uint32_t isn, next_seq;
    uint16_t mss;
};
void flow_start(struct flow *, enum rdpath_direction, const struct flow_start *);

/* A fragment whose ports are known (from its first piece); whole: its packet is complete now. */
struct flow_piece {
    enum rdpath_direction direction;
    rdpath_ref frame;
    bool whole;
};
void flow_fragment(struct flow *, const struct packet *, const struct flow_piece *);

/* May a packet of that direction have carried this sequence number lately? An ICMP error that
   quotes another one is forged or stale (RFC 5927 section 4). */
bool flow_may_have_sent(const struct flow *, enum rdpath_direction, uint32_t seq);

/* An ICMP error told the sender of that direction to send at most mtu bytes. */
void flow_too_big(struct flow *, enum rdpath_direction, uint32_t mtu, int64_t now_ns);

/*
 * The next in-order piece of payload, or a gap that the capture will never fill: one whose bytes
 * were acknowledged. False: nothing more for now. The bytes live until the next flow_packet().
 */
struct flow_chunk {
    struct reader bytes;
    uint64_t gap; /* > 0: that many bytes are missing, bytes is empty */
    uint64_t end; /* stream offset behind it */
    int64_t ts_ns;
    rdpath_ref frame;
};
bool flow_read(struct flow *, enum rdpath_direction, struct flow_chunk *);

/* A packet that was sent with DF and never acknowledged, in no size. */
struct flow_unacked {
    uint32_t ip_len;
    uint32_t n_missed; /* sendings that had the time to be acknowledged */
    rdpath_ref frame;  /* the first */
};
/* Those of a direction that was concluded; returns how many, at most `most`. */
uint32_t flow_unacked(const struct flow *, enum rdpath_direction, struct flow_unacked *,
                      uint32_t most);

/* Where the capture was taken, as far as one direction is concerned. */
enum flow_place { FLOW_AT_SENDER, FLOW_AT_RECEIVER, FLOW_BETWEEN };

/*
 * At the end: closes the account of one direction and copies it out; to be called once. Returns the
 * stream offset of the first byte that was sent again and never acknowledged (UINT64_MAX: none).
 * flow_sizes() then draws the size limits from it (contract: "mtu"), once hole.lasted_ns is filled
 * in.
 */
uint64_t flow_conclude(struct flow *, enum rdpath_direction, struct rdpath_path *);
void flow_sizes(const struct flow *, enum rdpath_direction, enum flow_place, struct rdpath_path *);

#endif
