/* SPDX-License-Identifier: Apache-2.0 */
/* Captures made byte by byte, in either byte order, for the tests of the reader. */
#ifndef TESTS_UNIT_CAPTURE_BYTES_H
#define TESTS_UNIT_CAPTURE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct made {
    uint8_t *bytes;
    size_t len, room;
    bool big;
    size_t block; /* where the pcapng block begins that is being made */
};

static inline void put(struct made *m, const void *bytes, size_t len)
{
    if (m->len + len > m->room) {
        m->room = 2 * (m->len + len);
        m->bytes = realloc(m->bytes, m->room);
    }
    if (len)
        memcpy(m->bytes + m->len, bytes, len);
    m->len += len;
}

static inline void put_number(struct made *m, uint64_t x, size_t n)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(x >> 8 * (m->big ? n - 1 - i : i));
    put(m, bytes, n);
}

static inline void put8(struct made *m, uint8_t x)
{
    put_number(m, x, 1);
}

static inline void put16(struct made *m, uint16_t x)
{
    put_number(m, x, 2);
}

static inline void put32(struct made *m, uint32_t x)
{
    put_number(m, x, 4);
}

static inline void put64(struct made *m, uint64_t x)
{
    put_number(m, x, 8);
}

/* A frame whose bytes tell its number and length. */
static inline void put_frame(struct made *m, uint8_t seed, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put8(m, (uint8_t)(seed + i));
}

static inline void pcap_header(struct made *m, uint32_t magic, uint32_t snaplen, uint32_t network)
{
    put32(m, magic);
    put16(m, 2);
    put16(m, 4);
    put32(m, 0);
    put32(m, 0);
    put32(m, snaplen);
    put32(m, network);
}

static inline void pcap_record(struct made *m, uint8_t seed, uint32_t captured, uint32_t wire)
{
    put32(m, 1700000000u + seed);
    put32(m, 123456);
    put32(m, captured);
    put32(m, wire);
    put_frame(m, seed, captured);
}

static inline void block_begin(struct made *m, uint32_t type)
{
    m->block = m->len;
    put32(m, type);
    put32(m, 0);
}

static inline void block_end(struct made *m)
{
    while (m->len % 4)
        put8(m, 0);
    uint32_t len = (uint32_t)(m->len - m->block + 4);
    put32(m, len);
    size_t end = m->len;
    m->len = m->block + 4;
    put32(m, len);
    m->len = end;
}

static inline void option(struct made *m, uint16_t code, const void *value, size_t len)
{
    put16(m, code);
    put16(m, (uint16_t)len);
    put(m, value, len);
    put(m, "\0\0\0", -len & 3);
}

static inline void option_number(struct made *m, uint16_t code, uint64_t x, size_t n)
{
    put16(m, code);
    put16(m, (uint16_t)n);
    put_number(m, x, n);
    put(m, "\0\0\0", -n & 3);
}

static inline void option_end(struct made *m)
{
    put32(m, 0);
}

static inline void section(struct made *m)
{
    block_begin(m, 0x0a0d0d0a);
    put32(m, 0x1a2b3c4d);
    put16(m, 1);
    put16(m, 0);
    put64(m, UINT64_MAX);
    block_end(m);
}

/* An interface without options; more can be put before block_end(). */
static inline void interface_begin(struct made *m, uint16_t link_type, uint32_t snaplen)
{
    block_begin(m, 1);
    put16(m, link_type);
    put16(m, 0);
    put32(m, snaplen);
}

static inline void interface(struct made *m, uint16_t link_type, uint32_t snaplen)
{
    interface_begin(m, link_type, snaplen);
    block_end(m);
}

/* An enhanced packet block up to its options. */
static inline void packet_begin(struct made *m, uint32_t number, uint64_t ticks, uint8_t seed)
{
    uint32_t len = 10u + seed % 4;
    block_begin(m, 6);
    put32(m, number);
    put32(m, (uint32_t)(ticks >> 32));
    put32(m, (uint32_t)ticks);
    put32(m, len);
    put32(m, len + 7);
    put_frame(m, seed, len);
    while ((m->len - m->block) % 4)
        put8(m, 0);
}

static inline void packet(struct made *m, uint32_t number, uint64_t ticks, uint8_t seed)
{
    packet_begin(m, number, ticks, seed);
    block_end(m);
}

static inline void made_free(struct made *m)
{
    free(m->bytes);
    *m = (struct made){.bytes = NULL};
}

#endif
