/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcap (draft-ietf-opsawg-pcap): a file header of 24 bytes, then records, each with a header and
 * the frame. The byte order is that of the machine that wrote it and shows in the magic number.
 */
#include "analyze/file/notes.h"
#include "analyze/file/order.h"

#include <inttypes.h>

enum {
    HEADER_LEN = 24,
    RECORD_LEN = 16,
    MODIFIED_RECORD_LEN = 24, /* Kuznetzov's: interface, protocol, packet type follow */
    LINK_TYPE_MASK = 0xffff,  /* above it: reserved bits, FCS present, FCS length */
};

/* Kernel packet types in a modified record's header: who a frame was for. */
enum { PACKET_MULTICAST = 2, PACKET_OUTGOING = 4 };

struct flavour {
    uint32_t magic;
    bool nano, modified;
};

static const struct flavour flavours[] = {
    {0xa1b2c3d4, false, false},
    {0xa1b23c4d, true, false},
    {0xa1b2cd34, false, true},
};

static const struct flavour *flavour_find(uint32_t magic)
{
    for (size_t i = 0; i < sizeof flavours / sizeof *flavours; i++)
        if (flavours[i].magic == magic)
            return &flavours[i];
    return NULL;
}

static uint32_t reversed(uint32_t x)
{
    return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
}

bool pcap_is(uint32_t magic)
{
    return flavour_find(magic) || flavour_find(reversed(magic));
}

static uint8_t way_of(uint8_t packet_type)
{
    if (packet_type == PACKET_OUTGOING)
        return RDPATH_WAY_OUTBOUND;
    return packet_type <= PACKET_MULTICAST ? RDPATH_WAY_INBOUND : RDPATH_WAY_UNKNOWN;
}

static bool record_too_large(struct capture_file *f, uint32_t captured_len)
{
    notes_problem(f,
                  "Expected a frame of at most %d bytes at byte %" PRIu64 ", found one of %" PRIu32
                  ": the file is damaged from here on.",
                  (int)FILE_FRAME_MAX, input_offset(&f->in), captured_len);
    return false;
}

/* Version 2.3 and before: the lengths changed places, not always with the version number. */
static void lengths_settle(const struct pcap_state *p, uint32_t *captured_len, uint32_t *wire_len)
{
    if (!p->swapped && !(p->confused && *captured_len > *wire_len))
        return;
    uint32_t wire = *captured_len;
    *captured_len = *wire_len;
    *wire_len = wire;
}

/* scout.h */
static size_t record_len(const void *format, const uint8_t *bytes)
{
    const struct pcap_state *p = format;
    struct reader r = reader_of(bytes, RECORD_LEN, READER_END);
    reader_skip(&r, 4); /* seconds: any */
    uint32_t fraction = order_u32(&r, p->big);
    uint32_t captured_len = order_u32(&r, p->big);
    uint32_t wire_len = order_u32(&r, p->big);
    bool fits = fraction < (p->nano ? 1000000000 : 1000000) && captured_len >= SCOUT_LOOK &&
                captured_len <= wire_len && wire_len <= FILE_FRAME_MAX;
    return fits ? (size_t)p->header_len + captured_len : 0;
}

static bool pcap_next(struct capture_file *f, struct rdpath_frame *frame)
{
    const struct pcap_state *p = &f->pcap;
    const uint8_t *record = input_want(&f->in, p->header_len);
    if (!record)
        return notes_cut(f, "record header", p->header_len);
    struct reader r = reader_of(record, RECORD_LEN, READER_END); /* a length known when compiled */
    uint32_t seconds = order_u32(&r, p->big);
    uint32_t fraction = order_u32(&r, p->big);
    uint32_t captured_len = order_u32(&r, p->big);
    uint32_t wire_len = order_u32(&r, p->big);
    lengths_settle(p, &captured_len, &wire_len);
    if (captured_len > FILE_FRAME_MAX)
        return record_too_large(f, captured_len);

    size_t record_len = (size_t)p->header_len + captured_len;
    record = input_want(&f->in, record_len);
    if (!record)
        return notes_cut(f, "frame", record_len);
    scout_record(record + record_len);
    r = reader_of(record, record_len, READER_END);
    reader_skip(&r, p->header_len);
    *frame = (struct rdpath_frame){
        .bytes = r.at,
        .captured_len = captured_len,
        .wire_len = wire_len > captured_len ? wire_len : captured_len,
        .ts_ns = (int64_t)seconds * 1000000000 + (int64_t)fraction * (p->nano ? 1 : 1000),
        .number = ++f->number,
        .link_type = f->interfaces[0].link_type,
    };
    if (p->modified) {
        struct reader header = reader_of(record, MODIFIED_RECORD_LEN, READER_END);
        reader_skip(&header, RECORD_LEN + 6);
        frame->way = way_of(reader_u8(&header));
    }
    input_skip(&f->in, record_len);
    return true;
}

static bool version_read(struct capture_file *f, uint16_t major, uint16_t minor)
{
    f->pcap.swapped = major == 2 && minor < 3;
    f->pcap.confused = major == 2 && minor == 3;
    if (major == 2)
        return true;
    notes_problem(f,
                  "Expected pcap of version 2, found version %" PRIu16 ".%" PRIu16
                  "; convert it with editcap -F pcapng.",
                  major, minor);
    return false;
}

bool pcap_begin(struct capture_file *f)
{
    const uint8_t *bytes = input_want(&f->in, HEADER_LEN);
    if (!bytes)
        return notes_cut(f, "pcap file header", HEADER_LEN);
    struct reader r = reader_of(bytes, HEADER_LEN, READER_END);
    uint32_t magic = reader_be32(&r);
    const struct flavour *flavour = flavour_find(magic);
    f->pcap.big = flavour != NULL;
    if (!flavour)
        flavour = flavour_find(reversed(magic));
    f->pcap.nano = flavour->nano;
    f->pcap.modified = flavour->modified;
    f->pcap.header_len = flavour->modified ? MODIFIED_RECORD_LEN : RECORD_LEN;
    uint16_t major = order_u16(&r, f->pcap.big);
    uint16_t minor = order_u16(&r, f->pcap.big);
    reader_skip(&r, 8); /* time zone and accuracy, always zero */
    uint32_t snaplen = order_u32(&r, f->pcap.big);
    uint32_t network = order_u32(&r, f->pcap.big);
    if (!version_read(f, major, minor))
        return false;
    notes_interface(f, (uint16_t)(network & LINK_TYPE_MASK))->snaplen = snaplen;
    input_skip(&f->in, HEADER_LEN);
    f->in.scout = (struct scout){record_len, &f->pcap};
    f->info.format = "pcap";
    f->next = pcap_next;
    return true;
}
