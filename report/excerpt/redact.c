/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A new frame of the same length begins as zeros. Each layer that is read
 * writes its own bytes into it: numbers that the answer needs as they are, addresses and names as
 * others, the payload of a connection as its lane has it. What no layer claims stays zero. At the
 * end checksums are set right, from the inside out.
 *
 * Of link layers Ethernet with its tags is kept. Every other one is left out, since some of them
 * name programs, interfaces and stations: then the frame begins with IP.
 */
#include "report/excerpt/redact.h"

#include "analyze/net/sealed.h"
#include "analyze/net/tunnels.h"
#include "report/excerpt/checksum.h"
#include "report/excerpt/scrub.h"

#include "base/arena.h"
#include "base/probe_mark.h"

enum {
    LINK_ETHERNET = 1,
    LINK_RAW = 101,
    ETHERNET_LEN = 14,
    VLAN_LEN = 4,
    LAYERS_MAX = TUNNELS_DEPTH_MAX + 2, /* the packet that an ICMP error quotes is one as well */
    QUOTED_TRANSPORT = 8,               /* ports and sequence number (RFC 792) */
    SEALED_KEPT = 8,                    /* a sealed tunnel's kind and counter */
};

struct sheet {
    struct frame_editor *editor;
    const struct rdpath_frame *frame;
    uint64_t number;
    uint32_t needed; /* bytes up to which the frame may not be cut */
    struct checksum_layer layers[LAYERS_MAX];
    int n_layers;
};

static struct redo sheet_at(const struct sheet *s, struct reader in)
{
    in.failed = false;
    return redo_of(s->editor->fake, in, s->editor->bytes + (in.at - s->frame->bytes));
}

static void sheet_need(struct sheet *s, const uint8_t *end)
{
    uint32_t needed = (uint32_t)(end - s->frame->bytes);
    s->needed = needed > s->needed ? needed : s->needed;
}

/* ---- link ------------------------------------------------------------------------------------ */

