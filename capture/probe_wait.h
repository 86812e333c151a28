/* SPDX-License-Identifier: Apache-2.0 */
/* Time: probe_wait_posix.c, probe_wait_windows.c. */
#ifndef CAPTURE_PROBE_WAIT_H
#define CAPTURE_PROBE_WAIT_H

#include <stdint.h>

/* A clock that nobody sets. */
int64_t wait_now_ns(void);

#endif
