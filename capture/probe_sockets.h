/* SPDX-License-Identifier: Apache-2.0 */
/* TCP connections of the system itself, as a probe needs them: probe_sockets_linux.c,
   probe_sockets_windows.c. */
#ifndef CAPTURE_PROBE_SOCKETS_H
#define CAPTURE_PROBE_SOCKETS_H

#include "base/addr.h"

#include <stdbool.h>
#include <stddef.h>

enum sockets_state {
    SOCKETS_CONNECTING,
    SOCKETS_OPEN,
    SOCKETS_CLOSED, /* it was open, and the other end closed it */
    SOCKETS_REFUSED,
    SOCKETS_FAILED,
};

struct sockets_target {
    struct addr to;
    uint16_t port;
    uint32_t mss; /* to advertise; 0: what the interface allows */
};

/* A socket that never waits, sends each write at once and with DF, and closes with a reset; -1:
   none. local_port is what it goes by on the wire. */
int sockets_connect(const struct sockets_target *, uint16_t *local_port);
enum sockets_state sockets_state(int socket);

/* Does the system say so of this address, as it knows its own networks? Sends nothing. */
bool sockets_is_broadcast(const struct addr *);

/* Sends it as one segment, if one can be so large. */
void sockets_send(int socket, const uint8_t *bytes, size_t len);

/* Bytes read, 0 = none yet, -1 = closed. The second one leaves them to be read again. */
long sockets_receive(int socket, uint8_t *bytes, size_t len);
long sockets_peek(int socket, uint8_t *bytes, size_t len);

struct sockets_facts {
    uint32_t send_payload;    /* the largest segment that it sends, without options; 0: not told */
    uint32_t receive_payload; /* the largest that came, merged ones taken apart */
    uint32_t options_len;     /* TCP options in each segment */
    bool limited;             /* the system took the limit that was asked for */
    uint64_t n_acknowledged;  /* bytes that arrived at the other end; 0: none, or not told */
};
struct sockets_facts sockets_facts(int socket);

void sockets_close(int socket);

#endif
