/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Link headers: where IP begins in a frame. Each function takes the reader behind what was read and
 * leaves it at the IP header, or failed. Link types: https://www.tcpdump.org/linktypes.html
 */
#include "analyze/net/layers.h"

enum link_type {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_PPP = 9,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_PPP_ETHER = 51, /* PPPoE without the Ethernet header */
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_SLL2 = 276,
};

enum ether_type {
    ETHER_LENGTH_MAX = 0x05dc, /* up to here a length: LLC follows (IEEE 802.3 section 3.2.6) */
    ETHER_IPV4 = 0x0800,
    ETHER_VLAN = 0x8100,
    ETHER_IPV6 = 0x86dd,
    ETHER_MPLS = 0x8847,
    ETHER_PPPOE = 0x8864,
    ETHER_VLAN_SERVICE = 0x88a8, /* 802.1ad */
    ETHER_VLAN_OLD = 0x9100,     /* stacked tags before 802.1ad */
};

enum {
    ETHERNET_HEADER_LEN = 14,
    LINK_TAGS_MAX = 8,    /* VLAN tags; two are in use */
    LINK_LABELS_MAX = 16, /* MPLS labels; no router writes so many */
    VLAN_ID_MASK = 0x0fff,
};

/* Fails r unless an IP header of this version stands there; 0 = of either. */
static void ip_expect(struct reader *r, uint8_t version)
{
    uint8_t found = reader_peek(r) >> 4;
    if (found != version && (version != 0 || (found != 4 && found != 6)))
        r->failed = true;
}

/* RFC 1661 section 2, with the address and control bytes of HDLC (RFC 1662) or without. */
static void ppp_read(struct reader *r)
{
    if (reader_peek(r) == 0xff)
        reader_skip(r, 2);
    uint16_t protocol = reader_u8(r);
    if ((protocol & 1) == 0) /* else compressed to one byte (RFC 1661 section 6.5) */
        protocol = (uint16_t)(protocol << 8 | reader_u8(r));
    if (protocol == 0x0021)
        ip_expect(r, 4);
    else if (protocol == 0x0057)
        ip_expect(r, 6);
    else
        r->failed = true;
}

/* RFC 2516 section 4; only a session's data has code 0. Its length adds nothing to that of IP. */
static void pppoe_read(struct reader *r)
{
    uint8_t version = reader_u8(r);
    uint8_t code = reader_u8(r);
    reader_skip(r, 4); /* session, length */
    if (version != 0x11 || code != 0)
        r->failed = true;
    ppp_read(r);
}

/* RFC 3032 section 2.1. What the labels stand for is not told: it is IP, or it is not ours. */
static void mpls_read(struct reader *r)
{
    bool bottom = false;
    for (int n = 0; !bottom && n < LINK_LABELS_MAX; n++)
        bottom = reader_be32(r) & 0x100;
    if (!bottom)
        r->failed = true;
    ip_expect(r, 0);
}

/* SNAP with an EtherType (RFC 1042); 0 for every other LLC header. */
static uint16_t snap_read(struct reader *r)
{
    uint32_t llc = reader_be24(r);
    uint32_t organisation = reader_be24(r);
    uint16_t type = reader_be16(r);
    return llc == 0xaaaa03 && organisation == 0 ? type : 0;
}

static bool is_vlan(uint16_t type)
{
    return type == ETHER_VLAN || type == ETHER_VLAN_SERVICE || type == ETHER_VLAN_OLD;
}

/* Steps over VLAN tags: their own EtherType was read, and behind each stands the next. */
static uint16_t vlan_read(struct link_payload *link, uint16_t type)
{
    for (int n = 0; is_vlan(type) && n < LINK_TAGS_MAX; n++) {
        uint16_t id = reader_be16(&link->ip) & VLAN_ID_MASK;
        if (n == 0)
            link->vlan = id;
        type = reader_be16(&link->ip);
    }
    return type;
}

