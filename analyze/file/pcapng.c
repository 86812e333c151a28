/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng: blocks, each framed by its length at both ends (3.1). A section header begins a section,
 * which has its own byte order and its own interfaces.
 */
#include "analyze/file/pcapng.h"

#include <inttypes.h>

enum {
    BLOCK_MIN = 12,                           /* type, length, length again */
    BLOCK_MAX = FILE_FRAME_MAX + 1024 * 1024, /* a frame, and room for its header and options */
    SECTION_MIN = 28,
    ENHANCED_PACKET = 6,
    PACKET_MIN = 32, /* with no byte of a frame */
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    SECTION_HEADER = 0x0a0d0d0a, /* the same in both byte orders */
    SECRETS_TLS = 0x544c534b,    /* 4.8: a TLS key log */
};

bool pcapng_is(uint32_t magic)
{
    return magic == SECTION_HEADER;
}

bool option_next(struct reader *r, bool big, struct option *o)
{
    if (r->failed || r->left < 4)
        return false;
    o->code = order_u16(r, big);
    uint16_t len = order_u16(r, big);
    if (o->code == OPTION_END)
        return false;
    o->value = reader_sub(r, len);
    size_t padding = -(size_t)len & 3;
    reader_skip(r, padding < r->left ? padding : r->left);
    return reader_ok(r);
}

/* A section header block (4.1). Interfaces are numbered from 0 again. */
static bool block_section(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    (void)frame;
    bool big = f->pcapng.big;
    reader_skip(&b->body, 4 + 2 + 2 + 8); /* magic, version, section length: read or not needed */
    f->pcapng.first = f->info.n_interfaces;
    f->pcapng.n_declared = 0;
    for (struct option o; option_next(&b->body, big, &o);)
        if (o.code == OPTION_COMMENT)
            notes_comment(f, o.value);
    return false;
}

/* Keys to decrypt what was captured (4.8). */
static bool block_secrets(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    (void)frame;
    f->info.has_secrets = true;
    if (order_u32(&b->body, f->pcapng.big) != SECRETS_TLS)
        return false;
    uint32_t len = order_u32(&b->body, f->pcapng.big);
    const uint8_t *text = reader_take(&b->body, len);
    if (text && f->listener.key_log)
        f->listener.key_log(f->listener.ctx, text, len);
    return false;
}

/* Blocks that Wireshark shows as a frame of their own: they take a number, and that is all. */
static bool block_numbered(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    (void)b;
    (void)frame;
    f->number++;
    return false;
}

struct block_kind {
    uint32_t type;
    block_read *read;
};

static const struct block_kind kinds[] = {
    {ENHANCED_PACKET, block_enhanced_packet},
    {0x00000003, block_simple_packet},
    {0x00000002, block_obsolete_packet},
    {0x00000001, block_interface},
    {0x00000004, block_names},
    {0x00000005, block_statistics},
    {0x00000009, block_numbered}, /* systemd journal export */
    {0x0000000a, block_secrets},
    {0x00000bad, block_numbered}, /* custom, may be copied */
    {0x40000bad, block_numbered}, /* custom, may not */
    {SECTION_HEADER, block_section},
};

static bool damaged(struct capture_file *f, const char *expected, uint32_t found)
{
    notes_problem(f,
                  "Expected %s at byte %" PRIu64 "%s, found %" PRIu32 " (0x%08" PRIx32
                  "): the file is damaged from here on.",
                  expected, input_offset(&f->in), f->in.compression ? " (decompressed)" : "", found,
                  found);
    return false;
}

