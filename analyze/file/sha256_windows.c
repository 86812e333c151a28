/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by Windows' own bcrypt. */
#include "analyze/file/sha256.h"

#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <windows.h>

#include <bcrypt.h>

enum { SHA256_LEN = 32, PIECE_MAX = 1 << 30 };

struct sha256 {
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_HASH_HANDLE hash;
    bool ok;
};

struct sha256 *sha256_new(void)
{
    struct sha256 *s = memory_zeroed(sizeof *s);
    s->ok = BCryptOpenAlgorithmProvider(&s->algorithm, BCRYPT_SHA256_ALGORITHM, NULL, 0) == 0 &&
            BCryptCreateHash(s->algorithm, &s->hash, NULL, 0, NULL, 0, 0) == 0;
    if (s->ok)
        return s;
    sha256_free(s);
    return NULL;
}

void sha256_add(struct sha256 *s, const void *bytes, size_t len)
{
    PUCHAR at = (PUCHAR)(uintptr_t)bytes; /* it takes no const */
    while (s->ok && len > 0) {
        ULONG n = len < PIECE_MAX ? (ULONG)len : PIECE_MAX;
        s->ok = BCryptHashData(s->hash, at, n, 0) == 0;
        at += n;
        len -= n;
    }
}

bool sha256_finish(struct sha256 *s, char text[SHA256_TEXT_SIZE])
{
    uint8_t digest[SHA256_LEN];
    s->ok = s->ok && BCryptFinishHash(s->hash, digest, sizeof digest, 0) == 0;
    for (unsigned int i = 0; s->ok && i < SHA256_LEN; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return s->ok;
}

void sha256_free(struct sha256 *s)
{
    if (!s)
        return;
    if (s->hash)
        BCryptDestroyHash(s->hash);
    if (s->algorithm)
        BCryptCloseAlgorithmProvider(s->algorithm, 0);
    memory_release(s);
}
