/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets that decided an attempt as rows of a drawing, at most SEQUENCE_ROWS_MAX: where there
 * are more, first runs of equal ones fold into one row with a count, then runs of packets that
 * simply arrived, and at last the middle is left out and counted. Bytes that never came to where
 * the capture was taken have a row of their own.
 */
#ifndef REPORT_RENDER_SEQUENCE_H
#define REPORT_RENDER_SEQUENCE_H

#include "report/render/story.h"

enum { SEQUENCE_ROWS_MAX = 40 };

struct sequence_row {
    const struct rdpath_packet *packet; /* NULL: packets that are not drawn one by one */
    uint32_t n;                         /* packets that this row stands for */
    enum rdpath_stage reached;          /* the rung that stood before it */
    bool arrived;                       /* with packet NULL: all of them arrived */
    int64_t last_ns;                    /* when the last of them was seen */
    const struct rdpath_hole *hole;     /* with packet NULL: bytes that never came this way */
    enum rdpath_direction way;          /* of the hole */
};

/* In order of time, in the story's arena; n receives how many. NULL: there are no packets. */
struct sequence_row *sequence_rows(struct story *, uint32_t *n);

/* Does the cause's own evidence name this packet? */
bool sequence_is_cited(const struct rdpath_attempt *, rdpath_ref frame);
/* Was it sent in the name of an end, by a device on the way? */
bool sequence_is_forged(const struct rdpath_attempt *, const struct rdpath_packet *);

/* "TLS ClientHello", "again · 3" */
const char *sequence_label(struct story *, const struct sequence_row *);
/* The same of a packet alone; NULL where it is not among those that were kept. */
const char *sequence_label_of(struct story *, rdpath_ref frame,
                              const struct rdpath_packet **packet);

#endif
