/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include "base/arena.h"
#include "base/wide.h"

#include <string.h>
#include <windows.h>

/* A bare name is looked for among the system's own libraries alone: one in the folder of a capture,
   or of the program, is not to be trusted. */
void *library_open(const char *name)
{
    wchar_t *wide = wide_of(name);
    bool has_folder = wcschr(wide, L'\\') != NULL;
    HMODULE library =
        LoadLibraryExW(wide, NULL,
                       has_folder ? LOAD_WITH_ALTERED_SEARCH_PATH : LOAD_LIBRARY_SEARCH_SYSTEM32);
    memory_release(wide);
    return library;
}

bool library_find(void *library, const char *name, void *function)
{
    FARPROC address = GetProcAddress(library, name);
    memcpy(function, &address, sizeof address);
    return address != NULL;
}
