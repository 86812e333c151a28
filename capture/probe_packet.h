/* SPDX-License-Identifier: Apache-2.0 */
/* A frame of a probe's session, as far as a probe has to know it. */
#ifndef CAPTURE_PROBE_PACKET_H
#define CAPTURE_PROBE_PACKET_H

#include "base/addr.h"
#include "base/reader.h"
#include "rdpath_probe.h"

enum probe_packet_kind {
    PROBE_PACKET_OTHER,
    PROBE_PACKET_ECHO,
    PROBE_PACKET_REPLY,
    PROBE_PACKET_TOO_BIG, /* ICMP 3/4, ICMPv6 2 */
    PROBE_PACKET_ERROR,   /* any other ICMP error */
    PROBE_PACKET_TCP,
    PROBE_PACKET_UDP,
};

enum { PROBE_SACKS_MAX = 4, PROBE_TCP_FIN = 1, PROBE_TCP_SYN = 2, PROBE_TCP_RST = 4 };

struct probe_sack {
    uint32_t from, to;
};

/* What identifies a packet, or one that an ICMP error quotes. */
struct probe_flow {
    struct addr from, to;
    uint8_t protocol;
    uint32_t ip_len;
    uint16_t from_port, to_port; /* echo: 0 and its identifier */
    uint32_t number;             /* echo: its sequence number; TCP: seq */
};

struct probe_packet {
    int64_t ts_ns;
    enum probe_packet_kind kind;
    struct probe_flow flow;
    bool fragment;               /* a first fragment: not the whole packet */
    enum rdpath_probe_said said; /* TOO_BIG, ERROR */
    uint32_t mtu;                /* TOO_BIG */
    struct probe_flow quote;     /* TOO_BIG, ERROR */
    uint32_t ack;
    uint8_t flags;
    uint16_t mss; /* of a SYN; 0 = none */
    struct probe_sack sacks[PROBE_SACKS_MAX];
    uint32_t n_sacks;
    uint32_t payload_len; /* TCP, UDP: as the headers say */
    const uint8_t *payload;
    size_t n_captured;
};

/* False: no IP packet that a probe has to do with. */
bool probe_packet_read(struct probe_packet *, const struct rdpath_frame *);

#endif
