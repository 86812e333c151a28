/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as frames of any link type. The first byte chooses the link type, the second in how
 * many frames the rest is split. Whatever a decoder hands out is read to its last byte.
 */
#include "tests/fuzz/fuzz.h"

#include "analyze/net/fragments.h"

#include <stdlib.h>

/* corpus.py counts on this order. */
static const uint16_t link_types[] = {1, 0, 9, 12, 14, 51, 101, 108, 113, 228, 229, 276, 105};

static volatile uint8_t sink;

static void bytes_touch(struct reader r)
{
    if (!reader_ok(&r))
        return;
    uint8_t sum = 0;
    while (r.left > 0)
        sum = (uint8_t)(sum + reader_u8(&r));
    sink = sum;
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void packet_check(const struct packet *p)
{
    require(p->src.version == p->dst.version);
    require(p->ip_header_len + p->transport_len == p->ip_len);
    require(p->transport.left <= p->transport_len);
    require((p->transport.left < p->transport_len) == (p->transport.tail == READER_CUT));
    bytes_touch(p->transport);
}

static void layers_decode(const struct packet *p)
{
    struct tcp_segment tcp;
    if (tcp_decode(p, &tcp)) {
        require(tcp.payload.left <= tcp.payload_len && tcp.n_sack <= 4);
        bytes_touch(tcp.payload);
    }
    struct udp_datagram udp;
    if (udp_decode(p, &udp)) {
        require(udp.payload.left <= udp.payload_len);
        bytes_touch(udp.payload);
    }
    struct icmp_error icmp;
    if (icmp_decode(p, &icmp)) {
        packet_check(&icmp.quoted);
        layers_decode(&icmp.quoted);
    }
}

static void frame_decode(const struct rdpath_frame *frame, struct fragments *fragments)
{
    struct packet p;
    if (!packet_decode(frame, &p))
        return;
    packet_check(&p);
    layers_decode(&p);
    if (!p.fragment)
        return;
    struct fragments_result result;
    fragments_add(fragments, &p, &result);
    if (!result.complete)
        return;
    packet_check(&result.whole);
    layers_decode(&result.whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(data, size, READER_END);
    uint8_t kind = reader_u8(&r);
    uint8_t n_frames = (uint8_t)(reader_u8(&r) % 8 + 1);
    if (!reader_ok(&r))
        return 0;
    struct fragments *fragments = fragments_new();
    size_t part_len = r.left / n_frames;
    for (uint8_t n = 0; n < n_frames; n++) {
        struct reader part = reader_sub(&r, part_len);
        uint32_t len = (uint32_t)part.left;
        uint8_t *block = malloc(len > 0 ? len : 1); /* ends where the frame ends */
        require(block != NULL);
        memcpy(block, part.at, len);
        struct rdpath_frame frame = {.bytes = block,
                                     .captured_len = len,
                                     .wire_len = len + (kind >> 6) * 40u,
                                     .ts_ns = n * 5000000000LL,
                                     .number = n + 1u};
        frame.link_type = link_types[(kind & 0x3f) % (sizeof link_types / sizeof link_types[0])];
        frame_decode(&frame, fragments);
        free(block);
    }
    fragments_free(fragments);
    return 0;
}
