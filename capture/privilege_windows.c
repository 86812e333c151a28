/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Npcap's driver decides who may record: everybody, or administrators where it was installed so.
 * Windows has neither capabilities of one process nor a filter of system calls; what there is, is
 * taken: the privileges of the process are removed for good, and it may start no other program.
 */
#include "capture/privilege.h"

#include "base/arena.h"

#include <stdio.h>
#include <windows.h>

bool privilege_is_held(void)
{
    return true; /* opening an adapter tells */
}

void privilege_explain(struct rdpath_error *error)
{
    snprintf(error->text, sizeof error->text,
             "expected the right to record packets, but Npcap was installed for administrators "
             "alone; start the terminal with \"Run as administrator\"");
}

bool privilege_prepare(struct rdpath_error *error)
{
    (void)error;
    return true;
}

/* To be released; NULL: the token cannot be read. */
static TOKEN_PRIVILEGES *privileges_of(HANDLE token)
{
    DWORD size = 0;
    GetTokenInformation(token, TokenPrivileges, NULL, 0, &size);
    TOKEN_PRIVILEGES *all = size ? memory_zeroed(size) : NULL;
    if (all && GetTokenInformation(token, TokenPrivileges, all, size, &size))
        return all;
    memory_release(all);
    return NULL;
}

/* What every process needs to find its way through folders. */
static bool is_harmless(LUID privilege)
{
    LUID notify;
    return LookupPrivilegeValueW(NULL, L"SeChangeNotifyPrivilege", &notify) &&
           notify.LowPart == privilege.LowPart && notify.HighPart == privilege.HighPart;
}

/* Windows has no sudo: who runs as administrator is the user all the same. */
bool privilege_return_to_user(const char *const *files, size_t n, struct rdpath_error *error)
{
    (void)files, (void)n, (void)error;
    return true;
}

bool privilege_drop(struct rdpath_error *error)
{
    HANDLE token;
    bool dropped = false;
    if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES, &token)) {
        TOKEN_PRIVILEGES *all = privileges_of(token);
        for (DWORD i = 0; all && i < all->PrivilegeCount; i++)
            if (!is_harmless(all->Privileges[i].Luid))
                all->Privileges[i].Attributes = SE_PRIVILEGE_REMOVED;
        dropped = all && AdjustTokenPrivileges(token, FALSE, all, 0, NULL, NULL);
        memory_release(all);
        CloseHandle(token);
    }
    if (!dropped)
        snprintf(error->text, sizeof error->text,
                 "expected to give up the privileges of this program, but Windows refused");
    return dropped;
}

bool privilege_confine_probe(bool names_files, struct rdpath_error *error)
{
    (void)names_files;
    return privilege_confine(error);
}

/* A system that does not know the policy keeps to the rest. */
bool privilege_confine(struct rdpath_error *error)
{
    PROCESS_MITIGATION_CHILD_PROCESS_POLICY alone = {.NoChildProcessCreation = 1};
    (void)error;
    SetProcessMitigationPolicy(ProcessChildProcessPolicy, &alone, sizeof alone);
    return true;
}
