/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On Windows every file is read. A view of a file on a share or a stick that goes away raises an
 * exception at whatever instruction touches it, a mapped file cannot be cut or replaced by the
 * program that records it, and mapping saves a copy and nothing else.
 */
#include "analyze/file/mapped.h"

struct mapped *mapped_open(const struct source *source)
{
    (void)source;
    return NULL;
}

ptrdiff_t mapped_move(struct mapped *m, uint64_t position, size_t n)
{
    (void)m, (void)position, (void)n;
    return -1;
}

void mapped_fetch(const struct mapped *m, size_t from, size_t len)
{
    (void)m, (void)from, (void)len;
}

void mapped_close(struct mapped *m)
{
    (void)m;
}
