/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/private.h"

#include "base/arena.h"
#include "base/wide.h"

#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include <bcrypt.h>

static HANDLE file_open_own(const wchar_t *name)
{
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const DWORD how = FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE;
    return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, share, NULL, CREATE_ALWAYS, how, NULL);
}

/* The system removes it with its last handle, whatever happens to the program. */
bool private_open(struct private_file *p)
{
    wchar_t folder[MAX_PATH], name[MAX_PATH];
    *p = (struct private_file){0};
    if (!GetTempPathW(MAX_PATH, folder) || !GetTempFileNameW(folder, L"rdp", 0, name))
        return false;
    HANDLE handle = file_open_own(name);
    int fd = handle == INVALID_HANDLE_VALUE ? -1 : _open_osfhandle((intptr_t)handle, _O_BINARY);
    p->file = fd < 0 ? NULL : _fdopen(fd, "w+b");
    char *path = wide_to_utf8(name);
    snprintf(p->path, sizeof p->path, "%s", path);
    memory_release(path);
    return p->file != NULL;
}

void private_close(struct private_file *p)
{
    if (p->file)
        fclose(p->file);
    p->file = NULL;
}

bool private_bytes(void *bytes, size_t len)
{
    return BCryptGenRandom(NULL, bytes, (ULONG)len, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0;
}

size_t private_read(const char *path, void *bytes, size_t size)
{
    wchar_t *wide = wide_path(path);
    FILE *file = _wfopen(wide, L"rb");
    size_t len = file ? fread(bytes, 1, size, file) : 0;
    memory_release(wide);
    if (file)
        fclose(file);
    return len;
}
