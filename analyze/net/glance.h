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
    struct reader payload; /* what is held of it */
};

enum {
    GLANCE_ETHERNET = 1, /* LINKTYPE_ETHERNET */
    GLANCE_ETHERNET_LEN = 14,
    GLANCE_IPV4_LEN = 20,
    GLANCE_IPV6_LEN = 40,
    GLANCE_TCP_LEN = 14, /* up to the flags */
};

/* Where TCP begins in the frame; 0: it is not plain TCP over IP. Each header is taken with one
   check of its bounds: the reads inside then cost nothing. */
static inline size_t glance_tcp_offset(struct reader r)
{
    const uint8_t *bytes = reader_take(&r, GLANCE_ETHERNET_LEN + GLANCE_IPV4_LEN);
    if (!bytes)
        return 0;
    struct reader head = reader_of(bytes, GLANCE_ETHERNET_LEN + GLANCE_IPV4_LEN, READER_END);
    reader_skip(&head, GLANCE_ETHERNET_LEN - 2);
    uint32_t type_and_version = reader_be32(&head); /* EtherType, the first two bytes of IP */
    if (type_and_version >> 8 == 0x080045) {
        reader_skip(&head, 4);
        uint16_t fragment = reader_be16(&head);
        reader_skip(&head, 1);
        bool whole = reader_u8(&head) == IP_TCP && !(fragment & 0x3fff);
        return whole ? GLANCE_ETHERNET_LEN + GLANCE_IPV4_LEN : 0;
    }
    reader_skip(&head, 4);
    bool ipv6 = type_and_version >> 12 == 0x86dd6 && reader_u8(&head) == IP_TCP;
    return ipv6 ? GLANCE_ETHERNET_LEN + GLANCE_IPV6_LEN : 0;
}

/* False: not such a frame, or not whole up to its TCP header. packet_decode() tells more. */
static inline bool glance_at(const struct rdpath_frame *frame, struct glance *g)
{
    if (frame->link_type != GLANCE_ETHERNET)
        return false;
    struct reader r = reader_of(frame->bytes, frame->captured_len, READER_CUT);
    size_t offset = glance_tcp_offset(r);
    reader_skip(&r, offset);
    const uint8_t *bytes = reader_take(&r, GLANCE_TCP_LEN);
    if (!offset || !bytes)
        return false;
    struct reader tcp = reader_of(bytes, GLANCE_TCP_LEN, READER_END);
    g->src_port = reader_be16(&tcp);
    g->dst_port = reader_be16(&tcp);
    reader_skip(&tcp, 8); /* sequence and acknowledgement number */
    uint8_t header_len = (uint8_t)(reader_u8(&tcp) >> 4 << 2);
    g->flags = reader_u8(&tcp);
    if (header_len < GLANCE_TCP_LEN)
        return false;
    reader_skip(&r, (size_t)header_len - GLANCE_TCP_LEN);
    g->first_payload = reader_peek(&r);
    g->payload = r;
    return true;
}

#endif
