/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one judge. Every later step trusts its answer, so that no rule ever has to ask again whether
 * a segment was sent twice, recorded twice, merged by a network card or overtaken on its way.
 */
#include "analyze/flow/side.h"

/* Shorter than the least retransmission timeout in use (200 ms on Linux, RFC 6298 says 1 s). */
#define SAME_FRAME_MAX_NS 100000000LL
/* Without an IP id to compare, only copies that no round trip can explain are taken for one: where
   none was measured, those of a tap or of a stack's components. */
#define SAME_FRAME_NO_ID_MAX_NS 1000000LL
/* A reset answers one packet (RFC 9293 section 3.10.7.1): a host that numbers none sends equal
   ones, one to each packet of its peer. */
#define SAME_RESET_NO_ID_MAX_NS 100000LL
#define SAME_FRAME_NO_RTT_MAX_NS 5000000LL
/* A packet that is overtaken arrives this soon, however short the round trip is: a loss that was
   repaired within that time would harm nobody. */
#define OVERTAKEN_MIN_NS 5000000LL

enum {
    ETHERNET_MTU = 1500,
    ID_WINDOW = 4096, /* an id this far below the last is older, not wrapped */
};

uint64_t side_offset(const struct side *s, uint32_t seq)
{
    uint32_t next_seq = s->isn + (uint32_t)(s->next - SIDE_BASE);
    return s->next + (uint64_t)(int64_t)(int32_t)(seq - next_seq);
}

void side_anchor(struct side *s, uint32_t isn)
{
    s->known = true;
    s->isn = isn;
    s->next = SIDE_BASE;
    s->acked = SIDE_BASE;
    s->stream.read = SIDE_BASE + 1;
}

static int64_t no_id_limit(const struct side *s, const struct side *peer, uint8_t flags)
{
    if (flags & TCP_SYN) /* sent again after a second, RFC 6298 section 2.1 */
        return SAME_FRAME_MAX_NS;
    if (flags & TCP_RST)
        return SAME_RESET_NO_ID_MAX_NS;
    if (s->path.rtt_ns == RDPATH_UNKNOWN || peer->path.rtt_ns == RDPATH_UNKNOWN)
        return SAME_FRAME_NO_RTT_MAX_NS;
    int64_t limit = (s->path.rtt_ns + peer->path.rtt_ns) / 2;
    if (limit < SAME_FRAME_NO_ID_MAX_NS)
        return SAME_FRAME_NO_ID_MAX_NS;
    return limit < SAME_FRAME_MAX_NS ? limit : SAME_FRAME_MAX_NS;
}

static bool same_frame(const struct recent *a, const struct recent *b, int64_t no_id_limit_ns)
{
    if (a->seq != b->seq || a->ack != b->ack || a->flags != b->flags || a->window != b->window ||
        a->payload_len != b->payload_len || a->ts_value != b->ts_value || a->id != b->id ||
        a->rest != b->rest)
        return false;
    bool telling = b->has_id && b->id != 0;
    if (a->interface != b->interface || a->tunnel != b->tunnel)
        telling = true; /* a repetition comes the same way as what it repeats */
    if (!telling && b->flags & TCP_RST && a->ttl != b->ttl)
        return false; /* each from elsewhere */
    int64_t apart = b->ts_ns > a->ts_ns ? b->ts_ns - a->ts_ns : a->ts_ns - b->ts_ns;
    return apart <= (telling ? SAME_FRAME_MAX_NS : no_id_limit_ns);
}

/* Packets that differ in their SACK blocks or in the timestamp they echo alone are different. */
static uint32_t rest_mixed(const struct tcp_segment *t)
{
    uint32_t mixed = t->ts_echo * 31 + t->n_sack;
    for (uint32_t i = 0; i < t->n_sack; i++)
        mixed = (mixed * 31 + t->sack[i].from) * 31 + t->sack[i].to;
    return mixed;
}

/* Remembers the frame; true where it was there already. */
static bool seen_before(struct side *s, const struct side *peer, const struct packet *p,
                        const struct tcp_segment *t)
{
    int64_t limit = no_id_limit(s, peer, t->flags);
    struct recent now = {
        .ts_ns = p->frame->ts_ns,
        .seq = t->seq,
        .ack = t->ack,
        .id = p->id,
        .has_id = p->has_id,
        .ts_value = t->ts_value,
        .payload_len = t->payload_len,
        .rest = rest_mixed(t),
        .interface = p->frame->interface,
        .ttl = p->ttl,
        .tunnel = p->tunnel,
        .window = t->window,
        .flags = t->flags,
    };
    uint32_t held = s->n_recent < SIDE_RECENT ? s->n_recent : SIDE_RECENT;
    for (uint32_t i = 0; i < held; i++) {
        if (same_frame(&s->recent[i], &now, limit))
            return true;
    }
    s->recent[s->n_recent++ % SIDE_RECENT] = now;
    return false;
}