static void ether_payload_read(struct link_payload *link, uint16_t type)
{
    struct reader *r = &link->ip;
    if (is_vlan(type))
        type = vlan_read(link, type);
    if (type <= ETHER_LENGTH_MAX)
        type = snap_read(r);
    switch (type) {
    case ETHER_IPV4:
        ip_expect(r, 4);
        break;
    case ETHER_IPV6:
        ip_expect(r, 6);
        break;
    case ETHER_PPPOE:
        pppoe_read(r);
        break;
    case ETHER_MPLS:
        mpls_read(r);
        break;
    default:
        r->failed = true;
    }
}

static void ethernet_read(struct link_payload *link)
{
    struct reader h;
    if (!header_take(&link->ip, ETHERNET_HEADER_LEN, &h))
        return;
    reader_skip(&h, 12); /* addresses */
    ether_payload_read(link, reader_be16(&h));
}

/* The packet type of Linux: to this host, broadcast, multicast; to another; sent by this host. */
static void sll_way_read(struct link_payload *link, uint16_t packet_type)
{
    if (packet_type <= 2)
        link->way = RDPATH_WAY_INBOUND;
    else if (packet_type == 4)
        link->way = RDPATH_WAY_OUTBOUND;
}

static void sll_read(struct link_payload *link)
{
    sll_way_read(link, reader_be16(&link->ip));
    reader_skip(&link->ip, 12); /* ARP hardware type, address */
    ether_payload_read(link, reader_be16(&link->ip));
}

static void sll2_read(struct link_payload *link)
{
    uint16_t type = reader_be16(&link->ip);
    reader_skip(&link->ip, 8); /* reserved, interface index, ARP hardware type */
    sll_way_read(link, reader_u8(&link->ip));
    reader_skip(&link->ip, 9); /* address */
    ether_payload_read(link, type);
}

/* An address family as the capturing system numbers it: 0 for one that is not IP. */
static uint8_t family_version(uint32_t family)
{
    switch (family) {
    case 2:
        return 4;
    case 10: /* Linux */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* macOS */
        return 6;
    default:
        return 0;
    }
}

/*
 * The family stands in the byte order of the capturing machine (NULL) or of the network (LOOP).
 * Some write an EtherType into the last two bytes instead.
 */
static void loopback_read(struct reader *r)
{
    struct reader swapped = *r;
    uint32_t family = reader_be32(r);
    uint8_t version = family_version(family);
    if (version == 0)
        version = family_version(reader_le32(&swapped));
    if (version == 0 && (family & 0xffff) == ETHER_IPV4)
        version = 4;
    if (version == 0 && (family & 0xffff) == ETHER_IPV6)
        version = 6;
    if (version == 0)
        r->failed = true;
    ip_expect(r, version);
}

void link_read(const struct rdpath_frame *frame, struct link_payload *link)
{
    link->ip.at = frame->bytes; /* not reader_of(): layers.h tells why */
    link->ip.left = frame->captured_len;
    link->ip.tail = READER_CUT;
    link->ip.failed = false;
    link->vlan = 0;
    link->way = frame->way;
    switch (frame->link_type) {
    case LINK_ETHERNET:
        ethernet_read(link);
        break;
    case LINK_SLL:
        sll_read(link);
        break;
    case LINK_SLL2:
        sll2_read(link);
        break;
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_RAW:
        ip_expect(&link->ip, 0);
        break;
    case LINK_IPV4:
        ip_expect(&link->ip, 4);
        break;
    case LINK_IPV6:
        ip_expect(&link->ip, 6);
        break;
    case LINK_NULL:
    case LINK_LOOP:
        loopback_read(&link->ip);
        break;
    case LINK_PPP:
        ppp_read(&link->ip);
        break;
    case LINK_PPP_ETHER:
        pppoe_read(&link->ip);
        break;
    default:
        link->ip.failed = true;
    }
}

struct link_payload link_decode(const struct rdpath_frame *frame)
{
    struct link_payload link;
    link_read(frame, &link);
    return link;
}
