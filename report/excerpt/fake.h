/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What takes the place of what must not be told. The same key makes the same of the same, so that
 * what was equal stays equal, also over several reports. All of it is HMAC-SHA256 of the key: who
 * lacks the key can neither undo it nor try names out.
 */
#ifndef REPORT_EXCERPT_FAKE_H
#define REPORT_EXCERPT_FAKE_H

#include "base/addr.h"

#include <stddef.h>

struct fake;

/* NULL: the system has no library for it. */
struct fake *fake_new(const void *key, size_t len);
void fake_free(struct fake *);

/*
 * An address of that version, in place. Two that begin with the same n bits still do (Xu, Fan,
 * Ammar, Moon: Prefix-Preserving IP Address Anonymization, 2002). What names no host stays:
 * unspecified, loopback, link-local's prefix, multicast, broadcast.
 */
void fake_address(struct fake *, uint8_t *bytes, int version);

/* A link-layer address; groups and broadcast stay. */
void fake_mac(struct fake *, uint8_t mac[6]);

/* A name becomes letters, of the same length; upper and lower case are alike. Each character takes
   width bytes (1, or 2 of UTF-16), of which the first (0) or the last (1) tells it. */
struct fake_text {
    uint8_t *bytes;
    size_t len;
    uint8_t width, at;
};
void fake_name(struct fake *, const struct fake_text *);

/* Bytes without a meaning of their own: an id, a hash, a serial number. */
void fake_bytes(struct fake *, uint8_t *bytes, size_t len);

#endif
