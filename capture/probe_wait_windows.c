/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_wait.h"

#include <windows.h>

int64_t wait_now_ns(void)
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
