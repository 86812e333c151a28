/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for an Npcap that sees one adapter, which this machine does not have, and none of those
   that it has. Nothing can be recorded with it. */
struct device { /* pcap_if_t */
    struct device *next;
    const char *name, *description;
    void *addresses;
    unsigned flags;
};

#define STUB(name)                                                                                 \
    __declspec(dllexport) int pcap_##name(void);                                                   \
    int pcap_##name(void)                                                                          \
    {                                                                                              \
        return 0;                                                                                  \
    }

STUB(create)
STUB(set_snaplen)
STUB(set_promisc)
STUB(set_timeout)
STUB(set_buffer_size)
STUB(activate)
STUB(close)
STUB(compile)
STUB(setfilter)
STUB(freecode)
STUB(datalink)
STUB(dispatch)
STUB(next_ex)
STUB(breakloop)
STUB(stats)
STUB(setnonblock)
STUB(geterr)
STUB(freealldevs)
STUB(open_dead)
STUB(offline_filter)
STUB(statustostr)
STUB(lib_version)

__declspec(dllexport) int pcap_findalldevs(struct device **, char *);

int pcap_findalldevs(struct device **all, char *why)
{
    static struct device one = {0, "\\Device\\NPF_{00000000-0000-0000-0000-000000000000}", 0, 0, 0};
    why[0] = '\0';
    *all = &one;
    return 0;
}
