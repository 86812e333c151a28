/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for an old WinPcap in the folder of Npcap: it has nothing that came later. */
__declspec(dllexport) const char *pcap_lib_version(void);

const char *pcap_lib_version(void)
{
    return "WinPcap, of long ago";
}
