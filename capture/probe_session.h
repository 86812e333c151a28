/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A probe under way. Three searches send single packets (probe_raw.c: echo to the server, echo for
 * the replies, UDP), two use connections (outbound, inbound). They run side by side in one loop
 * (probe.c) and share what is learned: round trip time, ICMP errors (probe_errors.c), and what may
 * still be sent. probe_combine.c puts their brackets together.
 *
 * What became of a probe is told by its senses: by the packets that pass (probe_packets.c,
 * probe_tcp.c), or, where the system shows none, by what its calls return (probe_calls.c,
 * probe_tcp_calls.c).
 */
#ifndef CAPTURE_PROBE_SESSION_H
#define CAPTURE_PROBE_SESSION_H

#include "capture/probe.h"
#include "capture/probe_ear.h"
#include "capture/probe_flight.h"
#include "capture/probe_packet.h"
#include "capture/probe_retold.h"
#include "capture/probe_trial.h"
#include "capture/probe_wire.h"

enum {
    SESSION_SHOTS_MAX = 512,
    SESSION_TRIALS_MAX = 6,
    SESSION_OPENED_MAX = 64, /* more than the packets of a probe are enough for */
    SESSION_CONTROL = 128,   /* a small packet that shows whether the path is alive */
    SESSION_BURST = 16,      /* packets at once, beside the rate: as many as one connection takes */
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
 * it asks the server for no more than that either. Where calls tell, it is known then whether there
 * is a limit on the way back, and sought at the end.
 */
enum tcp_phase { TCP_HEALTH, TCP_INBOUND, TCP_OUTBOUND, TCP_INBOUND_SEARCH, TCP_DONE };

struct probe_senses {
    bool records; /* there are packets to be written to a file */
    bool mutes;   /* the ports of connections that are over stay mute until the probe ends */
    const char *platform;
    bool (*open)(struct probe_session *, struct rdpath_error *);
    void (*close)(struct probe_session *);
    void (*hear)(struct probe_session *, int milliseconds); /* waits at most so long */
    void (*tcp_begin)(struct probe_session *);
    void (*tcp_step)(struct probe_session *);
    void (*tell_problems)(struct probe_session *);
    bool (*frame)(const struct probe_session *, uint32_t n, struct rdpath_frame *);
    const char *(*filter)(const struct probe_session *);
};

extern const struct probe_senses senses_of_packets, senses_of_calls;

/* Those that this system gives: probe_senses_linux.c, probe_senses_windows.c. */
const struct probe_senses *senses_here(void);

/* A connection of this probe: its port here, and the number that its SYN has. */
struct session_opened {
    uint16_t port;
    uint32_t number;
};

struct probe_session {
    struct probe_settings settings;
    struct rdpath_probe *result;
    const struct probe_senses *senses;
    struct probe_wire *wire;
    struct probe_ear *ear;             /* where packets are heard */
    struct probe_retold *retold;       /* where they are not */
    int64_t now_ns, begin_ns, told_ns; /* told_ns: when the watch was told */
    /* what may be sent */
    uint32_t n_packets, n_reserved;
    uint64_t n_bytes, n_bytes_reserved;
    double tokens;
    int64_t tokens_ns;
    bool used_up, late; /* no more packets, no more time */
    bool asks_alone;    /* the searches are over (probe_alone.c) */
    int64_t busy_ns;    /* until when something was sent or awaited */
    bool deaf;          /* the interface went down */
    int64_t closed_ns;  /* when the last connection ended */
    /* round trips */
    int64_t rtt_least_ns, rtt_most_ns; /* 0 = none measured */
    /* single packets */
    struct raw_search echo, replies, udp;
    struct probe_search udp_replies; /* the server's, of whatever size it makes them */
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
    uint32_t n_open_tried, n_open_lost; /* connections that limit no segment */
    bool open_arrived;                  /* the flight came on one of them */
    bool limits_segments;               /* the system can limit what a server sends */
    bool knows_segments;                /* the system tells how large a segment it sends */
    bool obeys_errors;                  /* what an ICMP error named, the system never goes beyond */
    uint16_t ports[PROBE_SUBJECTS];
    uint8_t own_ports[65536 / 8]; /* that a connection of this probe ever used */
    struct session_opened opened[SESSION_OPENED_MAX]; /* the last of them */
    uint32_t n_opened;
};

/* ---- what may be sent (probe.c) -------------------------------------------------------------- */

/* Has it to wait, so that the rate is kept? A connection that waits goes first. */
bool session_is_paced(struct probe_session *);
/* May so many packets leave at once? Charges the rate with them if so. */
bool session_draw(struct probe_session *, uint32_t n_packets);
/* May one packet of this size leave now? Counts it if so. */
bool session_may_send(struct probe_session *, uint32_t size);
/* Is there room for a connection that sends so much? Reserves it if so. */
bool session_reserve(struct probe_session *, uint32_t n_packets, uint64_t n_bytes);
/* Packets that are neither sent nor reserved, without what is kept for the last questions. */
uint32_t session_packets_left(const struct probe_session *);
void session_unreserve(struct probe_session *, uint32_t n_packets, uint64_t n_bytes);

/* How long an answer may take. */
int64_t session_patience(const struct probe_session *);
void session_round_trip(struct probe_session *, int64_t rtt_ns);

/* Those that take a packet say whether it is of this probe. */

/* ---- single packets (probe_raw.c) ------------------------------------------------------------ */

void raw_begin(struct probe_session *);
void raw_step(struct probe_session *);
bool raw_is_running(const struct probe_session *);
/* Sends this one, when the search is over. */
void raw_ask_alone(struct raw_search *, uint32_t size);
bool raw_take(struct probe_session *, const struct probe_packet *);
/* The nth single packet sent arrived, as its answer tells. */
void raw_arrived(struct probe_session *, struct raw_shot *, uint16_t own_port);
/* Searches on with the sizes of the replies, where that may tell more. */
void raw_begin_replies(struct probe_session *);
/* The shot that an ICMP error quotes; NULL: none of them. */
struct raw_shot *raw_quoted(struct probe_session *, const struct probe_flow *quote);

/* ---- connections (probe_connect.c) ----------------------------------------------------------- */

enum { PROTOCOL_RDP = 0, PROTOCOL_TLS = 1, PROTOCOL_HYBRID = 2 };

/* Of IP and TCP without options; the size that every path carries. */
uint32_t connect_headers_len(const struct probe_session *);
uint32_t connect_floor(const struct probe_session *);

/* False: no place, no room for what it would send, or no socket. */
bool connect_start(struct probe_session *, struct trial_plan *);
/* To ask whether packets of one size pass (0: as large as the server makes them); alone where the
   searches are over. */
bool connect_start_sized(struct probe_session *, enum trial_purpose, uint32_t size);
/* Begins one that waits, as soon as the rate allows it; false: it waits on. */
bool connect_launch(struct probe_session *, struct probe_trial *);
void connect_end(struct probe_session *, struct probe_trial *);
/* It was to ask for a size alone, and did not come so far. */
void connect_note_unasked(struct probe_session *, const struct probe_trial *);
/* Has it sent all that it may? The reset that ends it is left. */
bool connect_is_spent(const struct probe_trial *);
/* How many of these purposes, a bit each, are running. */
uint32_t connect_running(const struct probe_session *, uint32_t purposes);
uint32_t connect_packets(const struct trial_plan *); /* what a connection sends at most */
uint64_t connect_bytes(const struct trial_plan *);
/* What it is taken to have sent where nobody counts. */
uint32_t connect_packets_uncounted(const struct trial_plan *);
/* How many sizes one connection may still send: each twice, if it is lost. */
uint32_t connect_sizes_left(const struct probe_session *);

void connect_health(struct probe_session *);        /* ends the phase where none can be started */
void connect_health_beside(struct probe_session *); /* in smaller packets, while one waits */
bool connect_health_again(const struct probe_session *); /* may it be tried once more? */
void connect_protocols(struct probe_session *);          /* which ones the server takes */
void connect_tell_protocol(struct probe_session *, const struct probe_trial *);
/* It stands, after so long. */
void connect_tell(struct probe_session *, const struct probe_trial *, int64_t rtt_ns);
struct trial_patience connect_patience(const struct probe_session *, const struct probe_trial *);

/* ---- what their packets tell (probe_tcp.c) --------------------------------------------------- */

void tcp_begin(struct probe_session *);
void tcp_step(struct probe_session *);
bool tcp_take(struct probe_session *, const struct probe_packet *);
/* The size of the segment that an ICMP error quotes; 0: none of them. */
uint32_t tcp_quoted(struct probe_session *, const struct probe_flow *quote);

/* ---- what the system's calls tell of them (probe_tcp_calls.c) -------------------------------- */

void tcp_calls_begin(struct probe_session *);
void tcp_calls_step(struct probe_session *);

/* ---- ICMP errors (probe_errors.c) ------------------------------------------------------------ */

bool errors_take(struct probe_session *, const struct probe_packet *);
/* Remembers a connection by its SYN, for what quotes it. */
void errors_opened(struct probe_session *, const struct probe_packet *);
/* "Too big, at most mtu", of this shot, or of a segment of that size; 0: of none that was sent. */
struct errors_told {
    struct addr from;
    enum rdpath_probe_said said;
    uint32_t mtu, size;
    struct raw_shot *shot;
    bool of_connection; /* what is not TOO_BIG: it quotes one of this probe's */
};
void errors_too_big(struct probe_session *, const struct errors_told *);
void errors_other(struct probe_session *, const struct errors_told *);
void errors_port_closed(struct probe_session *, struct raw_shot *);
/* Says of each error whether what it named held. */
void errors_conclude(struct probe_session *);

/* ---- once more, alone (probe_alone.c) -------------------------------------------------------- */

/* For when the searches are over; false: there is no question left. */
bool alone_step(struct probe_session *);
/* The probe ends before all is answered: what silence alone says is in doubt. */
void alone_break_off(struct probe_session *);

/* ---- the end (probe_combine.c) --------------------------------------------------------------- */

void combine_brackets(struct probe_session *);
/* TCP to the server misses the size that echo misses, and gets the one below through. */
bool combine_agrees(const struct probe_session *);

#endif
