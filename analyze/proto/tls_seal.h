/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protection of the records of one direction since its last change of keys. A record is opened
 * only where its tag or MAC is right: nothing else is ever taken for plaintext.
 *
 * A tag covers the number of its record. Where records are missing from the capture, that number is
 * found again by trying the next ones, SEAL_AHEAD at most.
 */
#ifndef ANALYZE_PROTO_TLS_SEAL_H
#define ANALYZE_PROTO_TLS_SEAL_H

#include "analyze/proto/tls_suite.h"

enum {
    SEAL_AHEAD = 64
}; /* records that may be missing at once; a longer search costs too much of
                             a hostile capture, and finds little in an honest one */

struct seal {
    struct tls_suite suite;
    bool encrypt_then_mac; /* RFC 7366 */
    struct tls_keys keys;
    uint8_t secret[DIGEST_MAX]; /* TLS 1.3: the traffic secret that they come from */
    struct cipher *cipher;      /* NULL: closed */
    uint64_t number;            /* of the next record */
    uint32_t n_passed;          /* records since the last one that was opened */
};

/* The suite and the keys are set. False: no library. */
bool seal_begin(struct seal *);
void seal_wipe(struct seal *);

/* TLS 1.3: takes that traffic secret, of the suite's length; and the one behind it. */
bool seal_take_traffic(struct seal *, const uint8_t *secret);
bool seal_update(struct seal *);

/* One record: its header as it was sent, and the body. */
struct sealed_record {
    const uint8_t *head; /* type, version, length: 5 bytes */
    struct reader body;
};

struct opened_record {
    uint8_t type;
    uint32_t len;    /* of what stands at plain */
    uint32_t missed; /* records that are missing before it */
    uint8_t *plain;  /* set by the caller: room for body.left bytes */
};

bool seal_open(struct seal *, const struct sealed_record *, struct opened_record *);

#endif
