/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two ends of a UDP leg say, with TLS and DTLS inside. Input: for each datagram its
 * direction (1 byte: bit 0 to the client, bit 1 in fragments, bit 7 some of it was cut off), length
 * (2 bytes), payload.
 */
#include "tests/fuzz/fuzz.h"

#include "analyze/proto/datagrams.h"

#include <assert.h>
#include <stdlib.h>

enum { HELD_MAX = 1 << 20, IP_AND_UDP = 28, CUT = 100 };

static void say(struct datagrams *d, struct reader *r, struct moment at)
{
    uint8_t kind = reader_u8(r);
    uint16_t len = reader_be16(r);
    struct reader payload = reader_sub(r, len < r->left ? len : r->left);
    uint32_t sent = (uint32_t)payload.left + (kind & 0x80 ? CUT : 0);
    const struct datagram g = {
        .direction = kind & 1 ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER,
        .at = at,
        .ip_len = sent + IP_AND_UDP,
        .fragmented = kind & 2,
        .has_id = true,
        .id = (uint32_t)at.frame,
        .payload = payload,
        .payload_len = sent,
    };
    datagrams_take(d, &g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(data, size, READER_END);
    struct budget held = {.limit = HELD_MAX};
    struct leg leg = {0};
    struct datagrams *d = datagrams_new(&leg, NULL, &held);

    for (uint64_t n = 1; r.left > 3; n++)
        say(d, &r, (struct moment){.ts_ns = (int64_t)n * 1000000, .frame = n});
    datagrams_end(d);
    datagrams_free(d);
    assert(held.used == 0);
    if (leg.inner)
        arena_free(&leg.inner->arena);
    free(leg.inner);
    return 0;
}
