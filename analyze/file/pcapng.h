/* SPDX-License-Identifier: Apache-2.0 */
/* pcapng inside: what its blocks share. Sections cited are those of draft-ietf-opsawg-pcapng. */
#ifndef ANALYZE_FILE_PCAPNG_H
#define ANALYZE_FILE_PCAPNG_H

#include "analyze/file/notes.h"
#include "analyze/file/order.h"

struct block {
    uint32_t type;
    uint32_t len;    /* of the whole block */
    uint64_t offset; /* in the content */
    struct reader body;
};

struct option {
    uint16_t code;
    struct reader value;
};

enum { OPTION_END = 0, OPTION_COMMENT = 1 };

/* The next option (3.5); false at their end. Where they are broken the reader has failed. */
bool option_next(struct reader *, bool big, struct option *);

/*
 * Each reads one block's body; true where it made a frame. A body that is shorter than what it
 * should hold leaves block.body failed.
 */
typedef bool block_read(struct capture_file *, struct block *, struct rdpath_frame *);

/* Blocks with a frame: pcapng_packets.c */
block_read block_enhanced_packet, block_simple_packet, block_obsolete_packet;

/* Blocks that tell of frames: pcapng_facts.c */
block_read block_interface, block_names, block_statistics;

/* The index of this section's interface with that number; UINT32_MAX with a problem noted. */
uint32_t interface_index(struct capture_file *, const struct block *, uint32_t number);

/* A time of that interface; one that does not fit is clamped, with a problem. */
int64_t interface_time(struct capture_file *, const struct block *, uint32_t index, uint64_t ticks);

/* Frames were dropped, as a frame itself says. */
void interface_add_drops(struct capture_file *, uint32_t index, uint64_t n);

#endif
