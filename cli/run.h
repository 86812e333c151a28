/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the captures of a command line and hands what is found to one or several writers. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/options.h"
#include "cli/output.h"

enum { RUN_WRITERS_MAX = 8 };

struct run_target {
    const struct format *format;
    const char *path; /* NULL: standard output */
};

/* Returns the exit status. */
int run_captures(const struct options *, const struct run_target *, size_t n_targets);

#endif
