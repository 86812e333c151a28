/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RDPUDP2, all numbers little-endian. On the wire the first and the eighth byte have changed
 * places [MS-RDPEUDP2 3.1.1.1.5], so that the first is the datagram's type.
 */
#include "analyze/proto/rdpeudp2.h"

#include <string.h>

enum {
    PREFIX_AT = 7,   /* where the prefix stands on the wire */
    SHORT_SHIFT = 5, /* 2.2.1.3: Short_Packet_Length */
    LONG_PACKET = 7,
    TYPE_MASK = 0x0f, /* Packet_Type_Index, above the reserved bit */
    TYPE_DATA = 0,
    TYPE_DUMMY = 8,
    FLAGS_MASK = 0x0fff,
    STAMP_LEN = 4, /* a time of 3 bytes and a gap of 1 */
    IN_MAP = 7,
};

static void ack_read(struct reader *r, struct rdpeudp2 *u)
{
    u->ack_seq = reader_le16(r);
    reader_skip(r, STAMP_LEN);
    u->n_delayed = reader_u8(r) & 0x0f;
    reader_skip(r, u->n_delayed);
}

static void vector_read(struct reader *r, struct rdpeudp2 *u)
{
    u->vector_base = reader_le16(r);
    uint8_t size = reader_u8(r);
    if (size & 0x80)
        reader_skip(r, STAMP_LEN);
    u->vector = reader_sub(r, size & 0x7f);
}

/* In this order, whatever that of the flags' bits (2.2.1.2). */
static bool blocks_read(struct reader *r, struct rdpeudp2 *u)
{
    if (u->flags & RDPEUDP2_ACK)
        ack_read(r, u);
    if (u->flags & RDPEUDP2_OVERHEAD)
        u->overhead = reader_u8(r);
    if (u->flags & RDPEUDP2_DELAYACK) {
        u->delay_max = reader_u8(r);
        u->delay_ms = reader_le16(r);
    }
    if (u->flags & RDPEUDP2_AOA)
        u->oldest = reader_le16(r);
    if (u->flags & RDPEUDP2_DATA)
        u->seq = reader_le16(r);
    if (u->flags & RDPEUDP2_ACKVEC)
        vector_read(r, u);
    if (u->flags & RDPEUDP2_DATA && !u->dummy) {
        u->channel_seq = reader_le16(r);
        u->has_payload = reader_ok(r);
        u->payload = *r;
    }
    return reader_ok(r);
}

static bool prefix_read(uint8_t prefix, uint32_t cut, struct reader *r, struct rdpeudp2 *u)
{
    uint8_t type = prefix >> 1 & TYPE_MASK, length = prefix >> SHORT_SHIFT;
    u->dummy = type == TYPE_DUMMY;
    if (prefix & 1 || (type != TYPE_DATA && type != TYPE_DUMMY))
        return false;
    uint32_t filler = length ? (uint32_t)(LONG_PACKET - length) : 0;
    filler = filler > cut ? filler - cut : 0;
    if (filler > r->left)
        return false;
    *r = reader_of(r->at, r->left - filler, cut ? READER_CUT : READER_END);
    return true;
}

bool rdpeudp2_read(struct reader wire, uint32_t cut, struct rdpeudp2 *u)
{
    size_t len = wire.left;
    const uint8_t *bytes = reader_take(&wire, len);
    memset(&u->dummy, 0, sizeof *u - offsetof(struct rdpeudp2, dummy));
    if (!bytes || len <= PREFIX_AT || len > RDPEUDP2_MAX)
        return false;
    memcpy(u->bytes, bytes, len);
    u->bytes[0] = bytes[PREFIX_AT];
    u->bytes[PREFIX_AT] = bytes[0];
    struct reader r = reader_of(u->bytes, len, cut ? READER_CUT : READER_END);
    if (!prefix_read(reader_u8(&r), cut, &r, u))
        return false;
    uint16_t head = reader_le16(&r);
    u->flags = head & FLAGS_MASK;
    u->log_window = (uint8_t)(head >> 12);
    bool both = (u->flags & RDPEUDP2_ACK) && (u->flags & RDPEUDP2_ACKVEC); /* 2.2.1.1: never */
    return !both && blocks_read(&r, u);
}

/* 3.1.5.7: bit 7 set is a run, bit 6 its state; clear, a map of seven, the lowest bit first. */
bool rdpeudp2_run_next(struct reader *vector, uint16_t *next, struct rdpeudp2_run *run)
{
    uint8_t code = reader_u8(vector);
    if (!reader_ok(vector))
        return false;
    run->from = *next;
    run->len = code & 0x80 ? code & 0x3f : IN_MAP;
    uint64_t all = ((uint64_t)1 << run->len) - 1;
    if (code & 0x80)
        run->received = code & 0x40 ? all : 0;
    else
        run->received = code & all;
    *next = (uint16_t)(*next + run->len);
    return true;
}
