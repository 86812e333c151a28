/* SPDX-License-Identifier: Apache-2.0 */
/* TCP header and options (RFC 9293 section 3.1). */
#include "analyze/net/layers.h"

enum { TCP_HEADER_LEN = 20 };

enum tcp_option {
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_MSS = 2,
    OPTION_WINDOW_SCALE = 3,
    OPTION_SACK_PERMITTED = 4,
    OPTION_SACK = 5,
    OPTION_TIMESTAMPS = 8,
};

enum {
    SACK_BLOCKS_MAX = 4,   /* more do not fit into 40 bytes of options (RFC 2018 section 3) */
    WINDOW_SCALE_MAX = 14, /* a larger one counts as this (RFC 7323 section 2.3) */
};

static void sack_read(struct reader r, struct tcp_segment *tcp)
{
    if (r.left % 8 != 0)
        return;
    tcp->n_sack = 0; /* a second such option replaces the first */
    while (r.left > 0 && tcp->n_sack < SACK_BLOCKS_MAX) {
        struct tcp_sack *block = &tcp->sack[tcp->n_sack++];
        block->from = reader_be32(&r);
        block->to = reader_be32(&r);
    }
}

/* value: what follows kind and length. A wrong length leaves the option out. */
static void option_read(uint8_t kind, struct reader value, struct tcp_segment *tcp)
{
    size_t len = value.left;
    if (kind == OPTION_TIMESTAMPS && len == 8) {
        tcp->has_timestamps = true;
        tcp->ts_value = reader_be32(&value);
        tcp->ts_echo = reader_be32(&value);
    } else if (kind == OPTION_SACK) {
        sack_read(value, tcp);
    } else if (kind == OPTION_MSS && len == 2) {
        tcp->mss = reader_be16(&value);
    } else if (kind == OPTION_WINDOW_SCALE && len == 1) {
        uint8_t shift = reader_u8(&value);
        tcp->has_window_scale = true;
        tcp->window_scale = shift > WINDOW_SCALE_MAX ? WINDOW_SCALE_MAX : shift;
    } else if (kind == OPTION_SACK_PERMITTED && len == 0) {
        tcp->sack_permitted = true;
    }
}

/* Not sack[]: n_sack tells what of it counts. */
static void options_clear(struct tcp_segment *tcp)
{
    tcp->sack_permitted = tcp->has_timestamps = tcp->has_window_scale = false;
    tcp->window_scale = 0;
    tcp->mss = 0;
    tcp->n_sack = 0;
    tcp->ts_value = tcp->ts_echo = 0;
}

/* Stops where a length cannot be: what follows cannot be told apart. */
static void options_read(struct reader r, struct tcp_segment *tcp)
{
    while (r.left > 0) {
        uint8_t kind = reader_u8(&r);
        if (kind == OPTION_END)
            return;
        if (kind == OPTION_NOP)
            continue;
        uint8_t len = reader_u8(&r);
        if (!reader_ok(&r) || len < 2)
            return;
        struct reader value = reader_sub(&r, len - 2u);
        if (!reader_ok(&value))
            return;
        option_read(kind, value, tcp);
    }
}

bool tcp_decode(const struct packet *p, struct tcp_segment *tcp)
{
    if (p->protocol != IP_TCP || p->fragment_offset > 0)
        return false;
    struct reader r = p->transport;
    struct reader h;
    if (!header_take(&r, TCP_HEADER_LEN, &h))
        return false;
    reader_skip(&h, 4); /* ports */
    tcp->seq = reader_be32(&h);
    tcp->ack = reader_be32(&h);
    tcp->header_len = (uint8_t)((reader_u8(&h) >> 4) * 4);
    tcp->flags = reader_u8(&h);
    tcp->window = reader_be16(&h); /* behind it: checksum, urgent pointer */
    if (tcp->header_len < TCP_HEADER_LEN)
        return false;
    size_t options_len = tcp->header_len - (size_t)TCP_HEADER_LEN;
    tcp->options_cut = options_len > r.left;
    if (tcp->options_cut) { /* what is held of them still counts */
        if (tcp->header_len > p->transport_len)
            return false;
        options_len = r.left;
    }
    options_clear(tcp);
    options_read(reader_sub(&r, options_len), tcp);
    tcp->payload_len = p->transport_len - tcp->header_len;
    tcp->payload = r;
    return true;
}
