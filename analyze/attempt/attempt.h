/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was seen of one attempt: the facts that the decoders and the TCP accounting left, and that
 * the rules judge. Facts only: nothing in here is an opinion.
 */
#ifndef ANALYZE_ATTEMPT_ATTEMPT_H
#define ANALYZE_ATTEMPT_ATTEMPT_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/budget.h"
#include "base/frames.h"
#include "rdpath.h"

enum {
    ATTEMPT_CONNECTIONS_MAX = 16, /* contract: then a new attempt; a probe has more, probed.h */
    ATTEMPT_WATCHED_MAX = 4, /* of them: beyond, one that is over and cannot decide is retired */
    ATTEMPT_ICMP_MAX = 4,    /* kinds of ICMP errors kept for a connection */
    ATTEMPT_RELATED_MAX = 8, /* other attempts that belong to it */
    ATTEMPT_LEGS_MAX = 8,    /* UDP flows: two a session, and their retries */
};

/* When and in which frame something was seen. */
struct moment {
    int64_t ts_ns;
    rdpath_ref frame;
};

/* An ICMP error about packets of this connection; repetitions are counted. */
struct icmp_seen {
    enum rdpath_icmp kind;
    uint8_t type, code;
    enum rdpath_direction direction; /* of the packet that it quotes */
    struct addr from;                /* who sent the error */
    uint32_t mtu;                    /* TOO_BIG: the MTU that it names; 0 = none */
    uint32_t n;
    struct rdpath_frames frames;
    int64_t first_ns;
    uint32_t n_too_large_after; /* TOO_BIG: packets above mtu that were sent on in spite of it */
    struct rdpath_frames ignored_frames; /* those packets */
    bool sender_shrank;                  /* TOO_BIG: data followed, and none of it above mtu */
};

/* How a reset's IPv4 id stands to those of its sender's other packets. */
enum reset_id {
    RESET_ID_SILENT, /* there is none, or the sender's own tell nothing */
    RESET_ID_CONTINUES,
    RESET_ID_ZERO,
    RESET_ID_BREAKS, /* the sender counts, and this is no number of its count */
};

/* A TCP reset, with what its sender's other packets look like beside it. */
struct reset_seen {
    bool seen;
    struct moment at;
    uint8_t ttl, usual_ttl; /* usual_ttl: of that side's other packets; 0 = none seen */
    enum reset_id id;
    bool has_ack;
    bool bare_of_timestamps; /* it has none, and the sender's other packets do */
    bool has_timestamps;
    bool odd_window;          /* neither 0 nor one that the side told before */
    bool odd_number;          /* its sequence number is not what the side would send next */
    bool answers;             /* what the other side said last, going by its numbers */
    int64_t after_trigger_ns; /* since the last data or SYN of the other side; UNKNOWN: none */
    int64_t after_any_ns;     /* since its last packet of any kind; UNKNOWN: none */
    uint32_t n_after;         /* other packets of the same side that came after it */
    int64_t last_after_ns;    /* the last of them, counted from the reset */
    int64_t after_syn_ns;     /* since the last SYN or SYN-ACK before it */
    bool answers_syn;         /* the only answer to a SYN */
};

/* A receive window that was closed (RFC 9293 section 3.8.6). */
struct window_seen {
    bool closed;        /* as its owner's last packet said */
    int64_t since_ns;   /* closed: since when */
    uint32_t n_told;    /* closed: packets that said so */
    int64_t longest_ns; /* of those that were opened again */
    bool overrun;       /* closed: data flowed on, so that an opening was not captured */
    struct rdpath_frames frames;
};

/* The last long time without a packet of either side, and what came after it. */
struct idle_seen {
    int64_t lasted_ns;               /* 0 = there was none */
    struct moment over;              /* the packet that ended it */
    enum rdpath_direction direction; /* in which it travelled */
    uint32_t n_after[2];             /* packets since, that one included, by direction */
    bool data_after[2];              /* data among them */
};

/* How the connection was opened. */
struct opening {
    uint32_t n_syn, n_syn_ack; /* sendings */
    struct rdpath_frames syn, syn_ack;
    int64_t first_ns, last_ns; /* of the SYNs, or the SYN-ACKs where only those were repeated */
    bool acknowledged; /* the third packet of the handshake, or data of the client, was seen */
    bool mid_stream;   /* no SYN and no SYN-ACK was captured */
};

