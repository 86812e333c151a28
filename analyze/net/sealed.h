/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnels that cannot be read: known by what stands outside of their encryption. */
#ifndef ANALYZE_NET_SEALED_H
#define ANALYZE_NET_SEALED_H

#include "analyze/net/tunnels.h"

/* The kind of tunnel whose packet this is; TUNNEL_NONE for every other packet. */
enum tunnel_kind sealed_kind(const struct packet *);

enum {
    SEALED_PORT_TLS = 443, /* SSTP, AnyConnect and others; and every web page */
    SEALED_PORT_OPENVPN = 1194,
    SEALED_UNITS_MAX = 64, /* packets of a tunnel that are looked for in one segment */
};

/* What a segment holds of a tunnel over TCP. */
struct sealed_segment {
    enum tunnel_kind kind;
    uint32_t n;
    uint32_t ip_len[SEALED_UNITS_MAX]; /* what each packet would make a segment of its own */
};

/* The packets of a tunnel that begin in that segment. False: none. */
bool sealed_segment_read(const struct packet *, struct sealed_segment *);

/* Does the outside tell that it is a tunnel? A web page's TLS looks like a VPN's. */
static inline bool sealed_is_certain(enum tunnel_kind kind)
{
    return kind != TUNNEL_TLS;
}

/* Does it carry packets, or does it only set up the keys for another kind? */
static inline bool sealed_carries(enum tunnel_kind kind)
{
    return kind != TUNNEL_IKE;
}

#endif
