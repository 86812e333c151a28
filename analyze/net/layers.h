/* SPDX-License-Identifier: Apache-2.0 */
/* What the layers of this room hand to each other. Nobody outside the room includes it. */
#ifndef ANALYZE_NET_LAYERS_H
#define ANALYZE_NET_LAYERS_H

#include "analyze/net/packet.h"

/*
 * On the way of every frame, structs are handed on by pointer: a struct that was just written field
 * by field and is then copied as a block makes the processor wait for its own stores.
 */

/*
 * Makes a reader of the next len bytes, a header's fixed part. One check does for all of it: the
 * compiler knows len, and the reads that follow cost no more than loads. False: they are not there.
 */
static inline bool header_take(struct reader *r, size_t len, struct reader *header)
{
    const uint8_t *bytes = reader_take(r, len);
    if (!bytes)
        return false;
    *header = reader_of(bytes, len, READER_END);
    return true;
}

enum { UDP_HEADER_LEN = 8 };

/* link_decode() in place. */
void link_read(const struct rdpath_frame *, struct link_payload *);

/*
 * Decodes the IP header at *at into *p; frame, vlan and way stay unset. sent_len is the length
 * from there as sent: the length of the packet where its header tells none. More than the frame
 * holds was cut off, by the snaplen or by whoever handed the frame to the capture, whatever the
 * tail of *at: an IP length is never taken for damage because of it. False: damaged.
 */
bool ipv4_decode(const struct reader *at, uint32_t sent_len, struct packet *);
bool ipv6_decode(const struct reader *at, uint32_t sent_len, struct packet *);
bool ip_decode(const struct reader *at, uint32_t sent_len, struct packet *); /* of either */

/*
 * Walks from the extension header of kind p->protocol at p->transport to the transport header and
 * moves transport, transport_len, ip_header_len and protocol along. False: damaged.
 */
bool ipv6_extensions_walk(struct packet *p);

/*
 * Sets every field. One by one, since compilers turn the zeroing of a struct of this size into a
 * string instruction that takes as long as all the rest of the decoding.
 */
static inline void packet_clear(struct packet *p)
{
    p->frame = NULL;
    p->src = p->dst = (struct addr){0};
    p->protocol = IP_NONE;
    p->ttl = 0;
    p->df = p->has_id = p->fragment = p->more_fragments = p->reassembled = false;
    p->way = RDPATH_WAY_UNKNOWN;
    p->vlan = p->src_port = p->dst_port = 0;
    p->id = p->fragment_offset = 0;
    p->ip_len = p->ip_header_len = p->transport_len = 0;
    p->transport = (struct reader){0};
    p->tunnel = 0;
}

/* Reads the ports at p->transport where p is TCP or UDP and holds both. */
static inline void transport_read_ports(struct packet *p)
{
    if (p->fragment_offset > 0 || (p->protocol != IP_TCP && p->protocol != IP_UDP))
        return;
    struct reader r = p->transport;
    struct reader ports;
    if (!header_take(&r, 4, &ports))
        return;
    p->src_port = reader_be16(&ports);
    p->dst_port = reader_be16(&ports);
}

/* An IPv4 address; a->bytes must be zero behind it. */
static inline void reader_addr4(struct reader *r, struct addr *a)
{
    const uint8_t *bytes = reader_take(r, 4);
    if (!bytes)
        return;
    memcpy(a->bytes, bytes, 4);
    a->version = 4;
}

static inline void reader_addr6(struct reader *r, struct addr *a)
{
    const uint8_t *bytes = reader_take(r, 16);
    if (!bytes)
        return;
    memcpy(a->bytes, bytes, 16);
    a->version = 6;
}

#endif
