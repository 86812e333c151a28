/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recording with what Windows has on board: the commands of pktmon, to be shown or to be run. It
 * needs no driver and sees every adapter, VPNs too, but writes a form of its own that only it can
 * convert.
 */
#ifndef CAPTURE_PKTMON_H
#define CAPTURE_PKTMON_H

#include "base/text.h"
#include "rdpath.h"

struct pktmon_wish {
    const uint16_t *ports; /* beside 3389 and 3391 */
    uint32_t n_ports;
    bool all;               /* no filters */
    bool netsh;             /* with netsh trace, which has none, where pktmon cannot convert */
    const char *etl, *file; /* what is recorded, and what it becomes */
};

/* One command a line. */
void pktmon_before(struct text *, const struct pktmon_wish *);
void pktmon_after(struct text *, const struct pktmon_wish *);
void pktmon_undo(struct text *, const struct pktmon_wish *); /* where it did not begin */

/* ---- pktmon_windows.c; elsewhere there is none ----------------------------------------------- */

/* Is this Windows without Npcap? The error says what is missing. */
bool pktmon_is_all_there_is(struct rdpath_error *);

/* Does the pktmon of this Windows convert what it records? From 10 2004 on. */
bool pktmon_converts(void);

/* Is it there, and may this program use it? */
bool pktmon_is_ready(struct rdpath_error *);

/* Runs commands, one a line, up to the first that fails; filters that are not there may. */
bool pktmon_run(const char *commands, struct rdpath_error *);

/* Until the client that was started has ended, the time is over, or the user wants it. */
struct pktmon_wait {
    const char *run;     /* NULL: the user starts the client */
    uint32_t duration_s; /* 0 = no limit */
};
bool pktmon_wait(const struct pktmon_wait *, struct rdpath_error *);

#endif
