/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of one connection of a probe, told from its packets: which segments were delivered to
 * the server (ACK, SACK), and which came from it, whole or with holes.
 */
#ifndef CAPTURE_PROBE_STREAM_H
#define CAPTURE_PROBE_STREAM_H

#include "capture/probe_packet.h"

enum { STREAM_PIECES_MAX = 32, STREAM_EARLY_MAX = 16 };

struct stream_piece {
    uint32_t from, to; /* offsets, from 0 */
    uint32_t ip_len;
    uint32_t n_sent;
    bool delivered;
    bool ambiguous; /* sent again in other sizes: delivered says nothing of this one */
};

struct stream_range {
    uint32_t from, to;
};

struct probe_stream {
    bool has_out, has_in; /* a SYN of that direction was seen */
    uint32_t first_out, first_in;
    struct stream_piece pieces[STREAM_PIECES_MAX];
    uint32_t n_pieces;
    uint32_t acked;
    uint32_t n_packets_out, n_bytes_out;
    uint32_t in_next; /* bytes that came in order */
    struct stream_range early[STREAM_EARLY_MAX];
    uint32_t n_early;      /* > 0: there is a hole */
    uint32_t largest_in;   /* packets with data, of the server's flight */
    uint32_t n_largest_in; /* of that size */
    uint32_t first_in_len;
    uint32_t flight_at; /* where its TLS flight begins */
    uint16_t own_mss;   /* as advertised */
    bool ended;         /* FIN or RST from the server */
    int64_t syn_ns, answer_ns, last_in_ns;
};

void stream_take_out(struct probe_stream *, const struct probe_packet *);
void stream_take_in(struct probe_stream *, const struct probe_packet *);

/* Is there a segment, sent behind this one, that was delivered? Then it was overtaken or lost. */
bool stream_is_overtaken(const struct probe_stream *, const struct stream_piece *);

#endif
