/* SPDX-License-Identifier: Apache-2.0 */
/* What a cipher suite is made of, and the keys that follow from a secret. */
#ifndef ANALYZE_PROTO_TLS_SUITE_H
#define ANALYZE_PROTO_TLS_SUITE_H

#include "analyze/proto/tls_cipher.h"
#include "rdpath.h"

enum { TLS_1_0 = 0x0301, TLS_1_1 = 0x0302, TLS_1_2 = 0x0303, TLS_1_3 = 0x0304 };
enum { TLS_RANDOM = 32 };

struct tls_suite {
    uint16_t version;
    uint8_t cipher;       /* enum cipher_kind */
    bool cbc;             /* with a MAC beside it; else an AEAD */
    uint8_t key_len;      /* of the cipher */
    uint8_t iv_len;       /* of what is derived; a record may bring the rest */
    uint8_t explicit_len; /* of that rest */
    uint8_t mac_len;
    uint8_t mac, prf; /* enum digest; up to TLS 1.1 the PRF has digests of its own */
};

/* False: a version, a suite or a pair of both that is not opened here. */
bool tls_suite_of(uint16_t version, uint16_t cipher, struct tls_suite *);

/* What protects the records of one direction. */
struct tls_keys {
    uint8_t mac[DIGEST_MAX], key[CIPHER_KEY_MAX], iv[CIPHER_IV_MAX];
};

/* tls_derive.c. False: no library. */
struct tls_master {
    struct reader secret;
    const uint8_t *client_random, *server_random;
};
/* Up to TLS 1.2, of the records that travel that way (RFC 5246 section 6.3, RFC 2246 section 5). */
bool tls_derive_block(const struct tls_suite *, const struct tls_master *, enum rdpath_direction,
                      struct tls_keys *);
/* TLS 1.3, from a traffic secret (RFC 8446 section 7.3). */
bool tls_derive_traffic(const struct tls_suite *, struct reader secret, struct tls_keys *);
/* The traffic secret behind a KeyUpdate (section 7.2), in place. */
bool tls_derive_next(const struct tls_suite *, uint8_t *secret);

#endif
