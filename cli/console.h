/* SPDX-License-Identifier: Apache-2.0 */
/* What depends on the system: console_posix.c, console_windows.c. */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include "base/addr.h"

#include <stdbool.h>
#include <stdio.h>

bool console_is_terminal(FILE *);

/* Opens a file for writing, empty; NULL with errno. */
FILE *console_create(const char *path);
/* The same for one that is not there yet; EEXIST: it is. */
FILE *console_create_new(const char *path);
void console_remove(const char *path);

/* Moves a finished file to its name, in place of what stood there. */
bool console_replace(const char *from, const char *to);

/* What a link leads to, to be freed; NULL: it is no link, or leads to nothing that is there. */
char *console_link_target(const char *path);

/* What a file or a folder is, by whatever path; false: nothing stands there. */
struct console_identity {
    uint64_t volume, number;
};
bool console_identify(const char *path, struct console_identity *);
/* Do both name the same in one folder? */
bool console_same_name(const char *a, const char *b);

/* Does a folder stand there? */
bool console_is_folder(const char *path);

/* Is it a device or a pipe: something to write into, and never to put a file in place of? */
bool console_is_device(const char *path);

/* The address as the analysis writes it, however the user did; false where it is none. */
bool console_read_address(const char *text, char address[ADDR_TEXT_SIZE]);

/* Makes the folder, if it does not stand yet. */
bool console_make_folder(const char *path);

#endif
