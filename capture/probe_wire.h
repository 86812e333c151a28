/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends single packets of an exact size, never to be fragmented: probe_wire_linux.c with libnet, on
 * a raw socket that the system's own idea of the path MTU does not bind.
 */
#ifndef CAPTURE_PROBE_WIRE_H
#define CAPTURE_PROBE_WIRE_H

#include "base/addr.h"
#include "rdpath.h"

enum { PROBE_WIRE_MAX = 9216 }; /* PROBE_MTU_MAX */

struct probe_wire;

struct probe_shot {
    bool echo;                   /* else UDP */
    uint32_t ip_len;             /* of the whole packet */
    uint16_t id, number;         /* echo */
    uint16_t from_port, to_port; /* UDP */
    const uint8_t *payload;      /* as many bytes as ip_len leaves */
};

/* NULL and an error; needs the right to open raw sockets, and none afterwards. */
struct probe_wire *wire_open(const struct addr *from, const struct addr *to, struct rdpath_error *);
bool wire_send(struct probe_wire *, const struct probe_shot *);
void wire_close(struct probe_wire *);

#endif
