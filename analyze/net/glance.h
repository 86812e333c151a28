/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A glance at a frame: what tells whether it is worth decoding. Nearly every frame of a large
 * capture is plain Ethernet, IPv4 or IPv6 without options, and TCP of a flow that is not RDP; for
 * those this is all that is ever read.
 */
#ifndef ANALYZE_NET_GLANCE_H
#define ANALYZE_NET_GLANCE_H

#include "analyze/net/packet.h"

struct glance {
    uint16_t src_port, dst_port;
    uint8_t flags;         /* enum tcp_flag */
    uint8_t first_payload; /* first byte behind the TCP header; 0 where there is none */
};

/* False: not such a frame, or not whole up to its TCP header. packet_decode() tells more. */
static inline bool glance_at(const struct rdpath_frame *frame, struct glance *g)
{
    enum {
        ETHERNET_LINK = 1,
        ETHERNET_LEN = 14,
        IPV4_LEN = 20,
        IPV6_LEN = 40,
        PORTS_TO_OFFSET = 8, /* sequence and acknowledgement number */
        TCP_READ = 14,
    };
    if (frame->link_type != ETHERNET_LINK)
        return false;
    struct reader r = reader_of(frame->bytes, frame->captured_len, READER_CUT);
    reader_skip(&r, ETHERNET_LEN - 2);
    uint32_t type_and_version = reader_be32(&r); /* EtherType, then the first two bytes of IP */
    if (type_and_version >> 8 == 0x080045) {
        reader_skip(&r, 4);
        uint16_t fragment = reader_be16(&r);
        reader_skip(&r, 1);
        if (reader_u8(&r) != IP_TCP || fragment & 0x3fff)
            return false;
        reader_skip(&r, IPV4_LEN - 10);
    } else if (type_and_version >> 12 == 0x86dd6) {
        reader_skip(&r, 4);
        if (reader_u8(&r) != IP_TCP)
            return false;
        reader_skip(&r, IPV6_LEN - 7);
    } else {
        return false;
    }
    g->src_port = reader_be16(&r);
    g->dst_port = reader_be16(&r);
    reader_skip(&r, PORTS_TO_OFFSET);
    uint8_t header_len = (uint8_t)(reader_u8(&r) >> 4 << 2);
    g->flags = reader_u8(&r);
    if (!reader_ok(&r) || header_len < TCP_READ)
        return false;
    reader_skip(&r, (size_t)header_len - TCP_READ);
    g->first_payload = reader_peek(&r);
    return true;
}

#endif
