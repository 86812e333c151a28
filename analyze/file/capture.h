/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a capture_file, for the readers of the formats. */
#ifndef ANALYZE_FILE_CAPTURE_H
#define ANALYZE_FILE_CAPTURE_H

#include "analyze/file/clock.h"
#include "analyze/file/file.h"
#include "analyze/file/input.h"
#include "base/arena.h"

enum {
    CAPTURE_TEXT_MAX = 16 * 1024 * 1024, /* of all names and comments; real files: kilobytes */
    CAPTURE_PROBLEM_SIZE = 320,
};

/* What is known of an interface and concerns the readers only. */
struct interface_state {
    struct clock clock;
    uint64_t dropped_by_frames; /* sum of epb_dropcount */
    bool frames_tell_drops;
};

struct pcap_state {
    bool big;            /* byte order */
    bool nano;           /* the fraction of a second is in nanoseconds */
    bool modified;       /* longer record headers */
    bool swapped;        /* before version 2.3 the two lengths stood the other way round */
    bool confused;       /* version 2.3: in some files they do */
    uint16_t header_len; /* of a record */
};

struct pcapng_state {
    bool big;            /* byte order of this section */
    bool begun;          /* a section header was read */
    uint32_t first;      /* index of this section's first interface */
    uint32_t n_declared; /* interfaces that this section has declared */
};

struct capture_file {
    struct input in;
    struct file_info info;
    bool (*next)(struct capture_file *, struct rdpath_frame *); /* the format's reader */
    struct file_listener listener;
    bool over;
    uint64_t number; /* of the latest frame */
    union {
        struct pcap_state pcap;
        struct pcapng_state pcapng;
    };

    /* what info points to */
    struct arena texts;
    struct file_interface *interfaces;
    struct interface_state *states; /* one an interface */
    uint32_t interfaces_room;
    struct file_name *names;
    uint32_t names_room;
    const char *comments[FILE_COMMENTS_MAX];
    const char *problems[FILE_PROBLEMS_MAX + 1]; /* the last one counts those not told */
    uint32_t n_untold;
    char untold[CAPTURE_PROBLEM_SIZE];
    bool told_interfaces, told_names, told_comments, told_texts; /* that a limit was reached */
    char sha256[SHA256_TEXT_SIZE];
};

/* Reads the file's header; false with a problem noted. */
bool pcap_begin(struct capture_file *);
bool pcapng_begin(struct capture_file *);

/* Do the first four bytes, big-endian, begin this format? */
bool pcap_is(uint32_t magic);
bool pcapng_is(uint32_t magic);

#endif
