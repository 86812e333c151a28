/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/pcap_library.h"

#include "base/arena.h"
#include "base/library.h"
#include "base/wide.h"

#include <windows.h>

const char pcap_library_missing[] =
    "expected Npcap for live packets, found none; install it from its makers' site (npcap.com), or "
    "record without it: rdpath capture --pktmon";

/* Npcap puts its libraries into a folder of their own, unless WinPcap's place was asked for. */
void *pcap_library_open(void)
{
    wchar_t path[MAX_PATH + 20];
    UINT len = GetSystemDirectoryW(path, MAX_PATH);
    if (len == 0 || len >= MAX_PATH)
        return library_open("wpcap.dll");
    wcscpy(path + len, L"\\Npcap\\wpcap.dll");
    char *utf8 = wide_to_utf8(path);
    void *library = library_open(utf8);
    memory_release(utf8);
    return library ? library : library_open("wpcap.dll");
}

void pcap_library_wait(const struct pcap_library *pcap, pcap_t *handle, int milliseconds)
{
    (void)pcap, (void)handle;
    Sleep(milliseconds < PCAP_LIBRARY_POLL_MS ? (DWORD)milliseconds : PCAP_LIBRARY_POLL_MS);
}
