/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of an account, and what it says about the sizes that pass. Which packets count depends on
 * where the capture was taken: at the receiver a packet that was seen has arrived; elsewhere only
 * one that was acknowledged, and only with DF (or IPv6), since it might have been fragmented behind
 * the point of capture.
 */
#include "analyze/flow/flow.h"

enum {
    /* A size below this is no question of the path: every IPv4 host and link takes 576 bytes
       (RFC 791), every IPv6 link 1280. What vanishes below is filtered or lost. */
    SIZE_DOUBTFUL_V4 = 576,
    SIZE_DOUBTFUL_V6 = 1279,
    REPEATS_FOR_LOST = 3,      /* contract: "again and again" */
    REPEATS_TO_CONTRADICT = 5, /* of a size that passed before: three are lost by chance, too */
    DEFAULT_MSS_V4 = 1460,
    DEFAULT_MSS_V6 = 1440,
    DEFAULT_HEADER_V4 = 40,
    DEFAULT_HEADER_V6 = 60,
};

#define TIME_LEAST_NS 10000000LL /* for an acknowledgement, beside its round trip */

/* So long without another repetition means that the acknowledgement arrived. */
#define REPETITION_STOPPED_NS 3000000000LL

static uint32_t doubtful_size(const struct flow *f)
{
    return f->client.version == 6 ? SIZE_DOUBTFUL_V6 : SIZE_DOUBTFUL_V4;
}

/* A filter takes what carries data, large or small, and lets empty packets pass: their arrival says
   nothing about sizes then. */
static bool small_data_missing(const struct flow *f, const struct side *s)
{
    const struct rdpath_repeated *r = &s->path.repeated;
    for (uint32_t i = 0; i < s->n_sendings; i++) {
        const struct sending *d = &s->sendings[i];
        if (!d->sacked && !d->merged && d->range.from > SIDE_BASE && d->range.to > d->range.from &&
            d->ip_len <= doubtful_size(f) && d->last_ns >= r->first_ns)
            return true;
    }
    return false;
}

/*
 * A bare acknowledgement is never acknowledged itself. But where the peer kept repeating data until
 * it was sent and then stopped, it arrived.
 */
static void note_ack_delivered(const struct flow *f, enum rdpath_direction way,
                               struct rdpath_path *path)
{
    const struct side *s = &f->side[way], *peer = &f->side[!way];
    struct rdpath_repeated *r = &path->repeated;
    if (r->n_sent == 0 || s->bare_ack_ns == RDPATH_UNKNOWN ||
        peer->repeated_acked_ns == RDPATH_UNKNOWN)
        return;
    int64_t asked_ns = peer->repeated_acked_ns;
    bool after = asked_ns >= r->first_ns && s->bare_ack_ns >= asked_ns;
    bool stopped = peer->path.last_packet_ns - asked_ns >= REPETITION_STOPPED_NS;
    if (after && stopped && s->bare_ack_len < r->ip_len && !small_data_missing(f, s))
        r->smaller_delivered_after = true;
}

uint64_t flow_conclude(struct flow *f, enum rdpath_direction way, struct rdpath_path *path)
{
    struct side *s = &f->side[way], *peer = &f->side[!way];
    uint64_t lost_from = sendings_finish(s);
    *path = s->path;
    path->mss = peer->mss;
    path->last_new_ns =
        s->last_acked_ns != RDPATH_UNKNOWN && s->path.n_data ? s->last_acked_ns : s->last_seen_ns;
    if (s->n_holes) {
        path->hole = (struct rdpath_hole){
            .len = s->holes[0].range.to - s->holes[0].range.from,
            .since_ns = s->holes[0].since_ns,
            .open = true,
            .frames = s->hole_frames,
        };
    }
    note_ack_delivered(f, way, path);
    return lost_from;
}

/* A sending that nothing overtook may have been under way yet when the connection ended. */
static uint32_t n_missed(const struct flow *f, const struct side *s, const struct sending *d)
{
    int64_t end_ns = f->side[0].path.last_packet_ns, rtt_ns = s->path.rtt_ns;
    if (f->side[1].path.last_packet_ns > end_ns)
        end_ns = f->side[1].path.last_packet_ns;
    int64_t time_ns = TIME_LEAST_NS + (rtt_ns > 0 ? rtt_ns + rtt_ns / 2 : 0);
    bool waited = end_ns - d->last_ns > time_ns, overtaken = d->smaller_after || d->as_large_after;
    return waited || (d->n_sent == 1 && overtaken) ? d->n_sent : d->n_sent - 1;
}

