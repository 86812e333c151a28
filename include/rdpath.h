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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDPATH_VERSION "0.1.0"
#define RDPATH_SCHEMA "rdpath.analysis/1"
#define RDPATH_UNKNOWN INT64_MIN

/* ---- frames ---------------------------------------------------------------------------------- */

/* Which way a frame crossed the capturing interface, where the capture says it. */
enum rdpath_way { RDPATH_WAY_UNKNOWN, RDPATH_WAY_INBOUND, RDPATH_WAY_OUTBOUND };

struct rdpath_frame {
    const uint8_t *bytes;
    uint32_t captured_len;
    uint32_t wire_len;
    int64_t ts_ns;      /* RDPATH_UNKNOWN where the block carries no time (SPB) */
    uint64_t number;    /* as Wireshark shows it, from 1 */
    uint32_t interface; /* index into the input's interfaces */
    uint16_t link_type; /* LINKTYPE_ value of the interface */
    uint8_t way;        /* enum rdpath_way */
};

/* A frame of one of several inputs: the input in the upper 16 bits, the frame number below. */
typedef uint64_t rdpath_ref;
#define RDPATH_REF(input, number) ((uint64_t)(input) << 48 | ((number)&0xffffffffffffULL))
#define RDPATH_REF_INPUT(ref) ((unsigned)((ref) >> 48))
#define RDPATH_REF_FRAME(ref) ((ref)&0xffffffffffffULL)

enum { RDPATH_FRAMES_MAX = 12 }; /* enough to prove; the rest is counted */

struct rdpath_frames {
    rdpath_ref ref[RDPATH_FRAMES_MAX];
    uint32_t n;     /* refs held */
    uint32_t total; /* refs that there were */
};

/* ---- words ----------------------------------------------------------------------------------- */

enum rdpath_direction { RDPATH_TO_SERVER, RDPATH_TO_CLIENT, RDPATH_BOTH, RDPATH_NO_DIRECTION };
enum rdpath_vantage { RDPATH_AT_UNKNOWN, RDPATH_AT_CLIENT, RDPATH_AT_SERVER, RDPATH_AT_MIDDLE };
enum rdpath_outcome {
    RDPATH_CONNECTED,
    RDPATH_DEGRADED,
    RDPATH_FAILED,
    RDPATH_OUTCOME_UNDETERMINED,
};
enum rdpath_confidence { RDPATH_POSSIBLE, RDPATH_LIKELY, RDPATH_CONFIRMED };
enum rdpath_end_by { RDPATH_BY_NOBODY, RDPATH_BY_CLIENT, RDPATH_BY_SERVER, RDPATH_BY_MIDDLEBOX };
enum rdpath_end_how {
    RDPATH_END_CAPTURE,
    RDPATH_END_SILENCE,
    RDPATH_END_FIN,
    RDPATH_END_RST,
    RDPATH_END_ALERT,
    RDPATH_END_ICMP,
};

/* What an ICMP error says about the packet that it quotes. */
enum rdpath_icmp {
    RDPATH_ICMP_TOO_BIG,    /* 3/4 fragmentation needed; ICMPv6 packet too big */
    RDPATH_ICMP_PROHIBITED, /* 3/9, 3/10, 3/13; ICMPv6 1/1, 1/5, 1/6 */
    RDPATH_ICMP_PORT,       /* 3/3; ICMPv6 1/4 */
    RDPATH_ICMP_HOST,       /* every other unreachable */
    RDPATH_ICMP_REASSEMBLY, /* 11/1; ICMPv6 3/1 */
    RDPATH_ICMP_HOPS,       /* 11/0; ICMPv6 3/0 */
};

/* The last rung reached, in order (contract: "stage"). */
enum rdpath_stage {
#define STAGE(name, tag, title) RDPATH_STAGE_##name,
#include "rdpath_stage.def"
#undef STAGE
    RDPATH_N_STAGES
};

