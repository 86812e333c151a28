/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_packet.h"

#include <string.h>

enum { LINK_NULL = 0, LINK_ETHERNET = 1, LINK_RAW_BSD = 12, LINK_RAW = 101, LINK_SLL = 113 };
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_VLAN = 0x8100, TYPE_QINQ = 0x88a8 };
enum { IP_ICMP = 1, IP_TCP = 6, IP_UDP = 17, IP_FRAGMENT = 44, IP_ICMP6 = 58 };
enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, OPTION_SACK = 5 };

/* Behind the link header; false where it carries no IP. */
static bool skip_link(struct reader *r, uint16_t link_type)
{
    uint16_t type = TYPE_IPV4;
    switch (link_type) {
    case LINK_ETHERNET:
        reader_skip(r, 12);
        type = reader_be16(r);
        while (type == TYPE_VLAN || type == TYPE_QINQ) {
            reader_skip(r, 2);
            type = reader_be16(r);
        }
        break;
    case LINK_SLL:
        reader_skip(r, 14);
        type = reader_be16(r);
        break;
    case LINK_NULL:
        reader_skip(r, 4);
        break;
    case LINK_RAW:
    case LINK_RAW_BSD:
        break;
    default:
        return false;
    }
    return reader_ok(r) && (type == TYPE_IPV4 || type == TYPE_IPV6);
}

static struct addr address(struct reader *r, uint8_t version)
{
    struct addr a = {.version = version};
    size_t len = version == 4 ? 4 : 16;
    const uint8_t *bytes = reader_take(r, len);
    if (bytes)
        memcpy(a.bytes, bytes, len);
    return a;
}

struct ip {
    struct probe_flow flow;
    bool first_fragment, later_fragment;
};

/* RFC 791, 3.1; the reader is left at what the packet carries. */
static bool read_ipv4(struct reader *r, struct ip *ip)
{
    uint8_t first = reader_u8(r);
    reader_skip(r, 1);
    ip->flow.ip_len = reader_be16(r);
    reader_skip(r, 2);
    uint16_t fragment = reader_be16(r);
    reader_skip(r, 1);
    ip->flow.protocol = reader_u8(r);
    reader_skip(r, 2);
    ip->flow.from = address(r, 4);
    ip->flow.to = address(r, 4);
    uint32_t header_len = (first & 15u) * 4u;
    if (header_len < 20 || ip->flow.ip_len < header_len)
        return false;
    reader_skip(r, header_len - 20);
    ip->later_fragment = fragment & 0x1fff;
    ip->first_fragment = !ip->later_fragment && fragment & 0x2000;
    return reader_ok(r);
}

/* RFC 8200, 3 and 4.5. */
static bool read_ipv6(struct reader *r, struct ip *ip)
{
    reader_skip(r, 4);
    ip->flow.ip_len = 40u + reader_be16(r);
    ip->flow.protocol = reader_u8(r);
    reader_skip(r, 1);
    ip->flow.from = address(r, 6);
    ip->flow.to = address(r, 6);
    if (ip->flow.protocol == IP_FRAGMENT) {
        ip->flow.protocol = reader_u8(r);
        reader_skip(r, 1);
        uint16_t offset = reader_be16(r);
        reader_skip(r, 4);
        ip->later_fragment = offset & 0xfff8;
        ip->first_fragment = !ip->later_fragment && offset & 1;
    }
    return reader_ok(r);
}

static bool read_ip(struct reader *r, struct ip *ip)
{
    *ip = (struct ip){0};
    return reader_peek(r) >> 4 == 6 ? read_ipv6(r, ip) : read_ipv4(r, ip);
}

