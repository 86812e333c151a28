/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MCS in clear: Standard RDP Security [MS-RDPBCGR 5.3], where much of what the session says is
 * encrypted but the frames around it are not. A server that fails to set up TLS may also end its
 * side with an MCS PDU in clear. The decoders are those of the session behind TLS.
 */
#include "analyze/proto/plain.h"

static struct inner *mcs_inner(struct dialog *d)
{
    if (!d->inner) {
        d->inner = inner_new(d->connection, INNER_MCS);
        d->inner->clear = d;
    }
    return d->inner;
}

void mcs_bytes(struct dialog *d, struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    struct inner *in = mcs_inner(d);
    struct reader begun = reader_of(h->head, h->head_len, READER_MORE);
    inner_bytes(in, chunk->direction, begun, chunk->at);
    h->head_len = 0;
    inner_bytes(in, chunk->direction, chunk->bytes, chunk->at);
    h->missed |= in->half[chunk->direction].missed;
    reader_skip(&chunk->bytes, chunk->bytes.left);
}

void mcs_gap(struct dialog *d, const struct chunk *chunk, uint64_t len)
{
    struct inner *in = mcs_inner(d);
    inner_skip(in, chunk->direction, len, chunk->at);
    d->half[chunk->direction].missed |= in->half[chunk->direction].missed;
}
