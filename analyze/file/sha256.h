/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of bytes that come in pieces. */
#ifndef ANALYZE_FILE_SHA256_H
#define ANALYZE_FILE_SHA256_H

#include <stdbool.h>
#include <stddef.h>

struct sha256;

enum { SHA256_TEXT_SIZE = 65 };

/* NULL where the system's library for it is not there. */
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *, const void *bytes, size_t len);

/* Writes 64 hexadecimal digits; nothing can be added afterwards. */
bool sha256_finish(struct sha256 *, char text[SHA256_TEXT_SIZE]);
void sha256_free(struct sha256 *);

#endif
