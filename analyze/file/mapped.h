/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain file seen through a window onto the system's own cache: no byte is copied. What is about
 * to be decoded is fetched in order, a piece at a time: a frame's place stands in the header of the
 * one before it, so that a walk over the headers alone would wait for the memory at each of them,
 * and takes three times as long.
 *
 * Where the system cannot show it in large pages, copying is cheaper; then the rest is read.
 *
 * A file can shrink, or its disk fail, while it is mapped. What is not there any more reads as
 * zeros, and the next mapped_fetch() says so: analysis ends there, the program does not.
 *
 * System-dependent: mapped_posix.c.
 */
#ifndef ANALYZE_FILE_MAPPED_H
#define ANALYZE_FILE_MAPPED_H

#include "analyze/file/source.h"

#include <stdbool.h>

enum {
    MAPPED_PIECE = 16 * 1024,        /* fetched at a time: stays in the first cache */
    MAPPED_WINDOW = 4 * 1024 * 1024, /* two pages of the largest kind: counts as memory */
    MAPPED_FROM = 1024 * 1024,       /* a smaller file is read as fast */
};

struct mapped {
    const uint8_t *bytes; /* the window; NULL = none yet */
    size_t len;
    uint64_t position; /* of bytes[0] in the file */
    int fd;
    int64_t cost_ns;    /* of showing so far */
    uint64_t n_shown;   /* bytes */
    volatile bool lost; /* bytes of the window are not there any more */
    struct mapped *next;
};

/* NULL: this is no plain file, or a small one, or standard input, which may begin anywhere. To be
   read and closed by the thread that opened it. */
struct mapped *mapped_open(const struct source *);

/* Moves the window to where n bytes from that position on are inside, or all that the file has.
   The number of bytes behind position that are; 0 at the end, -1 where the system refuses
   (source_error()). */
ptrdiff_t mapped_move(struct mapped *, uint64_t position, size_t n);

/* Was showing it cheaper so far than copying it would have been? Where the system holds the file in
   small pieces, or has yet to read it, it is not. */
bool mapped_pays(const struct mapped *);

/* Fetches len bytes of the window from that index on. False: some are not there any more. */
bool mapped_fetch(const struct mapped *, size_t from, size_t len);

void mapped_close(struct mapped *);

#endif