const char *rdpath_direction_name(enum rdpath_direction); /* NULL for NO_DIRECTION */
const char *rdpath_vantage_name(enum rdpath_vantage);     /* NULL for AT_UNKNOWN */
const char *rdpath_outcome_name(enum rdpath_outcome);
const char *rdpath_confidence_name(enum rdpath_confidence);
const char *rdpath_end_by_name(enum rdpath_end_by);
const char *rdpath_end_how_name(enum rdpath_end_how);
const char *rdpath_stage_name(enum rdpath_stage);  /* "tls-hello" */
const char *rdpath_stage_title(enum rdpath_stage); /* "TLS ClientHello" */

/* Bytes from the wire, not yet known to be UTF-8. len 0 and bytes NULL: absent. */
struct rdpath_text {
    const uint8_t *bytes;
    uint32_t len;
};

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
    uint32_t n_reordered;
    uint32_t n_duplicates;  /* frames recorded twice */
    uint32_t n_merged;      /* frames that an offload engine merged */
    uint32_t n_fragments;   /* IP fragments of this direction */
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

/* ---- what was negotiated --------------------------------------------------------------------- */

struct rdpath_rdp {
    bool present;
    bool has_request;  /* the client sent RDP_NEG_REQ [MS-RDPBCGR 2.2.1.1.1] */
    bool has_response; /* the server sent RDP_NEG_RSP or RDP_NEG_FAILURE, or confirmed without */
    struct rdpath_text cookie;        /* after "mstshash=" */
    struct rdpath_text routing_token; /* after "msts=" */
    uint32_t requested;               /* requestedProtocols; 0 = Standard RDP Security */
    uint32_t selected;                /* selectedProtocol; valid with has_response and failure 0 */
    uint32_t failure;                 /* failureCode; 0 = none */
    uint8_t request_flags;
    uint8_t response_flags;
    bool has_correlation_id;
    uint8_t correlation_id[16];
};

const char *rdpath_protocol_name(uint32_t protocol); /* one bit of requested, or 0: "rdp" */
const char *rdpath_failure_name(uint32_t code);      /* "HYBRID_REQUIRED_BY_SERVER", or NULL */

struct rdpath_alert {
    enum rdpath_direction direction; /* TO_SERVER: the client sent it */
    uint8_t level;
    uint8_t description;
    int64_t ts_ns;
    rdpath_ref frame;
};

const char *rdpath_alert_name(uint8_t description); /* "handshake_failure", or NULL */

struct rdpath_certificate {
    const char *subject, *issuer;      /* "CN=rds01" */
    int64_t not_before_s, not_after_s; /* seconds since 1970, UTC */
    const char *key;                   /* "rsa-2048" */
    const char *signature;             /* "sha256WithRSAEncryption" */
    bool self_signed;
    const char *sha256; /* 64 lower-case hexadecimal digits of the DER */
    rdpath_ref frame;
};

enum { RDPATH_ALERTS_MAX = 8 };

struct rdpath_tls {
    bool present;
    uint16_t version;     /* 0x0304 = TLS 1.3; 0 = unknown */
    uint16_t cipher;      /* 0 = unknown */
    uint16_t offered_max; /* the highest version that the client offered; 0 = unknown */
    bool hello_retry;
    bool client_hello_whole;  /* every byte of the ClientHello was seen */
    bool server_answered;     /* the server sent at least one TLS byte */
    bool server_flight_whole; /* every byte of the server's first flight was seen */
    bool encrypted_alert;     /* an alert record that cannot be read was seen */
    struct rdpath_text server_name;
    struct rdpath_alert alerts[RDPATH_ALERTS_MAX];
    uint32_t n_alerts;
    const struct rdpath_certificate *certificate; /* NULL: travels encrypted, or not seen */
};

const char *rdpath_tls_version_name(uint16_t version); /* "1.3", or NULL */
const char *rdpath_cipher_name(uint16_t cipher);       /* "TLS_AES_128_GCM_SHA256", or NULL */

