/* SPDX-License-Identifier: Apache-2.0 */
/* The outsides of VPNs over TCP: a segment holds any number of their packets. */
#include "analyze/net/sealed.h"

/*
 * OpenVPN's protocol over TCP: a length of 16 bits, then what a datagram would hold, the opcode in
 * five bits. 1 and 2 are of versions that are long gone. Returns the length of all; 0: another.
 */
static uint32_t openvpn_read(struct reader *r)
{
    enum { LENGTH_LEN = 2, LEN_MIN = 14, OPCODE_FIRST = 3, OPCODE_LAST = 11 };
    uint32_t len = reader_be16(r);
    uint8_t opcode = reader_peek(r) >> 3;
    bool known = opcode >= OPCODE_FIRST && opcode <= OPCODE_LAST;
    reader_skip(r, len);
    return known && len >= LEN_MIN ? LENGTH_LEN + len : 0;
}

/* RFC 8446 section 5.2: a record of application data; the versions since SSL 3.0. */
static uint32_t record_read(struct reader *r)
{
    enum { HEADER_LEN = 5, APPLICATION_DATA = 23, VERSIONS = 0x0300, MINOR_LAST = 3 };
    enum { LEN_MAX = 16384 + 2048 }; /* RFC 5246 section 6.2.3 */
    uint8_t kind = reader_u8(r);
    uint16_t version = reader_be16(r);
    uint32_t len = reader_be16(r);
    bool known =
        kind == APPLICATION_DATA && version >= VERSIONS && version <= VERSIONS + MINOR_LAST;
    reader_skip(r, len);
    return known && len > 0 && len <= LEN_MAX ? HEADER_LEN + len : 0;
}

/* Returns the bytes that they fill; the last one may end in a later segment. */
static uint32_t units_read(const struct tcp_segment *t, uint32_t (*read)(struct reader *),
                           struct sealed_segment *s)
{
    struct reader r = t->payload;
    uint32_t filled = 0;
    for (uint32_t len; s->n < SEALED_UNITS_MAX && filled < t->payload_len; filled += len) {
        len = read(&r);
        if (len == 0)
            break;
        s->ip_len[s->n++] = len;
    }
    return filled;
}

bool sealed_segment_read(const struct packet *p, struct sealed_segment *s)
{
    struct tcp_segment t;
    s->n = 0;
    if (!tcp_decode(p, &t) || t.payload_len > p->ip_len)
        return false;
    if (p->src_port == SEALED_PORT_OPENVPN || p->dst_port == SEALED_PORT_OPENVPN) {
        s->kind = TUNNEL_OPENVPN_TCP;
        /* Three bytes are soon told by chance: they have to fill the segment. */
        if (units_read(&t, openvpn_read, s) != t.payload_len)
            return false;
    } else if (p->src_port == SEALED_PORT_TLS || p->dst_port == SEALED_PORT_TLS) {
        s->kind = TUNNEL_TLS;
        units_read(&t, record_read, s);
    }
    for (uint32_t i = 0; i < s->n; i++)
        s->ip_len[i] += p->ip_len - t.payload_len;
    return s->n > 0;
}
