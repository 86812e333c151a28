/* SPDX-License-Identifier: Apache-2.0 */
/* One datagram of RDPUDP2 [MS-RDPEUDP2 2.2.1]. */
#ifndef ANALYZE_PROTO_RDPEUDP2_H
#define ANALYZE_PROTO_RDPEUDP2_H

#include "base/reader.h"

enum rdpeudp2_flag { /* 2.2.1.1 */
                     RDPEUDP2_ACK = 0x001,
                     RDPEUDP2_DATA = 0x004,
                     RDPEUDP2_ACKVEC = 0x008,
                     RDPEUDP2_AOA = 0x010,
                     RDPEUDP2_OVERHEAD = 0x040,
                     RDPEUDP2_DELAYACK = 0x100,
};

enum { RDPEUDP2_MAX = 2048 }; /* of a datagram: with every header below 1,400 */

struct rdpeudp2 {
    uint8_t bytes[RDPEUDP2_MAX]; /* the datagram with its two bytes back in their places */
    bool dummy;
    uint16_t flags;
    uint8_t log_window;
    uint16_t ack_seq;     /* ACK: the newest datagram that it acknowledges */
    uint8_t n_delayed;    /* ACK: and so many right before it */
    uint16_t vector_base; /* ACKVEC: everything before it was received */
    struct reader vector;
    uint8_t overhead;
    uint8_t delay_max;
    uint16_t delay_ms;
    uint16_t oldest; /* AOA: the lowest that the sender still waits for */
    uint16_t seq;    /* DATA: of the datagram, new for every sending */
    bool has_payload;
    uint16_t channel_seq; /* DATA: of its payload, the same when it is sent again */
    struct reader payload;
};

/* False: not such a datagram. cut: bytes of it that the capture does not hold. */
bool rdpeudp2_read(struct reader, uint32_t cut, struct rdpeudp2 *);

/* One byte of an ACK vector: which of up to 63 datagrams behind next were received. */
struct rdpeudp2_run {
    uint16_t from; /* the first datagram that it speaks of */
    uint8_t len;
    uint64_t received; /* bit n: from + n was received */
};
bool rdpeudp2_run_next(struct reader *vector, uint16_t *next, struct rdpeudp2_run *);

#endif
