/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When is the attempt over that is being recorded? It is chosen once: the first one that was seen
 * from its beginning on and goes to the wanted host. Clients try again by themselves, so that an
 * attempt is over only when nothing was seen of it for a while; how long depends on how it stands.
 */
#ifndef CAPTURE_WATCH_H
#define CAPTURE_WATCH_H

#include "base/addr.h"
#include "rdpath.h"

/* Closed: a client that tries again does within seconds. */
#define WATCH_CLOSED_NS 5000000000LL

/* Open and silent; but a repetition that comes after twice the last gap (RFC 6298, 5.5) is waited
   for and a little longer, up to where clients have given up. */
#define WATCH_SILENT_NS 30000000000LL
#define WATCH_LATE_NS 5000000000LL
#define WATCH_LONGEST_NS 90000000000LL

/* The client has seen the certificate: its user may be asked about it, or for a password. */
#define WATCH_PROMPT_NS 120000000000LL

#define WATCH_LEFT_NS 2000000000LL /* the client's program has ended */

/* It has ended well before there was an attempt: it may have started the client that makes one,
   whose user is asked for a password first. */
#define WATCH_LAUNCHED_NS 120000000000LL

#define WATCH_SETTLE_NS 10000000000LL /* up: long enough for UDP to join */

enum { WATCH_HOSTS_MAX = 16 };

struct watch {
    int64_t settle_ns;
    char hosts[WATCH_HOSTS_MAX][ADDR_TEXT_SIZE]; /* addresses of the wanted host */
    uint32_t n_hosts;                            /* 0: any */
    uint32_t chosen;                             /* id of the attempt; 0 = none yet */
    bool client_left;                            /* its program has ended ... */
    bool client_failed;                          /* ... in failure, or was never there */
    int64_t left_ns;
    int64_t launched_ns; /* how long is waited for a client that it started and left alone */
    bool launched;       /* such a one makes the attempt */
    bool seen;           /* the chosen one was among those that are open */
    struct rdpath_open last;
    int64_t look_ns;        /* when it was looked at last, */
    int64_t news_ns, up_ns; /* and when there was something new, and when it was first up */
};

enum watch_state {
    WATCH_WAITING,  /* for an attempt */
    WATCH_LAUNCHED, /* for that of a client that another program has started and left alone */
    WATCH_RUNNING,
    WATCH_FAILED, /* over: closed or silent before it was up */
    WATCH_ENDED,  /* over: was up, and closed */
    WATCH_UP,     /* over: it is up and stays so */
};

/* Between watch_begin_look() and watch_state() it is told of each open attempt. All times but
   those of the attempt itself are of clock_steady_ns(). */
void watch_begin_look(struct watch *, int64_t now_ns);
void watch_take(void *watch, const struct rdpath_open *);
enum watch_state watch_state(const struct watch *, int64_t now_ns);

#endif
