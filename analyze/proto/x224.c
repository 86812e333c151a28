/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The X.224 phase [MS-RDPBCGR 1.3.1.1]: a connection request of the client, perhaps behind a
 * pre-connection PDU [MS-RDPEPS 2.2.1], and the server's connection confirm. What follows in each
 * direction is TLS or MCS; its first bytes say which.
 */
#include "analyze/proto/proto.h"

#include <string.h>

enum {
    TPKT_LEN = 4, /* RFC 1006 section 6: version 3, reserved, length */
    X224_MIN = 7, /* TPKT and an X.224 length indicator, code and class */
    X224_DATA = 0xf0,
    PCB_FIXED = 16, /* RDP_PRECONNECTION_PDU_V1 */
};

/* Where a unit ends, as far as its first bytes tell. */
struct extent {
    enum { EXTENT_BYTES, EXTENT_TLS, EXTENT_MCS, EXTENT_FOREIGN } is;
    uint32_t len; /* EXTENT_BYTES: so many are needed to know more, or are the whole unit */
};

static struct extent tpkt_extent(struct reader r, uint32_t held)
{
    if (held < TPKT_LEN)
        return (struct extent){EXTENT_BYTES, TPKT_LEN};
    reader_skip(&r, 1);
    uint8_t reserved = reader_u8(&r);
    uint16_t len = reader_be16(&r);
    if (reserved != 0 || len < X224_MIN)
        return (struct extent){EXTENT_FOREIGN, 0};
    if (held < X224_MIN)
        return (struct extent){EXTENT_BYTES, X224_MIN};
    reader_skip(&r, 1);
    if (reader_u8(&r) == X224_DATA) /* what comes before it was not captured */
        return (struct extent){EXTENT_MCS, 0};
    if (len > PROTO_X224_MAX)
        return (struct extent){EXTENT_FOREIGN, 0};
    return (struct extent){EXTENT_BYTES, len};
}

/* [MS-RDPEPS 2.2.1.1]: cbSize, flags 0, version 1 or 2, all little-endian. */
static struct extent preconnection_extent(struct reader r, uint32_t held)
{
    if (held < PCB_FIXED)
        return (struct extent){EXTENT_BYTES, PCB_FIXED};
    uint32_t size = reader_le32(&r);
    uint32_t flags = reader_le32(&r);
    uint32_t version = reader_le32(&r);
    if (size < PCB_FIXED || size > PROTO_X224_MAX || flags != 0 || version < 1 || version > 2)
        return (struct extent){EXTENT_FOREIGN, 0};
    return (struct extent){EXTENT_BYTES, size};
}

static struct extent x224_extent(const struct held *h, enum rdpath_direction direction)
{
    struct reader r = reader_of(h->bytes, h->len, READER_MORE);
    uint8_t first = reader_peek(&r);
    if (h->len == 0)
        return (struct extent){EXTENT_BYTES, 1};
    if (first >= 20 && first <= 23 && h->len == 1)
        return (struct extent){EXTENT_BYTES, 2};
    if (first >= 20 && first <= 23 && h->bytes[1] == 3)
        return (struct extent){EXTENT_TLS, 0};
    if (first == 3)
        return tpkt_extent(r, h->len);
    if (direction == RDPATH_TO_SERVER)
        return preconnection_extent(r, h->len);
    return (struct extent){EXTENT_FOREIGN, 0};
}

static void x224_pdu(struct dialog *d, const struct chunk *chunk, enum reader_tail tail)
{
    struct connection *c = d->connection;
    struct half *h = &d->half[chunk->direction];
    struct reader pdu = reader_of(h->held.bytes, h->held.len, tail);
    if (reader_peek(&pdu) != 3) { /* a pre-connection PDU: the request comes next */
        held_drop(&h->held);
        return;
    }
    if (chunk->direction == RDPATH_TO_SERVER) {
        if (x224_read_request(c, pdu))
            connection_reach(c, RDPATH_STAGE_X224_REQUEST, chunk->at, false);
    } else if (x224_read_confirm(c, pdu)) {
        connection_reach(c, RDPATH_STAGE_X224_CONFIRM, chunk->at, false);
    }
    h->greeted = true;
    held_drop(&h->held);
}

/* The half speaks what its bytes are the beginning of; they become its head. */
static void x224_hand_over(struct half *h, enum protocol_id protocol)
{
    struct reader begun = reader_of(h->held.bytes, h->held.len, READER_END);
    head_fill(h, &begun, h->held.len);
    half_switch(h, protocol);
}

/* The server's bytes are something else, unless the capture began in the middle of them. */
static void x224_foreign(struct dialog *d, struct chunk *chunk)
{
    struct connection *c = d->connection;
    struct half *h = &d->half[chunk->direction];
    bool known = chunk->direction == RDPATH_TO_CLIENT && !h->missed && !c->opening.mid_stream &&
                 c->proxy.kind == PROXY_NONE && !c->gateway_method &&
                 !d->half[RDPATH_TO_SERVER].missed; /* it may have asked for this */
    if (!known) {
        held_drop(&h->held);
        half_lose(h, chunk);
        return;
    }
    if (!c->not_rdp) {
        c->not_rdp = true;
        c->not_rdp_at = chunk->at;
    }
    h->foreign = true;
    bool enough = held_fill(&h->held, &chunk->bytes, FOREIGN_NAMED_LEN);
    c->not_rdp_what = banner_name(h->held.bytes, h->held.len);
    if (enough) {
        held_drop(&h->held);
        half_lose(h, chunk);
    }
}

