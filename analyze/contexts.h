/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS and Kerberos of late, of every client, in two small rings. An attempt that begins takes along
 * what its client asked DNS just before, one that ends what it asked Kerberos meanwhile.
 */
#ifndef ANALYZE_CONTEXTS_H
#define ANALYZE_CONTEXTS_H

#include "analyze/attempt/context.h"
#include "analyze/net/packet.h"

enum {
    DNS_PORT = 53,
    KERBEROS_PORT = 88,
    CONTEXTS_NAMES = 64, /* with the next, about 64 KiB */
    CONTEXTS_TICKETS = 128,
};

struct contexts;

struct contexts *contexts_new(void);
void contexts_free(struct contexts *);

/* A packet of UDP with port 53; of UDP or TCP with port 88. */
void contexts_name(struct contexts *, const struct packet *, rdpath_ref);
void contexts_ticket(struct contexts *, const struct packet *, rdpath_ref);

/* An attempt of these ends begins, or ends: what belongs to it goes into its record. */
void contexts_begin(const struct contexts *, struct attempt *, int64_t now_ns);
void contexts_conclude(const struct contexts *, struct attempt *);

#endif
