/* SPDX-License-Identifier: Apache-2.0 */
/* A short list of frame references: the first ones are kept, all are counted. */
#ifndef BASE_FRAMES_H
#define BASE_FRAMES_H

#include "rdpath.h"

static inline void frames_add(struct rdpath_frames *f, rdpath_ref ref)
{
    if (f->n < RDPATH_FRAMES_MAX)
        f->ref[f->n++] = ref;
    f->total++;
}

static inline struct rdpath_frames frames_of(rdpath_ref ref)
{
    struct rdpath_frames f = {0};
    if (ref)
        frames_add(&f, ref);
    return f;
}

static inline void frames_append(struct rdpath_frames *f, const struct rdpath_frames *more)
{
    for (uint32_t i = 0; i < more->n; i++)
        frames_add(f, more->ref[i]);
    f->total += more->total - more->n;
}

/* In the order of the capture, each once: evidence overlaps. */
void frames_sort(struct rdpath_frames *);

#endif
