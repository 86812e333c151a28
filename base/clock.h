/* SPDX-License-Identifier: Apache-2.0 */
/* Time in nanoseconds: clock_posix.c, clock_windows.c. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Runs on whatever becomes of the time of day: for all that is waited for. */
int64_t clock_steady_ns(void);

/* Since 1970, in UTC: for what is written down. It can be set, forwards and back. */
int64_t clock_wall_ns(void);

#endif
