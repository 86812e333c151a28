/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ends of a probe's connections said, told again as packets, for the analysis, which reads
 * nothing else. The bytes are those that were sent and received; the headers are made up, for a
 * system that shows none. So this is never written to a file, and no size is read from it.
 */
#ifndef CAPTURE_PROBE_RETOLD_H
#define CAPTURE_PROBE_RETOLD_H

#include "base/addr.h"
#include "rdpath.h"

#include <stddef.h>

struct probe_retold;

struct probe_retold *retold_open(const struct addr *from, const struct addr *to, uint16_t port);
void retold_close(struct probe_retold *);

struct retold_piece {
    uint16_t own_port;
    bool out; /* to the server */
    int64_t ts_ns;
    const uint8_t *bytes;
    size_t len;
};

/* Each does nothing where retold is NULL, or holds all that it may. A connection begins before what
   is said on it; bytes is not read. */
void retold_connection(struct probe_retold *, const struct retold_piece *);
void retold_said(struct probe_retold *, const struct retold_piece *);
void retold_datagram(struct probe_retold *, const struct retold_piece *);

/* The nth packet, from 0; false: there are no more. */
bool retold_frame(const struct probe_retold *, uint32_t n, struct rdpath_frame *);

#endif
