/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS 1.0 and 1.2 inside the lossy flavour of a UDP leg (RFC 4347, RFC 6347). */
#ifndef ANALYZE_PROTO_DTLS_H
#define ANALYZE_PROTO_DTLS_H

#include "analyze/proto/dialog.h"
#include "base/budget.h"

enum {
    DTLS_MESSAGE_MAX = 16384, /* a handshake message that is read; a chain above it is not */
    DTLS_RANGES_MAX = 8,      /* parts of it with holes between them */
    DTLS_SLOTS = 2,           /* messages of a direction that are read at a time */
};

/* A handshake message that comes in fragments, in any order and more than once. */
struct dtls_message {
    uint8_t *bytes; /* NULL: none under way */
    uint8_t type;
    uint16_t seq;
    uint32_t len;
    struct {
        uint32_t from, to;
    } have[DTLS_RANGES_MAX];
    uint32_t n_have;
};

struct dtls {
    struct dialog *dialog;                   /* what the messages are told to */
    struct budget *held;                     /* NULL = no common limit */
    struct dtls_message slot[2][DTLS_SLOTS]; /* by direction */
    uint32_t n_verify;                       /* HelloVerifyRequests of the server */
};

/* Does this datagram begin a DTLS conversation (RFC 6347 section 4.2.2)? */
bool dtls_is_client_hello(struct reader);

/* The payload of one datagram: whole records. */
void dtls_bytes(struct dtls *, enum rdpath_direction, struct reader, struct moment);
void dtls_free(struct dtls *);

#endif
