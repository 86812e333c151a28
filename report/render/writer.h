/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A writer turns attempts and inputs into one format. It is given them one by one, in the order in
 * which they end, holds none of them, and never sees a packet's bytes. One format a file; the table
 * in formats.def names them all.
 */
#ifndef REPORT_RENDER_WRITER_H
#define REPORT_RENDER_WRITER_H

#include "rdpath.h"

#include <stdio.h>

struct writer_options {
    bool colour;        /* text: ANSI colours */
    bool verbose;       /* text: counter-evidence, observations, capture facts at full length */
    bool quiet;         /* text: the answer alone */
    bool packets;       /* json: attempts[].packets */
    bool joined;        /* every frame reference names its input */
    bool *failed;       /* set where a file of a folder could not be written; NULL: none asks */
    const char *folder; /* where a folder of reports is written, with its last "/" */
    unsigned columns;   /* text: of a line; 0 = as many as a terminal has */
    /* The words of whoever writes the report; NULL = none. */
    const char *title, *ticket, *note;
};

struct writer; /* one per output */

struct format {
    const char *name;       /* "json" */
    const char *extensions; /* "json", "md markdown": what -o FILE may end in */
    const char *title;
    bool needs_packets; /* draws from attempts[].packets */
    struct writer *(*begin)(FILE *, const struct writer_options *);
    void (*attempt)(struct writer *, const struct rdpath_attempt *);
    void (*input)(struct writer *, const struct rdpath_input *);
    void (*end)(struct writer *); /* writes what is left and frees the writer */
};

/* What a folder of reports has beside them: no formats of their own. */
extern const struct format folder_index, folder_overview;

#define FORMAT(symbol) extern const struct format format_##symbol;
#include "report/render/formats.def"
#undef FORMAT

/* By name, or by the extension of a file name; NULL where there is none. */
const struct format *format_by_name(const char *name);
const struct format *format_by_file(const char *path);

/* Does now what the first writer would: for a process that soon may open nothing any more. */
void format_prepare(void);

/* All of them, for help texts; n receives the count. */
const struct format *const *format_all(size_t *n);

#endif
