/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. Each direction speaks one protocol of protos.def at a time, beginning with
 * X.224. A decoder takes what it needs from a chunk: it copies only a unit's first bytes (head) or,
 * in the X.224 phase and for three kinds of handshake messages, the unit itself (held), and skips
 * everything else without touching it. Behind the handshake that is five bytes of each record.
 */
#include "analyze/proto/inner.h"
#include "analyze/proto/proto.h"

#include <stdlib.h>
#include <string.h>

static const struct protocol protocols[N_PROTOCOLS] = {
#define PROTOCOL(name, prefix) [PROTO_##name] = {#prefix, prefix##_bytes, prefix##_gap},
#include "analyze/proto/protos.def"
#undef PROTOCOL
};

struct dialog *dialog_new(struct connection *connection)
{
    struct dialog *d = memory_zeroed(sizeof *d);
    d->connection = connection;
    d->half[RDPATH_TO_SERVER].held.budget = d->half[RDPATH_TO_CLIENT].held.budget =
        connection->held;
    return d;
}

struct dialog *dialog_new_inner(struct connection *connection, bool dtls)
{
    struct dialog *d = dialog_new(connection);
    d->datagrams = true;
    d->dtls = dtls;
    half_switch(&d->half[RDPATH_TO_SERVER], PROTO_TLS);
    half_switch(&d->half[RDPATH_TO_CLIENT], PROTO_TLS);
    return d;
}

void dialog_free(struct dialog *d)
{
    if (!d)
        return;
    held_drop(&d->half[RDPATH_TO_SERVER].held);
    held_drop(&d->half[RDPATH_TO_CLIENT].held);
    inner_free(d->inner);
    tls_keyed_free(d->keyed);
    free(d);
}

void dialog_bytes(struct dialog *d, enum rdpath_direction direction, struct reader bytes,
                  struct moment at)
{
    struct chunk chunk = {direction, at, bytes, false};
    chunk.bytes.failed = false;
    while (chunk.bytes.left)
        protocols[d->half[direction].protocol].bytes(d, &chunk);
}

void dialog_gap(struct dialog *d, enum rdpath_direction direction, uint64_t len, struct moment at)
{
    if (len == 0)
        return;
    const struct chunk chunk = {direction, at, reader_of(NULL, 0, READER_END), false};
    protocols[d->half[direction].protocol].gap(d, &chunk, len);
}

static uint32_t held_cost(uint32_t size)
{
    return size > PROTO_X224_MAX ? size : 0;
}

/* Grows with what arrived, not with what a length field promised. */
static bool held_grow(struct held *h, uint32_t len)
{
    if (len <= h->size)
        return true;
    uint32_t doubled = h->size ? h->size * 2 : 256;
    uint32_t size = len > doubled ? len : doubled;
    if (!budget_take(h->budget, held_cost(size) - held_cost(h->size)))
        return false;
    h->size = size;
    h->bytes = memory_resized(h->bytes, size);
    return true;
}

bool held_fill(struct held *h, struct reader *r, uint32_t n)
{
    if (h->len >= n)
        return true;
    uint32_t take = n - h->len;
    if (take > r->left)
        take = (uint32_t)r->left;
    if (take && held_grow(h, h->len + take)) {
        memcpy(h->bytes + h->len, reader_take(r, take), take);
        h->len += take;
    }
    return h->len == n;
}

void held_drop(struct held *h)
{
    memory_wipe(h->bytes, h->len); /* it may have been decrypted */
    free(h->bytes);
    budget_give(h->budget, held_cost(h->size));
    *h = (struct held){.budget = h->budget};
}

bool head_fill(struct half *h, struct reader *r, uint32_t n)
{
    while (h->head_len < n && r->left)
        h->head[h->head_len++] = reader_u8(r);
    return h->head_len >= n;
}

void half_lose(struct half *h, struct chunk *chunk)
{
    h->lost = h->missed = true;
    h->left = 0;
    h->head_len = 0;
    reader_skip(&chunk->bytes, chunk->bytes.left);
}

void half_switch(struct half *h, enum protocol_id protocol)
{
    h->protocol = (uint8_t)protocol;
    h->left = 0;
    held_drop(&h->held);
}

uint32_t half_skip(struct half *h, uint64_t len)
{
    uint32_t inside = len > h->left ? h->left : (uint32_t)len;
    bool in_head = h->left == 0 && h->head_len > 0;
    h->left -= inside;
    if (in_head || len > inside) {
        h->lost = h->missed = true;
        h->left = 0;
        h->head_len = 0;
    }
    return inside;
}
