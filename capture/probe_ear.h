/* SPDX-License-Identifier: Apache-2.0 */
/* Hears what a probe sends and receives, with libpcap, and keeps every frame of it. */
#ifndef CAPTURE_PROBE_EAR_H
#define CAPTURE_PROBE_EAR_H

#include "base/addr.h"
#include "rdpath.h"

enum {
    PROBE_FRAMES_MAX = 20000,           /* a hundred answers to each packet that is sent */
    PROBE_BYTES_MAX = 16 * 1024 * 1024, /* of frames kept */
};

struct probe_ear;

/* NULL and an error; needs the right to record packets, and none afterwards. */
struct probe_ear *ear_open(const char *interface, const struct addr *target, struct rdpath_error *);
void ear_close(struct probe_ear *);

/* Waits for a frame, at most so long. */
void ear_wait(struct probe_ear *, int milliseconds);

/* The next frame, valid until the next call; false: none is there. */
bool ear_read(struct probe_ear *, struct rdpath_frame *);
/* Its interface went down, or is gone: what comes is heard no more. */
bool ear_is_deaf(const struct probe_ear *);
void ear_keep(struct probe_ear *, const struct rdpath_frame *);

/* The frames kept, in order: the nth, from 0; false: there are no more. */
bool ear_frame(const struct probe_ear *, uint32_t n, struct rdpath_frame *);

/* What the kernel could not hand over. */
uint32_t ear_dropped(struct probe_ear *);
const char *ear_filter(const struct probe_ear *);

#endif
