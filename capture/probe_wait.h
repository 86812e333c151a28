/* SPDX-License-Identifier: Apache-2.0 */
/* Time, and waiting for it: probe_wait_posix.c. */
#ifndef CAPTURE_PROBE_WAIT_H
#define CAPTURE_PROBE_WAIT_H

#include <stdint.h>

/* A clock that nobody sets. */
int64_t wait_now_ns(void);

/* Until there is something to read, at most so long; fd -1: just so long. */
void wait_readable(int fd, int milliseconds);

#endif
