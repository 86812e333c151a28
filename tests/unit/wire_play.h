/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One TCP connection for tests, a packet a line. Numbers are counted from each side's SYN, which is
 * 0: the first byte of payload is 1. Payload is one letter repeated where no bytes are given.
 */
#ifndef TESTS_UNIT_WIRE_PLAY_H
#define TESTS_UNIT_WIRE_PLAY_H

#include "tests/unit/frames.h"

#include "analyze/net/packet.h"

enum { UP = RDPATH_TO_SERVER, DOWN = RDPATH_TO_CLIENT };
enum { NO_ID = 1 << 16, WINDOW_CLOSED = 1 << 16, MS = 1000, SECOND = 1000000 };

#define WIRE_START_NS 1700000000000000000LL

struct wire {
    bool v6;
    uint8_t client, server;            /* last byte of each address; 0: 1 and 2 */
    uint16_t client_port, server_port; /* 0: 49152 and 3389 */
    uint32_t isn[2];                   /* by the direction of what the side sends */
    uint8_t ttl[2];                    /* 0: 64 */
    uint16_t last_id[2];
    struct build bytes;
};

struct line {
    int way;
    int64_t at_us; /* since WIRE_START_NS */
    uint32_t seq, ack, len;
    unsigned flags;  /* 0: ACK */
    unsigned id;     /* IPv4; 0: one more than the last; NO_ID: the field is 0 */
    unsigned window; /* 0: open */
    unsigned mss;    /* > 0: an MSS option */
    struct {
        uint32_t from, to;
    } sack[3];
    uint32_t ts_value, ts_echo; /* ts_value > 0: a timestamps option */
    const void *payload;        /* len bytes; NULL: letters */
    bool may_fragment;          /* IPv4 without DF */
};

static inline void wire_put_address(const struct wire *w, struct build *b, bool client)
{
    put_hex(b, w->v6 ? "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00" : "0a 00 00");
    uint8_t host = client ? w->client : w->server;
    put8(b, host ? host : client ? 1 : 2);
}

static inline void wire_put_ip(struct wire *w, const struct line *l, unsigned tcp_len)
{
    struct build *b = &w->bytes;
    uint8_t ttl = w->ttl[l->way] ? w->ttl[l->way] : 64;
    if (w->v6) {
        put_hex(b, ETHERNET_IPV6 " 60 00 00 00");
        put16(b, tcp_len);
        put8(b, 6);
        put8(b, ttl);
    } else {
        unsigned next = l->id == NO_ID ? 0 : l->id ? l->id : w->last_id[l->way] + 1U;
        if (next && (l->id == 0 || next > w->last_id[l->way]))
            w->last_id[l->way] = (uint16_t)next;
        put_hex(b, ETHERNET_IPV4 " 45 00");
        put16(b, 20 + tcp_len);
        put16(b, next);
        put16(b, l->may_fragment ? 0 : 0x4000);
        put8(b, ttl);
        put_hex(b, "06 00 00");
    }
    wire_put_address(w, b, l->way == UP);
    wire_put_address(w, b, l->way == DOWN);
}

static inline unsigned wire_n_sack(const struct line *l)
{
    unsigned n = 0;
    while (n < 3 && l->sack[n].to)
        n++;
    return n;
}

static inline void wire_put_options(struct wire *w, const struct line *l)
{
    struct build *b = &w->bytes;
    unsigned n_sack = wire_n_sack(l);
    if (l->mss) {
        put_hex(b, "02 04");
        put16(b, l->mss);
    }
    if (l->ts_value) {
        put_hex(b, "01 01 08 0a");
        put32(b, l->ts_value);
        put32(b, l->ts_echo);
    }
    if (n_sack) {
        put_hex(b, "01 01 05");
        put8(b, 2 + 8 * n_sack);
    }
    for (unsigned i = 0; i < n_sack; i++) {
        put32(b, w->isn[!l->way] + l->sack[i].from);
        put32(b, w->isn[!l->way] + l->sack[i].to);
    }
}

static inline void wire_put_tcp(struct wire *w, const struct line *l, unsigned header_len)
{
    struct build *b = &w->bytes;
    uint16_t client = w->client_port ? w->client_port : 49152;
    uint16_t server = w->server_port ? w->server_port : 3389;
    unsigned flags = l->flags ? l->flags : TCP_ACK;
    put16(b, l->way == UP ? client : server);
    put16(b, l->way == UP ? server : client);
    put32(b, w->isn[l->way] + l->seq);
    put32(b, flags & TCP_ACK ? w->isn[!l->way] + l->ack : 0);
    put8(b, header_len / 4 << 4);
    put8(b, flags);
    put16(b, l->window == WINDOW_CLOSED ? 0 : l->window ? l->window : 0x2000);
    put32(b, 0);
    wire_put_options(w, l);
}

/* The frame lives until the next line of the same wire. */
static inline struct rdpath_frame wire_frame(struct wire *w, const struct line *l)
{
    unsigned n_sack = wire_n_sack(l);
    unsigned header_len =
        20 + (l->mss ? 4U : 0) + (l->ts_value ? 12U : 0) + (n_sack ? 4 + 8 * n_sack : 0);
    w->bytes.len = 0;
    wire_put_ip(w, l, header_len + l->len);
    wire_put_tcp(w, l, header_len);
    for (uint32_t i = 0; i < l->len; i++)
        put8(&w->bytes, l->payload ? ((const uint8_t *)l->payload)[i] : 'x');
    struct rdpath_frame f = frame_of(&w->bytes, 1);
    f.ts_ns = WIRE_START_NS + l->at_us * 1000;
    return f;
}

#endif
