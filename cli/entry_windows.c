/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments come as UTF-16, and streams that translate line ends and know no UTF-8. The program
   gets and writes the same bytes as on every other system. */
#include "base/arena.h"
#include "base/wide.h"
#include "cli/command.h"
#include "cli/console.h"

#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <windows.h>

enum { CONSOLE_BUFFER = 64 * 1024 };

/* Windows' shells leave *.pcapng to the program, here: to the runtime that calls wmain(). */
int _dowildcard = -1;

int wmain(int argc, wchar_t **wide);

static UINT code_page_before;

static void code_page_restore(void)
{
    SetConsoleOutputCP(code_page_before);
}

static void stream_begin(FILE *file)
{
    HANDLE handle = (HANDLE)_get_osfhandle(_fileno(file));
    DWORD mode;
    _setmode(_fileno(file), _O_BINARY);
    if (GetConsoleMode(handle, &mode))
        SetConsoleMode(handle, mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

static void console_begin(void)
{
    /* What has no buffer goes out byte by byte, and half a character is shown as a box. */
    setvbuf(stdout, NULL, _IOFBF, CONSOLE_BUFFER);
    code_page_before = GetConsoleOutputCP();
    if (code_page_before != CP_UTF8 && SetConsoleOutputCP(CP_UTF8))
        atexit(code_page_restore);
}

int wmain(int argc, wchar_t **wide)
{
    char **argv = memory_zeroed(((size_t)argc + 1) * sizeof *argv);
    for (int i = 0; i < argc; i++)
        argv[i] = wide_to_utf8(wide[i]);
    stream_begin(stdout);
    stream_begin(stderr);
    if (console_is_terminal(stdout) || console_is_terminal(stderr))
        console_begin();
    int status = program_run(argc, argv);
    for (int i = 0; i < argc; i++)
        memory_release(argv[i]);
    memory_release(argv);
    return status;
}
