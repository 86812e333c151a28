/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpcap (Npcap on Windows), loaded when a recording or a probe first needs it: what reads saved
 * captures starts without it, and runs where it is not installed. Callers write
 * pcap->activate(handle) for what the manual calls pcap_activate().
 */
#ifndef CAPTURE_PCAP_LIBRARY_H
#define CAPTURE_PCAP_LIBRARY_H

#include "rdpath.h"

#include <pcap/pcap.h>

#undef interface /* which Windows' own headers define */

/* Every version of the last ten years has these. */
#define PCAP_LIBRARY_NEEDED(F)                                                                     \
    F(create)                                                                                      \
    F(set_snaplen)                                                                                 \
    F(set_promisc)                                                                                 \
    F(set_timeout)                                                                                 \
    F(set_buffer_size)                                                                             \
    F(activate)                                                                                    \
    F(close)                                                                                       \
    F(compile)                                                                                     \
    F(setfilter)                                                                                   \
    F(freecode)                                                                                    \
    F(datalink)                                                                                    \
    F(dispatch)                                                                                    \
    F(next_ex)                                                                                     \
    F(breakloop)                                                                                   \
    F(stats)                                                                                       \
    F(setnonblock)                                                                                 \
    F(geterr)                                                                                      \
    F(findalldevs)                                                                                 \
    F(freealldevs)                                                                                 \
    F(open_dead)                                                                                   \
    F(offline_filter)                                                                              \
    F(statustostr)                                                                                 \
    F(lib_version)

/* NULL where this system's library has none. */
#define PCAP_LIBRARY_OPTIONAL(F)                                                                   \
    F(set_immediate_mode)                                                                          \
    F(set_tstamp_precision)                                                                        \
    F(get_tstamp_precision)                                                                        \
    F(setdirection)                                                                                \
    F(inject)                                                                                      \
    PCAP_LIBRARY_WAITING(F)

/* A descriptor that tells that packets are there. Windows has an event instead, which is not asked
   for: where it is missing, asking for it ends the program. */
#ifdef _WIN32
#define PCAP_LIBRARY_WAITING(F)
#else
#define PCAP_LIBRARY_WAITING(F) F(get_selectable_fd)
#endif

struct pcap_library {
#define FUNCTION(name) __typeof__(pcap_##name) *name;
    PCAP_LIBRARY_NEEDED(FUNCTION)
    PCAP_LIBRARY_OPTIONAL(FUNCTION)
#undef FUNCTION
};

/* The library; NULL and an error that says what to install. */
const struct pcap_library *pcap_library(struct rdpath_error *);

/* What a file has for the link of an open handle: LINKTYPE_ is the same everywhere, libpcap's DLT_
   differs for a few. */
uint16_t pcap_library_link_type(const struct pcap_library *, pcap_t *);

/* What depends on the system: pcap_library_posix.c, pcap_library_windows.c. */

enum { PCAP_LIBRARY_POLL_MS = 10 }; /* where nothing tells */

/* Until packets are there to be read, at most so long; or a shorter while. */
void pcap_library_wait(const struct pcap_library *, pcap_t *, int milliseconds);
void *pcap_library_open(void);
extern const char pcap_library_missing[]; /* what was expected, and what to install */

#endif
