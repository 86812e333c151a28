/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Link headers: where IP begins in a frame. Each function takes the reader behind what was read and
 * leaves it at the IP header, or failed. The table at the end has a row for each link type that is
 * read. Link types: https://www.tcpdump.org/linktypes.html
 */
#include "analyze/net/links.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

enum ether_type {
    ETHER_LENGTH_MAX = 0x05dc, /* up to here a length: LLC follows (IEEE 802.3 section 3.2.6) */
    ETHER_IPV4 = 0x0800,
    ETHER_VLAN = 0x8100,
    ETHER_IPV6 = 0x86dd,
    ETHER_MPLS = 0x8847,
    ETHER_MPLS_MULTICAST = 0x8848, /* or a label that the receiver chose (RFC 5332) */
    ETHER_PPP = 0x880b,
    ETHER_PPPOE = 0x8864,
    ETHER_VLAN_SERVICE = 0x88a8, /* 802.1ad */
    ETHER_VLAN_OLD = 0x9100,     /* stacked tags before 802.1ad */
};

enum {
    ETHERNET_LINK = 1,
    ETHERNET_HEADER_LEN = 14,
    FDDI_LLC = 0x50,       /* frame control (ISO 9314-2): a frame with LLC, of any priority */
    TOKEN_RING_LLC = 0x40, /* frame control (IEEE 802.5 section 3.2.3) */
    LINK_TAGS_MAX = 8,     /* VLAN tags; two are in use */
    LINK_LABELS_MAX = 16,  /* MPLS labels; no router writes so many */
    VLAN_ID_MASK = 0x0fff,
    BRIDGED = 0x0000f8,
};

