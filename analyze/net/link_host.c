/* SPDX-License-Identifier: Apache-2.0 */
/* What the packet filters of operating systems put in front of a packet. */
#include "analyze/net/links.h"

/* OpenBSD's enc(4): family in the order of the machine, SPI, flags. */
void link_read_enc(struct link_payload *link)
{
    struct reader swapped = link->ip;
    uint8_t version = family_version(reader_be32(&link->ip));
    if (version == 0)
        version = family_version(reader_le32(&swapped));
    reader_skip(&link->ip, 8);
    if (version == 0)
        link->ip.failed = true;
    ip_expect(&link->ip, version);
}

/* The header of pf(4)'s log tells its length, which is padded to 4 bytes. */
void link_read_pflog(struct link_payload *link)
{
    struct reader *r = &link->ip;
    uint8_t header_len = reader_u8(r);
    reader_skip(r, (size_t)((header_len + 3) / 4 * 4) - 1);
    if (header_len == 0)
        r->failed = true;
    ip_expect(r, 0);
}

/* Solaris: version, family, hook, length, zones and interfaces, 24 bytes in all. */
void link_read_ipnet(struct link_payload *link)
{
    enum { VERSION = 1, REST_LEN = 22 };
    uint8_t version = reader_u8(&link->ip);
    uint8_t family = reader_u8(&link->ip);
    reader_skip(&link->ip, REST_LEN);
    if (version != VERSION || family_version(family) == 0)
        link->ip.failed = true;
    ip_expect(&link->ip, family_version(family));
}

/*
 * Linux nfnetlink_log: family, version, group, then attributes in the order of the machine, each
 * with its length and kind, padded to 4 bytes. The packet is one of them.
 */
void link_read_nflog(struct link_payload *link)
{
    enum { HEADER_LEN = 4, PAYLOAD = 9, ATTRIBUTES_MAX = 64, KIND_MASK = 0x7fff };
    struct reader *r = &link->ip;
    reader_skip(r, HEADER_LEN);
    for (int n = 0; n < ATTRIBUTES_MAX && reader_ok(r); n++) {
        uint16_t len = reader_le16(r);
        uint16_t kind = reader_le16(r) & KIND_MASK;
        if (len < 4)
            break;
        if (kind == PAYLOAD) {
            ip_expect(r, 0);
            return;
        }
        reader_skip(r, (len - 1u) / 4 * 4);
    }
    r->failed = true;
}

/*
 * Apple's pktap: all in little-endian order: length of the header, whether a packet follows, its
 * link type, the interface's name, flags.
 */
void link_read_pktap(struct link_payload *link)
{
    enum { NAME_LEN = 24, READ_LEN = 40, HAS_PACKET = 1, INBOUND = 1, OUTBOUND = 2 };
    struct reader *r = &link->ip;
    uint32_t header_len = reader_le32(r);
    uint32_t next = reader_le32(r);
    uint32_t link_type = reader_le32(r);
    reader_skip(r, NAME_LEN);
    uint32_t flags = reader_le32(r);
    if (header_len < READ_LEN || next != HAS_PACKET)
        r->failed = true;
    if (flags & INBOUND)
        link->way = RDPATH_WAY_INBOUND;
    else if (flags & OUTBOUND)
        link->way = RDPATH_WAY_OUTBOUND;
    reader_skip(r, (size_t)header_len - READ_LEN);
    link_read_inside(link, link_type);
}