enum rdpath_udp_outcome {
    RDPATH_UDP_NOT_ATTEMPTED,
    RDPATH_UDP_OK,
    RDPATH_UDP_BLOCKED,
    RDPATH_UDP_REFUSED,
    RDPATH_UDP_REJECTED,
    RDPATH_UDP_LARGE_DROPPED,
    RDPATH_UDP_DATA_LOST,
    RDPATH_UDP_HANDSHAKE_FAILED,
    RDPATH_UDP_STALLED,
    RDPATH_UDP_UNKNOWN, /* seen, and the capture does not tell what became of it */
};
const char *rdpath_udp_outcome_name(enum rdpath_udp_outcome); /* NULL for UNKNOWN */

struct rdpath_udp {
    bool attempted;
    const char *stage;         /* contract: "udp.stage" */
    const char *version;       /* "1", "2" or "RDPUDP2"; NULL = unknown */
    uint16_t mtu_up, mtu_down; /* UDP payload; up: to the server */
    bool lossy;                /* DTLS inside, else TLS */
    uint32_t retransmitted[2]; /* by direction */
    enum rdpath_udp_outcome outcome;
};

/* ---- what was read of the session ------------------------------------------------------------ */

/* A code that one side sent. frame 0: it was not seen. */
struct rdpath_code {
    uint32_t code;
    rdpath_ref frame;
};

/* NLA: CredSSP and what its tokens say in clear [MS-CSSP 2.2.1]. No ticket, response or password is
   read. */
struct rdpath_credssp {
    bool present;
    const char *mechanism;    /* "ntlm", "kerberos", ...; NULL = not told */
    uint32_t version[2];      /* of TSRequest, by direction; 0 = none seen */
    bool delegated;           /* the client went on to send its credentials */
    struct rdpath_code error; /* an NTSTATUS or a code of SSPI */
    bool error_by_client;
    struct rdpath_code authorization;             /* EarlyUserAuthorizationResult; 0 = granted */
    struct rdpath_text user, domain, workstation; /* of the NTLM authenticate message */
    struct rdpath_text target, server;            /* of the NTLM challenge */
};

/* A request to open a side transport over UDP [MS-RDPBCGR 2.2.15.1]. */
struct rdpath_multitransport {
    uint32_t id;
    uint16_t protocol; /* 1 = reliable (UDPFECR), 2 = lossy (UDPFECL) */
    rdpath_ref frame;
    bool has_cookie_hash;
    uint8_t cookie_hash[32];     /* SHA-256 of the security cookie, as the UDP SYN carries it */
    struct rdpath_code response; /* the client's HRESULT; frame 0 = none seen */
};

enum {
    RDPATH_SESSION_CHANNELS_MAX = 31, /* [MS-RDPBCGR 2.2.1.3.4] */
    RDPATH_MULTITRANSPORT_MAX = 2,    /* one a protocol */
};

