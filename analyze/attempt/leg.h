/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One UDP flow of RDP, the side transport that a session opens beside its TCP connection: facts
 * that the decoders left [MS-RDPEUDP, MS-RDPEUDP2, MS-RDPEMT]. leg.c says what became of it.
 */
#ifndef ANALYZE_ATTEMPT_LEG_H
#define ANALYZE_ATTEMPT_LEG_H

#include "analyze/attempt/attempt.h"

enum leg_stage { /* contract: "udp.stage" */
                 LEG_NONE,
                 LEG_SYN,
                 LEG_SYN_ACK,
                 LEG_TLS_HELLO,
                 LEG_TLS_DONE,
                 LEG_TUNNEL,
                 LEG_DATA,
};

enum { LEG_VERSION_2 = 0x0002, LEG_VERSION_RDPUDP2 = 0x0101 }; /* [MS-RDPEUDP 2.2.2.9] */

/* The SYN or the SYN+ACK; repetitions are counted. */
struct leg_hello {
    uint32_t n;
    struct moment first, last;
    struct rdpath_frames frames;
    uint32_t ip_len;
    uint32_t isn;
    uint16_t mtu_up, mtu_down; /* as its sender sees it: what it sends, what it takes */
    uint16_t version;          /* 0 = not told, which means 1 */
    bool lossy, has_cookie_hash, fragmented, has_correlation_id;
    uint8_t correlation_id[16];
};

/* Datagrams that travel one way. */
struct leg_way {
    uint32_t n_packets; /* datagrams seen, duplicated frames not among them */
    uint32_t n_data;    /* of them with payload, the first sending only */
    uint32_t n_again;   /* payload sent again */
    uint32_t n_lost;    /* sendings that were never acknowledged and sent again */
    uint32_t n_acked;   /* datagrams that the other side acknowledged */
    uint32_t n_fec, n_dummy, n_duplicates, n_fragments;
    uint64_t n_bytes;                                        /* UDP payload */
    uint32_t largest_seen, largest_delivered, smallest_lost; /* IP lengths; 0 = none */
    rdpath_ref largest_frame;
    struct rdpath_repeated repeated; /* the oldest payload that was sent again and not taken */
    bool missing;                    /* later payload came, an earlier one never */
    /* The oldest datagram of which the other side said last that it lacks it, while it has later
       ones: in the ACK vectors of versions 1 and 2 [MS-RDPEUDP 2.2.2.7]. */
    uint32_t awaited;
    int64_t awaited_since_ns; /* when that was first said; RDPATH_UNKNOWN = it has all */
    int64_t last_ns;          /* RDPATH_UNKNOWN = no packet */
};

struct leg {
    struct rdpath_connection summary;
    struct leg_hello hello[2]; /* by direction: SYN, SYN+ACK */
    struct leg_way way[2];     /* by direction */
    uint8_t stage;             /* enum leg_stage */
    uint16_t version;          /* agreed; 0 = not known */
    bool lossy;                /* RDP-UDP-L: DTLS inside; else RDP-UDP-R with TLS */
    bool bare;                 /* DTLS without RDP-UDP around it, as RD Gateway has it */
    struct connection *inner;  /* what TLS or DTLS inside said; NULL = no byte of it was seen */
    struct icmp_seen *icmp[ATTEMPT_ICMP_MAX]; /* in the attempt's arena */
    uint32_t n_icmp;
    int64_t last_ns, last_gap_ns;
};

/* The leg that decides: it got furthest, on a tie the last. NULL: none. */
const struct leg *leg_decisive(const struct attempt *);

/* The ICMP error of that kind about datagrams of that direction; NULL = none. */
const struct icmp_seen *leg_icmp(const struct leg *, enum rdpath_icmp, enum rdpath_direction);

/* The fatal alert that ended the handshake; NULL = none. */
const struct rdpath_alert *leg_alert(const struct leg *);

/* Sent so often, or for so long, in vain that nobody would have kept silent. */
bool leg_asked_enough(const struct leg_hello *);

/* Payload of that direction that is stuck: sent three times and never taken. */
bool leg_stuck(const struct leg *, enum rdpath_direction);

/* Of the server's first flight a datagram never came, though later ones did, and the client never
   answered it. */
bool leg_flight_has_hole(const struct leg *);

/* How long the other side has said, to the end, that it lacks a datagram that a reliable leg owes
   it; 0: it lacks none. */
int64_t leg_awaits_ns(const struct attempt *, const struct leg *, enum rdpath_direction);

/* The client did not repeat its SYN: it heard the answer. */
bool leg_client_heard(const struct leg *);

/* When the attempt ends: its line in the list of connections; what stands for a TCP connection
   where there is none; then result.udp, and what its datagrams tell about the path's sizes. */
void leg_summarize(const struct attempt *, struct leg *);
struct connection *leg_stands_in(struct attempt *);
void leg_conclude(struct attempt *);

#endif
