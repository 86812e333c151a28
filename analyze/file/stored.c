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

static size_t stored_fail(struct stored *s, const char *why)
{
    snprintf(s->problem, sizeof s->problem,
             "Expected more bytes, but reading fails after byte %" PRIu64 ": %s.", s->n_read, why);
    return 0;
}

size_t stored_move(struct stored *s, struct mapped *m, uint64_t position, size_t n)
{
    ptrdiff_t there = mapped_move(m, position, n);
    return there < 0 ? stored_fail(s, source_error()) : (size_t)there;
}

size_t stored_take(struct stored *s, const struct mapped *m, size_t from, size_t len)
{
    if (m->kept <= from)
        return stored_fail(s, "the file was made smaller meanwhile, or its disk fails");
    len = len < m->kept - from ? len : m->kept - from;
    s->n_read += len;
    if (s->hash)
        sha256_add(s->hash, m->bytes + from, len);
    return len;
}

static ptrdiff_t bytes_read(struct stored *s, uint8_t *to, size_t n)
{
    if (s->stream.read)
        return s->stream.read(s->stream.ctx, to, n);
    return s->in_memory ? memory_read(&s->memory, to, n) : source_read(&s->source, to, n);
}

size_t stored_read(struct stored *s, uint8_t *to, size_t n)
{
    ptrdiff_t got = bytes_read(s, to, n);
    if (got < 0)
        return stored_fail(s, source_error());
    s->n_read += (uint64_t)got;
    if (s->hash && got)
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
    if (!s->in_memory && !s->stream.read)
        source_close(&s->source);
    sha256_free(s->hash);
    free(s->buffer);
}
