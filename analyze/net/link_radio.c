/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 802.11 as it was on the air (IEEE 802.11 section 9.2), and what capturing drivers put in front of
 * it. An encrypted frame says nothing. Of several packets in one frame (A-MSDU) the first is read.
 */
#include "analyze/net/links.h"

enum frame_control { /* as read from the wire, low byte first */
                     TYPE_MASK = 0x000c,
                     TYPE_DATA = 0x0008,
                     SUBTYPE_NO_DATA = 0x0040,
                     SUBTYPE_QOS = 0x0080,
                     TO_AND_FROM_DS = 0x0300, /* four addresses */
                     PROTECTED = 0x4000,
                     ORDER = 0x8000, /* QoS: an HT Control field */
};

enum {
    DURATION_TO_SEQUENCE_LEN = 22, /* duration, three addresses, sequence control */
    SEVERAL = 0x80,                /* QoS control: A-MSDU */
    SUBFRAME_HEADER_LEN = 14,      /* addresses, length */
};

/* padded: driver aligned what follows the header to 4 bytes. */
static void frame_read(struct link_payload *link, bool padded)
{
    struct reader *r = &link->ip;
    size_t whole_len = r->left;
    uint16_t control = reader_le16(r);
    reader_skip(r, DURATION_TO_SEQUENCE_LEN);
    if ((control & TO_AND_FROM_DS) == TO_AND_FROM_DS)
        reader_skip(r, 6);
    uint16_t qos = control & SUBTYPE_QOS ? reader_le16(r) : 0;
    if (control & SUBTYPE_QOS && control & ORDER)
        reader_skip(r, 4);
    if ((control & TYPE_MASK) != TYPE_DATA || control & (SUBTYPE_NO_DATA | PROTECTED))
        r->failed = true;
    if (padded)
        reader_skip(r, (4 - (whole_len - r->left) % 4) % 4);
    if (qos & SEVERAL)
        reader_skip(r, SUBFRAME_HEADER_LEN);
    link_read_llc(link);
}

void link_read_80211(struct link_payload *link)
{
    frame_read(link, false);
}

/* ---- what stands in front of it -------------------------------------------------------------- */

enum radiotap {
    PRESENT_TSFT = 1,
    PRESENT_FLAGS = 2,
    PRESENT_MORE = 1u << 31, /* another word of such bits follows */
    PRESENT_WORDS_MAX = 32,
    FLAG_PADDED = 0x20,
    FLAG_BAD_FCS = 0x40, /* received with errors: no station took it */
    TSFT_LEN = 8,
};

/* radiotap.org: fields stand in the order of the bits, each at a multiple of its size. */
static uint8_t radiotap_flags(struct reader r, size_t header_read)
{
    uint32_t first = reader_le32(&r), more = first;
    header_read += 4;
    for (int n = 0; more & PRESENT_MORE && n < PRESENT_WORDS_MAX; n++, header_read += 4)
        more = reader_le32(&r);
    if (first & PRESENT_TSFT)
        reader_skip(&r, (TSFT_LEN - header_read % TSFT_LEN) % TSFT_LEN + TSFT_LEN);
    return first & PRESENT_FLAGS ? reader_u8(&r) : 0;
}

void link_read_radiotap(struct link_payload *link)
{
    enum { FIXED_LEN = 4 };
    struct reader *r = &link->ip;
    uint8_t version = reader_u8(r);
    reader_skip(r, 1);
    uint16_t header_len = reader_le16(r);
    if (version != 0 || header_len < FIXED_LEN)
        r->failed = true;
    struct reader fields = reader_sub(r, (size_t)header_len - FIXED_LEN);
    uint8_t flags = radiotap_flags(fields, FIXED_LEN);
    if (flags & FLAG_BAD_FCS)
        r->failed = true;
    frame_read(link, flags & FLAG_PADDED);
}

/* A Prism header of 144 bytes, which its second field tells in the order of the machine; or that of
   AVS, in network order. */
void link_read_prism(struct link_payload *link)
{
    enum { AVS_MAGIC = 0x80211000, PRISM_LEN = 144, FIXED_LEN = 8, HEADER_LEN_MAX = 1024 };
    struct reader *r = &link->ip;
    bool avs = (reader_be32(r) & 0xfffff000) == AVS_MAGIC;
    uint32_t header_len = reader_be32(r);
    if (!avs)
        header_len = PRISM_LEN;
    if (header_len < FIXED_LEN || header_len > HEADER_LEN_MAX)
        r->failed = true;
    reader_skip(r, (size_t)header_len - FIXED_LEN);
    frame_read(link, false);
}

/* CACE's Per-Packet Information, version 1.0.10 section 3. */
void link_read_ppi(struct link_payload *link)
{
    enum { FIXED_LEN = 8 };
    struct reader *r = &link->ip;
    uint8_t version = reader_u8(r);
    reader_skip(r, 1); /* flags */
    uint16_t header_len = reader_le16(r);
    uint32_t link_type = reader_le32(r);
    if (version != 0 || header_len < FIXED_LEN)
        r->failed = true;
    reader_skip(r, (size_t)header_len - FIXED_LEN);
    link_read_inside(link, link_type);
}
