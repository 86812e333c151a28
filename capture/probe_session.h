/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A probe under way. Three searches send single packets (probe_raw.c: echo to the server, echo for
 * the replies, UDP), two use connections (probe_tcp.c: outbound, inbound). They run side by side in
 * one loop (probe.c) and share what is learned: round trip time, ICMP errors (probe_errors.c), and
 * the limits on what may be sent. probe_combine.c puts their brackets together.
 */
#ifndef CAPTURE_PROBE_SESSION_H
#define CAPTURE_PROBE_SESSION_H

#include "capture/probe.h"
#include "capture/probe_ear.h"
#include "capture/probe_trial.h"
#include "capture/probe_wire.h"

enum {
    SESSION_SHOTS_MAX = 512,
    SESSION_TRIALS_MAX = 6,
    SESSION_CONTROL = 128, /* a small packet that shows whether the path is alive */
    SESSION_BURST = 16,    /* packets at once, beside the rate */
};

/* One of the searches that send single packets. */
struct raw_search {
    struct probe_search search;
    bool echo;
    bool replies; /* of interest is the reply, not the request */
    bool running;
    uint32_t queue[SEARCH_ROUND_MAX], n_queue;
    int64_t deadline_ns;
};

struct raw_shot {
    struct raw_search *owner;
    uint32_t size;
    bool answered;
    int64_t sent_ns; /* by the capture's clock; 0 = not seen leaving */
};

/*
 * Inbound goes first: once an ICMP error has told the system of a limit on the way to the server,
 * it asks the server for no more than that either.
 */
enum tcp_phase { TCP_HEALTH, TCP_INBOUND, TCP_OUTBOUND, TCP_DONE };

struct probe_session {
    struct probe_settings settings;
    struct rdpath_probe *result;
    struct probe_wire *wire;
    struct probe_ear *ear;
    int64_t now_ns, begin_ns;
    /* what may be sent */
    uint32_t n_packets, n_reserved;
    uint64_t n_bytes, n_bytes_reserved;
    double tokens;
    int64_t tokens_ns;
    bool used_up, late; /* no more packets, no more time */
    /* round trips */
    int64_t rtt_least_ns, rtt_most_ns; /* 0 = none measured */
    /* single packets */
    struct raw_search echo, replies, udp;
    struct raw_shot shots[SESSION_SHOTS_MAX];
    uint32_t n_shots;
    uint16_t echo_id, udp_port; /* the UDP port of the first shot */
    uint16_t udp_answered_port;
    bool raw_begun, reply_in_fragments;
    /* connections */
    enum tcp_phase phase;
    struct probe_search outbound, inbound;
    struct probe_trial trials[SESSION_TRIALS_MAX];
    uint32_t header_len;   /* of a data segment; 0 = none sent yet */
    uint32_t flight_len;   /* what the server says in one piece; 0 = not known */
    int64_t think_ns;      /* how long it takes to say it */
    uint32_t own_limit;    /* the largest packet that this system asks for; 0 = not met */
    uint32_t server_limit; /* the largest packet that the server makes; 0 = not met */
    uint32_t n_health;
    bool has_tls, foreign;
    uint16_t ports[PROBE_SUBJECTS];
    uint8_t own_ports[65536 / 8]; /* that a connection of this probe ever used */
};

/* ---- what may be sent (probe.c) -------------------------------------------------------------- */

/* Has it to wait, so that the rate is kept? */
bool session_is_paced(struct probe_session *);
/* May one packet of this size leave now? Counts it if so. */
bool session_may_send(struct probe_session *, uint32_t size);
/* Is there room for a connection that sends so much? Reserves it if so. */
bool session_reserve(struct probe_session *, uint32_t n_packets, uint64_t n_bytes);
void session_unreserve(struct probe_session *, uint32_t n_packets, uint64_t n_bytes);

/* How long an answer may take. */
int64_t session_patience(const struct probe_session *);
void session_round_trip(struct probe_session *, int64_t rtt_ns);

/* Those that take a packet say whether it is of this probe. */

/* ---- single packets (probe_raw.c) ------------------------------------------------------------ */

void raw_begin(struct probe_session *);
void raw_step(struct probe_session *);
bool raw_is_running(const struct probe_session *);
bool raw_take(struct probe_session *, const struct probe_packet *);
/* Searches on with the sizes of the replies, where that may tell more. */
void raw_begin_replies(struct probe_session *);
/* The shot that an ICMP error quotes; NULL: none of them. */
struct raw_shot *raw_quoted(struct probe_session *, const struct probe_flow *quote);

/* ---- connections (probe_tcp.c) --------------------------------------------------------------- */

void tcp_begin(struct probe_session *);
void tcp_step(struct probe_session *);
bool tcp_take(struct probe_session *, const struct probe_packet *);
/* The size of the segment that an ICMP error quotes; 0: none of them. */
uint32_t tcp_quoted(struct probe_session *, const struct probe_flow *quote);

/* ---- ICMP errors (probe_errors.c) ------------------------------------------------------------ */

bool errors_take(struct probe_session *, const struct probe_packet *);
/* Says of each error whether what it named held. */
void errors_conclude(struct probe_session *);

/* ---- the end (probe_combine.c) --------------------------------------------------------------- */

void combine_brackets(struct probe_session *);

#endif
