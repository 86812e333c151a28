/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <time.h>

static int64_t clock_read(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_steady_ns(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
    return clock_read(CLOCK_REALTIME);
}
