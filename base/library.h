/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries of the system that are loaded when first needed: library_posix.c, library_windows.c. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>

/* NULL: it is not there. It stays loaded until the program ends. */
void *library_open(const char *name);

/* Sets the pointer to a function at `function` to the one of that name, NULL and false: none. */
bool library_find(void *library, const char *name, void *function);

#endif
