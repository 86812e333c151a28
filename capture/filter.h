/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel keeps of an interface's packets: all that can tell why an attempt failed, and no
 * more of what people do. Never by host: an ICMP error comes from any router.
 */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include "base/addr.h"
#include "base/text.h"

enum { FILTER_PEERS_MAX = 16 };

struct filter_wish {
    const uint16_t *ports; /* ports of RDP beside 3389 */
    uint32_t n_ports;
    bool ethernet;                       /* frames may carry VLAN tags, one or two */
    bool outer;                          /* the packets of a tunnel as well ... */
    bool outer_tls;                      /* ... which may be one inside TLS or DTLS ... */
    struct addr peers[FILTER_PEERS_MAX]; /* ... and ends there */
    uint32_t n_peers;
};

/* Appends an expression of pcap-filter(7). */
void filter_write(struct text *, const struct filter_wish *);

#endif
