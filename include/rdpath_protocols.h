/* SPDX-License-Identifier: Apache-2.0 */
/* Part of rdpath.h: what the two ends negotiated, and what was read of their session. */
#ifndef RDPATH_PROTOCOLS_H
#define RDPATH_PROTOCOLS_H

#include "rdpath_words.h"

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

#endif