/* A proxy in front of the server, as far as its handshake tells. */
enum proxy_kind { PROXY_NONE, PROXY_SOCKS4, PROXY_SOCKS5, PROXY_HTTP, PROXY_NOT_NAMED };

enum { PROXY_REQUESTS_MAX = 8 }; /* a proxy that wants a password is asked again */

struct proxy_seen {
    enum proxy_kind kind;
    uint8_t n_requests;
    const char *target; /* what the proxy was asked for, in the arena: "rds01:3389", or NULL */
    uint16_t code;      /* its last answer */
    bool refused;
    struct moment at, answered; /* the client's first request, the last answer; frame 0 = none */
    uint32_t len[2]; /* NOT_NAMED: bytes of each direction before the connection request */
};

enum logon_method { LOGON_NOT_TOLD, LOGON_NTLM, LOGON_KERBEROS };

/* One TCP connection. Owns its arena; the texts inside rdp and tls live there. */
struct connection {
    struct rdpath_connection summary;
    struct arena arena;
    struct attempt *attempt;
    struct budget *held;           /* for what is not whole yet; NULL = no common limit */
    struct x509_shelf *shelf;      /* certificates read before; NULL = none are remembered */
    const struct secrets *secrets; /* of TLS, as far as they were told; NULL = none */
    struct rdpath_path path[2];    /* by direction */
    struct rdpath_rdp rdp;
    struct rdpath_tls tls;
    struct rdpath_session *session; /* in the arena; NULL: nothing of it was read */
    struct rdpath_rung rungs[RDPATH_N_STAGES];
    uint32_t n_rungs;
    struct rung_proof { /* the bytes that proved each rung: they may turn out to have been lost */
        enum rdpath_direction direction;
        uint64_t end;
    } proof[RDPATH_N_STAGES];
    rdpath_ref beside[RDPATH_N_STAGES][2]; /* by rung: an inferred one rests on these frames beside
                                              its own; 0 = none */
    struct rung_proof feeding;             /* the bytes that are being decoded */
    struct opening opening;
    struct reset_seen reset[2];               /* by the direction in which the RST travels */
    struct moment fin[2];                     /* likewise; frame 0 = none */
    struct icmp_seen *icmp[ATTEMPT_ICMP_MAX]; /* in the arena */
    uint32_t n_icmp;
    struct moment first_data[2]; /* first payload of each direction; frame 0 = none */
    struct moment client_hello;  /* the last segment of the ClientHello */
    bool of_probe;               /* it is one of rdpath probe */

    struct proxy_seen proxy;
    struct addr routed_to; /* what a broker's routing token names; version 0 = none */
    uint16_t routed_port;
    const char *gateway_method; /* the HTTP method of an RD Gateway's client in clear, or NULL */
    struct moment gateway_at, gateway_answered;
    uint16_t gateway_code; /* what answers its last request, or took an earlier one; 0 = none */
    bool not_rdp;          /* the server's first bytes are not RDP */
    struct moment not_rdp_at;
    const char *not_rdp_what;     /* "SSH", "HTTP", or NULL where it cannot be named */
    struct window_seen window[2]; /* by direction of the data that had to wait */
    struct idle_seen idle;
    /* Keep-alives and window probes of a direction that the peer acknowledged: it is alive, and the
       path carries small packets. */
    uint32_t n_probes_answered[2];
    uint32_t n_probes_unanswered[2]; /* the last ones, without an answer; since when */
    int64_t probe_unanswered_ns[2];
    uint32_t encrypted_records[2]; /* application-data records by direction */
    struct rdpath_record *records; /* the first ones, in the arena; NULL: none */
    uint32_t n_records;
    struct moment credssp_error; /* told by its size: a TSRequest of the server with nothing but
                                    an error [MS-CSSP 2.2.1]; frame 0 = none */
    enum logon_method logon;     /* what CredSSP carries, told by its sizes */
    rdpath_ref logon_frames[3];  /* those messages; 0 = none */
    struct moment early_result;  /* told by its size: the EarlyUserAuthorizationResult */
    struct moment encrypted_alert[2]; /* first alert that cannot be read, by direction */
    struct moment ultimatum[2];       /* MCS DisconnectProviderUltimatum in clear, by direction */
    int64_t last_ns;                  /* of its last packet */
    int64_t last_gap_ns;              /* between its last two packets */
    bool snaplen_cut;
    bool options_cut;        /* so that selective acknowledgements or timestamps are missing */
    bool standard_security;  /* Standard RDP Security: no TLS rungs */
    struct moment tunnel[2]; /* inside a UDP leg, told by their size: the Tunnel Create Request and
                                its Response [MS-RDPEMT 2.2.2], by direction; frame 0 = none */
};

