/* SPDX-License-Identifier: Apache-2.0 */
/* GRE (RFC 2784, RFC 2890), and what is built on it: PPTP, ERSPAN. */
#include "analyze/net/tunnel_readers.h"

enum gre {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000, /* RFC 1701; nobody sends it */
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACK = 0x0080, /* of version 1 alone */
    GRE_VERSION = 0x0007,
};

enum gre_protocol {
    GRE_LEAST = 0x0600, /* below it no EtherType, but a keep-alive or a proprietary use */
    GRE_PPP = 0x880b,
    GRE_ERSPAN_2 = 0x88be, /* draft-foschiano-erspan: types I and II */
    GRE_ERSPAN_3 = 0x22eb,
};

/* RFC 2637 section 4.1: key and acknowledgement differ from other GRE; without a sequence number
   there is no payload. */
static enum tunnel_kind pptp_read(struct link_payload *link, uint16_t flags, uint16_t protocol)
{
    reader_skip(&link->ip, 4); /* payload length, call */
    refuse_unless(link, protocol == GRE_PPP && flags & GRE_KEY && flags & GRE_SEQUENCE);
    reader_skip(&link->ip, flags & GRE_ACK ? 8 : 4);
    link_read_ppp(link);
    return TUNNEL_PPTP;
}

/* Type I has no header and no sequence number, type II one of 8 bytes. */
static enum tunnel_kind erspan_read(struct link_payload *link, uint16_t flags)
{
    reader_skip(&link->ip, flags & GRE_SEQUENCE ? 8 : 0);
    link_read_ethernet(link);
    return TUNNEL_ERSPAN;
}

/* Type III: 12 bytes, the last bits of which tell what follows and whether 8 more come before. */
static enum tunnel_kind erspan3_read(struct link_payload *link)
{
    enum { FRAME_TYPE_MASK = 0x7c00, FRAME_IP = 2 << 10, MORE = 1 };
    reader_skip(&link->ip, 10);
    uint16_t what = reader_be16(&link->ip);
    reader_skip(&link->ip, what & MORE ? 8 : 0);
    if ((what & FRAME_TYPE_MASK) == FRAME_IP)
        link_read_ip(link);
    else
        link_read_ethernet(link);
    return TUNNEL_ERSPAN;
}

enum tunnel_kind tunnel_read_gre(struct link_payload *link)
{
    uint16_t flags = reader_be16(&link->ip);
    uint16_t protocol = reader_be16(&link->ip);
    if ((flags & GRE_VERSION) == 1)
        return pptp_read(link, flags, protocol);
    refuse_unless(link, !(flags & (GRE_VERSION | GRE_ROUTING)) && protocol >= GRE_LEAST);
    reader_skip(&link->ip, flags & GRE_CHECKSUM ? 4 : 0);
    reader_skip(&link->ip, flags & GRE_KEY ? 4 : 0);
    reader_skip(&link->ip, flags & GRE_SEQUENCE ? 4 : 0);
    if (protocol == GRE_ERSPAN_2)
        return erspan_read(link, flags);
    if (protocol == GRE_ERSPAN_3)
        return erspan3_read(link);
    if (protocol == ETHER_BRIDGED)
        link_read_ethernet(link);
    else
        link_read_type(link, protocol);
    return TUNNEL_GRE;
}
