/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connections of an excerpt. A first pass over the capture puts their bytes in order and learns
 * what of them is kept; a second pass asks for each frame. Frames are numbered over all inputs, in
 * the order in which they are read, since ports may be used again.
 */
#ifndef REPORT_EXCERPT_TALKS_H
#define REPORT_EXCERPT_TALKS_H

#include "analyze/flow/flow.h"
#include "report/excerpt/walk.h"
#include "report/excerpt/wanted.h"

enum { TALKS_BYTES_MAX = 64 * 1024 * 1024 }; /* kept of all connections of an excerpt */

struct talk {
    struct talk *older;
    struct addr client, server;
    uint16_t client_port, server_port;
    bool udp, rdpudp2;
    uint64_t first; /* the frame that began it */
    uint32_t isn;   /* of the client's SYN */
    bool has_isn;
    struct flow *flow; /* NULL: UDP */
    struct lane lane[2];
    struct walk walk[2];
    struct walk_both both;
};

struct talks {
    struct talk *newest;
    struct flows flows;
    struct budget bytes, early;
    struct fake *fake; /* NULL: nothing is replaced */
    uint32_t n_whole;  /* as in struct walk */
};

void talks_begin(struct talks *, struct fake *, uint32_t n_whole);
void talks_free(struct talks *);

/* First pass: a packet of a wanted connection. */
void talks_learn(struct talks *, const struct wanted_match *, const struct packet *,
                 uint64_t frame);
void talks_learned(struct talks *);

/* Second pass: the connection of a packet in that frame; NULL: none is known. */
const struct talk *talks_find(const struct talks *, const struct wanted_match *,
                              const struct packet *, uint64_t frame);

#endif
