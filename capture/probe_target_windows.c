/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_target.h"

#include <stdio.h>

static bool refuse(struct rdpath_error *error)
{
    snprintf(
        error->text, sizeof error->text,
        "expected Linux for rdpath probe, found Windows, which this version cannot probe from; "
        "run it on Linux in the same network, or record an attempt");
    return false;
}

bool target_find(struct probe_target *t, struct probe_settings *s, struct rdpath_error *error)
{
    (void)t;
    (void)s;
    return refuse(error);
}

bool target_give_up_rights(struct rdpath_error *error)
{
    return refuse(error);
}
