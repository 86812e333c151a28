/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that records: it opens the interfaces and the files, gives up every right, and from
 * then on does nothing but move packets from the kernel to the disk. It reads none of them. What it
 * has to say goes over a socket; whoever listens reads the packets from the files as they grow.
 */
#ifndef CAPTURE_RECORDER_H
#define CAPTURE_RECORDER_H

#include "capture/filter.h"
#include "capture/interfaces.h"
#include "capture/sink.h"

enum {
    RECORDER_SNAPLEN = 262144,              /* offload frames reach 64 kB, loopback more */
    RECORDER_TIMEOUT_MS = 100,              /* a block of TPACKET_V3 waits no longer */
    RECORDER_BUFFER = 2 * 1024 * 1024,      /* of the kernel, for each interface ... */
    RECORDER_BUFFER_ALL = 32 * 1024 * 1024, /* ... without a filter: 0.1 s of 2.5 Gbit/s */
    /* News follow each other no sooner, and later where much came meanwhile: waking who listens
       costs as much as a hundred packets, and no ladder climbs by so many. */
    RECORDER_NEWS_MS = 250,
    RECORDER_IDLE_MS = 1000, /* with no news to tell: until the counts of drops are due again */
    RECORDER_NEWS_MUCH_MS = 1000,
    RECORDER_MUCH = 64 * 1024,
    RECORDER_HOSTS_MAX = 16, /* addresses of one name */
};

struct recorded {
    struct interface interface;
    struct filter_wish filter;
};

struct recording {
    struct recorded list[SINK_INTERFACES_MAX];
    uint32_t n, n_left_out; /* more than can be recorded at a time */
    bool all;               /* every packet, no filter */
    const char *host;       /* the name that the user gave; NULL: none, or an address */
    struct addr hosts[RECORDER_HOSTS_MAX];
    uint32_t n_hosts;
    struct sink_options sink;
};

enum recorder_state {
    RECORDER_RECORDING,
    RECORDER_STOPPED, /* as it was told */
    RECORDER_FULL,    /* the file has reached its limit */
    RECORDER_FAILED,  /* the disk took no more, or no interface is left: text says it */
};

struct recorder_news {
    enum recorder_state state;
    uint32_t begun;    /* files begun; the present one is (begun - 1) % the ring's */
    uint64_t file_len; /* of it, whole blocks */
    uint64_t packets, bytes, dropped;
    char text[512]; /* something to tell the user; may be empty */
};

/*
 * Records until the other end of the line (line.h) says so or is gone; news go there, the first one
 * when all is open. Returns where that failed, too: then the first news say why.
 */
void recorder_run(const struct recording *, int line);

#endif
