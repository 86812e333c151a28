/* SPDX-License-Identifier: Apache-2.0 */
/* An IP address of either version, in network byte order. */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct addr {
    uint8_t bytes[16]; /* IPv4: the first four, the rest zero */
    uint8_t version;   /* 4, 6, or 0 for none */
};

enum { ADDR_TEXT_SIZE = 46 };

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
    return a->version == b->version && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* fe80::/10, which may be on each link of a machine (RFC 4291 section 2.5.6). */
static inline bool addr_is_link_local(const struct addr *a)
{
    return a->version == 6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

/* Writes "10.0.1.2" or "2001:db8::1" (RFC 5952) into text. */
void addr_format(const struct addr *, char text[ADDR_TEXT_SIZE]);

/* Reads what addr_format() wrote. False: it is another text. */
bool addr_parse(const char *text, struct addr *);

#endif
