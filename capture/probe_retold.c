/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_retold.h"

#include "base/arena.h"

#include <string.h>

enum {
    LINK_RAW = 101,
    FRAMES_MAX = 2000,
    BYTES_MAX = 2 * 1024 * 1024,
    CONNECTIONS_MAX = 128, /* more than the packets of a probe are enough for */
    PIECE_MAX = 1200,      /* payload of a packet that is made up */
    IPV4_LEN = 20,
    IPV6_LEN = 40,
    TCP_LEN = 20,
    UDP_LEN = 8,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    HOPS = 64,
    FLAG_SYN = 2,
    FLAG_PUSH = 8,
    FLAG_ACK = 16,
    WINDOW = 65535,
};

struct kept {
    size_t at;
    uint32_t len;
    int64_t ts_ns;
};

struct connection {
    uint16_t own_port;
    uint32_t next[2]; /* sequence number: from the server, to it */
};

struct probe_retold {
    struct addr from, to;
    uint16_t port;
    struct connection connections[CONNECTIONS_MAX];
    uint32_t n_connections;
    struct kept frames[FRAMES_MAX];
    uint32_t n_frames;
    uint8_t bytes[BYTES_MAX];
    size_t n_bytes;
};

struct probe_retold *retold_open(const struct addr *from, const struct addr *to, uint16_t port)
{
    struct probe_retold *r = memory_zeroed(sizeof *r);
    r->from = *from;
    r->to = *to;
    r->port = port;
    return r;
}

void retold_close(struct probe_retold *r)
{
    memory_release(r);
}

/* ---- a packet -------------------------------------------------------------------------------- */

struct packet {
    struct retold_piece piece;
    uint8_t protocol, flags;
    uint32_t sequence, acknowledged;
};

static void put(struct probe_retold *r, uint32_t value, int n_bytes)
{
    for (int i = n_bytes - 1; i >= 0; i--)
        r->bytes[r->n_bytes++] = (uint8_t)(value >> (8 * i));
}

static void put_bytes(struct probe_retold *r, const uint8_t *bytes, size_t len)
{
    if (len)
        memcpy(r->bytes + r->n_bytes, bytes, len);
    r->n_bytes += len;
}

static void put_ip(struct probe_retold *r, const struct packet *p, uint32_t carried_len)
{
    const struct addr *from = p->piece.out ? &r->from : &r->to;
    const struct addr *to = p->piece.out ? &r->to : &r->from;
    size_t address_len = r->to.version == 6 ? 16 : 4;
    if (r->to.version == 6) {
        put(r, 0x60000000, 4);
        put(r, carried_len, 2);
        put(r, p->protocol, 1);
        put(r, HOPS, 1);
    } else {
        put(r, 0x4500, 2);
        put(r, IPV4_LEN + carried_len, 2);
        put(r, 0x00004000, 4); /* not to be fragmented */
        put(r, HOPS, 1);
        put(r, p->protocol, 1);
        put(r, 0, 2);
    }
    put_bytes(r, from->bytes, address_len);
    put_bytes(r, to->bytes, address_len);
}

static void put_transport(struct probe_retold *r, const struct packet *p)
{
    put(r, p->piece.out ? p->piece.own_port : r->port, 2);
    put(r, p->piece.out ? r->port : p->piece.own_port, 2);
    if (p->protocol == PROTOCOL_UDP) {
        put(r, UDP_LEN + (uint32_t)p->piece.len, 2);
        put(r, 0, 2);
        return;
    }
    put(r, p->sequence, 4);
    put(r, p->acknowledged, 4);
    put(r, TCP_LEN / 4 << 4, 1);
    put(r, p->flags, 1);
    put(r, WINDOW, 2);
    put(r, 0, 4);
}

static void put_packet(struct probe_retold *r, const struct packet *p)
{
    size_t header_len = p->protocol == PROTOCOL_UDP ? UDP_LEN : TCP_LEN;
    size_t most = IPV6_LEN + header_len + p->piece.len, at = r->n_bytes;
    if (r->n_frames == FRAMES_MAX || r->n_bytes + most > BYTES_MAX)
        return;
    put_ip(r, p, (uint32_t)(header_len + p->piece.len));
    put_transport(r, p);
    put_bytes(r, p->piece.bytes, p->piece.len);
    r->frames[r->n_frames++] = (struct kept){at, (uint32_t)(r->n_bytes - at), p->piece.ts_ns};
}

/* ---- what was said --------------------------------------------------------------------------- */

void retold_connection(struct probe_retold *r, const struct retold_piece *piece)
{
    if (!r || r->n_connections == CONNECTIONS_MAX)
        return;
    struct packet syn = {.protocol = PROTOCOL_TCP, .flags = FLAG_SYN, .acknowledged = 0};
    syn.piece = (struct retold_piece){piece->own_port, true, piece->ts_ns, NULL, 0};
    put_packet(r, &syn);
    syn.piece.out = false;
    syn.flags = FLAG_SYN | FLAG_ACK;
    syn.acknowledged = 1;
    put_packet(r, &syn);
    r->connections[r->n_connections++] = (struct connection){piece->own_port, {1, 1}};
}

/* The latest of that port. */
static struct connection *connection_of(struct probe_retold *r, uint16_t own_port)
{
    for (uint32_t i = r->n_connections; i-- > 0;) {
        if (r->connections[i].own_port == own_port)
            return &r->connections[i];
    }
    return NULL;
}

void retold_said(struct probe_retold *r, const struct retold_piece *piece)
{
    struct connection *c = r ? connection_of(r, piece->own_port) : NULL;
    for (size_t at = 0, len; c && at < piece->len; at += len) {
        struct packet p = {.piece = *piece, PROTOCOL_TCP, FLAG_PUSH | FLAG_ACK, 0, 0};
        len = piece->len - at < PIECE_MAX ? piece->len - at : PIECE_MAX;
        p.piece.bytes = piece->bytes + at;
        p.piece.len = len;
        p.sequence = c->next[piece->out];
        p.acknowledged = c->next[!piece->out];
        c->next[piece->out] += (uint32_t)len;
        put_packet(r, &p);
    }
}

void retold_datagram(struct probe_retold *r, const struct retold_piece *piece)
{
    struct packet p = {.piece = *piece, .protocol = PROTOCOL_UDP};
    if (r && piece->len <= UINT16_MAX - IPV6_LEN - UDP_LEN)
        put_packet(r, &p);
}

bool retold_frame(const struct probe_retold *r, uint32_t n, struct rdpath_frame *frame)
{
    if (!r || n >= r->n_frames)
        return false;
    const struct kept *k = &r->frames[n];
    *frame = (struct rdpath_frame){
        .bytes = r->bytes + k->at,
        .captured_len = k->len,
        .wire_len = k->len,
        .ts_ns = k->ts_ns,
        .number = n + 1u,
        .link_type = LINK_RAW,
    };
    return true;
}
