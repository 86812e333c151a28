/* SPDX-License-Identifier: Apache-2.0 */
/* Where the stored bytes come from: the part that depends on the system, kept to a few calls. */
#ifndef ANALYZE_FILE_SOURCE_H
#define ANALYZE_FILE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source {
    int fd;
    uint64_t total; /* size in bytes; 0 = a pipe or a device */
};

/* Opens path, "-" for standard input. NULL, or why it cannot be opened, in plain words. */
const char *source_open(struct source *, const char *path);

/* Reads what is there, at most n bytes; 0 at the end, -1 on an error. */
ptrdiff_t source_read(struct source *, void *to, size_t n);

/* Why source_read() failed. */
const char *source_error(void);

void source_close(struct source *);

#endif
