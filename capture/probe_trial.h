/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of a probe: connect, ask for a protocol, say a ClientHello, and watch what becomes
 * of it. It ends with a reset before anybody could log on.
 */
#ifndef CAPTURE_PROBE_TRIAL_H
#define CAPTURE_PROBE_TRIAL_H

#include "capture/probe_bytes.h"
#include "capture/probe_flight.h"
#include "capture/probe_retold.h"
#include "capture/probe_search.h"
#include "capture/probe_sockets.h"
#include "capture/probe_stream.h"

enum { PROBE_CONFIRM_ROOM = 256 };

enum trial_purpose {
    TRIAL_HEALTH,   /* does the server answer, and how long is its flight? */
    TRIAL_TLS13,    /* which version does it choose? */
    TRIAL_PROTOCOL, /* what does it answer to this request? */
    TRIAL_OUTBOUND, /* which of these sizes reach it? */
    TRIAL_INBOUND,  /* does its flight arrive in packets of this size? */
};

struct trial_plan {
    enum trial_purpose purpose;
    uint32_t mss; /* to advertise; 0: what the interface allows */
    uint32_t protocols;
    bool hello, tls13;
    const char *name;                 /* SNI */
    uint32_t sizes[SEARCH_ROUND_MAX]; /* OUTBOUND: of packets; INBOUND: the one that mss makes */
    uint32_t n_sizes;
    bool alone;                  /* nothing else is sent: what is sent again counts, too */
    uint32_t n_flight;           /* packets that the server's flight may take; 0: as usual */
    struct probe_retold *retold; /* is told what both ends say; NULL: nobody asks */
};

enum trial_state {
    TRIAL_FREE,
    TRIAL_WAITING, /* until the rate lets it begin: it has no socket yet */
    TRIAL_CONNECTING,
    TRIAL_ASKED, /* the request is sent */
    TRIAL_SAID,  /* the ClientHello is */
    TRIAL_OVER,
};

struct probe_trial {
    struct trial_plan plan;
    enum trial_state state;
    enum sockets_state connected;
    int socket;
    uint16_t port;                             /* of this end */
    int64_t since_ns;                          /* of this state */
    int64_t sent_ns;                           /* when its last packet was seen leaving */
    uint32_t n_drawn;                          /* packets that the rate was charged with for it */
    uint32_t header_len;                       /* of a data segment: IP, TCP, options */
    uint32_t send_max;                         /* the largest packet that the system makes here */
    uint32_t n_sent;                           /* bytes handed to the system */
    uint8_t confirm_bytes[PROBE_CONFIRM_ROOM]; /* as much of it as has come */
    uint32_t confirm_len;
    enum probe_confirm confirm;
    bool closed; /* by the server, before it answered */
    uint32_t selected, failure;
    struct probe_flight flight; /* from the socket, where it is asked for */
    struct probe_stream stream; /* from packets, where they are heard */
};

/* How long to wait, as the path's round trips suggest. */
struct trial_patience {
    int64_t connect_ns, answer_ns;
};

bool trial_start(struct probe_trial *, const struct trial_plan *, const struct sockets_target *,
                 int64_t now_ns);

/* Takes what came of the answer to the ClientHello; or looks at it and leaves it there, which sends
   no acknowledgement that would not have been sent. */
void trial_hear_flight(struct probe_trial *, int64_t now_ns);
void trial_look_at_flight(struct probe_trial *);

/* Goes on where it can, up to TRIAL_SAID; TRIAL_OVER where there is no more to do. */
void trial_step(struct probe_trial *, const struct trial_patience *, int64_t now_ns);
void trial_end(struct probe_trial *);

/* The ClientHello was sent, or the confirm was all that was wanted. */
bool trial_is_answered(const struct probe_trial *);

#endif
