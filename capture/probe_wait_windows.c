/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_wait.h"

#include <windows.h>

int64_t wait_now_ns(void)
{
    return (int64_t)GetTickCount64() * 1000000;
}
