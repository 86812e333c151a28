/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in an evidence capture beside its frames: on each deciding one what it proves, and
 * the answer at the top. Taken from the analysis of that capture itself, so that nothing gets in
 * that is not in there.
 */
#ifndef REPORT_EXCERPT_NOTES_H
#define REPORT_EXCERPT_NOTES_H

#include "base/arena.h"
#include "base/text.h"
#include "rdpath.h"

#include <stdio.h>

struct note {
    uint64_t frame;
    const char *text;
};

struct notes {
    struct arena arena;
    struct note *list;
    uint32_t n, room;
    struct text section;
};

void notes_add(struct notes *, const struct rdpath_attempt *);
void notes_free(struct notes *);

/* Copies the capture at path with the notes as comments. False: error says why not. */
bool notes_write(struct notes *, const char *path, FILE *to, struct rdpath_error *);

#endif
