/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the decoders of this room share: the state of a dialog and the table of protocols.
 *
 * Each direction (struct half) has its own current protocol, since the bytes of the two directions
 * need not arrive in the order in which they were sent. x224 reads one PDU of each direction, then
 * tells tls or mcs from the bytes that follow. A half that has lost its place sets `lost`, drops
 * the rest of the chunk and looks at the start of each later chunk for a header that it knows.
 */
#ifndef ANALYZE_PROTO_PROTO_H
#define ANALYZE_PROTO_PROTO_H

#include "analyze/proto/dialog.h"
#include "analyze/proto/tls_suite.h"

enum {
    PROTO_HEAD_MAX = 24,         /* the longest prefix of a unit that a decoder looks at */
    PROTO_X224_MAX = 4096,       /* the X.224 phase: its length indicator allows 259 bytes, but a
                                    pre-connection PDU carries a text of its own */
    PROTO_HANDSHAKE_MAX = 65536, /* a handshake message: a chain of large certificates is 20 KiB */
};

/* A piece of one direction on its way through the decoders. */
struct chunk {
    enum rdpath_direction direction;
    struct moment at;
    struct reader bytes;
    bool opened; /* tls: they were decrypted */
};

/* Bytes that wait for the rest of their unit. */
struct held {
    uint8_t *bytes;
    uint32_t len, size;
    struct budget *budget; /* of all dialogs, for what is larger than PROTO_X224_MAX */
};

/* A handshake message on its way through the records. */
struct message {
    uint8_t head[4], head_len;
    uint8_t type;
    uint32_t left; /* of its body */
    bool wanted;   /* its body is held, to be read when it is whole */
    bool damaged;  /* some of it is missing from the capture */
    bool lost;     /* where the next message begins is unknown until the next record */
};

struct half {
    uint8_t protocol; /* enum protocol_id */
    bool lost;        /* where the next unit begins is unknown */
    bool missed;      /* it was lost once, or bytes were missing */
    bool greeted;     /* x224: its PDU is read; what follows belongs to the next protocol */
    bool foreign;     /* x224: the server's bytes are not RDP; held for a name of them */
    bool ciphered;    /* tls: ChangeCipherSpec was seen */
    bool finished;    /* tls: the Finished after it was seen */
    bool cut;         /* tls: bytes of the handshake are missing */
    bool sealed;      /* tls: the current record is held, to be decrypted */
    bool unkeyed;     /* tls: its records cannot be decrypted */
    uint8_t record_type;
    uint16_t record_len;
    uint8_t head_len;
    uint8_t head[PROTO_HEAD_MAX]; /* the first bytes of the current unit */
    uint32_t left;                /* bytes of the current unit that have yet to come */
    struct message message;
    struct held held;
};

enum phase_id {
    PHASE_OFF, /* nothing can be told */
    PHASE_BEGIN,
    PHASE_CREDSSP,
    PHASE_MCS,
    PHASE_LICENSING,
    PHASE_ACTIVE,
    PHASE_TUNNEL, /* a UDP leg's own two messages */
};

/* Plain bytes of an encrypted record, as far as its length tells. */
struct span {
    uint32_t min, max;
};

/* phase.c */
struct phase {
    uint8_t id;           /* enum phase_id */
    struct span overhead; /* of a record's length over its plain bytes */
    struct span before;   /* the record before this one */
    bool before_by_client;
    rdpath_ref before_frame;
    rdpath_ref attach[2]; /* MCS: the Erect Domain and the Attach User Request */
    rdpath_ref confirm;   /* LICENSING: the last that is as large as a Confirm Active */
    rdpath_ref final;     /* and the first of the server's finalization behind it */
    struct span first[2]; /* CREDSSP: the first message of each side */
    rdpath_ref first_frame[2];
    bool joining;        /* MCS: the client has sent its Attach User Request */
    bool attaching;      /* and it is not answered yet */
    bool confirmed;      /* LICENSING: a client PDU as large as a Confirm Active was seen */
    bool answered;       /* and a smaller one behind it */
    bool synchronized;   /* which has the size of the client's Synchronize */
    uint8_t n_final;     /* of the server's four finalization PDUs behind it */
    uint32_t n[2];       /* records by direction since the phase began */
    uint64_t server_len; /* least plain bytes of the server since confirmed */
};

struct dialog {
    struct connection *connection;
    struct half half[2];
    bool hello_done; /* tls: a ServerHello that is no HelloRetryRequest was read */
    bool done;       /* tls: the handshake is over */
    bool datagrams;  /* inside a UDP leg: a tunnel, no session; and is it DTLS? */
    bool dtls;
    bool compressed, encrypt_then_mac; /* tls: as the ServerHello says */
    uint8_t random[2][TLS_RANDOM];     /* tls: of both hellos, by direction */
    struct keyed *keyed;               /* tls: NULL: no secret is known */
    struct phase phase;
    struct inner *inner; /* mcs: what travels in clear; NULL: nothing yet */
};

enum protocol_id {
#define PROTOCOL(name, prefix) PROTO_##name,
#include "analyze/proto/protos.def"
#undef PROTOCOL
    N_PROTOCOLS
};

/*
 * bytes() takes at least one byte of the chunk or changes the half's protocol. gap() is told of len
 * bytes (at least 1) that are missing where the chunk stands.
 */
struct protocol {
    const char *name;
    void (*bytes)(struct dialog *, struct chunk *);
    void (*gap)(struct dialog *, const struct chunk *, uint64_t len);
};

#define PROTOCOL(name, prefix)                                                                     \
    void prefix##_bytes(struct dialog *, struct chunk *);                                          \
    void prefix##_gap(struct dialog *, const struct chunk *, uint64_t len);
