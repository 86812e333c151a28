/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnels over UDP. */
#include "analyze/net/tunnel_readers.h"

/* RFC 7348 section 5: the flag says that a network's number follows; always Ethernet. */
enum tunnel_kind tunnel_read_vxlan(struct link_payload *link)
{
    uint8_t flags = reader_u8(&link->ip);
    reader_skip(&link->ip, 7);
    refuse_unless(link, flags & 0x08);
    link_read_ethernet(link);
    return TUNNEL_VXLAN;
}

/* draft-ietf-nvo3-vxlan-gpe section 3: as VXLAN, with the protocol inside named. */
enum tunnel_kind tunnel_read_vxlan_gpe(struct link_payload *link)
{
    enum { INSIDE_IPV4 = 1, INSIDE_IPV6 = 2, INSIDE_ETHERNET = 3 };
    reader_skip(&link->ip, 3);
    uint8_t protocol = reader_u8(&link->ip);
    reader_skip(&link->ip, 4);
    if (protocol == INSIDE_ETHERNET)
        link_read_ethernet(link);
    else if (protocol == INSIDE_IPV4 || protocol == INSIDE_IPV6)
        ip_expect(&link->ip, protocol == INSIDE_IPV4 ? 4 : 6);
    else
        link->ip.failed = true;
    return TUNNEL_VXLAN;
}

/* RFC 8926 section 3.4: version 0, length of the options in units of 4 bytes, an EtherType. */
enum tunnel_kind tunnel_read_geneve(struct link_payload *link)
{
    uint8_t first = reader_u8(&link->ip);
    reader_skip(&link->ip, 1);
    uint16_t protocol = reader_be16(&link->ip);
    reader_skip(&link->ip, 4); /* network, reserved */
    refuse_unless(link, first >> 6 == 0);
    reader_skip(&link->ip, (first & 0x3fu) * 4);
    if (protocol == ETHER_BRIDGED)
        link_read_ethernet(link);
    else
        link_read_type(link, protocol);
    return TUNNEL_GENEVE;
}

/* RFC 2661 section 3.1; of version 3 (RFC 3931) the length of a cookie is not told. */
enum tunnel_kind tunnel_read_l2tp(struct link_payload *link)
{
    enum {
        CONTROL = 0x8000,
        LENGTH = 0x4000,
        SEQUENCE = 0x0800,
        OFFSET = 0x0200,
        VERSION = 0x000f
    };
    uint16_t flags = reader_be16(&link->ip);
    reader_skip(&link->ip, flags & LENGTH ? 2 : 0);
    reader_skip(&link->ip, 4); /* tunnel, session */
    reader_skip(&link->ip, flags & SEQUENCE ? 4 : 0);
    if (flags & OFFSET)
        reader_skip(&link->ip, reader_be16(&link->ip));
    refuse_unless(link, (flags & VERSION) == 2 && !(flags & CONTROL));
    link_read_ppp(link);
    return TUNNEL_L2TP;
}

/* 3GPP TS 29.281 section 5.2: each extension header ends with the kind of the next. */
static void gtp_extensions_skip(struct reader *r)
{
    enum { EXTENSIONS_MAX = 8 }; /* one or two are in use */
    uint8_t next = reader_u8(r);
    for (int n = 0; next && n < EXTENSIONS_MAX; n++) {
        uint8_t len = reader_u8(r); /* in units of 4, this byte and the last among them */
        reader_skip(r, len * 4u - 2);
        next = reader_u8(r);
    }
    if (next)
        r->failed = true;
}

/* 3GPP TS 29.281 section 5.1 */
enum tunnel_kind tunnel_read_gtp(struct link_payload *link)
{
    enum { VERSION_AND_KIND = 0xf0, GTP_1 = 0x30, EXTENSION = 0x04, ANY_FIELD = 0x07, DATA = 255 };
    struct reader *r = &link->ip;
    uint8_t flags = reader_u8(r);
    uint8_t message = reader_u8(r);
    reader_skip(r, 6); /* length, tunnel */
    refuse_unless(link, (flags & VERSION_AND_KIND) == GTP_1 && message == DATA);
    if (flags & ANY_FIELD) {
        reader_skip(r, 3); /* sequence, N-PDU */
        if (flags & EXTENSION)
            gtp_extensions_skip(r);
        else
            reader_skip(r, 1);
    }
    ip_expect(r, 0);
    return TUNNEL_GTP;
}

/* RFC 4380 section 5.1.1: two indications may stand before the IPv6 packet. */
enum tunnel_kind tunnel_read_teredo(struct link_payload *link)
{
    enum { ORIGIN_LEN = 8, AUTHENTICATION_FIXED_LEN = 13 };
    struct reader *r = &link->ip;
    struct reader peek = *r;
    if (reader_be16(&peek) == 1) { /* lengths of client id and authentication value */
        size_t len = reader_u8(&peek);
        len += reader_u8(&peek);
        reader_skip(r, AUTHENTICATION_FIXED_LEN + len);
    }
    peek = *r;
    if (reader_be16(&peek) == 0)
        reader_skip(r, ORIGIN_LEN);
    ip_expect(r, 6);
    return TUNNEL_TEREDO;
}
