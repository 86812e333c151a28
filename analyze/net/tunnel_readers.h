/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers of tunnels, for tunnels.c alone. Each takes the reader behind the IP or UDP header and
 * leaves it at the IP header inside, or failed, and tells which kind of tunnel it was.
 */
#ifndef ANALYZE_NET_TUNNEL_READERS_H
#define ANALYZE_NET_TUNNEL_READERS_H

#include "analyze/net/links.h"
#include "analyze/net/tunnels.h"

enum {
    ETHER_MPLS_INSIDE = 0x8847,
    ETHER_BRIDGED = 0x6558, /* a whole Ethernet frame follows */
};

typedef enum tunnel_kind tunnel_reader(struct link_payload *);

static inline void refuse_unless(struct link_payload *link, bool holds)
{
    if (!holds)
        link->ip.failed = true;
}

/* tunnel_gre.c: over IP */
tunnel_reader tunnel_read_gre;

/* tunnel_udp.c: over UDP */
tunnel_reader tunnel_read_vxlan, tunnel_read_vxlan_gpe, tunnel_read_geneve, tunnel_read_l2tp,
    tunnel_read_gtp, tunnel_read_teredo;

#endif
