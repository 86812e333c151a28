/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames for tests, built byte by byte in wire order. IPv4 packets go from 10.0.0.1 to 10.0.0.2,
 * IPv6 packets from 2001:db8::1 to 2001:db8::2.
 */
#ifndef TESTS_UNIT_FRAMES_H
#define TESTS_UNIT_FRAMES_H

#include "rdpath.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct build {
    uint8_t bytes[70000];
    size_t len;
};

static inline void put8(struct build *b, unsigned value)
{
    assert_true(b->len < sizeof b->bytes);
    b->bytes[b->len++] = (uint8_t)value;
}

static inline void put16(struct build *b, unsigned value)
{
    put8(b, value >> 8 & 0xff);
    put8(b, value & 0xff);
}

static inline void put32(struct build *b, uint32_t value)
{
    put16(b, value >> 16);
    put16(b, value & 0xffff);
}

static inline void put_repeated(struct build *b, unsigned value, size_t n)
{
    while (n-- > 0)
        put8(b, value);
}

/* "45 00": pairs of hexadecimal digits, spaces between them. */
static inline void put_hex(struct build *b, const char *hex)
{
    while (*hex) {
        char *end;
        put8(b, (unsigned)strtoul(hex, &end, 16));
        assert_true(end > hex);
        hex = end + strspn(end, " ");
    }
}

struct ip_fields {
    unsigned len;      /* IPv4: total length; IPv6: payload length */
    unsigned protocol; /* or next header */
    unsigned id;       /* IPv4 */
    unsigned flags;    /* IPv4: flags and fragment offset */
};

static inline void put_ipv4(struct build *b, struct ip_fields f)
{
    put_hex(b, "45 00");
    put16(b, f.len);
    put16(b, f.id);
    put16(b, f.flags);
    put8(b, 64);
    put8(b, f.protocol);
    put_hex(b, "00 00  0a 00 00 01  0a 00 00 02"); /* checksum, addresses */
}

static inline void put_ipv6(struct build *b, struct ip_fields f)
{
    put_hex(b, "60 00 00 00");
    put16(b, f.len);
    put8(b, f.protocol);
    put8(b, 64);
    put_hex(b, "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01");
    put_hex(b, "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02");
}

/* 20 bytes: 49152 -> 3389, seq 0x01020304, ack 0x05060708, PSH and ACK, window 0x2000 */
#define TCP_PLAIN "c0 00 0d 3d 01 02 03 04 05 06 07 08 50 18 20 00 00 00 00 00"
#define ETHERNET_ADDRESSES "02 00 00 00 00 02 02 00 00 00 00 01"
#define ETHERNET_IPV4 ETHERNET_ADDRESSES " 08 00"
#define ETHERNET_IPV6 ETHERNET_ADDRESSES " 86 dd"

/* A whole frame that ends where the bytes do. */
static inline struct rdpath_frame frame_of(const struct build *b, uint16_t link_type)
{
    return (struct rdpath_frame){.bytes = b->bytes,
                                 .captured_len = (uint32_t)b->len,
                                 .wire_len = (uint32_t)b->len,
                                 .ts_ns = 1700000000LL * 1000000000,
                                 .number = 1,
                                 .link_type = link_type};
}

/*
 * The first n bytes of a frame in a block of their own, so that a sanitizer sees a read behind
 * them. Release with free().
 */
static inline uint8_t *frame_cut(struct rdpath_frame *f, uint32_t n)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, f->bytes, n);
    f->bytes = copy;
    f->captured_len = n;
    return copy;
}

#endif
