/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of one or several captures into one pcapng file, with its interfaces as they appear. */
#ifndef REPORT_EXCERPT_FILE_WRITER_H
#define REPORT_EXCERPT_FILE_WRITER_H

#include "analyze/file/file.h"

#include <stdio.h>

enum {
    WRITER_INTERFACES_MAX = 4096,
    WRITER_ROOM = 512 * 1024,  /* an interface's four texts, each of at most 64 KiB */
    WRITER_COMMENTS_MAX = 8,   /* of a frame */
    WRITER_COMMENT_LEN = 4000, /* longer ones are cut */
};

struct writer_interface {
    uint32_t input, interface;
    uint16_t link_type;
};

struct file_writer {
    FILE *to;
    bool nameless; /* interfaces are told without their texts */
    uint8_t *room;
    struct writer_interface *interfaces;
    uint32_t n_interfaces;
    bool failed;
};

void file_writer_begin(struct file_writer *, FILE *, const char *comment);

struct writer_comments {
    const char *text[WRITER_COMMENTS_MAX];
    uint32_t n;
};

/* A frame of that input, whose interfaces are told in info. */
struct writer_frame {
    uint32_t input;
    const struct file_info *info;
    const struct rdpath_frame *frame;
    struct writer_comments comments;
};
void file_writer_frame(struct file_writer *, const struct writer_frame *);

/* At the end: what the interfaces of an input counted, and when the capture was over. */
void file_writer_counts(struct file_writer *, uint32_t input, const struct file_info *,
                        int64_t end_ns);

/* False: not everything could be written. */
bool file_writer_end(struct file_writer *);

#endif
