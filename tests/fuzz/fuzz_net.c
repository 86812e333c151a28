/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as frames of any link type. The first byte chooses the link type, or pieces of
 * datagrams, the second in how many frames the rest is split. Whatever a decoder hands out is read
 * to its last byte.
 */
#include "tests/fuzz/fuzz.h"

#include "analyze/net/fragments.h"
#include "analyze/net/sealed.h"

#include <stdlib.h>

/* corpus.py counts on this order. */
static const uint16_t link_types[] = {1,   0,   9,   12,  14,  51,  101, 108, 113, 228,
                                      229, 276, 105, 6,   10,  50,  107, 104, 109, 117,
                                      119, 127, 138, 163, 166, 192, 206, 226, 239, 258};

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

static void fragment_join(struct fragments *fragments, const struct packet *p)
{
    struct fragments_result result;
    fragments_add(fragments, p, &result);
    require(result.n_pieces <= FRAGMENTS_PIECES_MAX);
    if (!result.complete)
        return;
    packet_check(&result.whole);
    layers_decode(&result.whole);
}

static void tunnels_open(const struct packet *outer)
{
    struct packet inside[2];
    for (int depth = 0; !outer->fragment && depth < TUNNELS_DEPTH_MAX; depth++) {
        struct packet *inner = &inside[depth % 2];
        if (!tunnel_open(outer, inner))
            return;
        require(inner->tunnel != TUNNEL_NONE && inner->tunnel < N_TUNNELS);
        packet_check(inner);
        layers_decode(inner);
        outer = inner;
    }
}

static void frame_decode(const struct rdpath_frame *frame, struct fragments *fragments)
{
    struct packet p;
    if (!packet_decode(frame, &p))
        return;
    packet_check(&p);
    layers_decode(&p);
    tunnels_open(&p);
    require(sealed_kind(&p) < N_TUNNELS);
    struct sealed_segment sealed;
    if (sealed_segment_read(&p, &sealed))
        require(sealed.n <= SEALED_UNITS_MAX && sealed.kind < N_TUNNELS);
    if (p.fragment)
        fragment_join(fragments, &p);
}

/* The input as n frames of the same length. */
static void frames_decode(struct reader *r, struct rdpath_frame frame, uint8_t n_frames)
{
    struct fragments *fragments = fragments_new();
    size_t part_len = r->left / n_frames;
    for (uint8_t n = 0; n < n_frames; n++) {
        struct reader part = reader_sub(r, part_len);
        uint32_t len = (uint32_t)part.left;
        uint8_t *block = malloc(len > 0 ? len : 1); /* ends where the frame ends */
        require(block != NULL);
        memcpy(block, part.at, len);
        frame.bytes = block;
        frame.captured_len = len;
        frame.wire_len += len;
        frame.ts_ns = n * 5000000000LL;
        frame.number = n + 1u;
        frame_decode(&frame, fragments);
        frame.wire_len -= len;
        free(block);
    }
    fragments_free(fragments);
}

/*
 * The input as pieces, which chance would hardly make fit together as frames: flags,
 * identification, offset and length in units of 8 bytes, then up to so many bytes.
 */
static void pieces_join(struct reader *r)
{
    enum { MORE = 1, IPV6 = 2, CUT = 4, ODD = 8, LATER = 16 };
    struct fragments *fragments = fragments_new();
    struct rdpath_frame frame = {.number = 1};
    while (reader_ok(r) && r->left > 0) {
        uint8_t flags = reader_u8(r);
        uint8_t version = flags & IPV6 ? 6 : 4;
        struct packet p = {.frame = &frame, .fragment = true, .has_id = true, .protocol = IP_UDP};
        p.src.version = p.dst.version = version;
        p.more_fragments = flags & MORE;
        p.id = reader_u8(r);
        p.fragment_offset = reader_u8(r) * (flags & ODD ? 256u : 8u);
        p.transport_len = reader_u8(r) * (flags & ODD ? 257u : 8u);
        p.transport = reader_sub(r, p.transport_len < r->left ? p.transport_len : r->left);
        if (flags & CUT)
            p.transport = reader_sub(&p.transport, p.transport.left / 2);
        p.transport.tail = p.transport.left < p.transport_len ? READER_CUT : READER_END;
        p.ip_header_len = version == 6 ? 48 : 20;
        p.ip_len = p.ip_header_len + p.transport_len;
        frame.ts_ns += flags & LATER ? 20000000000LL : 0;
        fragment_join(fragments, &p);
    }
    fragments_free(fragments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { N_LINK_TYPES = sizeof link_types / sizeof link_types[0] };
    struct reader r = reader_of(data, size, READER_END);
    uint8_t kind = reader_u8(&r);
    uint8_t n_frames = (uint8_t)(reader_u8(&r) % 8 + 1);
    size_t type = (kind & 0x3f) % (N_LINK_TYPES + 1);
    if (!reader_ok(&r))
        return 0;
    if (type == N_LINK_TYPES) {
        pieces_join(&r);
    } else {
        struct rdpath_frame frame = {.wire_len = (kind >> 6) * 40u, .link_type = link_types[type]};
        frames_decode(&r, frame, n_frames);
    }
    return 0;
}
