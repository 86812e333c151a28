/* SPDX-License-Identifier: Apache-2.0 */
/* The outsides of VPNs. Each function looks at the payload of one datagram. */
#include "analyze/net/sealed.h"

#include "analyze/net/layers.h"

enum {
    PROTOCOL_GRE = 47,
    PROTOCOL_ESP = 50,
    PORT_DTLS = 443, /* AnyConnect, OpenConnect and others beside their TLS */
    PORT_IKE = 500,
    OPENVPN_LEN_MIN = 14, /* opcode, session, an empty list, number */
    PORT_L2TP = 1701,
    PORT_NAT_T = 4500,
    PORT_ESP_PALO_ALTO = 4501, /* GlobalProtect */
};

/* RFC 7296 section 3.1: versions 1 and 2, and its own length at the end of the header. */
static bool is_ike(struct reader r, uint32_t len)
{
    enum { TO_VERSION = 17, TO_LENGTH = 6, VERSION_1 = 0x10, VERSION_2 = 0x20 };
    reader_skip(&r, TO_VERSION);
    uint8_t version = reader_u8(&r);
    reader_skip(&r, TO_LENGTH);
    return reader_be32(&r) == len && (version == VERSION_1 || version == VERSION_2);
}

/* RFC 3948 section 2: IKE behind four zeros, a keep-alive of one byte, or ESP. */
static enum tunnel_kind nat_t_kind(struct reader r, uint32_t len)
{
    enum { MARKER_LEN = 4, ESP_LEN_MIN = 8 + 12 }; /* SPI, number, the shortest tag */
    uint32_t spi = reader_be32(&r);
    if (spi == 0)
        return is_ike(r, len - MARKER_LEN) ? TUNNEL_IKE : TUNNEL_NONE;
    return reader_ok(&r) && len >= ESP_LEN_MIN ? TUNNEL_NAT_T : TUNNEL_NONE;
}

static bool is_wireguard_data_len(uint32_t len)
{
    enum { HEADER_AND_TAG = 32, LEAST_MTU = 1280 };
    return len >= HEADER_AND_TAG && (len % 16 == 0 || len > HEADER_AND_TAG + LEAST_MTU);
}

/*
 * WireGuard's paper, section 5.4: a kind and three zeros. The handshake's messages have lengths of
 * their own; data is padded to 16, but not beyond the MTU of its interface, so that the largest
 * packets alone have any length. Its number counts from 0 and stays below 2^32 here.
 */
static bool is_wireguard(struct reader r, uint32_t len)
{
    enum { INITIATION_LEN = 148, RESPONSE_LEN = 92, COOKIE_LEN = 64 };
    switch (reader_le32(&r)) {
    case 1:
        return len == INITIATION_LEN;
    case 2:
        return len == RESPONSE_LEN;
    case 3:
        return len == COOKIE_LEN;
    case 4:
        reader_skip(&r, 8); /* receiver, lower half of the number */
        return reader_le32(&r) == 0 && reader_ok(&r) && is_wireguard_data_len(len);
    default:
        return false;
    }
}

/* RFC 6347 section 4.1; Cisco's first version called itself 1.0 of something else. */
static bool is_dtls(struct reader r, uint32_t len)
{
    enum { KIND_FIRST = 20, KIND_LAST = 23, CISCO = 0x0100, DTLS_10 = 0xfeff, DTLS_12 = 0xfefd };
    uint8_t kind = reader_u8(&r);
    uint16_t version = reader_be16(&r);
    reader_skip(&r, 8); /* epoch, number */
    uint16_t record_len = reader_be16(&r);
    bool known = version == CISCO || version == DTLS_10 || version == DTLS_12;
    return reader_ok(&r) && kind >= KIND_FIRST && kind <= KIND_LAST && known &&
           record_len + 13u <= len;
}

/* RFC 2661 section 3.1, RFC 3931 section 4.1.2: a version of 2 or 3. */
static bool is_l2tp(struct reader r)
{
    uint16_t version = reader_be16(&r) & 0x000f;
    return version == 2 || version == 3;
}

/* RFC 2637 section 4.1: GRE of version 1 with PPP; what is inside was encrypted or compressed. */
static bool is_pptp(struct reader r)
{
    uint16_t flags = reader_be16(&r);
    return (flags & 0x0007) == 1 && reader_be16(&r) == 0x880b;
}

static bool has_port(const struct packet *p, uint16_t port)
{
    return p->src_port == port || p->dst_port == port;
}

static enum tunnel_kind datagram_kind(const struct packet *p)
{
    struct udp_datagram udp;
    if (!udp_decode(p, &udp))
        return TUNNEL_NONE;
    struct reader r = udp.payload;
    uint32_t len = udp.payload_len;
    if (is_wireguard(r, len))
        return TUNNEL_WIREGUARD;
    if (has_port(p, PORT_NAT_T) || has_port(p, PORT_ESP_PALO_ALTO))
        return nat_t_kind(r, len);
    if (has_port(p, PORT_DTLS))
        return is_dtls(r, len) ? TUNNEL_DTLS : TUNNEL_NONE;
    if (has_port(p, SEALED_PORT_OPENVPN)) /* a static key: no more tells */
        return len >= OPENVPN_LEN_MIN ? TUNNEL_OPENVPN : TUNNEL_NONE;
    if (has_port(p, PORT_IKE))
        return is_ike(r, len) ? TUNNEL_IKE : TUNNEL_NONE;
    if (has_port(p, PORT_L2TP))
        return is_l2tp(r) ? TUNNEL_L2TP : TUNNEL_NONE;
    return TUNNEL_NONE;
}

enum tunnel_kind sealed_kind(const struct packet *p)
{
    switch (p->protocol) {
    case IP_UDP:
        return datagram_kind(p);
    case PROTOCOL_ESP:
        return p->fragment_offset == 0 ? TUNNEL_ESP : TUNNEL_NONE;
    case PROTOCOL_GRE:
        return p->fragment_offset == 0 && is_pptp(p->transport) ? TUNNEL_PPTP : TUNNEL_NONE;
    default:
        return TUNNEL_NONE;
    }
}
