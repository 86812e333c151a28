/* SPDX-License-Identifier: Apache-2.0 */
/* What a probe says to a server: the first messages of RDP, and no credentials. */
#ifndef CAPTURE_PROBE_BYTES_H
#define CAPTURE_PROBE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROBE_REQUEST_LEN = 19,       /* X.224 connection request with RDP_NEG_REQ */
    PROBE_CONFIRM_LEN = 19,       /* its answer with RDP_NEG_RSP or RDP_NEG_FAILURE */
    PROBE_HELLO_MIN = 320,        /* the shortest ClientHello, a long name included */
    PROBE_HELLO_MAX = 16000,      /* in one TLS record */
    PROBE_SYN_PAYLOAD_MIN = 1132, /* of RDP over UDP [MS-RDPEUDP 2.2.2.5] */
    PROBE_SYN_PAYLOAD_MAX = 1232,
};

void bytes_x224_request(uint8_t out[PROBE_REQUEST_LEN], uint32_t protocols);

struct probe_hello {
    bool tls13;       /* offer 1.3 and 1.2, else 1.2 alone, where the certificate can be seen */
    const char *name; /* SNI; NULL = none */
    uint64_t seed;    /* of what is random in it */
};

/* A TLS record with a ClientHello of exactly len bytes in all, MIN to MAX. */
void bytes_client_hello(uint8_t *out, size_t len, const struct probe_hello *);

/* A SYN of RDP over UDP, version 2, padded to len bytes. */
void bytes_udp_syn(uint8_t *out, size_t len, uint32_t sequence);

enum probe_confirm { PROBE_CONFIRM_MORE, PROBE_CONFIRM_RDP, PROBE_CONFIRM_FOREIGN };

/* The server's answer to the request. */
enum probe_confirm bytes_read_confirm(const uint8_t *bytes, size_t len, uint32_t *selected,
                                      uint32_t *failure);

#endif
