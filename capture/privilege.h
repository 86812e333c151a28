/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rights of a process, and how it loses them: libcap-ng drops, libseccomp confines. Both are
 * loaded when first needed. Opening interfaces needs CAP_NET_RAW; whoever reads packets holds no
 * right from then on, and whoever parses them is confined before the first one.
 */
#ifndef CAPTURE_PRIVILEGE_H
#define CAPTURE_PRIVILEGE_H

#include "rdpath.h"

/* May this process open interfaces and raw sockets? */
bool privilege_is_held(void);

/* "expected ..., found ...; run ..." with the exact command, in place of privilege_is_held(). */
void privilege_explain(struct rdpath_error *);

/* Loads what the two below need. */
bool privilege_prepare(struct rdpath_error *);

/* Drops every capability for good, and what a set-uid program could give back. */
bool privilege_drop(struct rdpath_error *);

/* What a confined process may still do, beside computing, reading and writing what is open. */
enum privilege_task {
    PRIVILEGE_PARSE,  /* nothing more: what parses and judges */
    PRIVILEGE_RECORD, /* the sockets of packets that are open: what records, and what probes */
};

/* From here on any other system call ends the process. No thread may be running yet. */
bool privilege_confine(enum privilege_task, struct rdpath_error *);

#endif
