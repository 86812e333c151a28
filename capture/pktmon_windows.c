/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/pktmon.h"

#include "base/arena.h"
#include "capture/pcap_library.h"
#include "capture/process.h"

#include <stdio.h>
#include <string.h>

enum {
    LAST_PACKETS_MS = 2000, /* that come when the client has ended */
    BUILD_2004 = 19041,     /* of Windows 10, the first whose pktmon writes pcapng */
};

static const char filter_remove[] = "pktmon filter remove";

static bool refuse(struct rdpath_error *error, const char *text)
{
    snprintf(error->text, sizeof error->text, "%s", text);
    return false;
}

static bool is_elevated(void)
{
    TOKEN_ELEVATION elevation = {0};
    DWORD size = sizeof elevation;
    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    bool told = GetTokenInformation(token, TokenElevation, &elevation, size, &size);
    CloseHandle(token);
    return told && elevation.TokenIsElevated;
}

/* The system's own, whatever else has that name. */
static void pktmon_path(wchar_t path[MAX_PATH + 20])
{
    UINT len = GetSystemDirectoryW(path, MAX_PATH);
    wcscpy(path + (len < MAX_PATH ? len : 0), L"\\pktmon.exe");
}

bool pktmon_is_all_there_is(struct rdpath_error *error)
{
    return !pcap_library(error);
}

/* As it is, whatever the manifest or the user says that it be taken for. */
static DWORD windows_build(void)
{
    typedef LONG(WINAPI * get_version)(OSVERSIONINFOW *);
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};
    FARPROC found = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlGetVersion");
    get_version get = NULL;
    memcpy(&get, &found, sizeof get);
    return get && get(&version) == 0 ? version.dwBuildNumber : 0;
}

bool pktmon_converts(void)
{
    return windows_build() >= BUILD_2004;
}

bool pktmon_is_ready(struct rdpath_error *error)
{
    wchar_t path[MAX_PATH + 20];
    pktmon_path(path);
    if (!pktmon_converts()) {
        snprintf(error->text, sizeof error->text,
                 "expected Windows 10 2004 (build %u) or later, whose pktmon converts what it "
                 "records, found build %lu; record with netsh trace (docs/windows.md)",
                 BUILD_2004, windows_build());
        return false;
    }
    if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES)
        return refuse(error, "expected pktmon, which is part of Windows 10 1809 and later, found "
                             "none; record with netsh trace (docs/windows.md)");
    if (!is_elevated())
        return refuse(error, "expected the rights of an administrator, which pktmon needs, found "
                             "none; start the terminal with \"Run as administrator\", and run "
                             "this again");
    return true;
}

static bool command_run(const char *command, struct rdpath_error *error)
{
    wchar_t path[MAX_PATH + 20];
    DWORD status = 1;
    pktmon_path(path);
    HANDLE process = process_start(path, command, error);
    if (!process)
        return false;
    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &status);
    CloseHandle(process);
    if (status != 0)
        snprintf(error->text, sizeof error->text,
                 "expected this to succeed, but it ended with %lu: %s", status, command);
    return status == 0;
}

bool pktmon_run(const char *commands, struct rdpath_error *error)
{
    bool good = true;
    for (const char *end; good && (end = strchr(commands, '\n')); commands = end + 1) {
        size_t len = (size_t)(end - commands);
        char *one = memory_zeroed(len + 1);
        memcpy(one, commands, len);
        good = command_run(one, error) || strcmp(one, filter_remove) == 0;
        memory_release(one);
    }
    return good;
}

bool pktmon_wait(const struct pktmon_wait *w, struct rdpath_error *error)
{
    HANDLE ends[2] = {process_stop_event()};
    DWORD n = 1;
    if (w->run)
        ends[n++] = process_start(NULL, w->run, error);
    if (w->run && !ends[1])
        return false;
    WaitForMultipleObjects(n, ends, FALSE, w->duration_s ? w->duration_s * 1000 : INFINITE);
    if (n > 1) {
        WaitForSingleObject(ends[0], LAST_PACKETS_MS);
        CloseHandle(ends[1]);
    }
    return true;
}
