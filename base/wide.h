/* SPDX-License-Identifier: Apache-2.0 */
/* Windows' own text is UTF-16; all of the program's is UTF-8. Windows only: wide_windows.c. */
#ifndef BASE_WIDE_H
#define BASE_WIDE_H

#include <wchar.h>

/* All of these are to be released with memory_release(). */
wchar_t *wide_of(const char *utf8);
char *wide_to_utf8(const wchar_t *);

/* A path as CreateFileW() and its kin take it, however long it is. */
wchar_t *wide_path(const char *utf8);

/* What Windows says of an error code, in one line of UTF-8; valid until the next call. */
const char *wide_error(unsigned long code);

#endif
