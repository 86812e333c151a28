/* SPDX-License-Identifier: Apache-2.0 */
/* Which interfaces are recorded, and what of their packets. */
#ifndef CAPTURE_PLAN_H
#define CAPTURE_PLAN_H

#include "capture/recorder.h"

struct plan_wish {
    const char *const *names; /* interfaces by name; none: chosen by the addresses */
    uint32_t n_names;
    const struct addr *hosts; /* addresses of the host; none: any attempt will do */
    uint32_t n_hosts;
    const uint16_t *ports;
    uint32_t n_ports;
};

/*
 * The named ones; else those that lead to the host; else every one that may carry an attempt. Where
 * one is a tunnel, the physical one below it too, unless the user named what to take.
 */
bool plan_make(struct recording *, const struct interfaces *, const struct plan_wish *,
               struct rdpath_error *);

#endif
