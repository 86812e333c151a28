/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cryptography that opens a TLS record, done by the system's library and never by hand:
 * tls_cipher_openssl.c here, tls_cipher_windows.c where that is Windows' own. Without a library
 * every call fails.
 */
#ifndef ANALYZE_PROTO_TLS_CIPHER_H
#define ANALYZE_PROTO_TLS_CIPHER_H

#include "base/reader.h"

enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, N_DIGESTS };

enum cipher_kind {
    CIPHER_AES_128_GCM,
    CIPHER_AES_256_GCM,
    CIPHER_CHACHA20_POLY1305,
    CIPHER_AES_128_CBC,
    CIPHER_AES_256_CBC,
    N_CIPHERS,
};

enum {
    DIGEST_MAX = 48,     /* SHA-384 */
    CIPHER_KEY_MAX = 32, /* AES-256, ChaCha20 */
    CIPHER_IV_MAX = 16,  /* CBC */
    CIPHER_NONCE = 12,   /* of an AEAD */
    CIPHER_TAG = 16,
    CIPHER_BLOCK = 16,
};

bool cipher_is_there(void); /* is there a library? */

static inline uint8_t digest_len(enum digest digest)
{
    static const uint8_t lens[N_DIGESTS] = {
        [DIGEST_MD5] = 16, [DIGEST_SHA1] = 20, [DIGEST_SHA256] = 32, [DIGEST_SHA384] = 48};
    return lens[digest];
}

/* HMAC (RFC 2104) over two pieces. */
struct hmac {
    enum digest digest;
    struct reader key, first, second;
};
bool hmac_make(const struct hmac *, uint8_t mac[DIGEST_MAX]);

struct cipher;

/* The key has the length of the kind. NULL: no library. */
struct cipher *cipher_new(enum cipher_kind, const uint8_t *key);
void cipher_free(struct cipher *); /* NULL is allowed */

struct sealed {
    const uint8_t *iv; /* the nonce of an AEAD, or the IV of CBC */
    struct reader extra, text;
    const uint8_t *tag; /* NULL: CBC, which has neither tag nor extra */
};

/* Writes text.left bytes to plain. False: the tag is wrong, and plain is worthless. */
bool cipher_open(struct cipher *, const struct sealed *, uint8_t *plain);

#endif
