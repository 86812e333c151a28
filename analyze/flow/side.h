/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A TCP connection has two sides; everything that one side sends is accounted
 * in its `struct side`. Sequence numbers are unwrapped into 64-bit offsets from the side's initial
 * sequence number, so that nothing below has to think about wrap-around.
 *
 *   segment.c   the one judge: decides before any accounting what a segment is
 *   sendings.c  what is under way: each unacknowledged piece, how often and how large it was sent
 *   account.c   keeps the numbers of the path: delivered, lost, holes, times
 *   stream.c    the payload in order, with explicit gaps
 *
 * An observer can miss packets, so state is kept as what was seen (offsets, bits), and names such
 * as "open" are derived from it.
 */
#ifndef ANALYZE_FLOW_SIDE_H
#define ANALYZE_FLOW_SIDE_H

#include "analyze/net/packet.h"
#include "base/budget.h"
#include "base/frames.h"

enum {
    SIDE_RECENT = 8,    /* frames remembered to recognise a second recording */
    SIDE_SENDINGS = 32, /* pieces under way that are watched: beyond, only the oldest matter */
    SENDING_FRAMES = 6, /* frames kept of one piece's sendings */
    SIDE_HOLES = 16,    /* ranges not seen yet; more than that is a capture with holes */
    SIDE_QUEUE_MAX = 256 * 1024, /* out-of-order bytes held: four times the largest record */
};

/* [from, to) in offsets. */
struct span {
    uint64_t from, to;
};

/* A range that was not seen. */
struct hole {
    struct span range;
    int64_t since_ns; /* when the first byte behind it came */
};

/* A frame as remembered to recognise that it was recorded twice. */
struct recent {
    int64_t ts_ns;
    uint32_t seq, ack, id, ts_value, payload_len, rest; /* rest: see rest_mixed() */
    uint32_t interface; /* where it was recorded, and in which layer */
    uint16_t window;
    uint8_t flags, tunnel, ttl;
    bool has_id;
};

/* One piece of data under way, by the exact range in which it was sent. */
struct sending {
    struct span range;
    uint32_t ip_len;
    uint32_t n_sent;
    uint32_t part_len; /* of a merged frame: the longest part that arrived alone; 0 = none */
    int64_t first_ns, last_ns, last_gap_ns;
    uint8_t n_growing; /* times that a gap was clearly longer than the one before it */
    uint16_t id;       /* IP id of its last sending; 0 = none that tells */
    bool df, merged, sacked;
    bool sent_before;                   /* its bytes had been under way before, packed otherwise */
    bool shrunk;                        /* its bytes were sent again in a smaller packet */
    bool smaller_after, as_large_after; /* delivered among what was sent since first_ns */
    rdpath_ref frames[SENDING_FRAMES];
};

/* A piece of payload that came before the bytes in front of it. */
struct queued {
    struct queued *next;
    uint64_t from;
    uint32_t len;
    int64_t ts_ns;
    rdpath_ref frame;
    uint8_t bytes[];
};

/* Offset of the SYN. Far from zero, so that bytes from before the capture stay positive. */
#define SIDE_BASE 0x100000000ULL

