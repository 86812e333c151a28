/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink_file.h"

#include "base/arena.h"
#include "base/library.h"
#include "base/wide.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <windows.h>

enum { WRITE_MAX = 1 << 30 };

static HANDLE handle_of(int fd)
{
    return (HANDLE)_get_osfhandle(fd);
}

/* Shared: the same file is read while it grows. */
static int path_open(const char *path, DWORD access, DWORD how)
{
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    wchar_t *wide = wide_path(path);
    HANDLE file = CreateFileW(wide, access, share, NULL, how, FILE_ATTRIBUTE_NORMAL, NULL);
    DWORD error = GetLastError();
    memory_release(wide);
    SetLastError(error);
    return file == INVALID_HANDLE_VALUE ? -1 : _open_osfhandle((intptr_t)file, _O_BINARY);
}

int sink_file_open(const char *path, bool *created, struct rdpath_error *error)
{
    int fd = path_open(path, GENERIC_WRITE, CREATE_NEW);
    *created = fd >= 0;
    if (fd < 0 && GetLastError() == ERROR_FILE_EXISTS)
        fd = path_open(path, GENERIC_WRITE, OPEN_EXISTING);
    const char *why = fd < 0 ? wide_error(GetLastError()) : NULL;
    if (fd >= 0 && GetFileType(handle_of(fd)) != FILE_TYPE_DISK) {
        why = "it is no plain file";
        _close(fd);
        fd = -1;
    }
    if (why)
        snprintf(error->text, sizeof error->text,
                 "%.200s: expected a file to record to, but %s; name one in a folder that you may "
                 "write to",
                 path, why);
    return fd;
}

void sink_file_remove(const char *path)
{
    wchar_t *wide = wide_path(path);
    DeleteFileW(wide);
    memory_release(wide);
}

static OVERLAPPED place_of(uint64_t at)
{
    return (OVERLAPPED){.Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)};
}

size_t sink_file_write(int fd, uint64_t at, const void *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        OVERLAPPED place = place_of(at + done);
        DWORD n = len - done < WRITE_MAX ? (DWORD)(len - done) : WRITE_MAX;
        if (!WriteFile(handle_of(fd), (const char *)bytes + done, n, &n, &place) || n == 0) {
            errno = GetLastError() == ERROR_DISK_FULL ? ENOSPC : EIO;
            break;
        }
        done += n;
    }
    return done;
}

void sink_file_cut(int fd, uint64_t len)
{
    LARGE_INTEGER end = {.QuadPart = (LONGLONG)len};
    if (SetFilePointerEx(handle_of(fd), end, NULL, FILE_BEGIN))
        SetEndOfFile(handle_of(fd));
}

void sink_file_close(int fd)
{
    _close(fd);
}

int sink_file_open_again(const char *path)
{
    return path_open(path, GENERIC_READ, OPEN_EXISTING);
}

ptrdiff_t sink_file_read(int fd, uint64_t at, void *to, size_t n)
{
    OVERLAPPED place = place_of(at);
    DWORD got = 0;
    if (ReadFile(handle_of(fd), to, n < WRITE_MAX ? (DWORD)n : WRITE_MAX, &got, &place))
        return (ptrdiff_t)got;
    return GetLastError() == ERROR_HANDLE_EOF ? 0 : -1;
}

/* GetVersionEx() tells what the manifest names; this tells what is there. */
void sink_file_system(char *text, size_t size)
{
    LONG(WINAPI * version)(OSVERSIONINFOW *);
    OSVERSIONINFOW v = {.dwOSVersionInfoSize = sizeof v};
    void *library = library_open("ntdll.dll");
    text[0] = '\0';
    if (library && library_find(library, "RtlGetVersion", &version) && version(&v) == 0)
        snprintf(text, size, "Windows %lu.%lu.%lu", v.dwMajorVersion, v.dwMinorVersion,
                 v.dwBuildNumber);
}
