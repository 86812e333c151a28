/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rdpath: feed it frames, receive the attempts, list the catalogue.
 *
 * All times are nanoseconds since 1970-01-01 UTC, all durations nanoseconds. All packet sizes are
 * IP lengths (IPv4 total length; IPv6 40 + payload length). Zero means "unknown" for a size and
 * RDPATH_UNKNOWN for a time. Everything reachable from a callback's argument lives until that
 * callback returns.
 */
#ifndef RDPATH_H
#define RDPATH_H

#include "rdpath_protocols.h"

#define RDPATH_VERSION "0.1.0"
#define RDPATH_SCHEMA "rdpath.analysis/1"

/* ---- one direction of a path ----------------------------------------------------------------- */

/* Data of one size that was sent again and again. */
struct rdpath_repeated {
    uint32_t ip_len;   /* the size of each sending */
    uint32_t n_sent;   /* sendings, the first included; 0 = nothing of this kind seen */
    int64_t first_ns;  /* time of the first sending */
    int64_t last_ns;   /* time of the last sending */
    bool gaps_grow;    /* the gaps between the last sendings grew, as a retransmission timer's do */
    bool fragmentable; /* sent as IPv4 without DF */
    bool acknowledged; /* the data arrived in the end, in whatever size */
    bool shrunk;       /* the same bytes were sent again in smaller packets */
    bool smaller_delivered_after;  /* a smaller data packet was delivered after first_ns */
    bool as_large_delivered_after; /* a packet at least as large was delivered after first_ns */
    struct rdpath_frames frames;
};

/* A hole that is open for so long was tried again several times; a younger one may be under way. */
#define RDPATH_HOLE_LASTS_NS 2000000000LL

/* Bytes that the receiver never got although later bytes arrived. */
struct rdpath_hole {
    uint64_t len;      /* bytes missing; 0 = no hole */
    int64_t since_ns;  /* when the first byte after the hole arrived */
    int64_t lasted_ns; /* from then until the connection was over, or the capture */
    bool open;         /* not filled when the connection ended */
    bool acknowledged; /* the receiver acknowledged it: the capture missed it, not the receiver */
    struct rdpath_frames frames; /* the frames behind the hole, and the receiver's complaints */
};

struct rdpath_mtu {
    uint32_t at_least; /* the largest packet that arrived unfragmented; 0 = unknown */
    uint32_t below;    /* the smallest size that cannot pass; 0 = unknown */
};

/* Packets that travel one way. */
struct rdpath_path {
    uint32_t mss; /* the limit that their receiver advertised for them; 0 = unknown */
    uint32_t largest_delivered;
    uint32_t smallest_lost;
    bool changed; /* a size that passed before passes no more; mtu says what stands now */
    struct rdpath_mtu mtu;
    int64_t rtt_ns; /* shortest time from such a packet to its acknowledgement, as seen here */
    uint32_t retransmitted; /* data segments sent again */
    /* evidence behind those numbers */
    uint64_t n_packets;   /* packets seen, duplicated frames not among them */
    uint64_t n_data;      /* of them with payload, the first sending only */
    uint64_t n_bytes;     /* payload bytes, each counted once */
    uint64_t n_bare_acks; /* packets that do nothing but acknowledge, or ask whether one is there */
    uint32_t n_lost;      /* data segments that the network lost, as far as the capture can tell */
    uint32_t n_seen_twice; /* of them, those of which the capture holds two sendings */
    uint32_t n_reordered;
    uint32_t n_duplicates;  /* frames recorded twice */
    uint32_t n_merged;      /* frames that an offload engine merged */
    uint32_t n_fragments;   /* IP fragments of this direction */
    uint32_t n_unassembled; /* packets of which the first fragment was seen and another never */
    struct rdpath_frames unassembled_frames; /* those first fragments */
    bool limit_reached;     /* more holes or early bytes than are kept: its counts are too low */
    uint64_t n_missed;      /* bytes that were acknowledged and that the capture does not hold */
    uint32_t header_len;    /* IP and TCP header of a full data segment, in bytes */
    int64_t last_new_ns;    /* when new data was last delivered; RDPATH_UNKNOWN = never */
    int64_t last_packet_ns; /* when a packet was last seen */
    struct rdpath_repeated repeated; /* the worst of its kind */
    struct rdpath_hole hole;
    struct rdpath_frames lost_frames; /* the sendings that were lost, the first ones */
    rdpath_ref largest_frame;         /* the frame that carried largest_delivered */
};

