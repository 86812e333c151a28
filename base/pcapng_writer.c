/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pcapng_writer.h"

#include <string.h>

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_NAMES = 4,
    BLOCK_STATISTICS = 5,
    BLOCK_PACKET = 6,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
};

/* 3.5, and the tables of 4.1 to 4.6 */
enum {
    OPTION_COMMENT = 1,
    SECTION_HARDWARE = 2,
    SECTION_OS = 3,
    SECTION_PROGRAM = 4,
    INTERFACE_NAME = 2,
    INTERFACE_DESCRIPTION = 3,
    INTERFACE_IPV4 = 4,
    INTERFACE_IPV6 = 5,
    INTERFACE_MAC = 6,
    INTERFACE_RESOLUTION = 9,
    INTERFACE_FILTER = 11,
    NAMES_IPV4 = 1,
    NAMES_IPV6 = 2,
    PACKET_FLAGS = 2,
    PACKET_DROPPED = 4,
    STATISTICS_START = 2,
    STATISTICS_END = 3,
    STATISTICS_RECEIVED = 4,
    STATISTICS_IF_DROPPED = 5,
    STATISTICS_OS_DROPPED = 7,
    NANOSECONDS = 9, /* 4.2, if_tsresol: a power of ten */
};

/* ---- bytes ----------------------------------------------------------------------------------- */

static void store32(uint8_t *to, uint32_t n)
{
    to[0] = (uint8_t)n;
    to[1] = (uint8_t)(n >> 8);
    to[2] = (uint8_t)(n >> 16);
    to[3] = (uint8_t)(n >> 24);
}

/* The next n bytes of the room and padding zeros behind them; NULL and failure: it is full. */
static uint8_t *take(struct pcapng_room *r, size_t n, size_t padding)
{
    if (r->failed || n + padding > r->size - r->len) {
        r->failed = true;
        return NULL;
    }
    uint8_t *taken = r->bytes + r->len;
    r->len += n + padding;
    memset(taken + n, 0, padding);
    return taken;
}

static size_t padding_of(size_t len)
{
    return -len & 3;
}

static void put32(struct pcapng_room *r, uint32_t n)
{
    uint8_t *to = take(r, 4, 0);
    if (to)
        store32(to, n);
}

/* Times and sections have their upper half first (4.3). */
static void put_halves(struct pcapng_room *r, uint64_t n)
{
    put32(r, (uint32_t)(n >> 32));
    put32(r, (uint32_t)n);
}

/* ---- options (3.5) --------------------------------------------------------------------------- */

static uint8_t *put_option(struct pcapng_room *r, uint16_t code, size_t len)
{
    if (len > UINT16_MAX)
        r->failed = true;
    put32(r, (uint32_t)len << 16 | code);
    return take(r, len, padding_of(len));
}

static void put_bytes(struct pcapng_room *r, uint16_t code, const void *bytes, size_t len)
{
    uint8_t *to = put_option(r, code, len);
    if (to && len)
        memcpy(to, bytes, len);
}

static void put_text(struct pcapng_room *r, uint16_t code, const char *text)
{
    if (text)
        put_bytes(r, code, text, strlen(text));
}

static void put_count(struct pcapng_room *r, uint16_t code, int64_t n)
{
    if (n < 0)
        return;
    uint8_t *to = put_option(r, code, 8);
    if (to) {
        store32(to, (uint32_t)n);
        store32(to + 4, (uint32_t)((uint64_t)n >> 32));
    }
}

static void put_time(struct pcapng_room *r, uint16_t code, int64_t ns)
{
    if (ns == RDPATH_UNKNOWN)
        return;
    put32(r, 8U << 16 | code);
    put_halves(r, (uint64_t)ns);
}

/* ---- blocks (3.1) ---------------------------------------------------------------------------- */

/* Where the block begins: its length is filled in at its end. */
static size_t block_begin(struct pcapng_room *r, uint32_t type)
{
    size_t start = r->len;
    put32(r, type);
    put32(r, 0);
    return start;
}

static void block_end(struct pcapng_room *r, size_t start)
{
    put32(r, 0); /* end of the options */
    put32(r, 0);
    if (r->failed) {
        r->len = start;
        return;
    }
    uint32_t len = (uint32_t)(r->len - start);
    store32(r->bytes + start + 4, len);
    store32(r->bytes + r->len - 4, len);
}

void pcapng_put_section(struct pcapng_room *r, const struct pcapng_section *s)
{
    size_t start = block_begin(r, BLOCK_SECTION);
    put32(r, BYTE_ORDER_MAGIC);
    put32(r, 1);               /* version 1.0 */
    put_halves(r, UINT64_MAX); /* its length is not told */
    put_text(r, OPTION_COMMENT, s->comment);
    put_text(r, SECTION_HARDWARE, s->hardware);
    put_text(r, SECTION_OS, s->os);
    put_text(r, SECTION_PROGRAM, s->program);
    block_end(r, start);
}