/* RFC 1661 section 2, with the address and control bytes of HDLC (RFC 1662) or without. */
void link_read_ppp(struct link_payload *link)
{
    struct reader *r = &link->ip;
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
static void pppoe_read(struct link_payload *link)
{
    struct reader *r = &link->ip;
    uint8_t version = reader_u8(r);
    uint8_t code = reader_u8(r);
    reader_skip(r, 4); /* session, length */
    if (version != 0x11 || code != 0)
        r->failed = true;
    link_read_ppp(link);
}

/* RFC 3032 section 2.1. What the labels stand for is not told: it is IP, or it is not ours. */
static void mpls_read(struct link_payload *link)
{
    struct reader *r = &link->ip;
    bool bottom = false;
    for (int n = 0; !bottom && n < LINK_LABELS_MAX; n++)
        bottom = reader_be32(r) & 0x100;
    if (!bottom)
        r->failed = true;
    ip_expect(r, 0);
}

/* SNAP with an EtherType (RFC 1042, or as a bridge of IEEE 802.1H marks it); 0 for every other LLC
   header. */
static uint16_t snap_read(struct reader *r)
{
    uint32_t llc = reader_be24(r);
    uint32_t organisation = reader_be24(r);
    uint16_t type = reader_be16(r);
    bool ethernet = organisation == 0 || organisation == BRIDGED;
    return llc == 0xaaaa03 && ethernet ? type : 0;
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

void link_read_type(struct link_payload *link, uint16_t type)
{
    if (is_vlan(type))
        type = vlan_read(link, type);
    if (type <= ETHER_LENGTH_MAX)
        type = snap_read(&link->ip);
    switch (type) {
    case ETHER_IPV4:
        ip_expect(&link->ip, 4);
        break;
    case ETHER_IPV6:
        ip_expect(&link->ip, 6);
        break;
    case ETHER_PPP:
        link_read_ppp(link);
        break;
    case ETHER_PPPOE:
        pppoe_read(link);
        break;
    case ETHER_MPLS:
    case ETHER_MPLS_MULTICAST:
        mpls_read(link);
        break;
    default:
        link->ip.failed = true;
    }
}

void link_read_ethernet(struct link_payload *link)
{
    struct reader h;
    if (!header_take(&link->ip, ETHERNET_HEADER_LEN, &h))
        return;
    reader_skip(&h, 12); /* addresses */
    link_read_type(link, reader_be16(&h));
}

void link_read_llc(struct link_payload *link)
{
    link_read_type(link, 0); /* a length: LLC follows */
}

static void fddi_read(struct link_payload *link)
{
    uint8_t control = reader_u8(&link->ip);
    reader_skip(&link->ip, 12); /* addresses */
    if ((control & 0xf0) != FDDI_LLC)
        link->ip.failed = true;
    link_read_llc(link);
}

/* IEEE 802.5 section 3.1.1. The first bit of the source address announces a route. */
static void token_ring_read(struct link_payload *link)
{
    struct reader *r = &link->ip;
    reader_skip(r, 1); /* access control */
    uint8_t control = reader_u8(r);
    reader_skip(r, 6); /* destination */
    bool routed = reader_u8(r) & 0x80;
    reader_skip(r, 5);
    uint8_t route_len = routed ? reader_peek(r) & 0x1f : 0; /* in bytes, these two among them */
    reader_skip(r, route_len);
    if ((control & 0xc0) != TOKEN_RING_LLC)
        r->failed = true;
    link_read_llc(link);
}

/* IP over FireWire as macOS records it: two addresses of 8 bytes, an EtherType. */
static void firewire_read(struct link_payload *link)
{
    reader_skip(&link->ip, 16);
    link_read_type(link, reader_be16(&link->ip));
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
    link_read_type(link, reader_be16(&link->ip));
}

static void sll2_read(struct link_payload *link)
{
    uint16_t type = reader_be16(&link->ip);
    reader_skip(&link->ip, 8); /* reserved, interface index, ARP hardware type */
    sll_way_read(link, reader_u8(&link->ip));
    reader_skip(&link->ip, 9); /* address */
    link_read_type(link, type);
}

/*
 * The family stands in the byte order of the capturing machine (NULL) or of the network (LOOP).
 * Some write an EtherType into the last two bytes instead.
 */
static void loopback_read(struct link_payload *link)
{
    struct reader *r = &link->ip;
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

void link_read_ip(struct link_payload *link)
{
    ip_expect(&link->ip, 0);
}

static void ipv4_read(struct link_payload *link)
{
    ip_expect(&link->ip, 4);
}

static void ipv6_read(struct link_payload *link)
{
    ip_expect(&link->ip, 6);
}

/* The link types that are read, by number. Their names stand in analyze/file/link_type.c. */
static void (*const readers[])(struct link_payload *) = {
    [0] = loopback_read, /* NULL */
    [1] = link_read_ethernet,
    [6] = token_ring_read,
    [9] = link_read_ppp,
    [10] = fddi_read,
    [12] = link_read_ip, /* RAW: DLT_RAW of most systems */
    [14] = link_read_ip, /* RAW: of OpenBSD */
    [50] = link_read_serial,
    [51] = pppoe_read,     /* PPPoE without the Ethernet header */
    [100] = link_read_llc, /* ATM_RFC1483 */
    [101] = link_read_ip,  /* RAW */
    [104] = link_read_hdlc,
    [105] = link_read_80211,
    [107] = link_read_frame_relay,
    [108] = loopback_read, /* LOOP */
    [109] = link_read_enc,
    [113] = sll_read,
    [117] = link_read_pflog,
    [119] = link_read_prism,
    [127] = link_read_radiotap,
    [138] = firewire_read,
    [163] = link_read_prism,   /* the AVS header alone */
    [166] = link_read_ppp_way, /* PPP_PPPD */
    [192] = link_read_ppi,
    [204] = link_read_ppp_way,
    [205] = link_read_hdlc_way,
    [206] = link_read_frame_relay_way,
    [226] = link_read_ipnet,
    [228] = ipv4_read,
    [229] = ipv6_read,
    [239] = link_read_nflog,
    [258] = link_read_pktap,
    [276] = sll2_read,
};

bool link_is_read(uint16_t type)
{
    return type < N_OF(readers) && readers[type];
}

void link_read_as(struct link_payload *link, uint16_t type)
{
    if (link_is_read(type))
        readers[type](link);
    else
        link->ip.failed = true;
}

void link_read_inside(struct link_payload *link, uint32_t type)
{
    if (link->inside || type > UINT16_MAX)
        link->ip.failed = true;
    link->inside = true;
    if (reader_ok(&link->ip))
        link_read_as(link, (uint16_t)type);
}

void link_read(const struct rdpath_frame *frame, struct link_payload *link)
{
    link->ip.at = frame->bytes; /* not reader_of(): layers.h tells why */
    link->ip.left = frame->captured_len;
    link->ip.tail = READER_CUT;
    link->ip.failed = false;
    link->vlan = 0;
    link->way = frame->way;
    link->inside = false;
    if (frame->link_type == ETHERNET_LINK)
        link_read_ethernet(link);
    else
        link_read_as(link, frame->link_type);
}

struct link_payload link_decode(const struct rdpath_frame *frame)
{
    struct link_payload link;
    link_read(frame, &link);
    return link;
}
