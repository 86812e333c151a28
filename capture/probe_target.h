/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the way to a target and takes the rights that a probe needs. */
#ifndef CAPTURE_PROBE_TARGET_H
#define CAPTURE_PROBE_TARGET_H

#include "capture/probe.h"

enum { PROBE_HOST_SIZE = 256, PROBE_INTERFACE_SIZE = 128 };

struct probe_target {
    char host[PROBE_HOST_SIZE]; /* as the user wrote it, without the port */
    uint16_t port;
    char interface[PROBE_INTERFACE_SIZE]; /* empty: the one that the route names */
    bool no_host; /* target_find() failed since the address is not that of one host */
};

/* "rds01", "rds01:3390", "fd00::1", "[fd00::1]:3390"; false: it is none of these. */
bool target_parse(struct probe_target *, const char *text);

/* Fills in addresses and interface; false and an error: no such host, interface or right. */
bool target_find(struct probe_target *, struct probe_settings *, struct rdpath_error *);

/* What was needed is open: gives up every right for good. */
bool target_give_up_rights(struct rdpath_error *);

#endif