/* TLS without X.224: a client may begin so, and then the server too; else it is no RDP server. */
static bool x224_tls_expected(const struct dialog *d, enum rdpath_direction direction)
{
    const struct half *client = &d->half[RDPATH_TO_SERVER];
    return direction == RDPATH_TO_SERVER || d->connection->opening.mid_stream ||
           d->half[direction].missed || (client->protocol == PROTO_TLS && !client->greeted);
}

/* The client asks a proxy, or the proxy answers. True: the half is handed over. */
static bool x224_is_proxied(struct dialog *d, const struct chunk *chunk)
{
    struct connection *c = d->connection;
    struct proxy_seen *proxy = &c->proxy;
    bool to_server = chunk->direction == RDPATH_TO_SERVER;
    enum proxy_kind kind = to_server ? proxy_kind_of(chunk->bytes) : proxy->kind;
    if (kind == PROXY_NONE || kind == PROXY_NOT_NAMED)
        return false;
    if (!to_server)
        return !proxy->answered.frame;
    if (c->rdp.present || proxy->n_requests == PROXY_REQUESTS_MAX)
        return false;
    proxy->kind = kind;
    c->not_rdp = false; /* where its answer was recorded first */
    if (proxy->n_requests++ == 0)
        proxy->at = chunk->at;
    return true;
}

static void x224_first(struct dialog *d, struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    if (h->held.len == 0 && x224_is_proxied(d, chunk)) {
        proxy_begin(d, chunk);
        return;
    }
    if (h->held.len == 0 && gateway_bytes(d->connection, chunk)) {
        half_lose(h, chunk);
        return;
    }
    for (;;) {
        struct extent extent = x224_extent(&h->held, chunk->direction);
        if (extent.is == EXTENT_TLS && x224_tls_expected(d, chunk->direction)) {
            x224_hand_over(h, PROTO_TLS);
            return;
        }
        if (extent.is == EXTENT_MCS) {
            x224_hand_over(h, PROTO_MCS);
            return;
        }
        if (extent.is != EXTENT_BYTES) {
            x224_foreign(d, chunk);
            return;
        }
        if (extent.len == h->held.len) {
            x224_pdu(d, chunk, READER_END);
            return;
        }
        if (!held_fill(&h->held, &chunk->bytes, extent.len))
            return;
    }
}

/* Behind the PDU: the first two bytes of the next protocol. */
static void x224_next(struct dialog *d, struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    if (!head_fill(h, &chunk->bytes, 2))
        return;
    if (h->head[0] >= 20 && h->head[0] <= 23 && h->head[1] == 3)
        half_switch(h, PROTO_TLS);
    else if (h->head[0] == 3 && h->head[1] == 0)
        half_switch(h, PROTO_MCS);
    else
        half_lose(h, chunk);
}

/* X.224 data [RFC 905 section 13.7] in TPKT. */
static bool mcs_is_header(struct reader r)
{
    return reader_be16(&r) == 0x0300 && reader_be16(&r) > X224_MIN && reader_be16(&r) == 0x02f0 &&
           reader_u8(&r) == 0x80;
}

/* Behind a refusal and its page the proxy answers the next request. */
static bool x224_is_http_again(const struct dialog *d, const struct chunk *chunk)
{
    static const char answer[] = "HTTP/1.";
    const struct connection *c = d->connection;
    struct reader r = chunk->bytes;
    const uint8_t *begin = reader_take(&r, sizeof answer - 1);
    return begin && memcmp(begin, answer, sizeof answer - 1) == 0 && !c->rdp.present &&
           chunk->direction == RDPATH_TO_CLIENT && c->proxy.kind == PROXY_HTTP &&
           c->proxy.refused && c->proxy.n_requests > 1;
}

static void x224_find(struct dialog *d, struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    if (d->connection->gateway_method) {
        gateway_bytes(d->connection, chunk);
        half_lose(h, chunk);
        return;
    }
    if (x224_is_http_again(d, chunk)) {
        h->lost = false;
        half_switch(h, PROTO_PROXY);
        return;
    }
    if (!tls_is_header(chunk->bytes) && !mcs_is_header(chunk->bytes)) {
        struct reader whole = chunk->bytes;
        enum rdpath_stage stage = connection_stage(d->connection);
        if (!h->greeted && stage <= RDPATH_STAGE_X224_REQUEST && reader_peek(&whole) == 3) {
            h->lost = false; /* the PDU itself, behind a gap */
            return;
        }
        half_lose(h, chunk);
        return;
    }
    h->lost = false;
    half_switch(h, reader_peek(&chunk->bytes) == 3 ? PROTO_MCS : PROTO_TLS);
}

void x224_bytes(struct dialog *d, struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    if (h->lost)
        x224_find(d, chunk);
    else if (h->foreign)
        x224_foreign(d, chunk);
    else if (h->greeted)
        x224_next(d, chunk);
    else
        x224_first(d, chunk);
}

/* Where the gap is the rest of the PDU or more, what was seen of it is read. */
void x224_gap(struct dialog *d, const struct chunk *chunk, uint64_t len)
{
    struct half *h = &d->half[chunk->direction];
    uint32_t held = h->held.len;
    bool begun = !h->greeted && !h->foreign && held >= X224_MIN && h->held.bytes[0] == 3;
    struct extent unit = begun ? x224_extent(&h->held, chunk->direction) : (struct extent){0};
    h->missed = true;
    h->lost = true;
    h->head_len = 0;
    if (begun && unit.is == EXTENT_BYTES && held + len >= unit.len) {
        x224_pdu(d, chunk, READER_CUT);
        h->lost = held + len > unit.len;
    }
    held_drop(&h->held);
}
