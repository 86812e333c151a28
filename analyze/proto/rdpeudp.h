/* SPDX-License-Identifier: Apache-2.0 */
/* One datagram of RDP-UDP version 1 or 2 [MS-RDPEUDP 2.2.2]. */
#ifndef ANALYZE_PROTO_RDPEUDP_H
#define ANALYZE_PROTO_RDPEUDP_H

#include "base/reader.h"

enum rdpeudp_flag { /* 2.2.2.1 */
                    RDPEUDP_SYN = 0x0001,
                    RDPEUDP_FIN = 0x0002,
                    RDPEUDP_ACK = 0x0004,
                    RDPEUDP_DATA = 0x0008,
                    RDPEUDP_FEC = 0x0010,
                    RDPEUDP_ACK_OF_ACKS = 0x0100,
                    RDPEUDP_LOSSY = 0x0200,
                    RDPEUDP_CORRELATION_ID = 0x0800,
                    RDPEUDP_SYNEX = 0x1000,
};

enum { RDPEUDP_ID_LEN = 16 };

struct rdpeudp {
    uint32_t source_ack; /* highest source packet received; all ones in a SYN */
    uint16_t window, flags;
    /* SYN and SYN+ACK: 2.2.2.5, 2.2.2.8, 2.2.2.9 */
    uint32_t isn;
    uint16_t mtu_up, mtu_down;
    const uint8_t *correlation_id; /* NULL = none */
    uint16_t version;              /* 0 = not told */
    bool has_cookie_hash;
    /* ACK: 2.2.2.6, 2.2.2.7 */
    struct reader vector;
    bool has_reset;
    uint32_t reset;
    /* DATA: 2.2.2.2, 2.2.2.4 */
    bool has_payload;
    uint32_t coded, source;
    uint8_t fec_range, fec_index;
    struct reader payload; /* behind the source header, or the FEC data */
};

/* False: not such a datagram. */
bool rdpeudp_read(struct reader, struct rdpeudp *);

/* Does a leg begin so? answer: with a SYN+ACK, else with a SYN. */
bool rdpeudp_is_hello(struct reader, bool *answer);

/*
 * The runs of an ACK vector; the newest packet of them is source_ack. False: no more.
 */
struct rdpeudp_run {
    uint32_t from, to; /* source packets, both included */
    bool received;
};
struct rdpeudp_runs {
    struct reader left;
    uint32_t next;
    bool backwards;
};
struct rdpeudp_runs rdpeudp_runs_of(const struct rdpeudp *);
bool rdpeudp_run_next(struct rdpeudp_runs *, struct rdpeudp_run *);

#endif
