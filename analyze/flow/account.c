/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of a connection: the judged segment of one side changes the numbers of that side, and
 * its acknowledgement those of the other.
 */
#include "analyze/flow/flow.h"

enum {
    ID_STEP_MAX = 64, /* of a host that counts, with packets to others in between */
    TCP_HEADER_LEN = 20,
    QUOTED_APART_MAX = 1 << 20, /* a window's worth: what an ICMP error quotes was just sent */
};

/* Less than the shortest retransmission timeout (200 ms). */
#define HEED_GRACE_NS 100000000LL
/* An acknowledgement of more than this that was never seen is a foreign or damaged number. */
#define ACK_AHEAD_MAX (1ULL << 30)

static void note_id(struct side *s, uint16_t id)
{
    uint16_t step = (uint16_t)(id - s->habit.last_id);
    if (s->habit.last_id) {
        s->habit.n_ids++;
        s->habit.n_id_steps += step > 0 && step <= ID_STEP_MAX;
    }
    s->habit.last_id = id;
}

static void note_habits(struct side *s, const struct packet *p, const struct tcp_segment *t)
{
    if (s->ttl == 0)
        s->ttl = p->ttl;
    s->habit.last_ttl = p->ttl;
    s->habit.timestamps = t->has_timestamps;
    s->habit.window = t->window;
    s->habit.last_ns = p->frame->ts_ns;
    if (t->payload_len || t->flags & TCP_SYN) {
        s->habit.last_asking_ns = p->frame->ts_ns;
        s->habit.asking_ack = t->ack;
    }
    if (p->has_id && p->id && p->src.version == 4)
        note_id(s, (uint16_t)p->id);
}

static void note_header(struct side *s, const struct packet *p, const struct tcp_segment *t)
{
    s->path.n_packets++;
    s->path.last_packet_ns = p->frame->ts_ns;
    if (t->payload_len)
        s->path.header_len = p->ip_header_len + t->header_len;
    if (!(t->flags & TCP_RST)) /* a reset may come from elsewhere */
        note_habits(s, p, t);
}

static void note_syn(struct side *s, const struct packet *p, const struct tcp_segment *t,
                     rdpath_ref ref)
{
    struct segment syn = {.kind = SEGMENT_EMPTY, .range = {SIDE_BASE, SIDE_BASE + 1}};
    s->mss = t->mss;
    if (s->next == SIDE_BASE)
        s->next = SIDE_BASE + 1;
    sendings_add(s, &syn, p, ref);
}

/* ---- what this packet's acknowledgement says about the other side ---------------------------- */

/* Were payload bytes among it, and not only a SYN or a FIN? */
static bool acks_payload(const struct side *s, uint64_t offset)
{
    uint64_t from = s->acked > SIDE_BASE ? s->acked : SIDE_BASE + 1;
    return (s->fin && s->fin < offset ? s->fin : offset) > from;
}

static void ack_advance(struct side *acked, uint64_t offset, int64_t now_ns)
{
    if (acks_payload(acked, offset))
        acked->last_acked_ns = now_ns;
    if (offset > acked->next) { /* bytes that the capture does not hold were acknowledged */
        acked->path.n_missed += offset - acked->next;
        acked->next = offset;
    }
    acked->path.n_missed += holes_fill(acked, (struct span){0, offset});
    acked->acked = offset;
    sendings_acked(acked, offset, now_ns);
}

/* RFC 2883: a first block below the acknowledgement, or within the second block, reports data that
   arrived twice. */
static bool is_dsack(const struct side *acked, const struct tcp_segment *t, struct span first)
{
    if (first.to <= acked->acked || t->n_sack < 2)
        return first.to <= acked->acked;
    struct span second = {side_offset(acked, t->sack[1].from), side_offset(acked, t->sack[1].to)};
    return second.from <= first.from && first.to <= second.to;
}

static void forgive_one(struct side *s)
{
    if (s->n_forgiven)
        s->n_forgiven--;
    else if (s->path.n_lost)
        s->path.n_lost--;
}

static void take_sack(struct side *acked, const struct tcp_segment *t, int64_t now_ns)
{
    for (uint32_t i = 0; i < t->n_sack; i++) {
        struct span range = {side_offset(acked, t->sack[i].from),
                             side_offset(acked, t->sack[i].to)};
        if (range.from >= range.to)
            continue;
        if (range.to > acked->next) {
            if (range.to - acked->next < ACK_AHEAD_MAX)
                acked->sacked_unseen = range;
            continue;
        }
        if (i == 0 && is_dsack(acked, t, range)) { /* a keep-alive's byte is answered so too */
            if (!acked->probe_open)
                forgive_one(acked);
            continue;
        }
        acked->path.n_missed += holes_fill(acked, range);
        sendings_sacked(acked, range, now_ns);
    }
}

static void note_probe(struct side *from, int64_t now_ns)
{
    if (from->n_probes_open++ == 0)
        from->probe_ns = now_ns;
    from->probe_open = true;
}

