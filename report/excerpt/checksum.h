/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums of a packet that was written anew (RFC 1071). */
#ifndef REPORT_EXCERPT_CHECKSUM_H
#define REPORT_EXCERPT_CHECKSUM_H

#include "analyze/net/packet.h"

/* One IP packet in a frame: where it stands, as it was decoded before. */
struct checksum_layer {
    uint8_t *ip, *transport;
    uint32_t held; /* bytes from transport on that are there; those cut off count as zeros */
    uint32_t sent; /* as they were sent */
    uint8_t version, protocol;
    uint32_t header_len;
    bool fragment; /* its checksum speaks of pieces that are elsewhere: it is cleared */
    bool quoted;   /* by an ICMP error: has no transport to be summed up */
};

void checksum_set(const struct checksum_layer *);

#endif