/* ---- the attempt ----------------------------------------------------------------------------- */

struct rdpath_endpoint {
    char address[46];
    uint16_t port;
    struct rdpath_text name; /* as the session tells it; absent where nothing does */
};

struct rdpath_ended {
    enum rdpath_end_by by;
    enum rdpath_end_how how;
    rdpath_ref frame;        /* 0 = no frame ended it */
    int64_t quiet_before_ns; /* since either side last delivered new data */
};

/* One rung of the ladder. */
struct rdpath_rung {
    enum rdpath_stage stage;
    int64_t ts_ns;
    rdpath_ref frame;
    bool inferred;
};

struct rdpath_connection {
    bool udp;
    bool decisive;
    uint16_t client_port;
    const char *client_address; /* over UDP, where it is not the attempt's; NULL: it is */
    int64_t start_ns;
    int64_t duration_ns;
    enum rdpath_stage stage;
    struct rdpath_ended ended;
};

struct rdpath_value {
    const char *name; /* "mss" */
    int64_t number;   /* used where text is NULL */
    const char *text;
};

enum { RDPATH_VALUES_MAX = 6 };

struct rdpath_observation {
    const char *id;
    const char *text;
    struct rdpath_frames frames;
    struct rdpath_value values[RDPATH_VALUES_MAX];
    uint32_t n_values;
};

struct rdpath_evidence {
    const char *text;
    struct rdpath_frames frames;
};

/* One thing to change. In the order in which they should be tried: the easiest to undo first. */
struct rdpath_advice {
    const char *title;
    const char *where;    /* "client", "server", "network" */
    const char *platform; /* "windows", "linux", "any" */
    const char *command;
    const char *verify;
    const char *undo;
    const char *risk;
};

struct rdpath_finding {
    const char *id;
    bool confirmed; /* verdict: confirmed, else suspected */
    enum rdpath_confidence confidence;
    enum rdpath_direction direction;
    const char *text; /* one sentence */
    struct rdpath_frames frames;
    const struct rdpath_evidence *evidence;
    uint32_t n_evidence;
    const struct rdpath_evidence *against; /* counter-evidence */
    uint32_t n_against;
    const struct rdpath_advice *advice;
    uint32_t n_advice;
};

struct rdpath_ruled_out {
    const char *id;
    const char *why;
    struct rdpath_frames frames;
};

struct rdpath_undecided {
    const char *id;
    const char *needs;
};

enum rdpath_fate {
    RDPATH_FATE_DELIVERED, /* acknowledged, or seen at the receiver */
    RDPATH_FATE_LOST,
    RDPATH_FATE_UNKNOWN,
    RDPATH_FATE_DUPLICATE, /* the same frame recorded twice */
};
const char *rdpath_fate_name(enum rdpath_fate);

enum rdpath_packet_kind { RDPATH_PACKET_TCP, RDPATH_PACKET_UDP, RDPATH_PACKET_ICMP };

/* What a packet is beside its kind. */
enum rdpath_packet_note {
    RDPATH_NOTE_NONE,
    RDPATH_NOTE_KEEP_ALIVE, /* asks whether the peer is there, or takes data again */
    RDPATH_NOTE_SACK,       /* TCP: acknowledges data behind bytes that are missing */
    RDPATH_NOTE_HELLO,      /* RDP over UDP: SYN or SYN+ACK */
    RDPATH_NOTE_DATA,       /* RDP over UDP: payload */
    RDPATH_NOTE_FRAGMENT,   /* a piece of an IP datagram */
};
const char *rdpath_note_name(enum rdpath_packet_note); /* NULL for NONE */

