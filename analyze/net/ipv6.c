/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 and its extension headers (RFC 8200 section 3 and 4). */
#include "analyze/net/layers.h"

enum {
    IPV6_HEADER_LEN = 40,
    IPV6_HEADERS_MAX = 16, /* extension headers; RFC 8200 section 4.1 knows 7 in a packet */
    IPV6_MORE = 0x0001,
    IPV6_OFFSET_MASK = 0xfff8, /* bytes: the field counts units of 8 and stands 3 bits up */
};

enum ipv6_next {
    NEXT_HOP_BY_HOP = 0,
    NEXT_ROUTING = 43,
    NEXT_FRAGMENT = 44,
    NEXT_AUTHENTICATION = 51,
    NEXT_DESTINATION = 60,
};

/* RFC 8200 section 4.5. True: a part of a datagram, the walk ends here. */
static bool fragment_read(struct reader *r, struct packet *p)
{
    p->protocol = reader_u8(r);
    reader_skip(r, 1);
    uint16_t offset = reader_be16(r);
    p->id = reader_be32(r);
    p->has_id = true;
    p->fragment_offset = offset & IPV6_OFFSET_MASK;
    p->more_fragments = offset & IPV6_MORE;
    p->fragment = p->more_fragments || p->fragment_offset > 0;
    return p->fragment;
}

/* Steps over one extension header. False: p->protocol is none, or the rest is in other packets. */
static bool extension_step(struct reader *r, struct packet *p)
{
    switch (p->protocol) {
    case NEXT_HOP_BY_HOP:
    case NEXT_ROUTING:
    case NEXT_DESTINATION:
        p->protocol = reader_u8(r);
        reader_skip(r, reader_u8(r) * 8u + 6);
        return true;
    case NEXT_AUTHENTICATION: /* RFC 4302 section 2.2: in units of 4, minus 2 */
        p->protocol = reader_u8(r);
        reader_skip(r, reader_u8(r) * 4u + 6);
        return true;
    case NEXT_FRAGMENT:
        return !fragment_read(r, p);
    default:
        return false;
    }
}

bool ipv6_extensions_walk(struct packet *p)
{
    struct reader r = p->transport;
    int n = 0;
    while (reader_ok(&r) && extension_step(&r, p))
        if (++n > IPV6_HEADERS_MAX)
            return false;
    if (!reader_ok(&r))
        return false;
    uint32_t walked_len = (uint32_t)(p->transport.left - r.left);
    p->ip_header_len += walked_len;
    p->transport_len -= walked_len;
    p->transport = r;
    return true;
}

bool ipv6_decode(const struct reader *at, uint32_t sent_len, struct packet *p)
{
    struct reader r = *at;
    r.tail = READER_CUT;
    struct reader h;
    if (!header_take(&r, IPV6_HEADER_LEN, &h))
        return false;
    packet_clear(p);
    reader_skip(&h, 4); /* version, traffic class, flow label */
    uint32_t payload_len = reader_be16(&h);
    p->protocol = reader_u8(&h);
    p->ttl = reader_u8(&h);
    reader_addr6(&h, &p->src);
    reader_addr6(&h, &p->dst);
    if (payload_len == 0) /* a jumbogram (RFC 2675), which is how Linux records large offloads */
        payload_len = sent_len - IPV6_HEADER_LEN;
    p->df = true;
    p->ip_len = IPV6_HEADER_LEN + payload_len;
    p->ip_header_len = IPV6_HEADER_LEN;
    p->transport_len = payload_len;
    p->transport = reader_sub(&r, payload_len);
    if (!ipv6_extensions_walk(p))
        return false;
    transport_read_ports(p);
    return true;
}
