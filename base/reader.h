/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cursor over bytes as a value that carries its own bounds. Reads return the number, or 0 after
 * the first failure, so that a parser is a column of reads in wire order with one check at its end:
 *
 *     uint8_t type = reader_u8(&r);
 *     uint16_t len = reader_be16(&r);
 *     if (!reader_ok(&r))
 *         return reader_result(&r);
 *
 * The tail says what lies behind the end, so that a short read has one of three meanings.
 */
#ifndef BASE_READER_H
#define BASE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum reader_tail {
    READER_END,  /* nothing: reading on is a malformed length */
    READER_MORE, /* bytes that have yet to arrive (a stream) */
    READER_CUT,  /* bytes that the snaplen cut off */
};

enum parse_result { PARSE_OK, PARSE_MORE, PARSE_CUT, PARSE_MALFORMED, PARSE_FOREIGN };

struct reader {
    const uint8_t *at;
    size_t left;
    uint8_t tail; /* enum reader_tail */
    bool failed;
};

static inline struct reader reader_of(const void *bytes, size_t len, enum reader_tail tail)
{
    return (struct reader){.at = bytes, .left = len, .tail = (uint8_t)tail};
}

static inline bool reader_ok(const struct reader *r)
{
    return !r->failed;
}

/* What a failed read meant; PARSE_OK while none failed. */
static inline enum parse_result reader_result(const struct reader *r)
{
    static const uint8_t meaning[] = {
        [READER_END] = PARSE_MALFORMED, [READER_MORE] = PARSE_MORE, [READER_CUT] = PARSE_CUT};
    return r->failed ? (enum parse_result)meaning[r->tail] : PARSE_OK;
}

/* An empty reader may stand on NULL, to which C17 adds nothing, not even 0 (6.5.6). */
static inline void reader_advance(struct reader *r, size_t n)
{
    if (n)
        r->at += n;
    r->left -= n;
}

/* Everything stands on this: the next n bytes, or NULL and failure. */
static inline const uint8_t *reader_take(struct reader *r, size_t n)
{
    if (r->failed || n > r->left) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *taken = r->at;
    reader_advance(r, n);
    return taken;
}

static inline void reader_skip(struct reader *r, size_t n)
{
    (void)reader_take(r, n);
}

static inline uint8_t reader_u8(struct reader *r)
{
    const uint8_t *p = reader_take(r, 1);
    return p ? p[0] : 0;
}

static inline uint16_t reader_be16(struct reader *r)
{
    const uint8_t *p = reader_take(r, 2);
    return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t reader_be24(struct reader *r)
{
    const uint8_t *p = reader_take(r, 3);
    return p ? (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2] : 0;
}

static inline uint32_t reader_be32(struct reader *r)
{
    const uint8_t *p = reader_take(r, 4);
    return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline uint16_t reader_le16(struct reader *r)
{
    const uint8_t *p = reader_take(r, 2);
    return p ? (uint16_t)(p[1] << 8 | p[0]) : 0;
}

static inline uint32_t reader_le32(struct reader *r)
{
    const uint8_t *p = reader_take(r, 4);
    return p ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0] : 0;
}

/* The next byte without taking it; 0 where there is none. */
static inline uint8_t reader_peek(const struct reader *r)
{
    return r->failed || r->left == 0 || !r->at ? 0 : r->at[0];
}

/*
 * A reader of the next n bytes. Where fewer are here, it gets those and inherits the tail, so that
 * a field that is cut off reads as cut off and not as malformed.
 */
static inline struct reader reader_sub(struct reader *r, size_t n)
{
    struct reader sub = {.at = r->at, .left = n, .tail = READER_END, .failed = r->failed};
    if (n > r->left) {
        sub.left = r->left;
        sub.tail = r->tail;
        sub.failed |= r->tail == READER_END;
        r->failed |= r->tail == READER_END;
    }
    reader_advance(r, sub.left);
    return sub;
}

#endif
