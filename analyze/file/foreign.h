/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is that is no capture read here, and what to do about it. */
#ifndef ANALYZE_FILE_FOREIGN_H
#define ANALYZE_FILE_FOREIGN_H

#include "analyze/file/input.h"

enum { FOREIGN_TEXT_SIZE = 200 };

/* Looks at the beginning of the content. Writes "found ...; do ..." */
void foreign_name(struct input *, char text[FOREIGN_TEXT_SIZE]);

#endif
