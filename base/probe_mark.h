/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a connection of rdpath probe is known in a capture, whoever made that: the random of its
 * ClientHello (RFC 5246 section 7.4.1.2) begins so. It is left on purpose before anybody logs on.
 */
#ifndef BASE_PROBE_MARK_H
#define BASE_PROBE_MARK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { PROBE_MARK_LEN = 12 };

static const char probe_mark[PROBE_MARK_LEN + 1] = "rdpath probe";

/* random: of 32 bytes. */
static inline bool probe_marked(const uint8_t *random)
{
    return memcmp(random, probe_mark, PROBE_MARK_LEN) == 0;
}

#endif
