/* SPDX-License-Identifier: Apache-2.0 */
/* A file that nobody else sees and that is gone when the program is, however it ends; and bytes
   that nobody can guess. private_posix.c, private_windows.c. */
#ifndef CLI_PRIVATE_H
#define CLI_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { PRIVATE_PATH_SIZE = 1024 };

struct private_file {
    FILE *file;                   /* NULL: not open */
    char path[PRIVATE_PATH_SIZE]; /* by which this program can read it */
};

bool private_open(struct private_file *);
void private_close(struct private_file *);

/* False: the system has none. */
bool private_bytes(void *bytes, size_t len);

/* The beginning of a file that holds a secret; 0: there is none. */
size_t private_read(const char *path, void *bytes, size_t size);

#endif
