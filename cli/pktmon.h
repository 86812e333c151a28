/* SPDX-License-Identifier: Apache-2.0 */
/* rdpath capture with Windows' own pktmon, in place of Npcap. */
#ifndef CLI_PKTMON_H
#define CLI_PKTMON_H

#include "capture/pktmon.h"
#include "cli/options.h"

/* --pktmon: runs the commands around the attempt, then analyzes; the exit status. o->write names
   the recording. */
int pktmon_record(struct options *o);

/* Why nothing can be recorded, and the commands that do it all the same. */
int pktmon_show(const struct options *o, const char *why);

#endif
