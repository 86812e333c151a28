/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetches records from the memory before they are read. Where a record begins stands in the one
 * before it, so that a walk from one to the next waits for the memory at each. Here several walks
 * go at the same time, from places spread over a stretch of the file. Where a record begins there
 * is guessed, from what its header looks like; a wrong guess costs time, and nothing else.
 */
#ifndef ANALYZE_FILE_SCOUT_H
#define ANALYZE_FILE_SCOUT_H

#include <stddef.h>
#include <stdint.h>

enum { SCOUT_LOOK = 32 }; /* bytes of a record's header that tell it */

struct scout {
    /* The length of the record at these SCOUT_LOOK bytes, its header included; 0 where they do not
       look like the beginning of one. NULL: none can be told. */
    size_t (*record_len)(const void *format, const uint8_t *bytes);
    const void *format;
};

/* Fetches a record's header, and of the packet in it the headers up to that of TCP: three lines of
   the cache at most. */
static inline void scout_record(const uint8_t *record)
{
    enum { CACHE_LINE = 64, HEADERS = 101 };
    __builtin_prefetch(record);
    __builtin_prefetch(record + CACHE_LINE);
    __builtin_prefetch(record + HEADERS);
}

/* Fetches the headers of the records, and of the packets in them, in the len bytes from the
   beginning of a record on. */
void scout_fetch(const struct scout *, const uint8_t *record, size_t len);

#endif
