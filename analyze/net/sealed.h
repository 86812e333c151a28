/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnels that cannot be read: known by what stands outside of their encryption. */
#ifndef ANALYZE_NET_SEALED_H
#define ANALYZE_NET_SEALED_H

#include "analyze/net/tunnels.h"

/* The kind of tunnel whose packet this is; TUNNEL_NONE for every other packet. */
enum tunnel_kind sealed_kind(const struct packet *);

/* Does it carry packets, or does it only set up the keys for another kind? */
static inline bool sealed_carries(enum tunnel_kind kind)
{
    return kind != TUNNEL_IKE;
}

#endif
