/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the wiring share. */
#ifndef ANALYZE_ANALYZE_H
#define ANALYZE_ANALYZE_H

#include "analyze/flow/outers.h"
#include "analyze/flow/probation.h"
#include "analyze/keys.h"
#include "analyze/net/fragments.h"
#include "analyze/trial.h"
#include "analyze/unread.h"

enum {
    RDP_PORT = 3389,
    TLS_HANDSHAKE = 22,   /* the first byte of a ClientHello, RFC 8446 section 5.1 */
    TPKT_VERSION = 3,     /* the first byte of every X.224 request, ITU-T T.123 section 8 */
    GATEWAY_METHOD = 'R', /* of RDG_OUT_DATA and its like [MS-TSGU 3.3.5.1] */
    PROXY_METHOD = 'C',   /* of CONNECT, RFC 9110 section 9.3.6 */
    PROXY_SOCKS_4 = 4,    /* the first byte of its messages, and of those of RFC 1928 */
    PROXY_SOCKS_5 = 5,
};

struct rdpath {
    struct rdpath_options options;
    struct rdpath_events events;
    uint64_t ports[65536 / 64]; /* ports that are looked at more closely */
    struct flows flows;
    struct probation *probation;
    struct fragments *fragments;
    struct carriers *carriers; /* sealed tunnels */
    struct outers outers;      /* of what may be tunnels: fragments, ICMP errors */
    struct contexts *contexts; /* DNS and Kerberos of late */
    struct gateways *gateways; /* HTTPS that possibly leads to one */
    struct trials trials;
    struct keys keys;
    int64_t now_ns;           /* the latest time that the capture has told */
    int64_t swept_ns;         /* when attempts were last looked through for ended ones */
    bool capture_lossy;       /* the capturing machine dropped packets, as the inputs say by now */
    bool errors_cut;          /* an ICMP error quotes too little to know whose it is */
    uint32_t input;           /* index of the input that the present frame comes from */
    uint32_t first_input;     /* index of the first of those that are read together */
    const char *const *paths; /* of those; NULL: frames come from elsewhere */
    struct input_count *counts; /* of those */
    uint32_t n_inputs;          /* read or being read, over all */
};

static inline bool port_watched(const struct rdpath *r, uint16_t port)
{
    return r->ports[port / 64] >> (port % 64) & 1;
}

static inline void port_watch(struct rdpath *r, uint16_t port)
{
    r->ports[port / 64] |= 1ULL << (port % 64);
}

/* Does RDP listen there, as far as anybody named it? */
bool analyze_is_server_port(const struct rdpath *, uint16_t port);

/* What is counted of one input. */
struct input_count {
    uint32_t n_attempts;
    uint32_t n_vantage[4]; /* by enum rdpath_vantage */
    struct unread unread;
};

/* More at a time than anything but a flood makes: the oldest attempt has to go. Before the next
   connection begins, never after: it may join the oldest. */
void analyze_make_room(struct rdpath *);
/* The capture ends at that time: everything that is open is concluded. */
void analyze_end(struct rdpath *, int64_t capture_end_ns);
/* What is remembered of it is forgotten: another one may begin. */
void analyze_forget(struct rdpath *);
/* Begins an input where none is under way; the first frame does it as well. */
void analyze_begin(struct rdpath *);

/* input.c: counts an attempt for the summary of its input, and tells its path. */
void input_count(struct rdpath *, struct rdpath_attempt *);

/* input.c: a frame that could not be decoded. */
void input_undecoded(struct rdpath *, const struct rdpath_frame *);

#endif
