/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/process.h"

#include "base/arena.h"
#include "base/wide.h"

#include <stdio.h>

/* "cmd /d /s /c "COMMAND"": without the user's autorun, quotes within left alone (cmd /?). */
static wchar_t *command_of_shell(const char *command)
{
    wchar_t *wide = wide_of(command);
    size_t size = wcslen(wide) + sizeof "cmd.exe /d /s /c \"\"";
    wchar_t *line = memory_zeroed(size * sizeof *line);
    _snwprintf(line, size, L"cmd.exe /d /s /c \"%ls\"", wide);
    memory_release(wide);
    return line;
}

static void shell_path(wchar_t path[MAX_PATH + 20])
{
    UINT len = GetSystemDirectoryW(path, MAX_PATH);
    wcscpy(path + (len < MAX_PATH ? len : 0), L"\\cmd.exe");
}

HANDLE process_start(const wchar_t *program, const char *command, struct rdpath_error *error)
{
    wchar_t shell[MAX_PATH + 20];
    wchar_t *line = program ? wide_of(command) : command_of_shell(command);
    HANDLE told = GetStdHandle(STD_ERROR_HANDLE);
    STARTUPINFOW how = {
        .cb = sizeof how,
        .dwFlags = STARTF_USESTDHANDLES,
        .hStdInput = GetStdHandle(STD_INPUT_HANDLE),
        .hStdOutput = told,
        .hStdError = told,
    };
    PROCESS_INFORMATION started = {0};
    shell_path(shell);
    SetHandleInformation(told, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    if (!CreateProcessW(program ? program : shell, line, NULL, NULL, TRUE, 0, NULL, NULL, &how,
                        &started))
        snprintf(error->text, sizeof error->text,
                 "expected a command that can be started, got \"%.200s\": %s", command,
                 wide_error(GetLastError()));
    memory_release(line);
    if (started.hThread)
        CloseHandle(started.hThread);
    return started.hProcess;
}

static HANDLE stop_event;

/* Windows ends the process when a handler of these returns: it waits here for the answer, as long
   as Windows lets it (five seconds), and ends with the process. */
static bool is_farewell(DWORD kind)
{
    return kind == CTRL_CLOSE_EVENT || kind == CTRL_LOGOFF_EVENT || kind == CTRL_SHUTDOWN_EVENT;
}

static BOOL WINAPI on_control(DWORD kind)
{
    SetEvent(stop_event);
    if (is_farewell(kind))
        Sleep(INFINITE);
    return TRUE;
}

HANDLE process_stop_event(void)
{
    if (!stop_event) {
        stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
        SetConsoleCtrlHandler(on_control, TRUE);
    }
    return stop_event;
}
