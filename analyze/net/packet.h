/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a frame to a packet: the link header, then IPv4 or IPv6 up to the ports. Nothing is
 * allocated and nothing copied: a packet points into its frame. This is the hot path: one call for
 * every frame of the capture.
 */
#ifndef ANALYZE_NET_PACKET_H
#define ANALYZE_NET_PACKET_H

#include "base/addr.h"
#include "base/reader.h"
#include "rdpath.h"

enum ip_protocol {
    IP_NONE = 0,
    IP_ICMP = 1,
    IP_TCP = 6,
    IP_UDP = 17,
    IP_ICMP6 = 58,
};

struct packet {
    const struct rdpath_frame *frame;
    struct addr src, dst;
    uint8_t protocol; /* IP protocol number at transport (enum ip_protocol, or any other); of an
                         IPv6 fragment what its fragment header names */
    uint8_t ttl;      /* TTL or hop limit */
    bool df;          /* IPv4: the DF bit; IPv6: always, since routers do not fragment */
    bool has_id;      /* IPv4, or an IPv6 fragment header */
    bool fragment;    /* part of a datagram: fragment_offset > 0 or more_fragments. An IPv6 packet
                      with a fragment header around the whole (RFC 6946) is none */
    bool more_fragments;
    bool damaged; /* the IP length says more than the frame had on the wire: cut off on its way */
    bool reassembled;            /* put together by fragments.h; ip_len is that of the whole */
    uint8_t way;                 /* enum rdpath_way: from the frame, or from an SLL header */
    uint16_t vlan;               /* outermost 802.1Q/ad VLAN id, 0 = none */
    uint16_t src_port, dst_port; /* TCP and UDP, not of later fragments */
    uint32_t id;                 /* IPv4 identification, or that of an IPv6 fragment header */
    uint32_t fragment_offset;    /* bytes */
    uint32_t ip_len;         /* IPv4 total length, IPv6 40 + payload length; where an offload engine
                        left 0, what the frame holds */
    uint32_t ip_header_len;  /* IP header with options or extension headers */
    struct reader transport; /* from the transport header to the end of the IP packet; its tail is
                                READER_CUT where the frame holds less than the IP length says */
    uint32_t transport_len;  /* bytes of the above as sent, held or not */

    uint8_t tunnel;     /* enum tunnel_kind of what carried it here; TUNNEL_NONE: nothing did, and
                           the rest is not set */
    uint32_t outer_len; /* IP length of the packet that carried it, and its addresses */
    struct addr outer_src, outer_dst;
};

/*
 * Decodes one frame. False: not IP, or too damaged to tell. The link types are the rows of link.c.
 * Ports are read for whole packets and first fragments.
 */
bool packet_decode(const struct rdpath_frame *, struct packet *);

/*
 * Decodes an IP packet that stands at r: what packet_decode() does behind the link header. Also for
 * the packet that an ICMP error quotes, which is nearly always cut off.
 */
bool packet_decode_ip(struct reader r, struct packet *);

/* Where IP begins in a frame: the version field there is one that the link header announced. */
struct link_payload {
    struct reader ip; /* failed where the frame does not hold IP; else to the end of the frame */
    uint16_t vlan;    /* as in struct packet */
    uint8_t way;      /* as in struct packet */
    bool inside;      /* behind a header that names the link type of the next one */
};
struct link_payload link_decode(const struct rdpath_frame *);

/* Are frames of this link type decoded at all? */
bool link_is_read(uint16_t link_type);

/* ---- TCP (RFC 9293) -------------------------------------------------------------------------- */

enum tcp_flag {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
};

struct tcp_sack {
    uint32_t from, to; /* [from, to) */
};

struct tcp_segment {
    uint32_t seq, ack;
    uint16_t window; /* as sent, unscaled */
    uint8_t flags;   /* enum tcp_flag */
    uint8_t header_len;
    bool sack_permitted;
    bool options_cut; /* by the snaplen: what is not told here may have been told */
    bool has_timestamps;
    bool has_window_scale;
    uint8_t window_scale;
    uint16_t mss; /* 0 = no such option */
    uint8_t n_sack;
    struct tcp_sack sack[4];    /* RFC 2018; the first may be a D-SACK, RFC 2883 */
    uint32_t ts_value, ts_echo; /* RFC 7323 */
    struct reader payload;      /* tail as in packet.transport */
    uint32_t payload_len;       /* bytes as sent, held or not */
};

/* False: the header is not whole. Options that are damaged are left out. */
bool tcp_decode(const struct packet *, struct tcp_segment *);

/* ---- UDP ------------------------------------------------------------------------------------- */

struct udp_datagram {
    struct reader payload;
    uint32_t payload_len; /* bytes as sent, held or not */
};

bool udp_decode(const struct packet *, struct udp_datagram *);

/* ---- ICMP errors (RFC 792, RFC 1191, RFC 4443) ----------------------------------------------- */

struct icmp_error {
    enum rdpath_icmp kind;
    uint8_t type, code;
    struct addr from; /* who sent it: a router, a firewall, or the host itself */
    uint32_t mtu; /* RDPATH_ICMP_TOO_BIG: next-hop MTU; an old router's 0 is replaced by the plateau
                     below the quoted length (RFC 1191 section 5). Else 0 */
    struct packet quoted; /* frame NULL; ports set where 4 bytes of transport were quoted */
    bool has_seq;
    uint32_t seq; /* TCP sequence number of the quoted packet */
};

/* False: not an ICMP error, or its quote does not hold an IP header. */
bool icmp_decode(const struct packet *, struct icmp_error *);
/* RFC 1191, RFC 8201: an MTU that is no decrease, or below what every link carries, is no news. */
bool icmp_is_decrease(const struct icmp_error *);
/* A request or its reply, also as the first fragment. */
struct icmp_echo {
    bool request;
    uint16_t id, number;
    bool of_probe; /* rdpath probe made it; not to be seen in a quote of 8 bytes */
};

/* False: not an echo, or its header is not whole. */
bool icmp_echo_decode(const struct packet *, struct icmp_echo *);
/* Is it an error whose quote was cut before its ports, so that nobody knows whose packet it is? */
bool icmp_is_cut_error(const struct packet *);

#endif
