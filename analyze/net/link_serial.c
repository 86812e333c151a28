/* SPDX-License-Identifier: Apache-2.0 */
/* Serial lines: Cisco HDLC, Frame Relay, PPP as they were sent, and the same behind a byte that
   tells the way. */
#include "analyze/net/links.h"

enum {
    HDLC_UNICAST = 0x0f, /* the first byte of Cisco's HDLC (RFC 1547 section 4.3.1) */
    HDLC_BROADCAST = 0x8f,
    ADDRESS_LEN_MAX = 4, /* Q.922 section 3.3 */
    UNNUMBERED = 0x03,   /* the control byte of RFC 2427 section 3 */
};

/* The network layer's name behind a Frame Relay header (RFC 2427 section 4). */
enum nlpid { NLPID_PAD = 0x00, NLPID_SNAP = 0x80, NLPID_IPV6 = 0x8e, NLPID_IPV4 = 0xcc };

/* RFC 1547 section 4.3.1: address, control, EtherType. */
void link_read_hdlc(struct link_payload *link)
{
    uint8_t address = reader_u8(&link->ip);
    reader_skip(&link->ip, 1);
    if (address != HDLC_UNICAST && address != HDLC_BROADCAST)
        link->ip.failed = true;
    link_read_type(link, reader_be16(&link->ip));
}

/* A line that speaks either (LINKTYPE_PPP_HDLC). */
void link_read_serial(struct link_payload *link)
{
    uint8_t first = reader_peek(&link->ip);
    if (first == HDLC_UNICAST || first == HDLC_BROADCAST)
        link_read_hdlc(link);
    else
        link_read_ppp(link);
}

/* The last bit of the last byte is set. */
static void frame_relay_address_skip(struct reader *r)
{
    for (int n = 0; n < ADDRESS_LEN_MAX; n++)
        if (reader_u8(r) & 1)
            return;
    r->failed = true;
}

static void nlpid_read(struct link_payload *link)
{
    struct reader *r = &link->ip;
    uint8_t nlpid = reader_u8(r);
    if (nlpid == NLPID_PAD)
        nlpid = reader_u8(r);
    if (nlpid == NLPID_IPV4 || nlpid == NLPID_IPV6) {
        ip_expect(r, nlpid == NLPID_IPV4 ? 4 : 6);
        return;
    }
    uint32_t organisation = reader_be24(r);
    if (nlpid != NLPID_SNAP || organisation != 0)
        r->failed = true;
    link_read_type(link, reader_be16(r));
}

/* RFC 2427 section 3; Cisco's own form has an EtherType in place of control and NLPID. */
void link_read_frame_relay(struct link_payload *link)
{
    frame_relay_address_skip(&link->ip);
    if (reader_peek(&link->ip) != UNNUMBERED) {
        link_read_type(link, reader_be16(&link->ip));
        return;
    }
    reader_skip(&link->ip, 1);
    nlpid_read(link);
}

/* 0: received; else sent by the capturing host. */
static void way_read(struct link_payload *link)
{
    link->way = reader_u8(&link->ip) ? RDPATH_WAY_OUTBOUND : RDPATH_WAY_INBOUND;
}

/* In PPP_PPPD the byte stands in place of HDLC's address, and its control byte is kept. */
void link_read_ppp_way(struct link_payload *link)
{
    way_read(link);
    if (reader_peek(&link->ip) == UNNUMBERED)
        reader_skip(&link->ip, 1);
    link_read_ppp(link);
}

void link_read_hdlc_way(struct link_payload *link)
{
    way_read(link);
    link_read_hdlc(link);
}

void link_read_frame_relay_way(struct link_payload *link)
{
    way_read(link);
    link_read_frame_relay(link);
}
