/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnels that can be read: which header begins where, and what is known of the packet inside. */
#include "analyze/net/tunnel_readers.h"

enum tunnel_protocol { /* IP protocol numbers */
                       CARRIES_IPV4 = 4,
                       CARRIES_IPV6 = 41,
                       CARRIES_GRE = 47,
                       CARRIES_MPLS = 137,
};

enum tunnel_port { /* IANA's, unless said otherwise */
                   PORT_L2TP = 1701,
                   PORT_GTP_U = 2152,
                   PORT_TEREDO = 3544,
                   PORT_VXLAN = 4789,
                   PORT_VXLAN_GPE = 4790,
                   PORT_GENEVE = 6081,
                   PORT_MPLS = 6635,
                   PORT_VXLAN_OLD = 8472, /* what Linux chose before there was a number */
};

/* ---- IP in IP (RFC 2003, RFC 2473, RFC 4213) ------------------------------------------------- */

static enum tunnel_kind ipv4_read(struct link_payload *link)
{
    ip_expect(&link->ip, 4);
    return TUNNEL_IPIP;
}

static enum tunnel_kind ipv6_read(struct link_payload *link)
{
    ip_expect(&link->ip, 6);
    return TUNNEL_6IN4;
}

/* RFC 4023, RFC 7510 */
static enum tunnel_kind mpls_read(struct link_payload *link)
{
    link_read_type(link, ETHER_MPLS_INSIDE);
    return TUNNEL_MPLS;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static tunnel_reader *protocol_reader(uint8_t protocol)
{
    switch (protocol) {
    case CARRIES_IPV4:
        return ipv4_read;
    case CARRIES_IPV6:
        return ipv6_read;
    case CARRIES_GRE:
        return tunnel_read_gre;
    case CARRIES_MPLS:
        return mpls_read;
    default:
        return NULL;
    }
}

static tunnel_reader *port_reader(uint16_t port)
{
    switch (port) {
    case PORT_L2TP:
        return tunnel_read_l2tp;
    case PORT_GTP_U:
        return tunnel_read_gtp;
    case PORT_TEREDO:
        return tunnel_read_teredo;
    case PORT_VXLAN:
    case PORT_VXLAN_OLD:
        return tunnel_read_vxlan;
    case PORT_VXLAN_GPE:
        return tunnel_read_vxlan_gpe;
    case PORT_GENEVE:
        return tunnel_read_geneve;
    case PORT_MPLS:
        return mpls_read;
    default:
        return NULL;
    }
}

static tunnel_reader *reader_for(const struct packet *p)
{
    if (p->protocol != IP_UDP)
        return protocol_reader(p->protocol);
    tunnel_reader *found = port_reader(p->dst_port);
    return found ? found : port_reader(p->src_port);
}

/* IP in IP is named after both. */
static enum tunnel_kind kind_of(enum tunnel_kind kind, uint8_t outer_version)
{
    if (outer_version == 6 && kind == TUNNEL_IPIP)
        return TUNNEL_4IN6;
    return outer_version == 6 && kind == TUNNEL_6IN4 ? TUNNEL_6IN6 : kind;
}

/* Routers between the carrier's sender and here. A sender starts with one of these. */
static uint8_t hops_of(uint8_t ttl)
{
    return (uint8_t)((ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255) - ttl);
}

/*
 * The packet inside came from its sender to the tunnel, and with its carrier from there to here:
 * its TTL is what it would be without the tunnel. What the way of the carrier says of the capturing
 * host is not true of the packet inside.
 */
static void carried_note(const struct packet *outer, enum tunnel_kind kind, struct packet *inner)
{
    uint8_t hops = hops_of(outer->ttl);
    inner->ttl = inner->ttl > hops ? (uint8_t)(inner->ttl - hops) : 1;
    inner->tunnel = (uint8_t)kind;
    inner->outer_len = outer->ip_len;
    inner->outer_src = outer->src;
    inner->outer_dst = outer->dst;
}

bool tunnel_open(const struct packet *outer, struct packet *inner)
{
    tunnel_reader *read = reader_for(outer);
    if (!read)
        return false;
    struct link_payload link = {.ip = outer->transport};
    if (outer->protocol == IP_UDP)
        reader_skip(&link.ip, UDP_HEADER_LEN);
    enum tunnel_kind kind = read(&link);
    if (!reader_ok(&link.ip))
        return false;
    uint32_t before_len = (uint32_t)(outer->transport.left - link.ip.left);
    if (!ip_decode(&link.ip, outer->transport_len - before_len, inner))
        return false;
    inner->damaged = inner->ip_len > outer->transport_len - before_len;
    inner->frame = outer->frame;
    inner->vlan = link.vlan;
    carried_note(outer, kind_of(kind, outer->src.version), inner);
    return true;
}

/* ---- names ----------------------------------------------------------------------------------- */

static const struct {
    const char *tag, *title;
} names[N_TUNNELS] = {
#define TUNNEL(name, tag, title) [TUNNEL_##name] = {tag, title},
#include "analyze/net/tunnels.def"
#undef TUNNEL
};

const char *tunnel_tag(enum tunnel_kind kind)
{
    return names[kind].tag;
}

const char *tunnel_title(enum tunnel_kind kind)
{
    return names[kind].title;
}
