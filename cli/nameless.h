/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that has no name until it is complete: whatever ends the program before, nothing of it
 * stays. nameless_linux.c; on Windows no file is without a name.
 */
#ifndef CLI_NAMELESS_H
#define CLI_NAMELESS_H

#include <stdbool.h>
#include <stdio.h>

/* Opens one for writing, in the folder of path; NULL: that folder, or this system, has none. */
FILE *nameless_create(const char *path);

/* Gives it the name path; false with errno, EEXIST where something stands there. It stays open. */
bool nameless_name(FILE *, const char *path);

#endif