static bool is_merged(const struct side *receiver, const struct packet *p,
                      const struct tcp_segment *t)
{
    if (receiver->mss)
        return t->payload_len > receiver->mss;
    return t->payload_len > 0 && p->ip_len > ETHERNET_MTU;
}

/* A segment on its way from one side to the other. */
struct passing {
    const struct side *from, *to;
    const struct packet *packet;
    const struct tcp_segment *tcp;
};

/* +1: it was sent before the last new segment, -1: after it, 0: they do not tell. IP ids of IPv4
   count up, timestamps of TCP do not go back (RFC 7323 section 4.3). */
static int sent_before_last(const struct passing *g)
{
    const struct side *s = g->from;
    const struct packet *p = g->packet;
    if (p->has_id && p->id != 0 && s->last_id != 0 && p->src.version == 4) {
        uint16_t behind = (uint16_t)(s->last_id - p->id);
        return behind > 0 && behind < ID_WINDOW ? 1 : -1;
    }
    int32_t ticks_behind = (int32_t)(s->last_ts_value - g->tcp->ts_value);
    if (!g->tcp->has_timestamps || !s->last_ts_value)
        return 0;
    return (ticks_behind > 0) - (ticks_behind < 0);
}

/* Did the packet that fills a hole only arrive late, or was it sent a second time? */
static bool was_overtaken(const struct passing *g, const struct hole *hole)
{
    int sent_before = sent_before_last(g);
    if (sent_before != 0)
        return sent_before > 0;
    int64_t limit = 0, rtt_up = g->from->path.rtt_ns, rtt_down = g->to->path.rtt_ns;
    if (rtt_up != RDPATH_UNKNOWN && rtt_down != RDPATH_UNKNOWN)
        limit = (rtt_up + rtt_down) / 4 * 3;
    if (limit < OVERTAKEN_MIN_NS)
        limit = OVERTAKEN_MIN_NS;
    return g->packet->frame->ts_ns - hole->since_ns <= limit;
}

static enum segment_kind judge_old(const struct passing *g, struct span range)
{
    const struct side *s = g->from;
    const struct hole *hole = holes_first(s, range);
    if (hole)
        return was_overtaken(g, hole) ? SEGMENT_LATE : SEGMENT_LATE_AGAIN;
    if (range.to - range.from == 1 && g->to->zero_window)
        return SEGMENT_PROBE;
    if (sendings_has_twin(s, g->packet, range))
        return SEGMENT_DUPLICATE;
    return range.to <= s->acked ? SEGMENT_AGAIN_ACKED : SEGMENT_AGAIN;
}

/* Numbered just below what comes next (RFC 9293 section 3.8.4). A byte that was sent by itself and
   is still under way was sent again instead. */
static bool asks_for_life(const struct side *s, struct span range)
{
    return range.to - range.from <= 1 && range.from + 1 == s->next && s->next > SIDE_BASE + 1 &&
           (range.from == range.to || !sendings_has(s, range));
}

static enum segment_kind judge_range(const struct passing *g, struct span range)
{
    const struct side *s = g->from;
    if (asks_for_life(s, range))
        return SEGMENT_KEEPALIVE;
    if (range.from == range.to)
        return SEGMENT_EMPTY;
    if (range.to <= s->next)
        return judge_old(g, range);
    return range.from > s->next ? SEGMENT_AFTER_GAP : SEGMENT_NEW;
}

struct segment segment_judge(struct side *from, const struct side *to, const struct packet *p,
                             const struct tcp_segment *t)
{
    struct segment result = {.kind = SEGMENT_RESET};
    if (seen_before(from, to, p, t)) {
        result.kind = SEGMENT_DUPLICATE;
        return result;
    }
    if (p->damaged) {
        result.kind = SEGMENT_DAMAGED;
        return result;
    }
    if (t->flags & TCP_RST)
        return result;
    if (!from->known)
        side_anchor(from, t->flags & TCP_SYN ? t->seq : t->seq - 1);
    if (from->next == SIDE_BASE && !(t->flags & TCP_SYN))
        from->next = SIDE_BASE + 1;
    uint64_t offset = side_offset(from, t->seq) + (t->flags & TCP_SYN ? 1 : 0);
    result.range = (struct span){offset, offset + t->payload_len};
    result.merged = is_merged(to, p, t);
    if (t->flags & (TCP_SYN | TCP_FIN) && t->payload_len == 0)
        result.kind = SEGMENT_EMPTY;
    else
        result.kind = judge_range(&(struct passing){from, to, p, t}, result.range);
    if (result.kind == SEGMENT_NEW || result.kind == SEGMENT_AFTER_GAP)
        from->last_ts_value = t->ts_value;
    return result;
}
