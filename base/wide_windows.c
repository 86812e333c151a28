/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wide.h"

#include "base/arena.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

enum {
    SHORT_PATH_MAX = 240, /* MAX_PATH, 260, less the 12 that a folder's name must leave, and some */
    ERROR_TEXT_MAX = 300,
};

wchar_t *wide_of(const char *utf8)
{
    int n = MultiByteToWideChar(CP_UTF8, 0, utf8, -1, NULL, 0);
    wchar_t *wide = memory_zeroed(((size_t)n + 1) * sizeof *wide);
    MultiByteToWideChar(CP_UTF8, 0, utf8, -1, wide, n);
    return wide;
}

char *wide_to_utf8(const wchar_t *wide)
{
    int n = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *utf8 = memory_zeroed((size_t)n + 1);
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, utf8, n, NULL, NULL);
    return utf8;
}

/* The whole path behind the prefix that lifts the limit of MAX_PATH: \\?\C:\..., \\?\UNC\server\...
   ("Maximum Path Length Limitation" of Windows' documentation.) */
static wchar_t *path_lifted(const wchar_t *whole, size_t len)
{
    bool is_unc = whole[0] == L'\\' && whole[1] == L'\\';
    size_t size = len + 10;
    wchar_t *lifted = memory_zeroed(size * sizeof *lifted);
    _snwprintf(lifted, size, L"%ls%ls", is_unc ? L"\\\\?\\UNC\\" : L"\\\\?\\",
               is_unc ? whole + 2 : whole);
    return lifted;
}

static bool names_device(const wchar_t *path)
{
    return wcsncmp(path, L"\\\\?\\", 4) == 0 || wcsncmp(path, L"\\\\.\\", 4) == 0;
}

wchar_t *wide_path(const char *utf8)
{
    wchar_t *wide = wide_of(utf8);
    DWORD size = GetFullPathNameW(wide, 0, NULL, NULL);
    if (size < SHORT_PATH_MAX || names_device(wide))
        return wide;
    wchar_t *whole = memory_zeroed((size_t)size * sizeof *whole);
    DWORD len = GetFullPathNameW(wide, size, whole, NULL);
    wchar_t *lifted = path_lifted(whole, len);
    memory_release(whole);
    memory_release(wide);
    return lifted;
}

const char *wide_error(unsigned long code)
{
    static _Thread_local char text[3 * ERROR_TEXT_MAX];
    wchar_t wide[ERROR_TEXT_MAX] = L"";
    const DWORD how = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
                      FORMAT_MESSAGE_MAX_WIDTH_MASK; /* no line breaks */
    DWORD len = FormatMessageW(how, NULL, code, 0, wide, ERROR_TEXT_MAX, NULL);
    while (len && (wide[len - 1] == L' ' || wide[len - 1] == L'.'))
        wide[--len] = L'\0';
    if (len == 0 || !WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, sizeof text, NULL, NULL))
        snprintf(text, sizeof text, "Windows' error %lu", code);
    return text;
}
