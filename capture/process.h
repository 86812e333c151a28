/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are started on Windows, and what the user stops them with: process_windows.c. */
#ifndef CAPTURE_PROCESS_H
#define CAPTURE_PROCESS_H

#include "rdpath.h"

#include <windows.h>

#undef interface

/* program NULL: the command is one of the user's, for cmd. It writes to the standard error, since
   standard output carries the answer alone. NULL and an error where it cannot be started. */
HANDLE process_start(const wchar_t *program, const char *command, struct rdpath_error *);

/* An event that Ctrl-C and the closing of the window set from now on. */
HANDLE process_stop_event(void);

#endif
