/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames in, frames out: what proves an answer, cut down to it, and on request without anything
 * that names somebody. Two passes over the capture after its analysis: the first puts the bytes of
 * the wanted connections in order and decides what of them is kept, the second writes the frames.
 */
#ifndef REPORT_EXCERPT_EXCERPT_H
#define REPORT_EXCERPT_EXCERPT_H

#include "report/excerpt/fake.h"
#include "report/excerpt/wanted.h"

#include <stdio.h>

/* How much is cut off. Most answers need no more than headers; of a session the sizes and times of
   its first records tell how far it got. */
enum excerpt_cut { EXCERPT_CUT_DATA, EXCERPT_CUT_SESSION, EXCERPT_CUT_NOTHING };

enum { EXCERPT_FRAMES_MAX = 4 * 1024 * 1024 }; /* of an excerpt: more is no evidence to attach */

struct excerpt {
    /* told by the caller */
    struct wanted_list *wanted;
    const char *const *paths; /* read together, in time order */
    uint32_t n_paths, first_input;
    struct fake *fake; /* NULL: nothing is replaced */
    enum excerpt_cut cut;
    FILE *to;
    /* filled */
    rdpath_ref *frames; /* of each frame written, where it was; to be freed */
    uint32_t n_frames, room;
    uint64_t n_read;
    struct text *sources; /* a line for each: its SHA-256; may be NULL */
};

/* False: error says why nothing, or not everything, was written. */
bool excerpt_write(struct excerpt *, struct rdpath_error *);

#endif
