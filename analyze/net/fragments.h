/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP fragments: tracked, tied to the ports that only the first one carries, and put together when
 * all have arrived (RFC 791, RFC 8200 section 4.5). Overlapping fragments end a datagram
 * (RFC 5722): a sender does not make them.
 */
#ifndef ANALYZE_NET_FRAGMENTS_H
#define ANALYZE_NET_FRAGMENTS_H

#include "analyze/net/packet.h"

struct fragments;

enum {
    FRAGMENTS_DATAGRAMS_MAX = 64,  /* incomplete datagrams held; the oldest makes room */
    FRAGMENTS_BYTES_MAX = 1 << 20, /* bytes held in all */
    FRAGMENTS_PIECES_MAX = 64,     /* pieces of one datagram: 65,535 bytes in 1,024 each */
};
#define FRAGMENTS_AGE_MAX_NS (30LL * 1000000000) /* RFC 791 asks for 15 s, hosts wait 30 s */

struct fragments_result {
    bool complete;       /* whole is the datagram put together */
    struct packet whole; /* valid until the next call; frame is that of the last piece,
                            reassembled is true, ip_len that of the whole datagram */
    bool has_ports;      /* the piece's ports are known, from the first fragment */
    uint16_t src_port, dst_port;
    uint32_t largest_piece; /* IP length of the largest piece so far */
    uint32_t n_pieces;      /* different pieces so far, this one included; 0 = given up */
};

struct fragments *fragments_new(void);
void fragments_free(struct fragments *);

/*
 * Takes one fragment (packet.fragment). One that was there before, byte for byte, changes nothing:
 * many captures hold every frame twice.
 */
void fragments_add(struct fragments *, const struct packet *, struct fragments_result *);

/* Incomplete datagrams that were given up since the start (age, room, overlap). */
uint64_t fragments_abandoned(const struct fragments *);

#endif
