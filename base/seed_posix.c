/* SPDX-License-Identifier: Apache-2.0 */
#include "base/seed.h"

#include <sys/random.h>
#include <time.h>

uint64_t seed_of_process(void)
{
    static uint64_t seed;
    if (seed)
        return seed;
    if (getentropy(&seed, sizeof seed) != 0) { /* none to be had: the clock is hard to guess too */
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        seed = (uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec;
    }
    seed |= 1;
    return seed;
}
