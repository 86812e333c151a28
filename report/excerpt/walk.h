/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks the bytes of one direction of a connection in order, as the analysis does, and keeps of
 * them in a lane what the answer rests on: messages in clear, and the headers of TLS records.
 * Where it loses its place nothing is kept until a header that it knows begins a piece.
 */
#ifndef REPORT_EXCERPT_WALK_H
#define REPORT_EXCERPT_WALK_H

#include "rdpath_words.h"
#include "report/excerpt/fake.h"
#include "report/excerpt/lane.h"

#include "base/reader.h"

enum { WALK_PIECES = 64 };

/* A unit that is put together: its bytes, and where in the stream they stand. */
struct walk_unit {
    uint8_t *bytes;
    uint32_t len, size, n_pieces;
    struct walk_piece {
        uint64_t from;
        uint32_t len;
    } pieces[WALK_PIECES];
};

/* What both directions of a connection know. */
struct walk_both {
    bool tls_13;
    bool socks, http;
};

struct walk {
    struct lane *lane;
    struct fake *fake; /* NULL: the bytes stay as they are */
    struct walk_both *both;
    enum rdpath_direction way;
    uint32_t n_whole; /* so many encrypted records are not to be cut: when each of them was over
                         tells how far a session got */
    uint8_t speaks;
    bool greeted;  /* X.224 was seen: no proxy's message comes any more */
    bool mcs;      /* X.224 data was seen: fast-path may come */
    bool ciphered; /* TLS: behind ChangeCipherSpec */
    uint8_t record_type;
    uint32_t record_left;        /* TLS: of the record; else of the unit, beyond what is held */
    uint32_t message_left;       /* TLS: of a handshake message of which bytes are missing */
    struct walk_unit unit, head; /* head: of a record; a message may wait for it */
};

void walk_bytes(struct walk *, struct reader bytes, uint64_t from);
void walk_gap(struct walk *, uint64_t len);
void walk_end(struct walk *); /* what is not whole is kept as far as it was seen */

#endif
