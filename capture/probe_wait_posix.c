/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_wait.h"

#include <poll.h>
#include <time.h>

int64_t wait_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void wait_readable(int fd, int milliseconds)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    (void)poll(&p, 1, milliseconds);
}
