/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes of a recording. The recorder opens the interfaces and only writes. The parser reads
 * what was written, holds no right from its first packet on, and is confined: it can open nothing
 * any more. This process touches no packet: it starts the client, hands on what the user wants,
 * and waits.
 */
#ifndef CAPTURE_CREW_H
#define CAPTURE_CREW_H

#include "capture/tail.h"

struct crew_work {
    const struct recording *recording;
    const char *run; /* a command that starts the client; NULL: the user does */
    bool quiet;
    void *ctx;
    /* In the process that parses: what must be opened or loaded, before it is confined ... */
    void (*prepare)(void *ctx);
    /* ... and all of its work; returns its exit status, below CREW_LOST. */
    int (*parse)(void *ctx, struct tail *);
};

enum {
    CREW_LOST = 100, /* the processes could not be started */
    CREW_CUT,        /* the one that parses was ended from outside; what is recorded is whole */
};

/* Returns what parse returned; CREW_LOST and CREW_CUT with an error. */
int crew_run(const struct crew_work *, struct rdpath_error *);

#endif
