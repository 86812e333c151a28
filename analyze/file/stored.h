/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes as stored: counted, hashed where asked, whether from a file, a pipe or memory. */
#ifndef ANALYZE_FILE_STORED_H
#define ANALYZE_FILE_STORED_H

#include "analyze/file/mapped.h"
#include "analyze/file/sha256.h"
#include "analyze/file/source.h"
#include "base/reader.h"
#include "rdpath.h"

#include <stdbool.h>
#include <stdint.h>

enum { STORED_PROBLEM_SIZE = 200 };

struct stored {
    struct source source;
    struct rdpath_stream stream; /* read is NULL: they come from elsewhere */
    bool in_memory;
    struct reader memory; /* what is left of it */
    struct sha256 *hash;  /* NULL = not asked */
    uint64_t n_read;
    char problem[STORED_PROBLEM_SIZE]; /* why the bytes end early; "" = they do not */

    uint8_t *buffer; /* compressed files only: stored bytes, and of them ... */
    size_t buffer_size;
    struct reader pending; /* ... those that are not yet decoded */
};

/* At most n bytes; 0 at the end or at a read error, which becomes the problem. */
size_t stored_read(struct stored *, uint8_t *to, size_t n);

/* The same for len bytes of a window, that were fetched: as many as the file still has of them. */
size_t stored_take(struct stored *, const struct mapped *, size_t from, size_t len);

/* mapped_move(); where it fails that becomes the problem, and 0. */
size_t stored_move(struct stored *, struct mapped *, uint64_t position, size_t n);

/* Refills pending, which is empty; false at the end. */
bool stored_refill(struct stored *);

/* Where pending begins in the stored file. */
uint64_t stored_offset(const struct stored *);

void stored_close(struct stored *);

#endif
