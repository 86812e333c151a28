/* SPDX-License-Identifier: Apache-2.0 */
/* Follows a recording while it grows: shows the ladder, and ends it when the attempt is over. */
#ifndef CLI_LIVE_H
#define CLI_LIVE_H

#include "capture/tail.h"
#include "cli/run.h"

/* The run writes what is found. Returns when the recorder has ended and all was read. */
void live_follow(const struct options *, struct tail *, struct run *);

#endif
