/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading ahead: while one window is decoded, a second thread fills the next one, and whoever is
 * idle first helps. Copying the bytes out of the system's cache costs twice as much as decoding
 * them, so that one thread alone cannot be faster than that copy.
 *
 * For plain files of some size alone; a pipe has no positions, and a compressed file is small.
 * System-dependent: ahead_posix.c.
 */
#ifndef ANALYZE_FILE_AHEAD_H
#define ANALYZE_FILE_AHEAD_H

#include "analyze/file/source.h"

enum {
    AHEAD_WINDOW = 1792 * 1024,   /* with its headroom a huge page of 2 MiB */
    AHEAD_HEADROOM = 256 * 1024,  /* free in front of a window: for what is left of the one before;
                                    no usual frame is larger */
    AHEAD_FROM = 8 * 1024 * 1024, /* in a smaller file a thread costs more than it saves */
};

struct ahead;

/* Reads source from that position on. NULL: it is not worth it, or there is no thread to be had. */
struct ahead *ahead_open(const struct source *, uint64_t position);

/* Where the next window's bytes will begin: what is written in front of it, up to the headroom,
   will stand in front of them. */
uint8_t *ahead_place(const struct ahead *);

/* The next window and its length; 0 at the end, -1 where reading fails (source_error()). Its bytes
   and the headroom in front of them are the caller's until the next call. */
ptrdiff_t ahead_next(struct ahead *, uint8_t **bytes);

void ahead_close(struct ahead *);

#endif
