/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line between who records and who listens: a socket between two processes (line_posix.c), or
 * memory between two threads (line_windows.c).
 */
#ifndef CAPTURE_LINE_H
#define CAPTURE_LINE_H

#include "capture/pcap_library.h"
#include "capture/tail.h"

/* ---- who records ----------------------------------------------------------------------------- */

/* False: it was not taken, since the one before still waits. The last one is always taken. */
bool line_tell(int line, const struct recorder_news *, bool last);

struct line_sources {
    const struct pcap_library *pcap;
    pcap_t *handles[SINK_INTERFACES_MAX]; /* NULL: it is gone */
    bool ready[SINK_INTERFACES_MAX];      /* set: it may have packets */
    uint32_t n;
};

/* Until packets are there, at most so long. True: the order to stop has come. */
bool line_wait(int line, struct line_sources *, int milliseconds);

/* Does nothing for so long. */
void line_rest(int milliseconds);

/* ---- who listens ----------------------------------------------------------------------------- */

/* Waits for news and orders, no longer than that, and takes them. */
void line_listen(struct tail *, int milliseconds);

/* Lets the recorder end. */
void line_stop(struct tail *);

#endif
