/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation of one UDP leg: datagrams of both directions go in, facts about the leg come
 * out. Every byte is an attacker's.
 */
#ifndef ANALYZE_PROTO_DATAGRAMS_H
#define ANALYZE_PROTO_DATAGRAMS_H

#include "analyze/attempt/leg.h"
#include "base/reader.h"

struct datagrams;

struct datagram {
    enum rdpath_direction direction;
    struct moment at;
    uint32_t ip_len;
    bool fragmented; /* it came in IP fragments: its length says nothing about the path */
    bool has_id;
    uint32_t id; /* of IP: a frame that was recorded twice has it twice */
    struct reader payload;
    uint32_t payload_len; /* as sent, held or not */
};

/* Does a leg begin with this payload? answer: with the server's, the client's was not captured. */
bool datagrams_begin(struct reader payload, bool *answer);

/* The same of one to an RD Gateway, which has DTLS at once [MS-TSGU 1.3.3]: its ClientHello. */
bool datagrams_begin_bare(struct reader payload);

/* The correlation id that it names, NULL: none. It points into the payload. */
const uint8_t *datagrams_correlation_id(struct reader payload);

/* For drawings: what a datagram turned out to be, and what became of one of the newest ones. */
struct datagram_told {
    enum rdpath_packet_note note;
    enum rdpath_direction direction;
    uint8_t again; /* nth repetition */
    bool duplicate;
};
enum rdpath_fate datagrams_fate(const struct datagrams *, enum rdpath_direction, rdpath_ref);

/* held: what all handshakes together may hold. */
struct datagrams *datagrams_new(struct leg *, struct x509_shelf *, struct budget *held);
struct datagram_told datagrams_take(struct datagrams *, const struct datagram *);
/* Nothing will come any more: what waits for an earlier piece is read now. */
void datagrams_end(struct datagrams *);
void datagrams_free(struct datagrams *);

#endif
