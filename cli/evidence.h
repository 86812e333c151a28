/* SPDX-License-Identifier: Apache-2.0 */
/* A report with --evidence or --redact: what it publishes was analyzed by itself before. */
#ifndef CLI_EVIDENCE_H
#define CLI_EVIDENCE_H

#include "cli/run.h"

/* run_captures(), and what those two options ask for. Returns the exit status. */
int evidence_report(struct options *, const struct run_target *, size_t n_targets);

#endif
