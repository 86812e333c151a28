/* SPDX-License-Identifier: Apache-2.0 */
/* Through the handle and not the C runtime: that one adds text mode, and tells less of an error. */
#include "analyze/file/source.h"

#include "base/arena.h"
#include "base/wide.h"

#include <fcntl.h>
#include <io.h>
#include <string.h>
#include <windows.h>

enum { STDIN = 0, READ_MAX = 1 << 30 };

const char *source_error(void)
{
    switch (GetLastError()) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
        return "no such file; check the path";
    case ERROR_ACCESS_DENIED:
        return "no permission to read this file; ask its owner, or copy it";
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
        return "another program keeps this file to itself; end the recording first";
    case ERROR_DIRECTORY:
        return "expected a file, found a directory; name the files in it";
    default:
        return wide_error(GetLastError());
    }
}

static HANDLE handle_of(const struct source *s)
{
    return (HANDLE)_get_osfhandle(s->fd);
}

/* What can be said before the first byte is read: NULL, or why this cannot be a capture. */
static const char *source_examine(struct source *s)
{
    DWORD type = GetFileType(handle_of(s));
    LARGE_INTEGER size;
    if (type == FILE_TYPE_CHAR && _isatty(s->fd))
        return "expected a file, found a terminal; pipe one into it";
    if (type == FILE_TYPE_DISK && GetFileSizeEx(handle_of(s), &size))
        s->total = (uint64_t)size.QuadPart;
    return NULL;
}

/* Shared in every way: the recording may still be under way. */
static int path_open(const char *path)
{
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    wchar_t *wide = wide_path(path);
    DWORD kind = GetFileAttributesW(wide);
    bool is_folder = kind != INVALID_FILE_ATTRIBUTES && (kind & FILE_ATTRIBUTE_DIRECTORY);
    HANDLE file = INVALID_HANDLE_VALUE;
    if (!is_folder)
        file = CreateFileW(wide, GENERIC_READ, share, NULL, OPEN_EXISTING,
                           FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    DWORD error = is_folder ? ERROR_DIRECTORY : GetLastError();
    memory_release(wide);
    SetLastError(error);
    return file == INVALID_HANDLE_VALUE ? -1
                                        : _open_osfhandle((intptr_t)file, _O_RDONLY | _O_BINARY);
}

const char *source_open(struct source *s, const char *path)
{
    *s = (struct source){.fd = STDIN};
    if (strcmp(path, "-") != 0)
        s->fd = path_open(path);
    if (s->fd < 0)
        return source_error();
    const char *why = source_examine(s);
    if (why)
        source_close(s);
    return why;
}

ptrdiff_t source_read(struct source *s, void *to, size_t n)
{
    DWORD got = 0;
    if (ReadFile(handle_of(s), to, n < READ_MAX ? (DWORD)n : READ_MAX, &got, NULL))
        return (ptrdiff_t)got;
    /* Whoever wrote into the pipe has closed it. */
    return GetLastError() == ERROR_BROKEN_PIPE || GetLastError() == ERROR_HANDLE_EOF ? 0 : -1;
}

void source_close(struct source *s)
{
    if (s->fd > STDIN)
        _close(s->fd);
    s->fd = -1;
}
