/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/stop.h"

#include "capture/process.h"

void stop_listen(void)
{
    (void)process_stop_event();
}

bool stop_is_wanted(void)
{
    return WaitForSingleObject(process_stop_event(), 0) == WAIT_OBJECT_0;
}
