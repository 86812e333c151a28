/* SPDX-License-Identifier: Apache-2.0 */
/* One frame of an excerpt: cut behind what it proves, and with --redact written anew. */
#ifndef REPORT_EXCERPT_FRAME_H
#define REPORT_EXCERPT_FRAME_H

#include "report/excerpt/talks.h"

struct frame_editor {
    const struct wanted_list *wanted;
    const struct talks *talks;
    struct fake *fake; /* NULL: nothing is replaced */
    bool whole;        /* nothing is cut */
    uint8_t *bytes;    /* of the frame that was written anew */
    uint32_t size;
};

/* The frame as it goes into the excerpt; its bytes live until the next call. False: nothing of it
   may be told. frame_number counts over all inputs. */
bool frame_edit(struct frame_editor *, struct rdpath_frame *, uint64_t frame_number);

void frame_editor_free(struct frame_editor *);

#endif
