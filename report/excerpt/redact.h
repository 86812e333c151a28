/* SPDX-License-Identifier: Apache-2.0 */
/* A frame written anew, from the link header to the payload (redact.c), for frame.c. */
#ifndef REPORT_EXCERPT_REDACT_H
#define REPORT_EXCERPT_REDACT_H

#include "report/excerpt/frame.h"

/* The payload of a segment, and where its bytes stand in the lane of their stream. */
struct frame_payload {
    struct reader bytes;
    const struct lane *lane;
    uint64_t from;
};

/* False: it is no segment of a connection that is known. */
bool frame_payload_kept(const struct frame_editor *, const struct packet *, uint64_t frame_number,
                        struct frame_payload *);

bool frame_redact(struct frame_editor *, struct rdpath_frame *, uint64_t frame_number);

#endif
