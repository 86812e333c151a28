/* SPDX-License-Identifier: Apache-2.0 */
#include "base/seed.h"

#include <windows.h>

#include <bcrypt.h>

uint64_t seed_of_process(void)
{
    static uint64_t seed;
    if (seed)
        return seed;
    if (BCryptGenRandom(NULL, (PUCHAR)&seed, sizeof seed, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0) {
        LARGE_INTEGER ticks; /* none to be had: the ticks since the start are hard to guess too */
        QueryPerformanceCounter(&ticks);
        seed = (uint64_t)ticks.QuadPart << 20 ^ GetCurrentProcessId();
    }
    seed |= 1;
    return seed;
}
