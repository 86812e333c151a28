/* SPDX-License-Identifier: Apache-2.0 */
/* What a server answers to a ClientHello, taken from its socket: did all of it come? */
#ifndef CAPTURE_PROBE_FLIGHT_H
#define CAPTURE_PROBE_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBE_FLIGHT_MAX = 64 * 1024 }; /* as much as a handshake message may have here */

struct probe_flight {
    uint32_t len; /* bytes that came */
    bool whole;   /* the last one is there: ServerHelloDone, an alert, or an encrypted record */
    bool ended;   /* the server closed the connection */
    /* where the reading stands */
    uint8_t head[5], n_head; /* of a TLS record */
    uint32_t left;           /* of its body */
    uint8_t tail[4];         /* the last bytes of the body */
};

/* The next bytes. */
void flight_take(struct probe_flight *, const uint8_t *bytes, size_t len);

#endif