struct rdpath_packet {
    int64_t ts_ns;
    rdpath_ref frame;
    uint32_t ip_len;
    uint32_t payload_len;
    uint8_t direction; /* enum rdpath_direction */
    uint8_t kind;      /* enum rdpath_packet_kind */
    uint8_t tcp_flags;
    uint8_t fate;  /* enum rdpath_fate */
    uint8_t again; /* nth repetition of data already sent; 0 = first sending */
    bool merged;   /* an offload frame: its size says nothing */
    uint8_t note;  /* enum rdpath_packet_note */
    uint8_t ttl;   /* TTL or hop limit */
    bool has_ip_id;
    bool whole_again; /* put together from its fragments */
    uint32_t ip_id;
    uint16_t client_port; /* of its connection or UDP flow */
    /* of ICMP errors, which stand for all of their kind: */
    uint8_t icmp;     /* enum rdpath_icmp */
    uint32_t mtu;     /* TOO_BIG: the MTU that it names */
    uint32_t n;       /* how many there were */
    const char *from; /* who sent it */
};

/* An encrypted TLS record of the decisive connection: its size is what is known of it. */
struct rdpath_record {
    int64_t ts_ns;
    rdpath_ref frame;
    uint32_t len;      /* without its header */
    uint8_t direction; /* enum rdpath_direction */
};

struct rdpath_attempt {
    uint32_t id;
    uint32_t input;
    const char *input_path; /* the file it was read from; NULL where it came from elsewhere */
    enum rdpath_vantage vantage;
    const uint32_t *related;
    uint32_t n_related;
    struct rdpath_endpoint client, server;
    int64_t start_ns, duration_ns;
    enum rdpath_outcome outcome;
    enum rdpath_stage stage;
    bool stage_inferred;
    enum rdpath_end_by waiting_for; /* BY_CLIENT or BY_SERVER; BY_NOBODY: nothing was awaited */
    struct rdpath_ended ended;
    struct { /* the answer */
        const char *id;
        enum rdpath_direction direction;
        enum rdpath_confidence confidence;
        const char *summary;
        struct rdpath_frames frames;
    } cause;
    struct rdpath_path path[2]; /* by enum rdpath_direction: TO_SERVER, TO_CLIENT */
    bool has_path;
    struct rdpath_rdp rdp;
    struct rdpath_tls tls;
    struct rdpath_udp udp;
    const struct rdpath_session *session; /* NULL: none of it could be read */
    const struct rdpath_rung *rungs;      /* of the decisive connection, in the order reached */
    uint32_t n_rungs;
    const struct rdpath_connection *connections;
    uint32_t n_connections;
    const struct rdpath_observation *observations;
    uint32_t n_observations;
    const struct rdpath_finding *findings; /* the cause's own first */
    uint32_t n_findings;
    const struct rdpath_ruled_out *ruled_out;
    uint32_t n_ruled_out;
    const struct rdpath_undecided *undecided;
    uint32_t n_undecided;
    const struct rdpath_packet *packets; /* with options.keep_packets; thinned beyond the limit */
    uint32_t n_packets;
    uint32_t n_packets_seen;             /* before thinning */
    const struct rdpath_record *records; /* the first ones */
    uint32_t n_records;
};

enum { RDPATH_PACKETS_MAX = 2000, RDPATH_RECORDS_MAX = 48 };

/* ---- the input ------------------------------------------------------------------------------- */

struct rdpath_interface {
    const char *name; /* NULL = not told */
    uint16_t link_type;
    const char *link_type_name; /* "EN10MB", or NULL */
    int64_t received;           /* -1 = not told */
    int64_t dropped;            /* -1 = not told */
    const char *filter;         /* NULL = not told */
};

struct rdpath_input {
    uint32_t index;
    const char *path;
    const char *format; /* "pcap", "pcapng" */
    uint64_t packets;
    uint64_t bytes; /* of the file as stored */
    int64_t first_ns, last_ns;
    enum rdpath_vantage vantage;
    const struct rdpath_interface *interfaces;
    uint32_t n_interfaces;
    const struct rdpath_observation *observations;
    uint32_t n_observations;
    const char *const *problems; /* each a sentence */
    uint32_t n_problems;
    const char *sha256; /* NULL without options.hash */
    uint32_t n_attempts;
};

/* ---- the analysis ---------------------------------------------------------------------------- */

