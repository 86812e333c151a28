/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rights of a process, and how it loses them: libcap-ng drops, libseccomp confines. Both are
 * loaded when first needed. Opening interfaces needs CAP_NET_RAW; whoever reads packets holds no
 * right from then on, and whoever parses a recording is confined before the first one.
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

/*
 * Under sudo: becomes the user who called, for good, and keeps the right to record alone, so that
 * all that is written belongs to that user. Stays what it is where that user may not write one of
 * the n files (NULL: none). False and why where that failed half-way.
 */
bool privilege_return_to_user(const char *const *files, size_t n, struct rdpath_error *);

/* Drops every capability for good, and what a set-uid program could give back. */
bool privilege_drop(struct rdpath_error *);

/* From here on it may compute, read and write what is open; any other system call ends it. No
   thread may be running yet. */
bool privilege_confine(struct rdpath_error *);

/* The same for a probe, which connects by TCP and UDP all the time, too: it opens no file (that
   fails, and does not end it). names_files: it may give names to files that are open, and remove
   them. */
bool privilege_confine_probe(bool names_files, struct rdpath_error *);

#endif
