/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends single packets of an exact size, never to be fragmented: probe_wire_linux.c with libnet, on
 * a raw socket that the system's own idea of the path MTU does not bind; probe_wire_windows.c has
 * the system send them, and be asked what became of each.
 */
#ifndef CAPTURE_PROBE_WIRE_H
#define CAPTURE_PROBE_WIRE_H

#include "base/addr.h"
#include "rdpath_probe.h"

enum { PROBE_WIRE_MAX = 9216 }; /* PROBE_MTU_MAX */

struct probe_wire;

struct probe_shot {
    uint32_t nth;                /* of this probe, from 0 */
    bool echo;                   /* else UDP */
    uint32_t ip_len;             /* of the whole packet */
    uint16_t id, number;         /* echo */
    uint16_t from_port, to_port; /* UDP */
    const uint8_t *payload;      /* as many bytes as ip_len leaves */
};

/* NULL and an error; needs the right to open raw sockets, and none afterwards. */
struct probe_wire *wire_open(const struct addr *from, const struct addr *to, struct rdpath_error *);
bool wire_send(struct probe_wire *, const struct probe_shot *);
void wire_close(struct probe_wire *);

/* What comes late to this port of TCP, when its connection is over, is answered by no reset; until
   wire_close(). Elsewhere than on Linux it does nothing. */
void wire_mute(struct probe_wire *, uint16_t port);

/* ---- probe_wire_windows.c: elsewhere the packets themselves are heard ------------------------ */

enum wire_fate {
    WIRE_ARRIVED,
    WIRE_TOO_BIG,     /* as an ICMP error says, or an earlier one that the system follows */
    WIRE_PORT_CLOSED, /* as an ICMP error says */
    WIRE_ERROR,       /* another ICMP error */
};

struct wire_answer {
    uint32_t nth; /* the shot */
    enum wire_fate fate;
    struct addr from;            /* whose error; version 0: not told */
    enum rdpath_probe_said said; /* ERROR */
    uint32_t mtu;   /* TOO_BIG: what the system keeps for this path from then on; 0: not told */
    int64_t rtt_ns; /* ARRIVED */
    const uint8_t *bytes; /* ARRIVED, UDP: the answer; valid until the next call */
    size_t len;
};

/* Waits for an answer, at most so long. */
void wire_wait(struct probe_wire *, int milliseconds);
/* The next answer; false: none is there. */
bool wire_hear(struct probe_wire *, struct wire_answer *);

#endif
