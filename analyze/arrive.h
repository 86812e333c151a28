/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet arrives: the connection or UDP leg that it belongs to is found or begun, and what the
 * packet says goes into its record.
 */
#ifndef ANALYZE_ARRIVE_H
#define ANALYZE_ARRIVE_H

#include "analyze/analyze.h"

struct trial_ends arrive_ends(const struct packet *, bool from_client);

/* Any packet, and what it carries where it is a tunnel's. */
void arrive_packet(struct rdpath *, const struct packet *);

/* Whole ones: what passed the glance. */
void arrive_tcp(struct rdpath *, const struct packet *);
void arrive_udp(struct rdpath *, const struct packet *);

static inline struct ends ends_of(const struct packet *p)
{
    return (struct ends){p->src, p->dst, p->src_port, p->dst_port};
}

#endif
