/* SPDX-License-Identifier: Apache-2.0 */
/* limited PROGRAM ARGUMENT...: starts it as an administrator's terminal does that was not opened
   with "Run as administrator": with the token that User Account Control keeps beside the full one.
   Returns its status; 90 where there is no such token. */
#include <windows.h>

#include <wchar.h>

enum { NO_TOKEN = 90, LINE_MAX = 4096 };

static HANDLE ordinary_token(void)
{
    HANDLE own, ordinary = NULL;
    TOKEN_LINKED_TOKEN beside;
    DWORD size;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &own) ||
        !GetTokenInformation(own, TokenLinkedToken, &beside, sizeof beside, &size))
        return NULL;
    DuplicateTokenEx(beside.LinkedToken, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation,
                     TokenPrimary, &ordinary);
    return ordinary;
}

int wmain(int argc, wchar_t **argv)
{
    static wchar_t line[LINE_MAX];
    STARTUPINFOW how = {.cb = sizeof how};
    PROCESS_INFORMATION started;
    DWORD status = NO_TOKEN;
    HANDLE token = ordinary_token();
    for (int i = 1; i < argc && wcslen(line) + wcslen(argv[i]) + 4 < LINE_MAX; i++) {
        wcscat(line, L"\"");
        wcscat(line, argv[i]);
        wcscat(line, L"\" ");
    }
    if (!token ||
        !CreateProcessAsUserW(token, NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &how, &started))
        return NO_TOKEN;
    WaitForSingleObject(started.hProcess, INFINITE);
    GetExitCodeProcess(started.hProcess, &status);
    return (int)status;
}
