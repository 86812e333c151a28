/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A sealed tunnel shows its packets' sizes and times, and nothing else. Where
 * a capture also holds the packets inside (the tunnel's own interface), each of them has a partner:
 * a packet of the tunnel, the same way, a few milliseconds away, larger by what the tunnel adds.
 *
 * A packet of a watched connection waits until the time around it has passed. Then it is compared
 * with the tunnel packets around it. Exactly one of a fitting size makes a pair; several are no
 * evidence, none is counter-evidence. A tunnel is told as the connection's only where many pairs
 * agree: by one difference, or by one that rounding up to a block explains, over sizes so different
 * that no other traffic could fit, and where next to no packet stands alone.
 *
 * What only may be a tunnel (TLS on port 443) is kept apart, where it takes no place from the
 * others, and is told of nothing but the connection that it is proven to carry. A gateway that ends
 * one connection and begins another passes on the bytes, but never the acknowledgements: so they
 * have to be among the pairs.
 */
#ifndef ANALYZE_FLOW_CARRIERS_H
#define ANALYZE_FLOW_CARRIERS_H

#include "analyze/net/sealed.h"
#include "base/frames.h"

enum {
    CARRIERS_GROUPS = 2,    /* tunnels, and what only may be one: the limits hold for each */
    CARRIERS_MAX = 32,      /* tunnels at a time; the one that is quiet for longest makes room */
    CARRIERS_RING = 2048,   /* packets of them, of the last milliseconds: 32 KiB */
    CARRIERS_WAITING = 128, /* packets of connections that wait for a partner */
    PAIRING_TRIES = 4,      /* tunnels that one attempt is compared with */
    PAIRING_PAIRS = 64,     /* pairs kept for each; enough to decide */
};

/* A sealed tunnel: one kind between two addresses. */
struct carrier {
    struct addr ends[2]; /* the sender of the first packet, its receiver */
    uint8_t kind;        /* enum tunnel_kind; TUNNEL_NONE: a free place */
    uint32_t serial;     /* tells it from others in the same place */
    uint64_t n_packets;
    uint32_t largest; /* IP length */
    int64_t first_ns, last_ns;
    struct rdpath_frames frames; /* of its first packet, and of the largest */
};

/* What an attempt's packets have in common with one tunnel's, in one of two orientations. */
struct pairing_try {
    uint32_t serial;
    bool turned; /* what goes to the server goes to the tunnel's first end */
    uint32_t n_pairs, n_alone;
    uint32_t n_order[2][2]; /* pairs by direction; the tunnel's packet first, or the other one */
    struct {
        uint16_t inner, outer;
        bool bare; /* TCP without payload */
    } pair[PAIRING_PAIRS];
};

struct pairing_tries {
    struct pairing_try list[PAIRING_TRIES * 2];
    uint32_t n;
};

struct pairing {
    struct pairing_tries tries[CARRIERS_GROUPS];
    uint32_t n_compared;
};

/* What was measured. */
struct pairing_found {
    const struct carrier *carrier;
    uint32_t n_pairs, least_more, most_more;
    uint32_t n_bare; /* pairs of packets without payload */
    /* By direction: more of its packets were seen inside first, so that they enter the tunnel
       where the capture was taken; or outside first, so that they leave it there. */
    bool enters[2], leaves[2];
    bool turned; /* what goes to the server goes to the carrier's first end */
};

/* pairing.c: does this prove that the tunnel carries the connection? Sets all but carrier. */
bool pairing_judge(const struct pairing_try *, struct pairing_found *);

struct carriers;

struct carriers *carriers_new(void);
void carriers_free(struct carriers *);

/* A packet of a sealed tunnel. */
void carriers_note(struct carriers *, const struct packet *, enum tunnel_kind, rdpath_ref);

/* A packet of a connection, outside of any tunnel that could be opened. The pairing must live until
   carriers_forget(). */
void carriers_note_inner(struct carriers *, struct pairing *, const struct packet *,
                         enum rdpath_direction);

/* Compares what still waits, and tells the tunnel that the pairing proves. False: none. */
bool carriers_conclude(struct carriers *, struct pairing *, struct pairing_found *);
void carriers_forget(struct carriers *, const struct pairing *);

/* Are there any? */
bool carriers_any(const struct carriers *);
/* Those that are certain, by number; NULL behind the last one. Places may be free: then kind is
   TUNNEL_NONE. */
const struct carrier *carriers_at(const struct carriers *, uint32_t);

#endif
