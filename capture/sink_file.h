/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a recording goes to: sink_file_posix.c, sink_file_windows.c. */
#ifndef CAPTURE_SINK_FILE_H
#define CAPTURE_SINK_FILE_H

#include "rdpath.h"

/* For writing, with what it holds; -1 and an error where it cannot be, or is no plain file.
   created: it was not there before. */
int sink_file_open(const char *path, bool *created, struct rdpath_error *);
void sink_file_remove(const char *path);

/* As many of the bytes as the disk takes; fewer: errno says why. */
size_t sink_file_write(int fd, uint64_t at, const void *bytes, size_t len);

/* Everything from there on goes. */
void sink_file_cut(int fd, uint64_t len);
void sink_file_close(int fd);

/* The same file to read from, however long it becomes; -1: it cannot be. */
int sink_file_open_again(const char *path);
/* "Linux 6.1.0": what the recording says of this machine. */
void sink_file_system(char *text, size_t size);

ptrdiff_t sink_file_read(int fd, uint64_t at, void *to, size_t n);

#endif