static void take_ack(struct side *from, struct side *acked, const struct packet *p,
                     const struct tcp_segment *t)
{
    if (!(t->flags & TCP_ACK))
        return;
    int64_t now_ns = p->frame->ts_ns, rtt_ns = acked->path.rtt_ns;
    if (!acked->known) {
        side_anchor(acked, t->ack - 1);
        acked->next = acked->acked = SIDE_BASE + 1;
    }
    uint64_t offset = side_offset(acked, t->ack);
    if (offset > acked->acked && offset - acked->acked < ACK_AHEAD_MAX)
        ack_advance(acked, offset, now_ns);
    take_sack(acked, t, now_ns);
    if (acked->probe_open && offset >= acked->acked) {
        acked->n_probes_answered++;
        acked->probe_open = false;
        acked->n_probes_open = 0;
    }
    if (t->flags & TCP_RST) /* it may come from a device on the way: no round trip is that short */
        acked->path.rtt_ns = rtt_ns;
    if (t->flags & (TCP_SYN | TCP_RST))
        return;
    from->zero_window = t->window == 0;
    if (t->payload_len == 0) {
        from->path.n_bare_acks += !(t->flags & TCP_FIN);
        from->bare_ack_ns = now_ns;
        from->bare_ack_len = p->ip_len;
    }
}

/* ---- what this packet carries ---------------------------------------------------------------- */

/* What was under way when the error came does not count against the sender. */
static void note_heeding(struct side *s, uint32_t ip_len, int64_t now_ns, rdpath_ref ref)
{
    int64_t grace_ns = HEED_GRACE_NS;
    if (s->path.rtt_ns > 0 && s->path.rtt_ns < HEED_GRACE_NS * 100)
        grace_ns += 2 * s->path.rtt_ns;
    if (ip_len <= s->told.mtu) {
        s->told.n_heeded++;
    } else if (now_ns - s->told.since_ns > grace_ns) {
        s->told.n_above++;
        frames_add(&s->told.above_frames, ref);
    }
}

static void note_sizes(struct side *s, const struct segment *seg, const struct packet *p,
                       rdpath_ref ref)
{
    uint32_t whole = p->reassembled ? 0 : p->ip_len;
    if (seg->merged || whole == 0)
        return;
    if (whole > s->largest.seen) {
        s->largest.seen = whole;
        s->largest.seen_frame = ref;
    }
    if (s->n_holes && whole > s->largest_since_hole)
        s->largest_since_hole = whole;
    if (s->told.mtu && p->frame->ts_ns > s->told.since_ns)
        note_heeding(s, whole, p->frame->ts_ns, ref);
}

static void note_lost(struct side *s, const struct segment *seg, rdpath_ref ref)
{
    if (seg->range.from < s->told.upto)
        return;
    s->path.n_lost++;
    frames_add(&s->path.lost_frames, ref);
}

/* What was lost before it came here was never seen. Where it may have been larger than all that
   ever passed, its size may be why: that is no loss to count. */
static void note_late(struct side *s, const struct segment *seg, const struct packet *p,
                      rdpath_ref ref)
{
    struct span hole = holes_first(s, seg->range)->range;
    uint64_t payload = hole.to - hole.from;
    if (s->peer_mss && payload > s->peer_mss)
        payload = s->peer_mss;
    holes_fill(s, seg->range);
    if (seg->kind == SEGMENT_LATE) {
        s->path.n_reordered++;
        return;
    }
    s->path.retransmitted++;
    if (payload + p->ip_header_len + TCP_HEADER_LEN <= s->largest.seen)
        note_lost(s, seg, ref);
}

static void note_new(struct side *s, const struct segment *seg, const struct packet *p)
{
    s->path.n_data++;
    s->path.n_bytes += seg->range.to - seg->range.from;
    s->last_seen_ns = p->frame->ts_ns;
    s->last_id = p->id;
    if (seg->range.to > s->next)
        s->next = seg->range.to;
}

static void note_behind_gap(struct side *s, uint64_t from, int64_t now_ns, rdpath_ref ref)
{
    holes_open(s, (struct span){s->next, from}, now_ns);
    s->next = from;
    frames_add(&s->hole_frames, ref);
    s->path.n_missed += holes_fill(s, s->sacked_unseen); /* what the peer has was not lost */
}

static uint32_t account_data(struct side *s, const struct segment *seg, const struct packet *p,
                             rdpath_ref ref)
{
    switch (seg->kind) {
    case SEGMENT_AFTER_GAP:
        note_behind_gap(s, seg->range.from, p->frame->ts_ns, ref);
        note_new(s, seg, p);
        break;
    case SEGMENT_NEW: /* may begin with what is sent again */
        holes_fill(s, seg->range);
        note_new(s, seg, p);
        break;
    case SEGMENT_LATE:
    case SEGMENT_LATE_AGAIN:
        s->path.n_data++;
        s->path.n_bytes += seg->range.to - seg->range.from;
        s->last_seen_ns = p->frame->ts_ns;
        note_late(s, seg, p, ref);
        break;
    case SEGMENT_AGAIN:
        s->path.retransmitted++;
        s->path.n_seen_twice++;
        note_lost(s, seg, ref);
        break;
    case SEGMENT_AGAIN_ACKED:
        s->path.retransmitted++;
        s->repeated_acked_ns = p->frame->ts_ns;
        return 1;
    default:
        return 0;
    }
    note_sizes(s, seg, p, ref);
    return sendings_add(s, seg, p, ref);
}