struct rdpath_options {
    const uint16_t *ports; /* server ports to treat as RDP beside 3389 */
    uint32_t n_ports;
    enum rdpath_vantage vantage; /* AT_UNKNOWN: find out */
    bool keep_packets;
    bool hash;
    bool ignore_secrets; /* TLS secrets that a capture holds are not used */
    /* an excerpt: what each of its frames counts as, its own number being its place (from 1) */
    const uint64_t *frame_numbers;
    uint32_t n_frame_numbers;
};

struct rdpath_events {
    void *ctx;
    void (*attempt)(void *ctx, const struct rdpath_attempt *); /* when it ended */
    void (*input)(void *ctx, const struct rdpath_input *);     /* when it was read */
    /* optional: each rung as it is reached */
    void (*rung)(void *ctx, uint32_t attempt_id, const struct rdpath_rung *);
    /* optional: each name that the capture itself has for an address, when it is read */
    void (*name)(void *ctx, const char *address, const char *name);
    /* optional: bytes read of bytes in all (0 = unknown), now and then */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
};

struct rdpath_error {
    char text[512]; /* what was expected, what was found, what to do */
};

struct rdpath *rdpath_new(const struct rdpath_options *, const struct rdpath_events *);
void rdpath_free(struct rdpath *);

/* Reads TLS secrets (NSS key log format), before the captures that they decrypt. False: error. */
bool rdpath_read_keylog(struct rdpath *, const char *path, struct rdpath_error *);

/* Reads one saved capture ("-" = standard input) whole: attempts, then the input. False: error. */
bool rdpath_read(struct rdpath *, const char *path, struct rdpath_error *);

/* Reads several as one capture in time order. False: error names those that could not be read; the
   others were. */
bool rdpath_read_joined(struct rdpath *, const char *const *paths, size_t n, struct rdpath_error *);

/* A capture whose bytes come from the caller: one that still grows, or a file opened before. read
   acts as read(2) does, and waits where bytes are yet to come; 0 = the end, -1 = an error. */
struct rdpath_stream {
    const char *path; /* as the input shall be called */
    void *ctx;
    ptrdiff_t (*read)(void *ctx, void *to, size_t n); /* NULL: the file of that path */
};

/* As rdpath_read_joined(). A stream that waits may call rdpath_tick() and rdpath_each_open(). */
bool rdpath_read_streams(struct rdpath *, const struct rdpath_stream *, size_t n,
                         struct rdpath_error *);

/* Loads now what is else loaded when it is first needed, for who will not be able to later. */
void rdpath_preload(const struct rdpath_options *);

/* For frames that come from elsewhere. tick() lets time pass without a frame; end() closes all. */
void rdpath_feed(struct rdpath *, const struct rdpath_frame *);
void rdpath_tick(struct rdpath *, int64_t now_ns);
void rdpath_end(struct rdpath *);

/* What is known of an attempt that is not over yet. */
struct rdpath_open {
    uint32_t id;
    char client[46], server[46];
    enum rdpath_stage stage; /* of the connection that got furthest */
    bool from_start;         /* a connection of it was seen from its beginning on */
    bool closed;             /* every connection was closed or reset */
    int64_t last_ns;         /* of its last packet */
    int64_t last_gap_ns;     /* the longest between the last two packets of a connection */
    int64_t active_ns;       /* when its session came up; RDPATH_UNKNOWN: it has not */
};
/* Where an older session of the same client is part of it, all but the addresses is told of what
   began in the capture. id: of that one alone; 0: of each. */
void rdpath_each_open(const struct rdpath *, uint32_t id, void *ctx,
                      void (*take)(void *ctx, const struct rdpath_open *));

/* ---- the catalogue --------------------------------------------------------------------------- */

struct rdpath_entry {
    const char *id;
    bool cause;             /* else an observation */
    const char *title;      /* "the attempt died because ..." in a few words */
    const char *means;      /* what it means */
    const char *recognised; /* how it is recognised */
    const char *confused_with;
    const char *fix;
    const struct rdpath_advice *advice; /* what is always advised, in order; SERVER, MTU and the
                                           like stand for what an attempt fills in */
    uint32_t n_advice;
};

const struct rdpath_entry *rdpath_catalogue(size_t *n);

#endif
