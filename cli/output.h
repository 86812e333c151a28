/* SPDX-License-Identifier: Apache-2.0 */
/* A result file: whole or absent. It is written aside and gets its name when it is complete. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
    FILE *file;
    const char *path; /* NULL: standard output */
    char *target;     /* what path leads to where it is a link, which stays one; else NULL */
    bool failed;      /* and that was told */
    char *aside;      /* NULL: written as it stands: standard output, a device, a pipe */
    bool nameless;    /* until it is complete even what is written aside has no name */
};

/* "reports/": a folder, where all formats go. */
bool output_is_folder(const char *path);

/* Do both lead to one file, whether it stands there yet or not? A device is none, nor is "-". */
bool output_is_same(const char *a, const char *b);

/* False and a complaint where it cannot be written. path NULL: standard output. */
bool output_open(struct output *, const char *path);
/* Writes what is gathered; false and a complaint where the disk or the pipe did not take it. */
bool output_flush(struct output *);
/* Completes it; false and a complaint where the disk or the pipe did not take everything. */
bool output_commit(struct output *);
void output_discard(struct output *);

#endif
