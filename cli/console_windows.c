/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"

#include "base/arena.h"
#include "base/wide.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <winsock2.h>

#include <ws2tcpip.h>

enum { FINAL_PATH_MAX = 32768 };

bool console_is_terminal(FILE *file)
{
    DWORD mode;
    return GetConsoleMode((HANDLE)_get_osfhandle(_fileno(file)), &mode);
}

FILE *console_create(const char *path)
{
    wchar_t *wide = wide_path(path);
    FILE *file = _wfopen(wide, L"wb");
    memory_release(wide);
    return file;
}

FILE *console_create_new(const char *path)
{
    wchar_t *wide = wide_path(path);
    int fd = _wopen(wide, _O_CREAT | _O_EXCL | _O_WRONLY | _O_BINARY, 0600);
    memory_release(wide);
    return fd < 0 ? NULL : _fdopen(fd, "wb");
}

void console_remove(const char *path)
{
    wchar_t *wide = wide_path(path);
    _wremove(wide);
    memory_release(wide);
}

bool console_replace(const char *from, const char *to)
{
    wchar_t *wide_from = wide_path(from), *wide_to = wide_path(to);
    bool moved = MoveFileExW(wide_from, wide_to, MOVEFILE_REPLACE_EXISTING);
    if (!moved)
        errno = GetLastError() == ERROR_DISK_FULL ? ENOSPC : EACCES;
    memory_release(wide_from);
    memory_release(wide_to);
    return moved;
}

/* What it is and where, without what it holds. */
static HANDLE look_at(const wchar_t *path)
{
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const DWORD how = FILE_FLAG_BACKUP_SEMANTICS; /* folders as well */
    return CreateFileW(path, FILE_READ_ATTRIBUTES, share, NULL, OPEN_EXISTING, how, NULL);
}

static char *final_path(const wchar_t *path)
{
    HANDLE file = look_at(path);
    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    wchar_t *wide = memory_zeroed(FINAL_PATH_MAX * sizeof *wide);
    DWORD len = GetFinalPathNameByHandleW(file, wide, FINAL_PATH_MAX, VOLUME_NAME_DOS);
    char *target = len && len < FINAL_PATH_MAX ? wide_to_utf8(wide) : NULL;
    memory_release(wide);
    CloseHandle(file);
    return target;
}

char *console_link_target(const char *path)
{
    wchar_t *wide = wide_path(path);
    DWORD kind = GetFileAttributesW(wide);
    bool is_link = kind != INVALID_FILE_ATTRIBUTES && (kind & FILE_ATTRIBUTE_REPARSE_POINT);
    char *target = is_link ? final_path(wide) : NULL;
    memory_release(wide);
    return target;
}

bool console_identify(const char *path, struct console_identity *identity)
{
    BY_HANDLE_FILE_INFORMATION told;
    wchar_t *wide = wide_path(path);
    HANDLE file = look_at(wide);
    memory_release(wide);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    bool known = GetFileInformationByHandle(file, &told);
    CloseHandle(file);
    if (known)
        *identity =
            (struct console_identity){told.dwVolumeSerialNumber,
                                      (uint64_t)told.nFileIndexHigh << 32 | told.nFileIndexLow};
    return known;
}

bool console_same_name(const char *a, const char *b)
{
    wchar_t *wide_a = wide_of(a), *wide_b = wide_of(b);
    bool same = CompareStringOrdinal(wide_a, -1, wide_b, -1, TRUE) == CSTR_EQUAL;
    memory_release(wide_a);
    memory_release(wide_b);
    return same;
}

bool console_is_folder(const char *path)
{
    wchar_t *wide = wide_path(path);
    DWORD kind = GetFileAttributesW(wide);
    memory_release(wide);
    return kind != INVALID_FILE_ATTRIBUTES && (kind & FILE_ATTRIBUTE_DIRECTORY);
}

bool console_is_device(const char *path)
{
    wchar_t *wide = wide_of(path), whole[MAX_PATH];
    DWORD len = GetFullPathNameW(wide, MAX_PATH, whole, NULL); /* NUL becomes \\.\NUL */
    memory_release(wide);
    return len && len < MAX_PATH && wcsncmp(whole, L"\\\\.\\", 4) == 0;
}

bool console_read_address(const char *text, char address[ADDR_TEXT_SIZE])
{
    struct addr a = {0};
    if (inet_pton(AF_INET, text, a.bytes) == 1)
        a.version = 4;
    else if (inet_pton(AF_INET6, text, a.bytes) == 1)
        a.version = 6;
    if (a.version)
        addr_format(&a, address);
    return a.version != 0;
}

bool console_make_folder(const char *path)
{
    wchar_t *wide = wide_path(path);
    bool made = CreateDirectoryW(wide, NULL) || GetLastError() == ERROR_ALREADY_EXISTS;
    memory_release(wide);
    return made;
}
