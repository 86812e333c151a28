/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An attempt that is still going on: its record (attempt/), and for each connection the live parts
 * that feed it (flow, dialog). A trial ends when its connections are closed and the time is over in
 * which the client could try again; then it is concluded, judged, told and freed.
 */
#ifndef ANALYZE_TRIAL_H
#define ANALYZE_TRIAL_H

#include "analyze/attempt/attempt.h"
#include "analyze/flow/carriers.h"
#include "analyze/flow/flow.h"
#include "analyze/kept.h"
#include "analyze/legs.h"
#include "analyze/proto/dialog.h"

/* contract 2, "Attempt" */
#define TRIAL_RETRY_NS 60000000000LL /* a new connection within this time joins */
#define TRIAL_LONGEST_NS 600000000000LL

/* One connection while it is watched. */
struct talk {
    struct connection *record;
    struct flow *flow;
    struct dialog *dialog;
    struct trial *trial;
    bool detached;        /* its ports were reused: the flow is out of the table */
    int64_t quiet_ns;     /* before it began its client had sent nothing for so long */
    uint32_t n_way[2][2]; /* packets by direction, inbound and outbound */
    struct kept_packets kept;
};

/* A list of trials, by start. */
struct trial_list {
    struct trial *oldest, *newest;
    uint32_t n;
};

struct trial_link {
    struct trial *older, *newer;
};

enum trial_list_kind {
    TRIALS_OPEN,      /* all */
    TRIALS_HALF_OPEN, /* those that never got an answer */
    N_TRIAL_LISTS,
};

struct trial {
    struct attempt attempt;  /* first: an attempt is what the others see of it */
    struct pairing *pairing; /* with sealed tunnels; NULL where there are none */
    struct talk *talks[ATTEMPT_CONNECTIONS_MAX];
    struct leg_watch *legs[ATTEMPT_LEGS_MAX];
    struct vantage_hints hints; /* of the retired ones; then of all */
    struct trial_link link[N_TRIAL_LISTS];
    bool answered;                                  /* no longer in TRIALS_HALF_OPEN */
    struct trial *next_in_bucket, **link_in_bucket; /* the pointer that points here */
    uint16_t server_port;
    uint32_t hash;
    int64_t last_ns;
    int64_t asked_ns; /* when its client last sent something of its own accord; 0 = never */
};

enum {
    TRIAL_BUCKETS = 4096,
    TRIAL_HALF_OPEN_MAX = 1024, /* attempts without an answer yet: a SYN flood makes many */
    TRIAL_USERS_MAX = 256,      /* users behind one address among whom one is looked for */
    TRIAL_OPEN_MAX = 16384,
    TRIAL_PROBES_MAX = 16, /* attempts of rdpath probe whose packets are counted by size: 90 KiB */
    TRIAL_TALKS_SPARE = 2048, /* connections beyond ATTEMPT_WATCHED_MAX each: about 7 KiB */

    TRIAL_HELD_MAX = 8 * 1024 * 1024, /* bytes of them all that wait for others before them */
};

struct trials {
    struct trial_list list[N_TRIAL_LISTS];
    struct trial *buckets[TRIAL_BUCKETS];
    uint32_t n_talks, next_id;
    uint32_t n_probes; /* attempts with probed */
    struct legs legs;
    struct budget held;
    struct x509_shelf *shelf;
    const struct secrets *secrets; /* of the present input */
};

struct trial_ends {
    struct addr client, server;
    uint16_t client_port, server_port;
};

/* The open attempt of this client to this server, NULL where there is none. */
struct trial *trials_find(const struct trials *, const struct trial_ends *);

/* A new connection: joins an open attempt or begins one. */
struct talk *trials_begin_talk(struct trials *, struct flows *, const struct trial_ends *,
                               int64_t now_ns);

/* The cookie became known: a connection of another user's joins that user's attempt or begins
   one. */
void trials_check_cookie(struct trials *, struct talk *);

/* Its ClientHello was read: a probe's connection and a client's are never in one attempt. */
void trials_check_probe(struct trials *, struct talk *);

/* related.c: its request was read; the open attempts that belong to it become known to both. */
void trials_relate(const struct trials *, const struct talk *);

/* Where an RD Gateway listens to UDP; its TCP port is another one. */
enum { GATEWAY_UDP_PORT = 3391 };

/*
 * The attempt that a new UDP leg belongs to: the one whose client named that correlation id (NULL:
 * it names none), else the open one that began last. NULL: none is open. On the gateway's port it
 * is one to the same addresses: that of the client that named the id, else one to a gateway.
 */
struct trial *trials_of_leg(struct trials *, const struct trial_ends *,
                            const uint8_t *correlation_id, int64_t now_ns);
struct trial *trials_begin_leg(struct trials *, const struct trial_ends *, int64_t now_ns);

/* A packet of the server was seen. */
void trials_answered(struct trials *, struct trial *);

/* The attempt that has to go before another connection may begin, NULL: there is room. */
struct trial *trials_surplus(const struct trials *);

bool talk_is_over(const struct talk *);
bool trial_is_over(const struct trial *);
/* May it end now: nothing can join it any more? */
bool trial_has_ended(const struct trial *, int64_t now_ns);

/* Was this the port of a connection of the attempt that was retired? */
bool trial_has_retired(const struct trial *, uint16_t client_port);
/* Is or was it the port of any of them? */
bool trial_knows_port(const struct trial *, uint16_t client_port);

/* Out of the list of the open ones. */
void trials_remove(struct trials *, struct trial *);
void trial_free(struct flows *, struct trial *);

/* note.c: what one packet adds to the record of its connection. */
void talk_note(struct talk *, const struct packet *, const struct flow_event *, struct moment);
void talk_note_icmp(struct talk *, enum rdpath_direction, const struct icmp_error *, struct moment);
void leg_note_icmp(struct leg_watch *, enum rdpath_direction, const struct icmp_error *,
                   struct moment);
void trial_note_stray(struct trial *, enum rdpath_direction, const struct icmp_error *,
                      struct moment);
/* A connection whose beginning was remembered: its SYN; what both sides said before RDP began was
   a proxy's handshake, the client's alone is the pre-connection PDU. */
void talk_begin_with_syn(struct talk *, struct moment syn);
void talk_begin_behind(struct talk *, const struct flow_start *up, const struct flow_start *down);
/* Hands the bytes that are in order now to the dialog. */
void talk_read(struct talk *);

/* finish.c: closes the account of a connection that cannot decide; what it told is kept. */
void talk_retire(struct talk *, int64_t now_ns);

/* Has it a connection that no probe makes, beside this one? */
bool trial_has_client(const struct trial *, const struct talk *except);

/* probes.c: it is a probe's. There have to be fewer than TRIAL_PROBES_MAX. */
void probes_claim(struct trials *, struct trial *);
/* What a connection of a probe whose account is closed tells of sizes. */
void probes_take(const struct talk *);

/* Closes the accounts, fills the result, judges. told: AT_UNKNOWN = find out. */
void trial_finish(struct trial *, enum rdpath_vantage told, int64_t capture_end_ns);

/* kept.c: the packets that reports draw. A fragment is drawn where its whole never came. */
void kept_add(struct talk *, const struct packet *, const struct flow_event *, struct moment);
void kept_add_datagram(struct leg_watch *, const struct packet *, const struct datagram_told *,
                       struct moment);
void kept_add_fragment(struct kept_packets *, const struct packet *, struct moment,
                       enum rdpath_direction);
/* kept_list.c: those of the decisive connection, of the UDP legs, and the ICMP errors, in order. */
void kept_list(struct trial *);

#endif
