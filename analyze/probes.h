/* SPDX-License-Identifier: Apache-2.0 */
/* What rdpath probe sends beside its connections: echo, datagrams, and the errors about them. */
#ifndef ANALYZE_PROBES_H
#define ANALYZE_PROBES_H

#include "analyze/analyze.h"

/* An ICMP packet that is no error, or the first fragment of one. */
void probes_echo(struct rdpath *, const struct packet *);

/* A datagram to or from a server's port. */
void probes_datagram(struct rdpath *, const struct packet *, bool to_server);

/* An ICMP error, whatever it quotes. */
void probes_error(struct rdpath *, const struct icmp_error *, struct moment);

#endif