struct side {
    bool known;        /* offsets are anchored */
    uint32_t isn;      /* the sequence number at SIDE_BASE */
    uint64_t next;     /* behind the highest byte seen, or told of by an empty segment */
    uint64_t acked;    /* the peer acknowledged everything below */
    uint64_t fin;      /* offset of its FIN; 0 = none seen */
    uint16_t peer_mss; /* the limit of what it sends; 0 = unknown */
    uint16_t mss;      /* that this side announced: the limit of what the other side sends */
    bool zero_window;  /* its receive window is closed now */
    struct {           /* what its packets look like; resets are not among them */
        uint8_t last_ttl;
        bool timestamps; /* RFC 7323 */
        uint16_t window; /* as its last packet told it */
        uint16_t last_id;
        uint32_t n_ids, n_id_steps;      /* pairs of IPv4 ids, and those with a small step */
        int64_t last_ns, last_asking_ns; /* of its last packet; of its last SYN or data */
        uint32_t asking_ack;             /* what that one acknowledged */
    } habit;
    uint8_t ttl;            /* of its first packet */
    uint32_t last_id;       /* of its last packet in order */
    uint32_t last_ts_value; /* TCP timestamp of its last new segment; 0 = none */
    struct recent recent[SIDE_RECENT];
    uint32_t n_recent;
    struct sending *sendings; /* as large as was needed */
    uint32_t n_sendings, sendings_room;
    struct hole *holes; /* ascending */
    uint32_t n_holes, holes_room;
    struct rdpath_frames hole_frames;
    uint32_t largest_since_hole; /* IP length of the largest new packet seen behind the hole */
    struct {                     /* stream.c */
        struct queued *queue;
        uint32_t queue_len;
        struct budget *budget; /* of the queues of all flows */
        uint64_t read;         /* handed out up to here */
        struct reader now;     /* payload of the present packet, from now_from on */
        uint64_t now_from;
        int64_t now_ns;
        rdpath_ref now_frame;
        struct queued *lent; /* handed out last; freed at the next call */
    } stream;
    struct { /* an ICMP error told it to send smaller packets */
        uint32_t mtu;
        int64_t since_ns;
        uint32_t n_above, n_heeded;
        uint64_t upto; /* what was under way when it was told: sent again smaller, not lost */
        struct rdpath_frames above_frames;
    } told;
    struct { /* which of them counts depends on where the capture was taken */
        uint32_t acked_df, acked, seen, piece;
        rdpath_ref acked_df_frame, acked_frame, seen_frame;
    } largest;
    int64_t last_acked_ns, last_seen_ns; /* when new data was last acknowledged, or seen */
    int64_t repeated_acked_ns;           /* when it last repeated what was already acknowledged */
    int64_t bare_ack_ns;                 /* when it last sent an empty acknowledgement */
    uint32_t bare_ack_len;
    uint32_t n_forgiven; /* repetitions told needless by time alone; a D-SACK may say so again */
    uint32_t n_probes_answered;
    uint32_t n_probes_open; /* sent since the last answer to one */
    int64_t probe_ns;       /* the first of those */
    bool probe_open;
    uint64_t begun_id; /* id of the fragmented packet that was begun last, and 1; 0 = none */
    bool shrank;       /* sent bytes again in smaller packets: full size is no longer known */
    bool merged_short; /* cards merged segments that were shorter than full ones */
    struct span sacked_unseen; /* the peer has it, and it was not seen; empty = none */
    struct rdpath_path path;
};

/* What a segment is. Decided once, in segment.c. */
enum segment_kind {
    SEGMENT_EMPTY,       /* no payload, no SYN, no FIN */
    SEGMENT_NEW,         /* data not seen before, in order */
    SEGMENT_AFTER_GAP,   /* data not seen before, with bytes missing in front of it */
    SEGMENT_LATE,        /* fills a hole, overtaken on the path */
    SEGMENT_LATE_AGAIN,  /* fills a hole: sent again, the first sending was lost before here */
    SEGMENT_AGAIN,       /* sent before, not acknowledged when it was sent again */
    SEGMENT_AGAIN_ACKED, /* sent before and acknowledged already: needless from here */
    SEGMENT_KEEPALIVE,   /* a byte or none from just below: asks whether the peer lives */
    SEGMENT_PROBE,       /* a byte into a closed window */
    SEGMENT_DUPLICATE,   /* the same frame recorded twice: must not be accounted */
    SEGMENT_DAMAGED,     /* cut off on its way: its receiver throws it away */
    SEGMENT_RESET,
};

struct segment {
    enum segment_kind kind;
    struct span range; /* of payload; FIN and SYN are not in it */
    bool merged;       /* made by an offload engine: its size says nothing */
};

/* Judges a segment of `from`, before the accounting. `to` is the side that receives it. */
struct segment segment_judge(struct side *from, const struct side *to, const struct packet *,
                             const struct tcp_segment *);

/* Offsets. */
uint64_t side_offset(const struct side *, uint32_t seq);
void side_anchor(struct side *, uint32_t isn);

/* sendings.c */
/* Is this another recording of what is under way: once as the merged frame that the host handed to
   its card, once as the packets that the card made of it? */
bool sendings_has_twin(const struct side *, const struct packet *, struct span);
/* Is exactly this range under way? */
bool sendings_has(const struct side *, struct span);
/* Notes one sending; returns how often this very piece has been sent before. */
uint32_t sendings_add(struct side *, const struct segment *, const struct packet *, rdpath_ref);
void sendings_acked(struct side *, uint64_t offset, int64_t now_ns);
void sendings_sacked(struct side *, struct span, int64_t now_ns);
/* At the end: what is still under way stays unacknowledged. Returns the first offset that was sent
   again and never acknowledged, UINT64_MAX where there is none. */
uint64_t sendings_finish(struct side *);

/* holes.c: ranges that the capture has not seen, below side.next. */
void holes_open(struct side *, struct span, int64_t now_ns);
/* The range was seen, or acknowledged: then what was missing of it is the capture's own loss.
   Returns the bytes that were missing. */
uint64_t holes_fill(struct side *, struct span);
/* The first hole that the range touches, NULL: none. */
const struct hole *holes_first(const struct side *, struct span);

/* Room for one more in a list of that many; it grows by doubling. */
void *side_room(void *list, uint32_t n, uint32_t *room, size_t size);

/* stream.c */
struct flow_chunk;
void stream_put(struct side *, const struct segment *, const struct tcp_segment *);
bool stream_read(struct side *, struct flow_chunk *);
void stream_free(struct side *);

#endif
