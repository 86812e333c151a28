/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/file/stored.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ptrdiff_t memory_read(struct reader *memory, uint8_t *to, size_t n)
{
    size_t len = n < memory->left ? n : memory->left;
    if (len)
        memcpy(to, reader_take(memory, len), len);
    return (ptrdiff_t)len;
}

static size_t stored_count(struct stored *s, ptrdiff_t got)
{
    if (got < 0)
        snprintf(s->problem, sizeof s->problem,
                 "Expected more bytes, but reading fails after byte %" PRIu64 ": %s.", s->n_read,
                 source_error());
    if (got <= 0)
        return 0;
    s->n_read += (uint64_t)got;
    return (size_t)got;
}

size_t stored_read_ahead(struct stored *s, struct ahead *ahead, uint8_t **bytes)
{
    return stored_count(s, ahead_next(ahead, bytes));
}

size_t stored_read(struct stored *s, uint8_t *to, size_t n)
{
    ptrdiff_t got = s->in_memory ? memory_read(&s->memory, to, n) : source_read(&s->source, to, n);
    if (stored_count(s, got) == 0)
        return 0;
    if (s->hash)
        sha256_add(s->hash, to, (size_t)got);
    return (size_t)got;
}

bool stored_refill(struct stored *s)
{
    size_t n = stored_read(s, s->buffer, s->buffer_size);
    s->pending = reader_of(s->buffer, n, READER_MORE);
    return n > 0;
}

uint64_t stored_offset(const struct stored *s)
{
    return s->n_read - s->pending.left;
}

void stored_close(struct stored *s)
{
    if (!s->in_memory)
        source_close(&s->source);
    sha256_free(s->hash);
    free(s->buffer);
}