/* An empty segment that is numbered ahead of what was seen tells that bytes are missing. */
static void account_empty(struct side *s, const struct segment *seg, const struct packet *p,
                          rdpath_ref ref)
{
    if (seg->range.from > s->next && seg->range.from - s->next < ACK_AHEAD_MAX)
        note_behind_gap(s, seg->range.from, p->frame->ts_ns, ref);
    else if (s->n_holes)
        frames_add(&s->hole_frames, ref);
}

/* A card merges segments of one length, up to one that is marked as the last. */
static void note_merged(struct side *s, const struct tcp_segment *t)
{
    uint32_t options = t->header_len - TCP_HEADER_LEN;
    uint32_t full = s->peer_mss > options ? s->peer_mss - options : 0;
    s->path.n_merged++;
    if (full && t->payload_len % full && !(t->flags & (TCP_PSH | TCP_FIN)))
        s->merged_short = true;
}

static void note_fin(struct side *s, const struct segment *seg)
{
    if (s->fin)
        return;
    s->fin = seg->range.to;
    if (s->next == s->fin)
        s->next = s->fin + 1;
}

bool flow_packet(struct flow *f, const struct packet *p, rdpath_ref ref, struct flow_event *ev)
{
    struct side *from = &f->side[ev->direction], *to = &f->side[!ev->direction];
    ev->again = 0;
    from->peer_mss = to->mss;
    if (!tcp_decode(p, &ev->tcp))
        return false;
    const struct tcp_segment *t = &ev->tcp;
    ev->segment = segment_judge(from, to, p, t);
    if (ev->segment.kind == SEGMENT_DUPLICATE) {
        from->path.n_duplicates++;
        return true;
    }
    if (ev->segment.kind == SEGMENT_DAMAGED)
        return true;
    note_header(from, p, t);
    take_ack(from, to, p, t);
    if (ev->segment.kind == SEGMENT_RESET)
        return true;
    if (ev->segment.merged)
        note_merged(from, t);
    if (t->flags & TCP_SYN)
        note_syn(from, p, t, ref);
    else if (ev->segment.kind == SEGMENT_EMPTY)
        account_empty(from, &ev->segment, p, ref);
    else if (ev->segment.kind == SEGMENT_KEEPALIVE || ev->segment.kind == SEGMENT_PROBE)
        note_probe(from, p->frame->ts_ns);
    else
        ev->again = account_data(from, &ev->segment, p, ref);
    if (t->flags & TCP_FIN)
        note_fin(from, &ev->segment);
    from->stream.now_ns = p->frame->ts_ns;
    from->stream.now_frame = ref;
    stream_put(from, &ev->segment, t);
    return true;
}

/* The first fragment counts its packet as begun, once; what completes it takes that back. */
void flow_fragment(struct flow *f, const struct packet *p, const struct flow_piece *piece)
{
    struct side *s = &f->side[piece->direction];
    s->path.n_fragments++;
    if (p->ip_len > s->largest.piece)
        s->largest.piece = p->ip_len;
    bool first = p->fragment_offset == 0, counted = s->begun_id == p->id + 1ULL;
    if (first && !piece->whole && !counted) {
        s->begun_id = p->id + 1ULL;
        s->path.n_unassembled++;
        frames_add(&s->path.unassembled_frames, piece->frame);
    }
    if (!first && piece->whole && s->path.n_unassembled)
        s->path.n_unassembled--;
}

bool flow_may_have_sent(const struct flow *f, enum rdpath_direction way, uint32_t seq)
{
    const struct side *s = &f->side[way];
    if (!s->known)
        return true;
    uint64_t offset = side_offset(s, seq);
    uint64_t apart = offset < s->next ? s->next - offset : offset - s->next;
    return apart <= QUOTED_APART_MAX;
}

void flow_too_big(struct flow *f, enum rdpath_direction way, uint32_t mtu, int64_t now_ns)
{
    struct side *s = &f->side[way];
    if (s->told.mtu && s->told.mtu <= mtu)
        return;
    s->told.mtu = mtu;
    s->told.since_ns = now_ns;
    s->told.upto = s->next;
    s->told.n_above = s->told.n_heeded = 0;
    s->told.above_frames = (struct rdpath_frames){0};
}

bool flow_read(struct flow *f, enum rdpath_direction way, struct flow_chunk *c)
{
    return stream_read(&f->side[way], c);
}