#include "analyze/proto/protos.def"
#undef PROTOCOL

/* ---- dialog.c -------------------------------------------------------------------------------- */

/* Moves bytes from r until n are held (at most PROTO_HANDSHAKE_MAX). False: more are needed, or,
   beyond PROTO_X224_MAX, there is no room for them. */
bool held_fill(struct held *, struct reader *r, uint32_t n);
void held_drop(struct held *);

/* The same for the half's head (n at most PROTO_HEAD_MAX). */
bool head_fill(struct half *, struct reader *r, uint32_t n);

/* Gives up the half's place: the rest of the chunk is dropped. */
void half_lose(struct half *, struct chunk *);

/* Hands the half over; what head holds is the beginning of the next unit. */
void half_switch(struct half *, enum protocol_id);

/*
 * Accounts for a gap inside a unit whose length is known. Beyond it the half is lost. Returns how
 * many bytes of the unit were skipped.
 */
uint32_t half_skip(struct half *, uint64_t len);

/* ---- x224_pdu.c ------------------------------------------------------------------------------ */

/* Reads a whole connection request or confirm into the record; false: it is neither. */
bool x224_read_request(struct connection *, struct reader pdu);
bool x224_read_confirm(struct connection *, struct reader pdu);

/* ---- proxy.c -------------------------------------------------------------------------------- */

/* The proxy that the client's first bytes ask. */
enum proxy_kind proxy_kind_of(struct reader first);

/* Hands a half over that begins with this chunk; the request of SOCKS 5 tells that the greetings of
   both sides went before. */
void proxy_begin(struct dialog *, const struct chunk *);

/* ---- gateway.c ------------------------------------------------------------------------------ */

/* The client speaks HTTP to an RD Gateway, now or since its first bytes; false: it does not. */
bool gateway_bytes(struct connection *, const struct chunk *);

/* HTTP/1: does it begin so; the status of an answer, 0 where it is none. */
bool http_begins(struct reader, const char *text);
uint16_t http_code(struct reader);

/* ---- banner.c ------------------------------------------------------------------------------- */

enum { FOREIGN_NAMED_LEN = 8 }; /* so many first bytes tell what can be told */

/* The protocol whose server begins so, or NULL. */
const char *banner_name(const uint8_t *bytes, size_t len);

/* ---- tls.c, tls_handshake.c, tls_hello.c ----------------------------------------------------- */

enum {
    RECORD_CCS = 20,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    RECORD_APPLICATION = 23,
};

/* Is this the header of a record: type, version and length all possible? */
bool tls_is_header(struct reader);

enum {
    TLS_ALERT_13_LEN = 19, /* TLS 1.3: an alert's two bytes, the inner type and a tag of 16; no
                              other message of TLS 1.3 and no RDP PDU is as short */
};

/* The record that the half's head tells of is whole. */
void tls_record_end(struct dialog *, const struct chunk *);

/* The two bytes of an alert, sent in clear or decrypted. */
void tls_alert(struct dialog *, const struct chunk *content);

/* Bytes of handshake messages, sent in clear or decrypted; of a gap inside their record; and behind
   such a gap. */
void tls_handshake(struct dialog *, struct chunk *content);
void tls_handshake_gap(struct dialog *, const struct chunk *, uint32_t len);
void tls_handshake_lost(struct half *);

/* The bodies of the messages that are read, whole. */
void tls_client_hello(struct dialog *, struct reader body);
void tls_server_hello(struct dialog *, const struct chunk *body);
void tls_certificate(struct dialog *, const struct chunk *body);

/* ---- tls_ladder.c: how far the handshake got ------------------------------------------------- */

void tls_hello_sent(struct dialog *, struct moment, bool whole); /* the ClientHello's end */
/* The server's first record; an alert may come without a ClientHello. */
void tls_answered(struct dialog *, struct moment, bool to_hello);
void tls_flight_over(struct dialog *, struct moment);   /* ServerHelloDone */
void tls_key_exchanged(struct dialog *, struct moment); /* ClientKeyExchange */
void tls_finished(struct dialog *, enum rdpath_direction, struct moment);
void tls_finished_13(struct dialog *, enum rdpath_direction, struct moment); /* decrypted */
void tls_application(struct dialog *, const struct chunk *); /* type 23 in the handshake */

/* ---- tls_keyed.c: records that can be decrypted, since a secret is known --------------------- */

void tls_keyed_free(struct keyed *); /* NULL is allowed */

/* Is the record that begins here to be held? Then its bytes; then its end, true: it was decrypted
   and read, false: it stays closed, and its size is all that is known. */
bool tls_keyed_wants(struct dialog *, enum rdpath_direction);
void tls_keyed_add(struct dialog *, struct chunk *content);
bool tls_keyed_end(struct dialog *, const struct chunk *);
/* Bytes are missing: the record that is held cannot be decrypted. */
void tls_keyed_gap(struct dialog *, enum rdpath_direction);

/* A decrypted handshake message of that type is over. */
void tls_keyed_message(struct dialog *, const struct chunk *content, uint8_t type);

/* ---- phase.c --------------------------------------------------------------------------------- */

/* The TLS handshake is over: version and cipher tell how long plain PDUs are. */
void phase_begin(struct dialog *);

/* Without TLS: licensing began, and PDUs have the length that they show. */
void phase_begin_licensing(struct dialog *);

/* An alert: what follows is no session any more. */
void phase_end(struct dialog *);

/* One whole record of len bytes, its header not counted. */
void phase_record(struct dialog *, enum rdpath_direction, uint32_t len, struct moment);

#endif