/* The tunnel that an attempt runs through, or may run through. */
struct tunnel_seen {
    const char *tag, *title; /* NULL: none was seen */
    bool carried;            /* the attempt's packets were taken out of it */
    struct addr ends[2];     /* of its own packets; carried or measured: the client's side first */
    uint32_t largest_outer;  /* IP length of its largest packet */
    struct rdpath_frames frames;
    uint32_t least_more, most_more; /* bytes that it adds to a packet, as measured */
    uint32_t n_measured;            /* packets that this was measured on */
    bool leaves_here[2];            /* packets of that direction come out of it where the capture
                                       was taken, and those of the other go in */
    struct outer_seen {             /* by the direction of the attempt's packets inside */
        uint32_t n_fragments;       /* IP fragments of the tunnel's own packets */
        uint32_t n_too_big, mtu;    /* ICMP errors about them, and the least MTU that they name */
        struct rdpath_frames frames;
    } outer[2];
};

/* Errors about the size of a packet between the two ends whose quote names no connection: a NAT
   that changed the port, and whoever should heed them cannot either. */
struct stray_seen {
    uint32_t n, mtu;
    struct addr from;
    struct rdpath_frames frames;
};

struct leg;     /* leg.h */
struct context; /* context.h */
struct probed;  /* probed.h */

struct attempt {
    struct rdpath_attempt result; /* what the user will see; grows as the attempt is judged */
    struct arena arena;           /* for the texts of the judgement */
    struct addr client, server;
    struct connection *connections[ATTEMPT_CONNECTIONS_MAX];
    uint32_t n_connections;
    struct rdpath_connection *retired; /* of those that are over and cannot decide: all that is
                                          left, in the arena */
    uint32_t n_retired;
    struct leg *legs[ATTEMPT_LEGS_MAX]; /* UDP flows; an attempt may have these alone */
    uint32_t n_legs;
    struct connection *decisive; /* set by attempt_conclude(); an empty one where all is UDP */
    struct rdpath_observation *observations; /* in the arena */
    uint32_t n_observations, observations_room;
    bool capture_lossy; /* the capture itself dropped packets */
    bool errors_cut;    /* an ICMP error was recorded, and cut before whose packet it quotes */
    struct stray_seen stray[2];
    uint32_t n_udp; /* datagrams between the same addresses on the server's port */
    struct tunnel_seen tunnel;
    struct context *context; /* what else the client asked at the time, in the arena; or NULL */
    uint32_t related[ATTEMPT_RELATED_MAX]; /* their ids */
    uint32_t n_related;
    struct probed *probed;  /* what the connections of rdpath probe tell together, in the arena */
    bool retired_client;    /* one of the retired was connection_is_client() */
    bool limit_reached;     /* more connections or time than one attempt may have */
    bool legs_left_out;     /* more UDP flows than one attempt may have */
    bool crowded_out;       /* more attempts at a time than are kept: told before its end */
    int64_t end_ns;         /* last packet of any connection */
    int64_t capture_end_ns; /* when the capture ended; RDPATH_UNKNOWN while it goes on */
};

enum observation_kind {
#define OBSERVATION(name, id, title, means) OBS_##name,
#include "analyze/attempt/obs.def"
#undef OBSERVATION
    N_OBSERVATIONS
};

/* ---- what decoders call ---------------------------------------------------------------------- */

/* The connection stands on this rung now. Rungs below the highest reached are not added again, but
   one that was inferred counts as seen once it is. */
void connection_reach(struct connection *, enum rdpath_stage, struct moment, bool inferred);

/* Counts an encrypted record, and keeps the size of the first ones. */
void connection_note_record(struct connection *, enum rdpath_direction, uint32_t len,
                            struct moment);

/* The highest rung, just reached by inference, rests on these frames too. */
void connection_rests_on(struct connection *, const rdpath_ref beside[2]);

