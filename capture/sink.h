/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a recording goes: one pcapng file, or a ring of them of which the oldest is begun anew.
 * Blocks are gathered and written many at a time. Each file begins with its section and interfaces
 * and is a whole capture at any moment between two writes; what a full disk took of a write is cut
 * back to its last whole block.
 */
#ifndef CAPTURE_SINK_H
#define CAPTURE_SINK_H

#include "base/pcapng_writer.h"
#include "rdpath.h"

enum {
    SINK_FILES_MAX = 64,
    SINK_INTERFACES_MAX = 32,
    SINK_BATCH = 256 * 1024, /* stays in the processor's cache until it is written */
    SINK_FRAME_MAX = 256 * 1024,
    SINK_HEAD_MAX = 256 * 1024, /* the section, its interfaces and names */
    SINK_PATH_SIZE = 4096,
};

struct sink_options {
    const char *path;
    uint64_t file_bytes; /* at most so many a file; 0 = no limit */
    uint32_t n_files;    /* 0 or 1: one; more: a ring */
};

struct sink {
    struct sink_options options;
    int fds[SINK_FILES_MAX];
    uint32_t n_files;
    uint32_t begun;     /* files begun so far: the present one is (begun - 1) % n_files */
    uint64_t file_len;  /* whole blocks in the present file */
    uint64_t total;     /* bytes written, over all files */
    uint64_t n_packets; /* among them */
    uint64_t n_waiting; /* packets in the batch */
    bool full;          /* the one file has reached its limit */
    bool failed;        /* the disk took no more; error says why */
    struct rdpath_error error;
    struct pcapng_room head;  /* what every file begins with */
    struct pcapng_room batch; /* blocks yet to be written */
    uint32_t n_interfaces;
};

/* The name of a ring's file: "attempt-2.pcapng"; path itself where there is but one. */
void sink_path(const struct sink_options *, uint32_t file, char path[SINK_PATH_SIZE]);

/* Makes the files, empty, so that nobody else has their names; false: one was there, and none is
   made. What cannot be made is told by sink_open(). */
bool sink_reserve(const struct sink_options *);
/* Removes those that are still empty. */
void sink_unreserve(const struct sink_options *);

/* Opens the files, with what they hold; where one cannot be, none is changed or made. */
bool sink_open(struct sink *, const struct sink_options *, struct rdpath_error *);

/* Before the first packet: what the files held goes. names: NULL = none. False: sink->error. */
bool sink_begin(struct sink *, const struct pcapng_interface *, uint32_t n,
                const struct pcapng_names *);

/* False: it is full or failed, and takes no more. */
bool sink_packet(struct sink *, const struct pcapng_packet *, const uint8_t *bytes);
bool sink_statistics(struct sink *, const struct pcapng_statistics *);

/* Writes what was gathered. */
bool sink_flush(struct sink *);
void sink_close(struct sink *);

#endif
