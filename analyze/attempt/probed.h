/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the recording of rdpath probe tells of the path. A probe asks for sizes, each on a
 * connection or with an echo of its own, so that no single connection has the answer: it is drawn
 * from all of them, by the rule by which the probe itself draws it (docs/probe.md).
 */
#ifndef ANALYZE_ATTEMPT_PROBED_H
#define ANALYZE_ATTEMPT_PROBED_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/frames.h"
#include "base/size_tally.h"
#include "rdpath.h"

enum {
    PROBED_CONNECTIONS_MAX = 96, /* more than a probe makes with its 200 packets */
    PROBED_ECHOES_MAX = 128,
    PROBED_UNACKED_MAX = 12, /* pieces of one ClientHello */
    PROBED_NAMED_MAX = 8,    /* limits that ICMP errors name */
};

/* A packet of a size that was sent and never acknowledged. */
struct probed_unacked {
    uint32_t ip_len;
    uint32_t n_missed; /* sendings that had their time */
    rdpath_ref frame;  /* the first of them */
};

/* One direction of a connection. */
struct probed_way {
    uint32_t acked; /* IP length of the largest packet that was acknowledged */
    rdpath_ref acked_frame;
    uint32_t seen; /* of the largest that was seen */
    rdpath_ref seen_frame;
    uint32_t header_len; /* of a full data segment */
    uint32_t mss;        /* that the receiver announced */
    uint64_t n_bytes;    /* of payload, each counted once */
    uint32_t n_segments; /* of data */
    bool hole;           /* later bytes came and earlier ones did not */
    struct rdpath_frames hole_frames;
    struct probed_unacked unacked[PROBED_UNACKED_MAX];
    uint32_t n_unacked;
};

struct probed_connection {
    int64_t quiet_ns;  /* before it began the probe had sent nothing for so long */
    bool by_server;    /* the server ended it */
    int64_t waited_ns; /* from its ClientHello until the probe gave it up; 0 = it never did */
    struct probed_way way[2];
};

/* An echo request, or a datagram to the RDP port that asks for an answer. */
struct probed_echo {
    bool udp;
    uint16_t id, number; /* of UDP the client's port, and 0 */
    uint32_t size;       /* IP length of the request */
    int64_t quiet_ns, ts_ns;
    uint32_t reply; /* IP length of the reply, or of its first fragment; 0 = none came */
    bool in_fragments, refused;
    bool arrived; /* no reply came, and the server says otherwise that it did */
    rdpath_ref frame, reply_frame;
};

/* What follows for one direction. */
struct probed_limit {
    struct rdpath_mtu mtu;
    bool told;         /* a router names the limit, or the server makes no larger packets */
    bool cut;          /* larger replies to echo arrive in fragments */
    bool lost;         /* sizes above at_least were missed, whatever that proves */
    bool lossy;        /* sizes that do pass were missed as well */
    uint32_t n_missed; /* of `below` and smaller ones that do not pass */
    struct rdpath_frames missed; /* those that were seen, or what came in their place */
    struct rdpath_frames passed; /* the largest that arrived */
};

struct probed {
    uint32_t ip_header_len; /* without options: 20, IPv6: 40 */
    struct probed_connection *connections[PROBED_CONNECTIONS_MAX]; /* in the arena of the attempt */
    uint32_t n_connections;
    struct probed_echo *echoes[PROBED_ECHOES_MAX]; /* likewise */
    uint32_t n_echoes;
    struct probed_named { /* by ICMP errors about what went that way */
        uint32_t mtu[PROBED_NAMED_MAX];
        uint32_t n;
        struct addr by; /* who sent the first */
        struct rdpath_frames frames;
    } named[2];
    struct probed_limit limit[2];
    struct rdpath_mtu udp; /* datagrams to the server; below 0: as large as TCP's packets */
    uint32_t lie;          /* an MTU named by an error, which is not true; 0 = none */
};

/* An ICMP error about a packet of that direction names this limit. */
void probed_name(struct probed_named *, uint32_t mtu, const struct addr *from, rdpath_ref);

/* At the end: fills in limit. What counts as arrived depends on where the capture was taken. */
void probed_conclude(struct probed *, struct arena *, enum rdpath_vantage, int64_t end_ns);

#endif