/* The byte order and the version of a section (4.1), before its length can be read. */
static bool section_begin(struct capture_file *f)
{
    const uint8_t *bytes = input_want(&f->in, BLOCK_MIN + 4);
    if (!bytes)
        return notes_cut(f, "section header", SECTION_MIN);
    struct reader r = reader_of(bytes, BLOCK_MIN + 4, READER_END);
    reader_skip(&r, 8);
    struct reader swapped = r;
    f->pcapng.big = reader_be32(&swapped) == BYTE_ORDER_MAGIC;
    uint32_t magic = order_u32(&r, f->pcapng.big);
    if (magic != BYTE_ORDER_MAGIC)
        return damaged(f, "the byte-order magic 0x1a2b3c4d in the section header", magic);
    uint16_t major = order_u16(&r, f->pcapng.big);
    if (major != 1)
        return damaged(f, "a pcapng section of version 1", major);
    return true;
}

static bool block_frame(struct capture_file *f, struct block *b)
{
    const uint8_t *bytes = input_want(&f->in, b->len);
    if (!bytes)
        return notes_cut(f, "block", b->len);
    scout_record(bytes + b->len);
    struct reader r = reader_of(bytes, b->len, READER_END);
    reader_skip(&r, 8);
    b->body = reader_sub(&r, b->len - BLOCK_MIN);
    uint32_t again = order_u32(&r, f->pcapng.big);
    if (again != b->len)
        return damaged(f, "a block that ends with the length it begins with", again);
    b->offset = input_offset(&f->in);
    input_skip(&f->in, b->len);
    return true;
}

/* The next block, whole; false at the end, with a problem noted where it is not a clean one. */
static bool block_next(struct capture_file *f, struct block *b)
{
    const uint8_t *bytes = input_want(&f->in, 8);
    if (!bytes)
        return notes_cut(f, "block", BLOCK_MIN);
    struct reader r = reader_of(bytes, 8, READER_END);
    b->type = order_u32(&r, f->pcapng.big);
    if (b->type == SECTION_HEADER) {
        if (!section_begin(f))
            return false;
        r = reader_of(input_want(&f->in, 8), 8, READER_END);
        reader_skip(&r, 4);
    }
    b->len = order_u32(&r, f->pcapng.big);
    if (b->len % 4 || b->len < (b->type == SECTION_HEADER ? SECTION_MIN : BLOCK_MIN))
        return damaged(f, "a block length that is a multiple of 4 and holds the block", b->len);
    if (b->len > BLOCK_MAX)
        return damaged(f, "a block of at most 17 MiB", b->len);
    return block_frame(f, b);
}

static bool block_dispatch(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    bool made = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].type == b->type) {
            made = kinds[i].read(f, b, frame);
            break;
        }
    if (!reader_ok(&b->body))
        notes_problem(f,
                      "Expected more bytes than the %" PRIu32 " of the block of type 0x%" PRIx32
                      " at byte %" PRIu64 ": what it says beyond its end is left out.",
                      b->len, b->type, b->offset);
    return made;
}

/* scout.h: an enhanced packet block (4.3), which nearly all are. */
static size_t packet_block_len(const void *format, const uint8_t *bytes)
{
    const struct pcapng_state *p = format;
    struct reader r = reader_of(bytes, SCOUT_LOOK, READER_END);
    uint32_t type = order_u32(&r, p->big);
    uint32_t len = order_u32(&r, p->big);
    reader_skip(&r, 4 + 8); /* interface, time */
    uint32_t captured_len = order_u32(&r, p->big);
    bool fits = type == ENHANCED_PACKET && len % 4 == 0 && len >= PACKET_MIN && len <= BLOCK_MAX &&
                captured_len <= len - PACKET_MIN;
    return fits ? len : 0;
}

static bool pcapng_next(struct capture_file *f, struct rdpath_frame *frame)
{
    struct block b = {0};
    while (block_next(f, &b))
        if (block_dispatch(f, &b, frame))
            return true;
    return false;
}

bool pcapng_begin(struct capture_file *f)
{
    struct block b = {0};
    if (!block_next(f, &b))
        return false;
    block_dispatch(f, &b, NULL); /* a section header makes no frame */
    f->in.scout = (struct scout){packet_block_len, &f->pcapng};
    f->info.format = "pcapng";
    f->next = pcapng_next;
    return true;
}
