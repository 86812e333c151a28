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

/* What else may be asked of a run; {0}: nothing. */
struct run_extra {
    void *ctx;
    /* Each attempt that is wanted, before it is written: to look at it, or to amend it. */
    void (*attempt)(void *ctx, struct rdpath_attempt *);
    const char *shown; /* the name under which the input is told; NULL: its own */
    bool hushed;       /* nothing is told of what could not be read: it has names in it */
    const uint64_t *frame_numbers; /* as in rdpath_options */
    uint32_t n_frame_numbers;
};

/* Returns the exit status. */
int run_captures(const struct options *, const struct run_target *, size_t n_targets);
int run_captures_with(const struct options *, const struct run_target *, size_t n_targets,
                      const struct run_extra *);

/* The same in steps, for who opens the outputs in one process and writes them in another. */
struct run;
struct run *run_begin(const struct options *, const struct run_target *, size_t n_targets,
                      const struct run_extra *);
/* Who wants to know what is found while it is read. */
struct run_live {
    void *ctx;
    void (*begin)(void *ctx, const struct rdpath *);
    void (*rung)(void *ctx, uint32_t attempt_id, const struct rdpath_rung *);
};

/* Several are read as one. live: NULL where nobody watches. */
void run_streams(struct run *, const struct rdpath_stream *, size_t n, const struct run_live *);
int run_end(struct run *); /* all is written, but has not its name yet; the exit status */
/* Did each file take all? Standard output is none. */
bool run_files_are_whole(const struct run *);
/* Gives the outputs their names, or drops them. False: told why not. */
bool run_commit(struct run *, bool keep);

#endif