uint32_t flow_unacked(const struct flow *f, enum rdpath_direction way, struct flow_unacked *list,
                      uint32_t most)
{
    const struct side *s = &f->side[way];
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_sendings && n < most; i++) {
        const struct sending *d = &s->sendings[i];
        bool of_size = d->df && !d->merged && !d->shrunk && !d->sent_before;
        if (of_size && !d->sacked && d->range.from > SIDE_BASE && d->range.to > d->range.from)
            list[n++] = (struct flow_unacked){d->ip_len, n_missed(f, s, d), d->frames[0]};
    }
    return n;
}

static void sizes_delivered(const struct side *s, enum flow_place place, struct rdpath_path *path)
{
    bool single = !s->merged_short; /* else a frame no longer than a full segment may be two */
    path->largest_delivered = single ? s->largest.acked_df : 0;
    path->largest_frame = single ? s->largest.acked_df_frame : 0;
    if (single && place == FLOW_AT_RECEIVER && s->largest.seen > path->largest_delivered) {
        path->largest_delivered = s->largest.seen;
        path->largest_frame = s->largest.seen_frame;
    }
    if (place == FLOW_AT_RECEIVER && s->largest.piece > path->largest_delivered)
        path->largest_delivered = s->largest.piece;
    path->mtu.at_least = path->largest_delivered;
}

/* Seen where it was sent: again and again, smaller ones pass, nothing as large does. */
static void sizes_lost(const struct flow *f, struct rdpath_path *path)
{
    const struct rdpath_repeated *r = &path->repeated;
    bool passed_before = path->mtu.at_least >= r->ip_len;
    uint32_t enough = passed_before ? REPEATS_TO_CONTRADICT : REPEATS_FOR_LOST;
    bool lost = r->n_sent >= enough || (r->shrunk && r->n_sent > enough / 2);
    if (!lost || r->as_large_delivered_after || r->ip_len <= doubtful_size(f))
        return;
    if (!r->smaller_delivered_after || r->fragmentable)
        return;
    path->smallest_lost = r->ip_len;
    path->mtu.below = r->ip_len;
    if (passed_before) { /* the later stands (contract 2) */
        path->mtu.at_least = 0;
        path->changed = true;
    }
}

/* Lost before it came here: the size is unseen, but not larger than a full segment. */
static void sizes_missing(const struct flow *f, enum rdpath_direction way, struct rdpath_path *path)
{
    const struct side *s = &f->side[way];
    bool v6 = f->client.version == 6;
    if (!path->hole.open || path->n_missed || path->hole.lasted_ns < RDPATH_HOLE_LASTS_NS)
        return;
    uint32_t header = path->header_len ? path->header_len
                      : v6             ? DEFAULT_HEADER_V6
                                       : DEFAULT_HEADER_V4;
    uint32_t ip_header = v6 ? 40 : 20;
    uint32_t tcp_options = header > ip_header + 20 ? header - ip_header - 20 : 0;
    uint32_t full = path->mss ? path->mss : v6 ? DEFAULT_MSS_V6 : DEFAULT_MSS_V4;
    full = full > tcp_options ? full - tcp_options : full;
    uint64_t segment = path->hole.len < full ? path->hole.len : full;
    uint32_t rest = path->hole.len > full ? (uint32_t)(path->hole.len % full) : 0;
    if (rest && rest + header <= doubtful_size(f)) /* a small packet is missing beside full ones */
        return;
    uint32_t below = (uint32_t)segment + header;
    if (below <= doubtful_size(f) || s->largest_since_hole >= below || path->mtu.at_least >= below)
        return;
    path->mtu.below = below;
}

void flow_sizes(const struct flow *f, enum rdpath_direction way, enum flow_place place,
                struct rdpath_path *path)
{
    const struct side *s = &f->side[way];
    sizes_delivered(s, place, path);
    if (place != FLOW_AT_RECEIVER)
        sizes_lost(f, path);
    if (place != FLOW_AT_SENDER && path->mtu.below == 0)
        sizes_missing(f, way, path);
    if (s->told.mtu && (path->mtu.below == 0 || s->told.mtu + 1 < path->mtu.below))
        path->mtu.below = s->told.mtu + 1;
    if (s->told.mtu && path->mtu.at_least >= path->mtu.below) {
        path->mtu.at_least = 0;
        path->changed = true;
    }
}
