/* SPDX-License-Identifier: Apache-2.0 */
/* What depends on the system: console_posix.c, console_windows.c. */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

bool console_is_terminal(FILE *);

/* Moves a finished file to its name, in place of what stood there. */
bool console_replace(const char *from, const char *to);

/* Makes the folder, if it does not stand yet. */
bool console_make_folder(const char *path);

#endif