/* The first 8 bytes of what IP carries: all that a quote has to hold (RFC 792). */
static bool read_flow(struct reader r, struct probe_flow *flow)
{
    bool is_icmp = flow->protocol == IP_ICMP || flow->protocol == IP_ICMP6;
    if (is_icmp) {
        uint8_t type = reader_u8(&r);
        reader_skip(&r, 3);
        flow->to_port = reader_be16(&r);
        flow->number = reader_be16(&r);
        return reader_ok(&r) && (type == 8 || type == 128);
    }
    flow->from_port = reader_be16(&r);
    flow->to_port = reader_be16(&r);
    flow->number = flow->protocol == IP_TCP ? reader_be32(&r) : 0;
    return reader_ok(&r);
}

static bool read_quote(struct reader *r, struct probe_packet *p)
{
    struct ip ip;
    r->tail = READER_CUT;
    if (!read_ip(r, &ip) || ip.later_fragment)
        return false;
    p->quote = ip.flow;
    return read_flow(*r, &p->quote);
}

enum { CODE_ANY = 256 };

/* RFC 792, RFC 1812, 5.2.7, RFC 4443: the first row that fits. */
static const struct {
    uint8_t protocol, type;
    uint16_t code;
    enum rdpath_probe_said said;
} errors[] = {
    {IP_ICMP, 3, 0, RDPATH_PROBE_SAID_NET},
    {IP_ICMP, 3, 1, RDPATH_PROBE_SAID_HOST},
    {IP_ICMP, 3, 3, RDPATH_PROBE_SAID_PORT},
    {IP_ICMP, 3, 4, RDPATH_PROBE_SAID_TOO_BIG},
    {IP_ICMP, 3, 6, RDPATH_PROBE_SAID_NET},
    {IP_ICMP, 3, 7, RDPATH_PROBE_SAID_HOST},
    {IP_ICMP, 3, 9, RDPATH_PROBE_SAID_PROHIBITED},
    {IP_ICMP, 3, 10, RDPATH_PROBE_SAID_PROHIBITED},
    {IP_ICMP, 3, 11, RDPATH_PROBE_SAID_NET},
    {IP_ICMP, 3, 12, RDPATH_PROBE_SAID_HOST},
    {IP_ICMP, 3, 13, RDPATH_PROBE_SAID_PROHIBITED},
    {IP_ICMP, 3, CODE_ANY, RDPATH_PROBE_SAID_UNREACHABLE},
    {IP_ICMP, 11, 0, RDPATH_PROBE_SAID_HOPS},
    {IP_ICMP, 11, 1, RDPATH_PROBE_SAID_REASSEMBLY},
    {IP_ICMP, 12, CODE_ANY, RDPATH_PROBE_SAID_PARAMETER},
    {IP_ICMP6, 1, 0, RDPATH_PROBE_SAID_NET},
    {IP_ICMP6, 1, 1, RDPATH_PROBE_SAID_PROHIBITED},
    {IP_ICMP6, 1, 3, RDPATH_PROBE_SAID_HOST},
    {IP_ICMP6, 1, 4, RDPATH_PROBE_SAID_PORT},
    {IP_ICMP6, 1, 5, RDPATH_PROBE_SAID_PROHIBITED},
    {IP_ICMP6, 1, 6, RDPATH_PROBE_SAID_PROHIBITED},
    {IP_ICMP6, 1, CODE_ANY, RDPATH_PROBE_SAID_UNREACHABLE},
    {IP_ICMP6, 2, CODE_ANY, RDPATH_PROBE_SAID_TOO_BIG},
    {IP_ICMP6, 3, 0, RDPATH_PROBE_SAID_HOPS},
    {IP_ICMP6, 3, 1, RDPATH_PROBE_SAID_REASSEMBLY},
    {IP_ICMP6, 4, CODE_ANY, RDPATH_PROBE_SAID_PARAMETER},
};

static bool read_error(struct probe_packet *p, uint8_t type, uint8_t code)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        bool same = errors[i].protocol == p->flow.protocol && errors[i].type == type;
        if (!same || (errors[i].code != CODE_ANY && errors[i].code != code))
            continue;
        p->said = errors[i].said;
        p->kind = p->said == RDPATH_PROBE_SAID_TOO_BIG ? PROBE_PACKET_TOO_BIG : PROBE_PACKET_ERROR;
        return true;
    }
    return false;
}