/* What travels in clear with Standard RDP Security, and behind TLS where it could be decrypted. */
struct rdpath_session {
    struct rdpath_credssp credssp;
    struct rdpath_text client_name;
    uint32_t client_build;
    uint16_t desktop_width, desktop_height;
    uint32_t version[2];      /* of RDP, by direction: 0x00080004 and later */
    uint32_t capabilities[2]; /* earlyCapabilityFlags, by direction */
    bool has_echo[2];         /* each side repeats what the other said when it negotiated: */
    uint32_t echo[2];         /* TO_SERVER: selectedProtocol, TO_CLIENT: requestedProtocols */
    struct rdpath_text channels[RDPATH_SESSION_CHANNELS_MAX];
    uint32_t n_channels;
    bool has_encryption;
    uint32_t encryption_method, encryption_level; /* Standard RDP Security; 0 behind TLS */
    bool has_multitransport[2];
    uint32_t multitransport[2]; /* flags, by direction [MS-RDPBCGR 2.2.1.3.8, 2.2.1.4.6] */
    struct rdpath_multitransport transports[RDPATH_MULTITRANSPORT_MAX];
    uint32_t n_transports;
    uint32_t n_auto_detect;          /* requests of the server */
    uint32_t rtt_ms, bandwidth_kbps; /* what the server measured; 0 = not told */
    struct rdpath_code mcs_result;   /* MCS refused something: T.125's Result, never 0 */
    bool has_info;
    uint32_t info_flags; /* of the Client Info PDU, whose password is never read */
    struct rdpath_text user, domain;
    struct rdpath_code license; /* dwErrorCode; STATUS_VALID_CLIENT is no error */
    uint32_t license_transition;
    bool license_by_client;
    struct rdpath_code error_info;  /* Set Error Info; never 0 */
    struct rdpath_code logon_error; /* Save Session Info: ErrorNotificationType */
    uint32_t logon_error_data;
    struct rdpath_code disconnect; /* reason of the DisconnectProviderUltimatum */
    enum rdpath_direction disconnect_direction;
    uint32_t n_deactivated;        /* Deactivate All */
    struct rdpath_code redirected; /* RedirFlags of the Server Redirection PDU */
    struct rdpath_text redirect_address, redirect_name;
};

/* The names of these codes; NULL = unknown. The words say in a sentence what it means. */
const char *rdpath_auth_error_name(uint32_t code); /* "STATUS_LOGON_FAILURE" */
const char *rdpath_auth_error_words(uint32_t code);
const char *rdpath_kerberos_error_name(uint32_t code); /* "KDC_ERR_PREAUTH_FAILED" */
const char *rdpath_kerberos_error_words(uint32_t code);
const char *rdpath_error_info_name(uint32_t code); /* "ERRINFO_SERVER_DENIED_CONNECTION" */
const char *rdpath_error_info_words(uint32_t code);
const char *rdpath_license_error_name(uint32_t code); /* "STATUS_VALID_CLIENT" */
const char *rdpath_license_error_words(uint32_t code);
const char *rdpath_authorization_name(uint32_t code); /* "AUTHZ_SUCCESS" */
const char *rdpath_disconnect_name(uint32_t reason);  /* "rn-user-requested" */
const char *rdpath_mcs_result_name(uint32_t result);  /* "rt-user-rejected" */
const char *rdpath_logon_error_name(uint32_t type);   /* "LOGON_MSG_NO_PERMISSION" */
const char *rdpath_transport_name(uint32_t flag);     /* "udp-reliable": one bit of the flags */

/* ---- the attempt ----------------------------------------------------------------------------- */

struct rdpath_endpoint {
    char address[46];
    uint16_t port;
    struct rdpath_text name; /* from SNI or a name record; absent where nothing tells */
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
    uint32_t n_packets_seen; /* before thinning */
};

enum { RDPATH_PACKETS_MAX = 2000 };

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
};

struct rdpath_events {
    void *ctx;
    void (*attempt)(void *ctx, const struct rdpath_attempt *); /* when it ended */
    void (*input)(void *ctx, const struct rdpath_input *);     /* when it was read */
    /* optional: each rung as it is reached */
    void (*rung)(void *ctx, uint32_t attempt_id, const struct rdpath_rung *);
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

/* For frames that come from elsewhere. tick() lets time pass without a frame; end() closes all. */
void rdpath_feed(struct rdpath *, const struct rdpath_frame *);
void rdpath_tick(struct rdpath *, int64_t now_ns);
void rdpath_end(struct rdpath *);

/* ---- the catalogue --------------------------------------------------------------------------- */

struct rdpath_entry {
    const char *id;
    bool cause;             /* else an observation */
    const char *title;      /* "the attempt died because ..." in a few words */
    const char *means;      /* what it means */
    const char *recognised; /* how it is recognised */
    const char *confused_with;
    const char *fix;
};

const struct rdpath_entry *rdpath_catalogue(size_t *n);

#endif