static void put_address(struct pcapng_room *r, const struct addr *a, uint8_t prefix_len)
{
    if (a->version == 6) {
        uint8_t *to = put_option(r, INTERFACE_IPV6, 17);
        if (to) {
            memcpy(to, a->bytes, 16);
            to[16] = prefix_len;
        }
        return;
    }
    uint8_t *to = put_option(r, INTERFACE_IPV4, 8);
    if (!to)
        return;
    memcpy(to, a->bytes, 4);
    for (int bit = 0; bit < 32; bit += 8) {
        int ones = prefix_len - bit;
        to[4 + bit / 8] = (uint8_t)(0xff00 >> (ones < 0 ? 0 : ones > 8 ? 8 : ones));
    }
}

/* 4.2: behind a byte that says that the filter is a text */
static void put_filter(struct pcapng_room *r, const char *filter)
{
    if (!filter)
        return;
    size_t len = strlen(filter);
    uint8_t *to = put_option(r, INTERFACE_FILTER, 1 + len);
    if (!to)
        return;
    to[0] = 0;
    memcpy(to + 1, filter, len);
}

void pcapng_put_interface(struct pcapng_room *r, const struct pcapng_interface *i)
{
    size_t start = block_begin(r, BLOCK_INTERFACE);
    put32(r, i->link_type);
    put32(r, i->snaplen);
    put_text(r, OPTION_COMMENT, i->comment);
    put_text(r, INTERFACE_NAME, i->name);
    put_text(r, INTERFACE_DESCRIPTION, i->description);
    for (uint32_t n = 0; n < i->n_addresses; n++)
        put_address(r, &i->addresses[n], i->prefix_lens[n]);
    if (i->mac)
        put_bytes(r, INTERFACE_MAC, i->mac, 6);
    put_bytes(r, INTERFACE_RESOLUTION, &(uint8_t){NANOSECONDS}, 1);
    put_filter(r, i->filter);
    block_end(r, start);
}

/* 4.5: records are framed as options are, and closed by a zero byte behind each name. */
void pcapng_put_names(struct pcapng_room *r, const struct pcapng_names *names)
{
    size_t start = block_begin(r, BLOCK_NAMES), name_size = strlen(names->name) + 1;
    for (uint32_t i = 0; i < names->n_addresses; i++) {
        const struct addr *a = &names->addresses[i];
        size_t len = a->version == 4 ? 4 : 16;
        uint8_t *to = put_option(r, a->version == 4 ? NAMES_IPV4 : NAMES_IPV6, len + name_size);
        if (!to)
            break;
        memcpy(to, a->bytes, len);
        memcpy(to + len, names->name, name_size);
    }
    put32(r, 0); /* end of the records */
    block_end(r, start);
}

void pcapng_put_statistics(struct pcapng_room *r, const struct pcapng_statistics *s)
{
    size_t start = block_begin(r, BLOCK_STATISTICS);
    put32(r, s->interface);
    put_halves(r, (uint64_t)s->ts_ns);
    put_text(r, OPTION_COMMENT, s->comment);
    put_time(r, STATISTICS_START, s->start_ns);
    put_time(r, STATISTICS_END, s->end_ns);
    put_count(r, STATISTICS_RECEIVED, s->received);
    put_count(r, STATISTICS_IF_DROPPED, s->if_dropped);
    put_count(r, STATISTICS_OS_DROPPED, s->os_dropped);
    block_end(r, start);
}

/* ---- a packet (4.3) -------------------------------------------------------------------------- */

static void put_packet_options(struct pcapng_room *tail, const struct pcapng_packet *p)
{
    static const uint8_t ways[] = {[RDPATH_WAY_INBOUND] = 1, [RDPATH_WAY_OUTBOUND] = 2};
    for (uint32_t i = 0; i < p->n_comments; i++)
        put_text(tail, OPTION_COMMENT, p->comments[i]);
    if (p->way != RDPATH_WAY_UNKNOWN) {
        put32(tail, 4U << 16 | PACKET_FLAGS);
        put32(tail, ways[p->way]);
    }
    if (p->dropped)
        put_count(tail, PACKET_DROPPED, p->dropped > INT64_MAX ? INT64_MAX : (int64_t)p->dropped);
}

static void put_tail(struct pcapng_room *tail, const struct pcapng_packet *p)
{
    (void)take(tail, 0, padding_of(p->captured_len));
    if (p->n_comments || p->dropped || p->way != RDPATH_WAY_UNKNOWN) {
        put_packet_options(tail, p);
        put32(tail, 0); /* end of the options */
    }
    put32(tail, 0);
}

void pcapng_put_packet(struct pcapng_room *tail, const struct pcapng_packet *p,
                       uint8_t head[PCAPNG_HEAD_LEN])
{
    size_t start = tail->len;
    put_tail(tail, p);
    if (tail->failed) {
        tail->len = start;
        return;
    }
    uint64_t ts = (uint64_t)p->ts_ns;
    uint32_t len = (uint32_t)(PCAPNG_HEAD_LEN + p->captured_len + (tail->len - start));
    store32(tail->bytes + tail->len - 4, len);
    store32(head, BLOCK_PACKET);
    store32(head + 4, len);
    store32(head + 8, p->interface);
    store32(head + 12, (uint32_t)(ts >> 32));
    store32(head + 16, (uint32_t)ts);
    store32(head + 20, p->captured_len);
    store32(head + 24, p->wire_len);
}
