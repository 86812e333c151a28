/* SPDX-License-Identifier: Apache-2.0 */
/* Writes what a probe found, for people and for programs (docs/probe.md). */
#ifndef REPORT_RENDER_PROBE_H
#define REPORT_RENDER_PROBE_H

#include "rdpath_probe.h"

#include <stdio.h>

void probe_write_text(FILE *, const struct rdpath_probe *);
void probe_write_json(FILE *, const struct rdpath_probe *);

#endif