static bool read_icmp(struct reader *r, struct probe_packet *p)
{
    uint8_t type = reader_u8(r), code = reader_u8(r);
    bool six = p->flow.protocol == IP_ICMP6;
    reader_skip(r, 2);
    uint32_t rest = reader_be32(r);
    if (!reader_ok(r))
        return false;
    if (type == (six ? 128 : 8) || type == (six ? 129 : 0)) {
        p->kind = type == (six ? 128 : 8) ? PROBE_PACKET_ECHO : PROBE_PACKET_REPLY;
        p->flow.to_port = (uint16_t)(rest >> 16);
        p->flow.number = rest & 0xffff;
        return true;
    }
    if (!read_error(p, type, code))
        return false;
    p->mtu = p->kind == PROBE_PACKET_TOO_BIG ? (six ? rest : rest & 0xffff) : 0;
    return read_quote(r, p);
}

/* RFC 9293, 3.1; RFC 2018, 3. */
static void read_tcp_options(struct reader r, struct probe_packet *p)
{
    while (r.left && reader_ok(&r)) {
        uint8_t kind = reader_u8(&r);
        if (kind == OPTION_END)
            return;
        if (kind == OPTION_NOP)
            continue;
        uint8_t len = reader_u8(&r);
        struct reader option = reader_sub(&r, len < 2 ? 0 : len - 2u);
        if (len < 2)
            return;
        if (kind == OPTION_MSS)
            p->mss = reader_be16(&option);
        while (kind == OPTION_SACK && option.left >= 8 && p->n_sacks < PROBE_SACKS_MAX) {
            struct probe_sack *sack = &p->sacks[p->n_sacks++];
            sack->from = reader_be32(&option);
            sack->to = reader_be32(&option);
        }
    }
}

static bool read_tcp(struct reader *r, struct probe_packet *p, uint32_t transport_len)
{
    p->kind = PROBE_PACKET_TCP;
    reader_skip(r, 8);
    p->ack = reader_be32(r);
    uint32_t header_len = (reader_u8(r) >> 4) * 4u;
    p->flags = reader_u8(r);
    reader_skip(r, 6);
    if (!reader_ok(r) || header_len < 20 || header_len > transport_len)
        return false;
    read_tcp_options(reader_sub(r, header_len - 20), p);
    p->payload_len = transport_len - header_len;
    return true;
}

static bool read_transport(struct reader *r, struct probe_packet *p, uint32_t transport_len)
{
    if (p->flow.protocol == IP_ICMP || p->flow.protocol == IP_ICMP6)
        return read_icmp(r, p);
    if (!read_flow(*r, &p->flow))
        return false;
    if (p->flow.protocol == IP_TCP)
        return read_tcp(r, p, transport_len);
    p->kind = PROBE_PACKET_UDP;
    reader_skip(r, 8);
    p->payload_len = transport_len < 8 ? 0 : transport_len - 8;
    return p->flow.protocol == IP_UDP && reader_ok(r);
}

bool probe_packet_read(struct probe_packet *p, const struct rdpath_frame *frame)
{
    struct reader r = reader_of(frame->bytes, frame->captured_len, READER_CUT);
    struct ip ip;
    *p = (struct probe_packet){.ts_ns = frame->ts_ns};
    if (!skip_link(&r, frame->link_type))
        return false;
    size_t before = r.left;
    if (!read_ip(&r, &ip) || ip.later_fragment)
        return false;
    uint32_t headers_len = (uint32_t)(before - r.left);
    if (headers_len > ip.flow.ip_len)
        return false;
    p->flow = ip.flow;
    p->fragment = ip.first_fragment;
    if (!read_transport(&r, p, ip.flow.ip_len - headers_len))
        return false;
    p->payload = r.at;
    p->n_captured = r.left < p->payload_len ? r.left : p->payload_len;
    return true;
}
