/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections over HTTPS that possibly lead to an RD Gateway. Inside TLS nothing shows but the name
 * that the ClientHello asks for and how many connections ask for it; so they are never attempts,
 * only named to whoever finds no other.
 */
#ifndef ANALYZE_GATEWAYS_H
#define ANALYZE_GATEWAYS_H

#include "analyze/attempt/attempt.h"
#include "analyze/net/packet.h"

enum {
    HTTPS_PORT = 443,
    GATEWAYS_MAX = 16, /* of an input; the one that was last asked longest ago makes room */
    GATEWAYS_TOLD_MAX = 2,
};

struct gateways;

struct gateways *gateways_new(void);
void gateways_free(struct gateways *);

/* The first payload of a client to that port, beginning with a TLS record. */
void gateways_hello(struct gateways *, const struct packet *, rdpath_ref);

/* One observation for each of that input; returns how many. A name that only may mean a gateway
   says nothing beside an attempt that was found. */
uint32_t gateways_observe(const struct gateways *, const struct rdpath_input *, struct arena *,
                          struct rdpath_observation list[GATEWAYS_TOLD_MAX]);

#endif
