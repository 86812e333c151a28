/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes written anew: a cursor over what was there and, beside it, the zeros that take its place.
 * Nothing gets there but what is asked for by name, so that what nobody thought of stays zero.
 */
#ifndef REPORT_EXCERPT_REDO_H
#define REPORT_EXCERPT_REDO_H

#include "base/reader.h"
#include "report/excerpt/fake.h"

#include <string.h>

struct redo {
    struct fake *fake;
    struct reader in;
    uint8_t *out; /* where in.at goes */
};

/* out is zeroed and as long as in. */
static inline struct redo redo_of(struct fake *fake, struct reader in, uint8_t *out)
{
    return (struct redo){fake, in, out};
}

/* Passes over n bytes, which stay zero; where fewer are left, over those. Returns where they go. */
static inline struct reader redo_skip(struct redo *r, size_t n, uint8_t **out)
{
    size_t len = n < r->in.left ? n : r->in.left;
    struct reader part = reader_of(r->in.at, len, READER_END);
    *out = r->out;
    r->in.failed |= len < n;
    r->in.at += len;
    r->in.left -= len;
    r->out += len;
    return part;
}

static inline void redo_drop(struct redo *r, size_t n)
{
    uint8_t *out;
    (void)redo_skip(r, n, &out);
}

static inline void redo_keep(struct redo *r, size_t n)
{
    uint8_t *out;
    struct reader part = redo_skip(r, n, &out);
    if (part.left)
        memcpy(out, part.at, part.left);
}

static inline void redo_bytes(struct redo *r, size_t n)
{
    uint8_t *out;
    struct reader part = redo_skip(r, n, &out);
    if (part.left == 0)
        return;
    memcpy(out, part.at, part.left);
    fake_bytes(r->fake, out, part.left);
}

/* width 1: bytes; 2: UTF-16, whose lower byte stands first (at 0) or last (at 1). */
static inline void redo_wide_name(struct redo *r, size_t n, uint8_t width, uint8_t at)
{
    uint8_t *out;
    struct reader part = redo_skip(r, n, &out);
    if (part.left < width)
        return;
    memcpy(out, part.at, part.left);
    fake_name(r->fake, &(struct fake_text){out, part.left, width, at});
}

static inline void redo_name(struct redo *r, size_t n)
{
    redo_wide_name(r, n, 1, 0);
}

static inline void redo_address(struct redo *r, int version)
{
    uint8_t *out;
    size_t len = version == 4 ? 4 : 16;
    struct reader part = redo_skip(r, len, &out);
    if (part.left < len)
        return;
    memcpy(out, part.at, len);
    fake_address(r->fake, out, version);
}

/* Numbers that are kept; 0 where they are not there. */
static inline uint8_t redo_u8(struct redo *r)
{
    struct reader peek = r->in;
    redo_keep(r, 1);
    return reader_u8(&peek);
}

static inline uint16_t redo_be16(struct redo *r)
{
    struct reader peek = r->in;
    redo_keep(r, 2);
    return reader_be16(&peek);
}

static inline uint16_t redo_le16(struct redo *r)
{
    struct reader peek = r->in;
    redo_keep(r, 2);
    return reader_le16(&peek);
}

static inline uint32_t redo_be24(struct redo *r)
{
    struct reader peek = r->in;
    redo_keep(r, 3);
    return reader_be24(&peek);
}

static inline uint32_t redo_le32(struct redo *r)
{
    struct reader peek = r->in;
    redo_keep(r, 4);
    return reader_le32(&peek);
}

/* The next n bytes as a cursor of their own; those of them that are there. */
static inline struct redo redo_sub(struct redo *r, size_t n)
{
    uint8_t *out;
    struct reader part = redo_skip(r, n, &out);
    return redo_of(r->fake, part, out);
}

/* Takes an element of DER: its tag and length are kept, its content is a cursor of its own. */
struct redo redo_element(struct redo *, uint8_t *tag);

static inline void redo_keep_all(struct redo r)
{
    redo_keep(&r, r.in.left);
}

#endif
