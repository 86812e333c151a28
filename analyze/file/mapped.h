/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain file seen through a window onto the system's own cache: no byte is copied. That pays
 * however the system holds the file: in large or in small pieces, or not yet at all.
 *
 * A file can shrink, or its disk fail, while it is mapped. What is not there any more reads as
 * zeros, and the window says how much of it was kept: analysis ends there, the program does not.
 *
 * System-dependent: mapped_posix.c.
 */
#ifndef ANALYZE_FILE_MAPPED_H
#define ANALYZE_FILE_MAPPED_H

#include "analyze/file/source.h"

#include <stdbool.h>

enum {
    MAPPED_PIECE = 16 * 1024, /* fetched at a time where all is wanted: stays in the first cache */
    MAPPED_OVERLAP = 64 * 1024, /* of two windows: a frame that crosses the border ends in it */
    /* Two pages of the largest kind: counts as memory. */
    MAPPED_WINDOW = 4 * 1024 * 1024 + MAPPED_OVERLAP,
    MAPPED_FROM = 1024 * 1024, /* a smaller file is read as fast */
};

struct mapped {
    const uint8_t *bytes; /* the window; NULL = none yet */
    size_t len;
    uint64_t position; /* of bytes[0] in the file */
    int fd;
    volatile size_t kept; /* of len: what lies behind is not there any more */
    struct mapped *next;
};

/* NULL: this is no plain file, or a small one, or standard input, which may begin anywhere. To be
   read and closed by the thread that opened it. */
struct mapped *mapped_open(const struct source *);

/* Moves the window to where n bytes from that position on are inside, or all that the file has.
   The number of bytes behind position that are; 0 at the end, -1 where the system refuses
   (source_error()). */
ptrdiff_t mapped_move(struct mapped *, uint64_t position, size_t n);

/* Fetches len bytes of the window from that index on, in order. */
void mapped_fetch(const struct mapped *, size_t from, size_t len);

void mapped_close(struct mapped *);

#endif
