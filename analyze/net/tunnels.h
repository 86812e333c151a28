/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels: packets that carry packets. One that can be read is opened layer by layer, so that what
 * it carries is analyzed like any other packet; its sizes are those of the packet inside.
 */
#ifndef ANALYZE_NET_TUNNELS_H
#define ANALYZE_NET_TUNNELS_H

#include "analyze/net/packet.h"

enum tunnel_kind {
    TUNNEL_NONE,
#define TUNNEL(name, tag, title) TUNNEL_##name,
#include "analyze/net/tunnels.def"
#undef TUNNEL
    N_TUNNELS
};

enum { TUNNELS_DEPTH_MAX = 4 }; /* tunnels in tunnels that are opened; two are in use */

/* "vxlan", and "VXLAN" as it stands in a sentence. */
const char *tunnel_tag(enum tunnel_kind);
const char *tunnel_title(enum tunnel_kind);

/*
 * The packet that this one carries, whole or a fragment; the tunnel fields tell of its carrier.
 * False: it carries none that can be read. outer is not a fragment, and another struct than inner.
 */
bool tunnel_open(const struct packet *outer, struct packet *inner);

#endif
