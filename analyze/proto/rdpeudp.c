/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RDP-UDP versions 1 and 2, all numbers big-endian. Where the specification and what Windows sends
 * differ, the comments say "seen".
 */
#include "analyze/proto/rdpeudp.h"

enum {
    NO_ACK_YET = -1,        /* snSourceAck of a SYN, 3.1.5.1.1 */
    VECTOR_MAX = 2048,      /* 2.2.2.7 */
    MTU_LEAST = 1132,       /* 2.2.2.5 */
    MTU_MOST = 1232,        /* 2.2.2.5 */
    VERSION_VALID = 0x0001, /* 2.2.2.9 */
    VERSION_3 = 0x0101,     /* 2.2.2.9: a SYN of it carries the cookie's hash */
    COOKIE_HASH_LEN = 32,
    STATE_SHIFT = 6, /* 2.2.2.7.1 */
    RUN_MASK = 0x3f,
    ZERO_COPIES = 16,
};

/* What stands behind the part that every SYN has may be cut off, or left out by an older peer. */
static void hello_read_rest(struct reader r, struct rdpeudp *u)
{
    if (u->flags & RDPEUDP_CORRELATION_ID) {
        u->correlation_id = reader_take(&r, RDPEUDP_ID_LEN);
        reader_skip(&r, ZERO_COPIES);
    }
    if (!(u->flags & RDPEUDP_SYNEX))
        return;
    uint16_t valid = reader_be16(&r), version = reader_be16(&r);
    if (!reader_ok(&r) || !(valid & VERSION_VALID))
        return;
    u->version = version;
    if (version == VERSION_3 && !(u->flags & RDPEUDP_ACK))
        u->has_cookie_hash = reader_take(&r, COOKIE_HASH_LEN) != NULL;
}

static bool hello_read(struct reader r, struct rdpeudp *u)
{
    u->isn = reader_be32(&r);
    u->mtu_up = reader_be16(&r);
    u->mtu_down = reader_be16(&r);
    if (!reader_ok(&r))
        return false;
    hello_read_rest(r, u);
    return true;
}

/*
 * The vector ends on a multiple of four bytes, its size field counted; but seen: an empty one is
 * two bytes and no more. A sender that pads it all the same is known by its source header, whose
 * two numbers are equal.
 */
static bool source_fits(struct reader r)
{
    uint32_t coded = reader_be32(&r), source = reader_be32(&r);
    return reader_ok(&r) && coded == source;
}

static bool vector_read(struct reader *r, struct rdpeudp *u)
{
    uint16_t size = reader_be16(r);
    if (size > VECTOR_MAX)
        return false;
    u->vector = reader_sub(r, size);
    if (size > 0) {
        reader_skip(r, (size_t)(2 - size) & 3);
        return true;
    }
    bool source = (u->flags & (RDPEUDP_DATA | RDPEUDP_FEC | RDPEUDP_ACK_OF_ACKS)) == RDPEUDP_DATA;
    struct reader padded = *r;
    reader_skip(&padded, 2);
    if (source && !source_fits(*r) && source_fits(padded))
        *r = padded;
    return true;
}

static void payload_read(struct reader *r, struct rdpeudp *u)
{
    u->coded = reader_be32(r);
    u->source = reader_be32(r);
    if (u->flags & RDPEUDP_FEC) {
        u->fec_range = reader_u8(r);
        u->fec_index = reader_u8(r);
        reader_skip(r, 2);
    }
    u->has_payload = reader_ok(r);
    u->payload = *r;
}

bool rdpeudp_read(struct reader r, struct rdpeudp *u)
{
    *u = (struct rdpeudp){0};
    u->source_ack = reader_be32(&r);
    u->window = reader_be16(&r);
    u->flags = reader_be16(&r);
    if (!reader_ok(&r))
        return false;
    if (u->flags & RDPEUDP_SYN)
        return hello_read(r, u);
    if (u->flags & RDPEUDP_ACK && !vector_read(&r, u))
        return false;
    if (u->flags & RDPEUDP_ACK_OF_ACKS) {
        u->reset = reader_be32(&r);
        u->has_reset = reader_ok(&r);
    }
    if (u->flags & (RDPEUDP_DATA | RDPEUDP_FEC))
        payload_read(&r, u);
    return reader_ok(&r);
}

bool rdpeudp_is_hello(struct reader r, bool *answer)
{
    struct rdpeudp u;
    if (!rdpeudp_read(r, &u) || !(u.flags & RDPEUDP_SYN))
        return false;
    *answer = u.flags & RDPEUDP_ACK;
    bool sizes = u.mtu_up >= MTU_LEAST && u.mtu_up <= MTU_MOST && u.mtu_down >= MTU_LEAST &&
                 u.mtu_down <= MTU_MOST;
    return sizes && (*answer || u.source_ack == (uint32_t)NO_ACK_YET) &&
           !(u.flags & (RDPEUDP_DATA | RDPEUDP_FEC | RDPEUDP_ACK_OF_ACKS));
}

/* ---- the ACK vector -------------------------------------------------------------------------- */

static bool element_received(uint8_t element)
{
    return element >> STATE_SHIFT == 0;
}

/* Seen: a run of 0 stands for one packet. */
static uint32_t element_len(uint8_t element)
{
    return (uint32_t)(element & RUN_MASK) + 1;
}

/*
 * The specification leaves open at which end the vector begins. The packet that source_ack names
 * was received, so the end that begins with a hole is the old one.
 */
struct rdpeudp_runs rdpeudp_runs_of(const struct rdpeudp *u)
{
    struct reader r = u->vector;
    uint32_t len = 0;
    uint8_t first = reader_peek(&r), last = first;
    while (r.left) {
        last = reader_u8(&r);
        len += element_len(last);
    }
    struct rdpeudp_runs runs = {.left = u->vector, .next = u->source_ack - len + 1};
    runs.backwards = element_received(first) && !element_received(last);
    if (runs.backwards)
        runs.next = u->source_ack;
    return runs;
}

bool rdpeudp_run_next(struct rdpeudp_runs *runs, struct rdpeudp_run *run)
{
    uint8_t element = reader_u8(&runs->left);
    if (!reader_ok(&runs->left))
        return false;
    uint32_t len = element_len(element);
    run->received = element_received(element);
    run->from = runs->backwards ? runs->next - len + 1 : runs->next;
    run->to = run->from + len - 1;
    runs->next = runs->backwards ? run->from - 1 : run->to + 1;
    return true;
}
