/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of link types that are not read: counted, and told as a problem of their input. */
#ifndef ANALYZE_UNREAD_H
#define ANALYZE_UNREAD_H

#include "analyze/file/file.h"
#include "base/arena.h"

enum { UNREAD_INTERFACES_MAX = 8 }; /* told one by one; a machine with more captures on "any" */

struct unread {
    struct {
        uint32_t interface;
        uint64_t n_frames;
    } of[UNREAD_INTERFACES_MAX];
    uint32_t n;
};

/* Counts a frame that was not decoded, if its link type is the reason. */
void unread_note(struct unread *, const struct rdpath_frame *);

/* The problems of the file, and behind them a sentence for each such interface. Returns their
   number. */
uint32_t unread_problems(const struct unread *, const struct file_info *, struct arena *,
                         const char *const **problems);

#endif