/* Takes back the rungs that rest on bytes of that direction from lost_from on: they were sent and
   not received. */
void connection_unreach(struct connection *, enum rdpath_direction, uint64_t lost_from);

static inline enum rdpath_stage connection_stage(const struct connection *c)
{
    return c->n_rungs ? c->rungs[c->n_rungs - 1].stage : RDPATH_STAGE_NONE;
}

/* TLS without X.224 before it, with data of both sides inside: a session may run in there, and
   nothing of it can be seen. */
bool connection_hides_session(const struct connection *);

/* A request in clear to an RD Gateway was taken: a session may run behind it. */
bool connection_gateway_took(const struct connection *);

/* It has what no connection of rdpath probe has. */
static inline bool connection_is_client(const struct connection *c)
{
    return (c->client_hello.frame && !c->of_probe) || c->rdp.cookie.len;
}

/* A copy of wire bytes that lives as long as the connection. */
struct rdpath_text connection_text(struct connection *, const uint8_t *bytes, size_t len);

/* ---- observations ---------------------------------------------------------------------------- */

/*
 * Adds an observation of the attempt, or the frames to one of the same kind that is there already.
 * values may be NULL. The text is printf-formatted into the attempt's arena.
 */
struct observed {
    enum observation_kind kind;
    struct rdpath_frames frames;
    const struct rdpath_value *values;
    uint32_t n_values;
};
void attempt_observe(struct attempt *, const struct observed *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool attempt_has(const struct attempt *, enum observation_kind);

struct observation_word {
    const char *id, *title, *means;
};
extern const struct observation_word observation_words[N_OBSERVATIONS];

/* ---- when an attempt ends -------------------------------------------------------------------- */

/* vantage.c: where the capture was taken, from what the ends' packets look like at it. */
struct vantage_hints {
    uint8_t ttl[2];        /* by direction; 0 = not seen */
    uint32_t n_way_out[2]; /* packets of a direction that left the capturing host */
    uint32_t n_way_in[2];  /* packets of a direction that came to it */
    int64_t rtt_ns[2];     /* RDPATH_UNKNOWN where not measured */
};
enum rdpath_vantage vantage_guess(const struct vantage_hints *);

/* ended.c: how a connection ended, where the capture ended at capture_end_ns. */
struct rdpath_ended connection_ended(const struct connection *, int64_t capture_end_ns);

/* Whose turn it was; BY_NOBODY once the session was up, or where it cannot be seen. */
enum rdpath_end_by connection_awaits(const struct connection *);

/* reset.c: who sent the reset of that direction. */
struct reset_sign {
    int weight;        /* positive: towards a device between the ends */
    const char *words; /* for a report: "it ..." */
};
enum reset_signs {
#define SIGN(name, weight, words, why) RESET_SIGN_##name,
#include "analyze/attempt/reset.def"
#undef SIGN
    N_RESET_SIGNS
};
extern const struct reset_sign reset_signs[N_RESET_SIGNS];

struct reset_weight {
    int sum;
    uint32_t signs; /* a bit for each */
    uint32_t n_for; /* of them, those with a positive weight */
};
struct reset_weight reset_weigh(const struct connection *, enum rdpath_direction);

enum { RESET_DOUBTFUL = 2, RESET_FOREIGN = 4, RESET_FOREIGN_LIKELY = 6, RESET_FOREIGN_SURE = 9 };
bool reset_is_foreign(const struct connection *, enum rdpath_direction);

/* look_back.c: the observations that only the whole attempt shows. */
void attempt_look_back(struct attempt *);

/* look_around.c: those about what stands in front of the server and behind it. */
void attempt_look_around(struct attempt *);

/* look_context.c: what DNS and Kerberos explain. */
void attempt_look_context(struct attempt *);

/* conclude.c: the decisive connection, how it ended, whose turn it was, what was observed. */
void attempt_conclude(struct attempt *);

/* The one that got furthest; on a tie the last. */
struct connection *attempt_furthest(const struct attempt *);

/* Keeps the summary of a connection that cannot decide and will be freed. */
void attempt_retire(struct attempt *, struct connection *, int64_t now_ns);

/* Texts that several rules need. */
const char *attempt_direction_words(enum rdpath_direction); /* "to the server" */

#endif
