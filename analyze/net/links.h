/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Link headers, for each other and for tunnels that carry one. Each takes link->ip behind what was
 * read and leaves it at the IP header, or failed. Nobody outside the room includes it.
 */
#ifndef ANALYZE_NET_LINKS_H
#define ANALYZE_NET_LINKS_H

#include "analyze/net/layers.h"

/* Fails r unless an IP header of this version stands there; 0 = of either. */
static inline void ip_expect(struct reader *r, uint8_t version)
{
    uint8_t found = reader_peek(r) >> 4;
    if (found != version && (version != 0 || (found != 4 && found != 6)))
        r->failed = true;
}

/* An address family as the capturing system numbers it: 0 for one that is not IP. */
static inline uint8_t family_version(uint32_t family)
{
    switch (family) {
    case 2:
        return 4;
    case 10: /* Linux */
    case 24: /* NetBSD, OpenBSD */
    case 26: /* Solaris */
    case 28: /* FreeBSD */
    case 30: /* macOS */
        return 6;
    default:
        return 0;
    }
}

/* link.c */
void link_read_ethernet(struct link_payload *);
void link_read_type(struct link_payload *, uint16_t ether_type); /* behind an EtherType */
void link_read_llc(struct link_payload *);                       /* IEEE 802.2 */
void link_read_ppp(struct link_payload *);
void link_read_ip(struct link_payload *);
void link_read_as(struct link_payload *, uint16_t link_type);
/* The header behind another one, which names its link type. Only one may do so. */
void link_read_inside(struct link_payload *, uint32_t link_type);

/* link_serial.c */
void link_read_serial(struct link_payload *);
void link_read_hdlc(struct link_payload *);
void link_read_frame_relay(struct link_payload *);
/* The same behind a byte that tells the way. */
void link_read_ppp_way(struct link_payload *);
void link_read_hdlc_way(struct link_payload *);
void link_read_frame_relay_way(struct link_payload *);

/* link_radio.c */
void link_read_80211(struct link_payload *);
void link_read_prism(struct link_payload *);
void link_read_radiotap(struct link_payload *);
void link_read_ppi(struct link_payload *);

/* link_host.c */
void link_read_enc(struct link_payload *);
void link_read_pflog(struct link_payload *);
void link_read_ipnet(struct link_payload *);
void link_read_nflog(struct link_payload *);
void link_read_pktap(struct link_payload *);

#endif
