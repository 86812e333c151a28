/* SPDX-License-Identifier: Apache-2.0 */
/* The pcapng blocks that hold a frame. */
#include "analyze/file/pcapng.h"

#include <inttypes.h>

enum {
    EPB_FLAGS = 2,
    EPB_DROPCOUNT = 4,
    FLAGS_INBOUND = 1, /* bits 0 and 1 of the flags word (4.3.1) */
    FLAGS_OUTBOUND = 2,
    DROPS_UNKNOWN = 0xffff, /* appendix A */
};

static uint8_t way_of(uint32_t flags)
{
    static const uint8_t ways[4] = {
        [FLAGS_INBOUND] = RDPATH_WAY_INBOUND, [FLAGS_OUTBOUND] = RDPATH_WAY_OUTBOUND};
    return ways[flags & 3];
}

/* The frame's bytes and the padding behind them, which the last block of some writers lacks. */
static bool bytes_read(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    struct reader *body = &b->body;
    if (frame->captured_len > FILE_FRAME_MAX && frame->captured_len <= body->left) {
        notes_problem(f,
                      "Expected a frame of at most %d bytes at byte %" PRIu64 ", found one of "
                      "%" PRIu32 ": it is left out.",
                      (int)FILE_FRAME_MAX, b->offset, frame->captured_len);
        return false;
    }
    frame->bytes = reader_take(body, frame->captured_len);
    if (!reader_ok(body))
        return false;
    size_t padding = -(size_t)frame->captured_len & 3;
    reader_skip(body, padding < body->left ? padding : body->left);
    if (frame->wire_len < frame->captured_len)
        frame->wire_len = frame->captured_len;
    return true;
}

/* Comment and flags have the same codes in the enhanced and in the obsolete block. */
static void options_read(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    bool big = f->pcapng.big;
    for (struct option o; option_next(&b->body, big, &o);) {
        if (o.code == OPTION_COMMENT)
            notes_comment(f, o.value);
        else if (o.code == EPB_FLAGS && o.value.left == 4)
            frame->way = way_of(order_u32(&o.value, big));
        else if (o.code == EPB_DROPCOUNT && o.value.left == 8 && b->type == 6)
            interface_add_drops(f, frame->interface, order_u64(&o.value, big));
    }
}

/* From the timestamp on the enhanced and the obsolete block are alike. */
static bool packet_read(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    bool big = f->pcapng.big;
    uint64_t ticks = order_halves(&b->body, big);
    frame->captured_len = order_u32(&b->body, big);
    frame->wire_len = order_u32(&b->body, big);
    if (!bytes_read(f, b, frame))
        return false;
    frame->ts_ns = interface_time(f, b, frame->interface, ticks);
    frame->link_type = f->interfaces[frame->interface].link_type;
    if (b->body.left)
        options_read(f, b, frame);
    return true;
}

/* 4.3 */
bool block_enhanced_packet(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    uint32_t interface = order_u32(&b->body, f->pcapng.big);
    *frame = (struct rdpath_frame){
        .number = ++f->number,
        .interface = interface_index(f, b, interface),
    };
    return frame->interface != UINT32_MAX && packet_read(f, b, frame);
}

/* 4.4: the only length is that on the wire; the captured one follows from the snaplen. */
bool block_simple_packet(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    *frame = (struct rdpath_frame){
        .number = ++f->number,
        .ts_ns = RDPATH_UNKNOWN,
        .interface = interface_index(f, b, 0),
    };
    if (frame->interface == UINT32_MAX)
        return false;
    const struct file_interface *interface = &f->interfaces[frame->interface];
    frame->link_type = interface->link_type;
    frame->wire_len = frame->captured_len = order_u32(&b->body, f->pcapng.big);
    if (interface->snaplen && interface->snaplen < frame->captured_len)
        frame->captured_len = interface->snaplen;
    return bytes_read(f, b, frame);
}

/* Appendix A */
bool block_obsolete_packet(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    uint16_t interface = order_u16(&b->body, f->pcapng.big);
    uint16_t drops = order_u16(&b->body, f->pcapng.big);
    *frame = (struct rdpath_frame){
        .number = ++f->number,
        .interface = interface_index(f, b, interface),
    };
    if (frame->interface == UINT32_MAX)
        return false;
    if (drops != DROPS_UNKNOWN)
        interface_add_drops(f, frame->interface, drops);
    return packet_read(f, b, frame);
}
