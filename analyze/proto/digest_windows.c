/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/digest.h"

#include <windows.h>

#include <bcrypt.h>

bool digest_sha256(const uint8_t *bytes, size_t len, uint8_t out[32])
{
    BCRYPT_ALG_HANDLE algorithm;
    if (BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_SHA256_ALGORITHM, NULL, 0) != 0)
        return false;
    bool made = BCryptHash(algorithm, NULL, 0, (PUCHAR)(uintptr_t)bytes, (ULONG)len, out, 32) == 0;
    BCryptCloseAlgorithmProvider(algorithm, 0);
    return made;
}
