/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/pktmon.h"

#include <stdio.h>

static bool refuse(struct rdpath_error *error)
{
    snprintf(error->text, sizeof error->text,
             "expected Windows for --pktmon, which is part of it; here rdpath capture records");
    return false;
}

bool pktmon_is_all_there_is(struct rdpath_error *error)
{
    (void)error;
    return false;
}

bool pktmon_converts(void)
{
    return false;
}

bool pktmon_is_ready(struct rdpath_error *error)
{
    return refuse(error);
}

bool pktmon_run(const char *commands, struct rdpath_error *error)
{
    (void)commands;
    return refuse(error);
}

bool pktmon_wait(const struct pktmon_wait *wait, struct rdpath_error *error)
{
    (void)wait;
    return refuse(error);
}
