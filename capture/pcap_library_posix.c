/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/pcap_library.h"

#include "base/library.h"

#include <poll.h>

const char pcap_library_missing[] =
    "expected libpcap 1.5 or newer for live packets, found none; install it (Debian: apt-get "
    "install libpcap0.8, Fedora: dnf install libpcap)";

void *pcap_library_open(void)
{
    /* Debian kept the name of 0.8; the others go by the major version; last, macOS. */
    static const char *const names[] = {"libpcap.so.0.8", "libpcap.so.1", "libpcap.A.dylib"};
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof names / sizeof names[0]; i++)
        library = library_open(names[i]);
    return library;
}

void pcap_library_wait(const struct pcap_library *pcap, pcap_t *handle, int milliseconds)
{
    int fd = pcap->get_selectable_fd ? pcap->get_selectable_fd(handle) : -1;
    (void)poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, milliseconds);
}