static bool is_vlan(uint16_t type)
{
    return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/* Is this Ethernet with nothing but tags before IP? */
static bool is_plain_ethernet(struct reader link)
{
    reader_skip(&link, ETHERNET_LEN - 2);
    uint16_t type = reader_be16(&link);
    while (is_vlan(type) && link.left >= VLAN_LEN) {
        reader_skip(&link, 2);
        type = reader_be16(&link);
    }
    return reader_ok(&link) && link.left == 0 && (type == 0x0800 || type == 0x86dd);
}

static void ethernet_redo(struct redo r)
{
    uint8_t *macs = r.out;
    size_t len = r.in.left;
    redo_keep(&r, len);
    if (len < 12)
        return;
    fake_mac(r.fake, macs);
    fake_mac(r.fake, macs + 6);
}

/* ---- IP -------------------------------------------------------------------------------------- */

/* Options of IPv4 become zeros, which end their list. */
static void ipv4_redo(struct redo r)
{
    redo_keep(&r, 12);
    redo_address(&r, 4);
    redo_address(&r, 4);
}

/* Extension headers keep their lengths; of fragments all is a number. */
static void extensions_redo(struct redo r, uint8_t kind)
{
    enum { FRAGMENT = 44, AUTHENTICATION = 51 };
    while (r.in.left >= 8) {
        struct reader peek = r.in;
        uint8_t next = reader_u8(&peek), len = reader_u8(&peek);
        size_t size = kind == AUTHENTICATION ? (len + 2u) * 4 : (len + 1u) * 8;
        size = kind == FRAGMENT ? 8 : size;
        struct redo header = redo_sub(&r, size);
        redo_keep(&header, kind == FRAGMENT ? 8 : 2);
        kind = next;
    }
}

static void ipv6_redo(struct redo r)
{
    uint8_t *first = r.out;
    redo_keep(&r, 2);
    first[1] &= 0xf0; /* the rest is a flow label */
    redo_drop(&r, 2);
    redo_keep(&r, 2);
    uint8_t kind = redo_u8(&r);
    redo_keep(&r, 1);
    redo_address(&r, 6);
    redo_address(&r, 6);
    extensions_redo(r, kind);
}

static const uint8_t *ip_of(const struct packet *p)
{
    return p->transport.at - p->ip_header_len;
}

static void ip_redo(struct sheet *s, const struct packet *p)
{
    struct redo r = sheet_at(s, reader_of(ip_of(p), p->ip_header_len, READER_END));
    if (s->n_layers == LAYERS_MAX)
        return;
    s->layers[s->n_layers++] = (struct checksum_layer){
        .ip = r.out,
        .transport = r.out + p->ip_header_len,
        .held = (uint32_t)p->transport.left,
        .sent = p->transport_len,
        .version = p->src.version,
        .protocol = p->protocol,
        .header_len = p->ip_header_len,
        .fragment = p->fragment,
    };
    if (p->src.version == 4)
        ipv4_redo(r);
    else
        ipv6_redo(r);
    sheet_need(s, p->transport.at);
}

/* ---- TCP, UDP, ICMP -------------------------------------------------------------------------- */

/* Is it an option that the analysis reads, and as long as such a one is (RFC 7323, RFC 2018)? */
static bool tcp_option_is_read(uint8_t kind, uint8_t len)
{
    enum { MSS = 2, SCALE, SACK_PERMITTED, SACK, STAMPS = 8, SACK_EDGES = 8 };
    switch (kind) {
    case MSS:
        return len == 4;
    case SCALE:
        return len == 3;
    case SACK_PERMITTED:
        return len == 2;
    case SACK:
        return len % SACK_EDGES == 2;
    case STAMPS:
        return len == 10;
    default:
        return false;
    }
}

/* Others become nothing, as long as they were (RFC 9293 section 3.2). */
static void tcp_options_redo(struct redo r)
{
    enum { END, NOTHING };
    while (r.in.left) {
        struct reader peek = r.in;
        uint8_t kind = reader_u8(&peek), len = kind <= NOTHING ? 1 : reader_u8(&peek);
        if (kind == END || len == 0 || len > r.in.left)
            return;
        uint8_t *out = r.out;
        if (tcp_option_is_read(kind, len)) {
            redo_keep(&r, len);
        } else {
            redo_drop(&r, len);
            memset(out, NOTHING, len);
        }
    }
}

static void tcp_redo(struct sheet *s, const struct packet *p)
{
    struct redo r = sheet_at(s, p->transport);
    struct tcp_segment t;
    struct frame_payload payload;
    redo_keep(&r, r.in.left < 20 ? r.in.left : 20);
    sheet_need(s, r.in.at);
    if (!tcp_decode(p, &t))
        return;
    tcp_options_redo(redo_sub(&r, t.header_len - 20u));
    sheet_need(s, r.in.at);
    if (!frame_payload_kept(s->editor, p, s->number, &payload) || payload.bytes.left == 0)
        return;
    uint32_t end = lane_copy(payload.lane, payload.from, r.out, (uint32_t)payload.bytes.left);
    sheet_need(s, payload.bytes.at + end);
}

static void udp_redo(struct sheet *s, const struct packet *p)
{
    struct redo r = sheet_at(s, p->transport);
    struct wanted_match m;
    redo_keep(&r, r.in.left < 8 ? r.in.left : 8);
    sheet_need(s, p->transport.at + p->transport.left);
    if (wanted_packet(s->editor->wanted, p, p->frame->ts_ns, &m)) {
        const struct talk *talk = talks_find(s->editor->talks, &m, p, s->number);
        scrub_datagram(r, talk && talk->rdpudp2);
    } else if (sealed_kind(p) != TUNNEL_NONE) {
        redo_keep(&r, r.in.left < SEALED_KEPT ? r.in.left : SEALED_KEPT);
    }
}

/* Behind type, code and checksum stands an MTU, or nothing that is read. */
static void icmp_head_redo(struct redo *r, const struct packet *p, bool has_mtu)
{
    enum { FIXED = 4, REST = 4, UNUSED = 2 }; /* RFC 1191 section 4; RFC 4443 section 3.2 */
    struct redo head = redo_sub(r, FIXED + REST);
    redo_keep(&head, head.in.left < FIXED ? head.in.left : FIXED);
    redo_drop(&head, p->protocol == IP_ICMP && head.in.left ? UNUSED : 0);
    if (has_mtu)
        redo_keep_all(head);
}

static void icmp_redo(struct sheet *s, const struct packet *p)
{
    enum { ECHO_HEAD = 8 }; /* RFC 792 */
    struct redo r = sheet_at(s, p->transport);
    struct icmp_error error;
    struct icmp_echo echo;
    bool known = icmp_decode(p, &error);
    if (icmp_echo_decode(p, &echo) && echo.of_probe) {
        redo_keep(&r, ECHO_HEAD + PROBE_MARK_LEN);
        sheet_need(s, r.in.at);
        return;
    }
    icmp_head_redo(&r, p, known && error.kind == RDPATH_ICMP_TOO_BIG);
    sheet_need(s, r.in.at);
    if (!known)
        return;
    const struct packet *quoted = &error.quoted;
    ip_redo(s, quoted);
    s->layers[s->n_layers - 1].quoted = true;
    struct redo transport = sheet_at(s, quoted->transport);
    redo_keep(&transport,
              transport.in.left < QUOTED_TRANSPORT ? transport.in.left : QUOTED_TRANSPORT);
    sheet_need(s, transport.in.at);
}

static void transport_redo(struct sheet *s, const struct packet *p)
{
    if (p->fragment)
        sheet_need(s, p->transport.at + p->transport.left);
    if (p->fragment_offset > 0)
        return;
    if (p->protocol == IP_TCP)
        tcp_redo(s, p);
    else if (p->protocol == IP_UDP)
        udp_redo(s, p);
    else if (p->protocol == IP_ICMP || p->protocol == IP_ICMP6)
        icmp_redo(s, p);
    else if (sealed_kind(p) != TUNNEL_NONE) {
        struct redo r = sheet_at(s, p->transport);
        redo_keep(&r, r.in.left < SEALED_KEPT ? r.in.left : SEALED_KEPT);
    }
}

/* ---- tunnels --------------------------------------------------------------------------------- */

/* What a tunnel's header has of its own; behind it may stand an Ethernet header. */
static void tunnel_redo(struct sheet *s, const struct packet *outer, const struct packet *inner)
{
    enum { GENEVE_FIXED = 8, TEREDO_FIXED = 4 };
    const uint8_t *from = outer->transport.at + (outer->protocol == IP_UDP ? 8 : 0);
    struct redo r = sheet_at(s, reader_of(from, (size_t)(ip_of(inner) - from), READER_END));
    size_t ethernet = 0;
    for (size_t len = ETHERNET_LEN; len <= ETHERNET_LEN + 2 * VLAN_LEN && len <= r.in.left;
         len += VLAN_LEN) {
        struct reader tail = reader_of(r.in.at + r.in.left - len, len, READER_END);
        if (is_plain_ethernet(tail))
            ethernet = len;
    }
    struct redo header = redo_sub(&r, r.in.left - ethernet);
    size_t keep = header.in.left;
    if (inner->tunnel == TUNNEL_GENEVE)
        keep = GENEVE_FIXED;
    if (inner->tunnel == TUNNEL_TEREDO)
        keep = TEREDO_FIXED;
    redo_keep(&header, keep < header.in.left ? keep : header.in.left);
    ethernet_redo(r);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void layers_redo(struct sheet *s, struct packet *first)
{
    struct packet other, *p = first, *inner = &other;
    for (int depth = 0;; depth++) {
        ip_redo(s, p);
        transport_redo(s, p);
        if (p->fragment || depth == TUNNELS_DEPTH_MAX || !tunnel_open(p, inner))
            break;
        tunnel_redo(s, p, inner);
        struct packet *carrier = p;
        p = inner;
        inner = carrier;
    }
    while (s->n_layers > 0)
        checksum_set(&s->layers[--s->n_layers]);
}

static void sheet_begin(struct frame_editor *e, const struct rdpath_frame *frame)
{
    if (e->size < frame->captured_len) {
        e->size = frame->captured_len;
        e->bytes = memory_resized(e->bytes, e->size);
    }
    memset(e->bytes, 0, frame->captured_len);
}

bool frame_redact(struct frame_editor *e, struct rdpath_frame *frame, uint64_t number)
{
    struct sheet s = {.editor = e, .frame = frame, .number = number};
    struct packet p;
    if (!packet_decode(frame, &p))
        return false;
    sheet_begin(e, frame);
    uint32_t link_len = (uint32_t)(link_decode(frame).ip.at - frame->bytes);
    struct reader link = reader_of(frame->bytes, link_len, READER_END);
    bool ethernet = frame->link_type == LINK_ETHERNET && is_plain_ethernet(link);
    if (ethernet)
        ethernet_redo(sheet_at(&s, link));
    layers_redo(&s, &p);
    uint32_t cut = ethernet ? 0 : link_len;
    frame->bytes = e->bytes + cut;
    frame->captured_len = (e->whole ? frame->captured_len : s.needed) - cut;
    frame->wire_len -= cut;
    frame->link_type = ethernet ? LINK_ETHERNET : LINK_RAW;
    frame->way = p.way;
    return true;
}
