/* SPDX-License-Identifier: Apache-2.0 */
/* What a file tells beside its frames, kept within the limits. */
#ifndef ANALYZE_FILE_NOTES_H
#define ANALYZE_FILE_NOTES_H

#include "analyze/file/capture.h"
#include "base/reader.h"

void notes_problem(struct capture_file *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The content ends inside `what`, of which `expected` bytes should be there. Always false. */
bool notes_cut(struct capture_file *, const char *what, uint64_t expected);

/* The text, which may not be UTF-8, up to a zero byte; NULL where the limit is reached. */
char *notes_text(struct capture_file *, struct reader text);

void notes_comment(struct capture_file *, struct reader text);
void notes_name(struct capture_file *, const struct file_name *);

/* NULL where the limit is reached. */
struct file_interface *notes_interface(struct capture_file *, uint16_t link_type);

#endif
