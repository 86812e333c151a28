/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <windows.h>

int64_t clock_steady_ns(void)
{
    static LARGE_INTEGER each_second;
    LARGE_INTEGER now;
    if (!each_second.QuadPart)
        QueryPerformanceFrequency(&each_second);
    QueryPerformanceCounter(&now);
    int64_t seconds = now.QuadPart / each_second.QuadPart;
    int64_t rest = now.QuadPart % each_second.QuadPart;
    return seconds * 1000000000 + rest * 1000000000 / each_second.QuadPart;
}

/* Windows counts 100 ns since 1601. */
int64_t clock_wall_ns(void)
{
    const int64_t to_1970 = 116444736000000000;
    FILETIME now;
    GetSystemTimePreciseAsFileTime(&now);
    int64_t ticks = (int64_t)((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime);
    return (ticks - to_1970) * 100;
}
