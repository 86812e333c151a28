/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 (RFC 791 section 3.1). The checksum is not looked at: offload engines fill it in later. */
#include "analyze/net/layers.h"

enum {
    IPV4_HEADER_LEN = 20,
    IPV4_DF = 0x4000,
    IPV4_MF = 0x2000,
    IPV4_OFFSET_MASK = 0x1fff, /* in units of 8 bytes */
};

bool ipv4_decode(const struct reader *at, uint32_t sent_len, struct packet *p)
{
    struct reader r = *at;
    r.tail = READER_CUT;
    struct reader h;
    if (!header_take(&r, IPV4_HEADER_LEN, &h))
        return false;
    packet_clear(p);
    uint32_t header_len = (reader_u8(&h) & 0x0fu) * 4;
    reader_skip(&h, 1); /* type of service */
    uint32_t total_len = reader_be16(&h);
    p->has_id = true;
    p->id = reader_be16(&h);
    uint16_t flags = reader_be16(&h);
    p->ttl = reader_u8(&h);
    p->protocol = reader_u8(&h);
    reader_skip(&h, 2); /* checksum */
    reader_addr4(&h, &p->src);
    reader_addr4(&h, &p->dst);
    if (header_len < IPV4_HEADER_LEN)
        return false;
    reader_skip(&r, header_len - IPV4_HEADER_LEN); /* options */
    if (total_len == 0) /* some drivers leave it so for segmentation offload */
        total_len = sent_len;
    if (!reader_ok(&r) || total_len < header_len)
        return false;

    p->df = flags & IPV4_DF;
    p->more_fragments = flags & IPV4_MF;
    p->fragment_offset = (flags & IPV4_OFFSET_MASK) * 8u;
    p->fragment = p->more_fragments || p->fragment_offset > 0;
    p->ip_len = total_len;
    p->ip_header_len = header_len;
    p->transport_len = total_len - header_len;
    p->transport = reader_sub(&r, p->transport_len); /* leaves the padding of Ethernet behind */
    transport_read_ports(p);
    return true;
}
