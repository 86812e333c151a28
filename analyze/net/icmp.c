/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP errors and the packet that they quote (RFC 792, RFC 1191, RFC 1812, RFC 4443). */
#include "analyze/net/packet.h"
#include "base/probe_mark.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

/* RFC 792, RFC 4443 section 4 */
enum { ECHO_REPLY = 0, ECHO_REQUEST = 8, ECHO_REQUEST_6 = 128, ECHO_REPLY_6 = 129 };
enum { MTU_LEAST_4 = 68, MTU_LEAST_6 = 1280 };
enum { CODE_ANY = 256, ICMP_HEADER_LEN = 8, IPV4_LEN = 20, IPV6_LEN = 40, PORTS_LEN = 4 };

struct icmp_kind {
    uint8_t type;
    uint16_t code; /* CODE_ANY: every code that no row above names */
    uint8_t kind;  /* enum rdpath_icmp */
};

/* RFC 792, RFC 1812 section 5.2.7.1 */
static const struct icmp_kind icmp4_kinds[] = {
    {3, 3, RDPATH_ICMP_PORT},        {3, 4, RDPATH_ICMP_TOO_BIG},
    {3, 9, RDPATH_ICMP_PROHIBITED},  {3, 10, RDPATH_ICMP_PROHIBITED},
    {3, 13, RDPATH_ICMP_PROHIBITED}, {3, CODE_ANY, RDPATH_ICMP_HOST},
    {11, 0, RDPATH_ICMP_HOPS},       {11, 1, RDPATH_ICMP_REASSEMBLY},
};

/* RFC 4443 section 3 */
static const struct icmp_kind icmp6_kinds[] = {
    {1, 1, RDPATH_ICMP_PROHIBITED},  {1, 4, RDPATH_ICMP_PORT},
    {1, 5, RDPATH_ICMP_PROHIBITED},  {1, 6, RDPATH_ICMP_PROHIBITED},
    {1, CODE_ANY, RDPATH_ICMP_HOST}, {2, CODE_ANY, RDPATH_ICMP_TOO_BIG},
    {3, 0, RDPATH_ICMP_HOPS},        {3, 1, RDPATH_ICMP_REASSEMBLY},
};

static bool kind_find(const struct icmp_kind *rows, size_t n, struct icmp_error *e)
{
    for (size_t i = 0; i < n; i++) {
        const struct icmp_kind *row = &rows[i];
        if (row->type == e->type && (row->code == e->code || row->code == CODE_ANY)) {
            e->kind = (enum rdpath_icmp)row->kind;
            return true;
        }
    }
    return false;
}

/* RFC 1191 section 7.1: what to assume where a router does not tell its MTU. */
static uint32_t plateau_below(uint32_t len)
{
    static const uint16_t plateaus[] = {65535, 32000, 17914, 8166, 4352,
                                        2002,  1492,  1006,  508,  296};
    for (size_t i = 0; i < N_OF(plateaus); i++)
        if (plateaus[i] < len)
            return plateaus[i];
    return 68; /* the last plateau: no IPv4 link has less */
}

/* The sequence number stands within the 8 bytes of transport that every error quotes. */
static void seq_read(struct icmp_error *e)
{
    if (e->quoted.protocol != IP_TCP || e->quoted.fragment_offset > 0)
        return;
    struct reader r = e->quoted.transport;
    reader_skip(&r, 4); /* ports */
    e->seq = reader_be32(&r);
    e->has_seq = reader_ok(&r);
}

static bool icmp4_decode(struct reader r, struct icmp_error *e)
{
    e->type = reader_u8(&r);
    e->code = reader_u8(&r);
    reader_skip(&r, 4); /* checksum, unused */
    uint16_t mtu = reader_be16(&r);
    if (!kind_find(icmp4_kinds, N_OF(icmp4_kinds), e) || !packet_decode_ip(r, &e->quoted))
        return false;
    if (e->kind == RDPATH_ICMP_TOO_BIG)
        e->mtu = mtu ? mtu : plateau_below(e->quoted.ip_len);
    return e->quoted.src.version == 4;
}

static bool icmp6_decode(struct reader r, struct icmp_error *e)
{
    e->type = reader_u8(&r);
    e->code = reader_u8(&r);
    reader_skip(&r, 2); /* checksum */
    uint32_t mtu = reader_be32(&r);
    if (!kind_find(icmp6_kinds, N_OF(icmp6_kinds), e) || !packet_decode_ip(r, &e->quoted))
        return false;
    if (e->kind == RDPATH_ICMP_TOO_BIG)
        e->mtu = mtu;
    return e->quoted.src.version == 6;
}

bool icmp_is_cut_error(const struct packet *p)
{
    bool v4 = p->protocol == IP_ICMP;
    struct reader r = p->transport;
    size_t wanted = ICMP_HEADER_LEN + (v4 ? IPV4_LEN : IPV6_LEN) + PORTS_LEN;
    bool cut = p->transport_len > r.left && r.left < wanted;
    struct icmp_error e = {.type = reader_u8(&r), .code = reader_u8(&r)};
    if (p->fragment_offset > 0 || !cut || !reader_ok(&r))
        return false;
    return v4 ? kind_find(icmp4_kinds, N_OF(icmp4_kinds), &e)
              : kind_find(icmp6_kinds, N_OF(icmp6_kinds), &e);
}

bool icmp_is_decrease(const struct icmp_error *e)
{
    uint32_t least = e->quoted.src.version == 6 ? MTU_LEAST_6 : MTU_LEAST_4;
    return e->kind == RDPATH_ICMP_TOO_BIG && e->mtu >= least && e->mtu < e->quoted.ip_len;
}

bool icmp_echo_decode(const struct packet *p, struct icmp_echo *e)
{
    bool v6 = p->protocol == IP_ICMP6;
    struct reader r = p->transport;
    if (p->fragment_offset > 0 || (p->protocol != IP_ICMP && !v6))
        return false;
    uint8_t type = reader_u8(&r);
    reader_skip(&r, 3); /* code, checksum */
    e->id = reader_be16(&r);
    e->number = reader_be16(&r);
    e->request = type == (v6 ? ECHO_REQUEST_6 : ECHO_REQUEST);
    bool echo = reader_ok(&r) && (e->request || type == (v6 ? ECHO_REPLY_6 : ECHO_REPLY));
    const uint8_t *mark = reader_take(&r, PROBE_MARK_LEN);
    e->of_probe = mark && probe_marked(mark);
    return echo;
}

bool icmp_decode(const struct packet *p, struct icmp_error *e)
{
    if (p->fragment_offset > 0)
        return false;
    e->mtu = 0;
    e->has_seq = false;
    e->seq = 0;
    e->from = p->src;
    bool found = false;
    if (p->protocol == IP_ICMP && p->src.version == 4)
        found = icmp4_decode(p->transport, e);
    else if (p->protocol == IP_ICMP6 && p->src.version == 6)
        found = icmp6_decode(p->transport, e);
    if (found)
        seq_read(e);
    return found;
}
