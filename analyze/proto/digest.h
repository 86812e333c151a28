/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by the library that reads certificates (x509_openssl.c). */
#ifndef ANALYZE_PROTO_DIGEST_H
#define ANALYZE_PROTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False: the library is absent. */
bool digest_sha256(const uint8_t *bytes, size_t len, uint8_t out[32]);

#endif
