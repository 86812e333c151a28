/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the decoders of the plain session share. inner.c cuts the stream into units and hands each
 * to the decoder of its protocol:
 *
 *   inner.c   TSRequest, EarlyUserAuthorizationResult    credssp.c, and ntlm.c for its token
 *             TPKT       mcs_unit.c   Connect Initial, Connect Response    gcc.c
 *                                     SendData           security.c, which tells from its header
 *                                                        licensing.c, transport.c, client_info.c,
 *                                                        redirection.c or share.c
 *             fast-path output: its presence alone tells something
 */
#ifndef ANALYZE_PROTO_PLAIN_H
#define ANALYZE_PROTO_PLAIN_H

#include "analyze/proto/inner.h"
#include "analyze/proto/proto.h"

enum {
    INNER_HELD_MAX = 16384, /* of a unit that is cut: the longest that is read has about 4,000 */
    PLAIN_NAME_MAX = 256,   /* UTF-16 units of a name: DNS allows 253, Windows less */
    PLAIN_NAMES_LEN = 4096, /* bytes of all names of a connection: a session has some hundred */
    MCS_IO_CHANNEL = 1003,  /* where the server's choice was not seen: all choose this */
};

/* One direction's place in its stream of units. */
struct inner_half {
    bool lost;        /* where the next unit begins is unknown */
    bool missed;      /* it was lost once */
    bool mcs;         /* CredSSP is over: the first TPKT was seen */
    bool holed;       /* bytes of the unit under way are missing: no more of it is held */
    uint32_t len;     /* of the unit under way; 0: not known yet */
    uint32_t left;    /* of it yet to come, behind what is held */
    struct held held; /* its beginning */
};

struct inner {
    struct connection *connection;
    struct dialog *clear; /* Standard RDP Security, to whose phase goes what is encrypted; NULL:
                             behind TLS */
    bool credssp;         /* it began with CredSSP */
    bool has_level;       /* the server's security data was read */
    bool encrypts;        /* and it says that session data is encrypted, or has a header for it */
    bool confirmed;       /* the client's Confirm Active was seen */
    bool mapped;          /* the server's Font Map was seen */
    uint16_t io_channel, message_channel; /* 0: not known */
    uint32_t names_len;                   /* bytes of the names that were kept */
    struct inner_half half[2];
};

/* A unit, or what is inside it, on its way through the decoders. */
struct pdu {
    enum rdpath_direction direction;
    struct moment at;
    uint32_t unit_len; /* of the TPKT unit that it came in */
    uint16_t channel;  /* of MCS SendData */
    struct reader bytes;
};

/* ---- inner.c --------------------------------------------------------------------------------- */

/* For mcs.c: len bytes of one direction are missing from what travels in clear. */
void inner_skip(struct inner *, enum rdpath_direction, uint64_t len, struct moment);

/* A rung was seen. In clear only with Standard RDP Security: a server that fails to set up TLS may
   end with one MCS PDU, which is no rung. */
void inner_reach(struct inner *, enum rdpath_stage, struct moment);

/* Where facts about the plain session are kept. */
struct rdpath_session *inner_session(struct inner *);

struct rdpath_code plain_code(uint32_t code, const struct pdu *);

/* Copies of names: UTF-16LE (or bytes, where wide is false) up to the first NUL, as UTF-8. */
struct rdpath_text plain_name(struct inner *, struct reader, bool wide);

/* ---- the decoders ---------------------------------------------------------------------------- */

void credssp_request(struct inner *, const struct pdu *);       /* [MS-CSSP 2.2.1] */
void credssp_authorization(struct inner *, const struct pdu *); /* [MS-RDPBCGR 2.2.10.2] */
bool ntlm_message(struct inner *, struct reader);               /* [MS-NLMP 2.2.1]; false: other */

void mcs_unit(struct inner *, const struct pdu *);           /* T.125 in X.224 in TPKT */
void gcc_connect(struct inner *, const struct pdu *);        /* T.124 user data of both sides */
void security_data(struct inner *, const struct pdu *);      /* [MS-RDPBCGR 2.2.8.1.1.2] */
void client_info_read(struct inner *, const struct pdu *);   /* [MS-RDPBCGR 2.2.1.11.1.1] */
void licensing_message(struct inner *, const struct pdu *);  /* [MS-RDPBCGR 2.2.1.12] */
void transport_request(struct inner *, const struct pdu *);  /* [MS-RDPBCGR 2.2.15.1] */
void transport_response(struct inner *, const struct pdu *); /* [MS-RDPBCGR 2.2.15.2] */
void auto_detect(struct inner *, const struct pdu *);        /* [MS-RDPBCGR 2.2.14] */
void share_control(struct inner *, const struct pdu *);      /* [MS-RDPBCGR 2.2.8.1.1.1] */
void redirection_packet(struct inner *, const struct pdu *); /* [MS-RDPBCGR 2.2.13.1] */
bool share_is_header(struct reader);

#endif
