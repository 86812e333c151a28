/* SPDX-License-Identifier: Apache-2.0 */
/* What one packet adds to the record of its connection. */
#include "analyze/net/tunnels.h"
#include "analyze/trial.h"

enum {
    IDS_TELL = 3,   /* steps that show that a side counts its packets */
    IDS_MOST = 4,   /* all but one in so many must be such steps */
    IDS_GAP = 1024, /* packets that a host sends to others meanwhile */
};
#define IDS_WITHIN_NS 1000000000LL
#define RESETS_TOGETHER_NS 100000000LL

enum { PROXY_LEN_MAX = 16384 }; /* more than any proxy's handshake has to say */

#define RESET_GRACE_NS 500000000LL   /* longer than the round trips of most paths */
#define WINDOW_GRACE_NS 1000000000LL /* what was under way when a window closed arrives in this */
#define IDLE_MIN_NS 9000000000LL     /* no pause of a dialogue lasts so long */

static void note_open(struct connection *c, const struct flow_event *ev, struct moment at)
{
    struct opening *o = &c->opening;
    uint8_t flags = ev->tcp.flags;
    if (!(flags & TCP_SYN)) {
        if (c->n_rungs == 0) {
            o->mid_stream = true;
            connection_reach(c, RDPATH_STAGE_TCP_OPEN, at, false);
        }
        if (ev->direction == RDPATH_TO_SERVER && o->n_syn + o->n_syn_ack) {
            o->acknowledged = true;
            connection_reach(c, RDPATH_STAGE_TCP_OPEN, at, false);
        }
        return;
    }
    bool answer = flags & TCP_ACK;
    frames_add(answer ? &o->syn_ack : &o->syn, at.frame);
    *(answer ? &o->n_syn_ack : &o->n_syn) += 1;
    if (o->n_syn + o->n_syn_ack == 1)
        o->first_ns = at.ts_ns;
    o->last_ns = at.ts_ns;
    connection_reach(c, RDPATH_STAGE_TCP_SYN, at, false);
}

static bool answers_syn(const struct connection *c)
{
    return c->opening.n_syn && !c->opening.n_syn_ack && !c->first_data[0].frame &&
           !c->first_data[1].frame;
}

/* The first one counts; but where one with another TTL comes at the same time, someone answers for
   the end: a device that resets both ends, and an end that answers what came behind that. */
static bool replaces(const struct reset_seen *r, const struct packet *p, struct moment at)
{
    bool first_is_usual = r->ttl == r->usual_ttl, this_is_not = p->ttl != r->usual_ttl;
    return !r->seen ||
           (first_is_usual && this_is_not && at.ts_ns - r->at.ts_ns <= RESETS_TOGETHER_NS);
}

/* A count that is shared with other connections, or with a merged frame's parts, leaves gaps. */
static enum reset_id id_of_reset(const struct side *usual, const struct packet *p)
{
    if (!p->has_id || p->src.version != 4 || usual->habit.n_id_steps == 0)
        return RESET_ID_SILENT;
    uint16_t ahead = (uint16_t)(p->id - usual->habit.last_id);
    if (p->id == 0)
        return RESET_ID_ZERO;
    if (ahead > 0 && ahead <= IDS_GAP)
        return RESET_ID_CONTINUES;
    bool just_now = p->frame->ts_ns - usual->habit.last_ns < IDS_WITHIN_NS;
    bool counts = usual->habit.n_id_steps * IDS_MOST >= usual->habit.n_ids * (IDS_MOST - 1);
    return just_now && counts && usual->habit.n_id_steps >= IDS_TELL ? RESET_ID_BREAKS
                                                                     : RESET_ID_SILENT;
}

static uint8_t nearest_ttl(const struct side *s, uint8_t ttl)
{
    int first = s->ttl > ttl ? s->ttl - ttl : ttl - s->ttl;
    int last = s->habit.last_ttl > ttl ? s->habit.last_ttl - ttl : ttl - s->habit.last_ttl;
    return s->habit.last_ttl && last < first ? s->habit.last_ttl : s->ttl;
}

static int64_t since(int64_t then_ns, struct moment at)
{
    return then_ns == RDPATH_UNKNOWN ? RDPATH_UNKNOWN : at.ts_ns - then_ns;
}

/* A host that knows a connection no more numbers its reset as the packet that it answers
   acknowledged (RFC 9293 section 3.10.7.1): another number answers another packet. */
static bool answers_last(const struct side *peer, const struct tcp_segment *t, int64_t now_ns)
{
    return t->flags & TCP_ACK ? peer->last_acked_ns == now_ns : peer->habit.asking_ack == t->seq;
}

static void note_reset(struct talk *talk, const struct packet *p, const struct flow_event *ev,
                       struct moment at)
{
    struct connection *c = talk->record;
    struct reset_seen *r = &c->reset[ev->direction];
    const struct side *usual = &talk->flow->side[ev->direction];
    const struct side *peer = &talk->flow->side[!ev->direction];
    const struct tcp_segment *t = &ev->tcp;
    if (!flow_may_have_sent(talk->flow, ev->direction, t->seq) || !replaces(r, p, at))
        return;
    *r = (struct reset_seen){
        .seen = true,
        .at = at,
        .ttl = p->ttl,
        .usual_ttl = nearest_ttl(usual, p->ttl),
        .id = id_of_reset(usual, p),
        .has_ack = t->flags & TCP_ACK,
        .has_timestamps = t->has_timestamps && usual->habit.timestamps,
        .bare_of_timestamps = !t->has_timestamps && usual->habit.timestamps,
        .odd_window = t->window != 0 && t->window != usual->habit.window,
        .odd_number =
            t->flags & TCP_ACK && usual->known && side_offset(usual, t->seq) != usual->next,
        .answers = answers_last(peer, t, at.ts_ns),
        .after_trigger_ns = since(peer->habit.last_asking_ns, at),
        .after_any_ns = since(peer->habit.last_ns, at),
        .after_syn_ns = at.ts_ns - c->opening.last_ns,
        .answers_syn = ev->direction == RDPATH_TO_CLIENT && answers_syn(c),
    };
}

/* Who has reset a connection sends no more. */
static void note_after_reset(struct connection *c, const struct flow_event *ev, struct moment at)
{
    struct reset_seen *r = &c->reset[ev->direction];
    if (!r->seen || ev->tcp.flags & TCP_RST)
        return;
    r->n_after++;
    r->last_after_ns = at.ts_ns - r->at.ts_ns;
}

static void note_close(struct talk *talk, const struct packet *p, const struct flow_event *ev,
                       struct moment at)
{
    struct moment *fin = &talk->record->fin[ev->direction];
    if (ev->tcp.flags & TCP_FIN && !fin->frame)
        *fin = at;
    if (ev->tcp.flags & TCP_RST)
        note_reset(talk, p, ev, at);
}

/* A side that goes on sending new data after its reset never sent that reset, or its peer took none
   of it (RFC 5961). What was under way at the time arrives within the grace. */
static void forget_ignored_reset(struct connection *c, const struct flow_event *ev, int64_t now_ns)
{
    struct reset_seen *r = &c->reset[ev->direction];
    bool new_data = ev->segment.kind == SEGMENT_NEW || ev->segment.kind == SEGMENT_AFTER_GAP;
    if (r->seen && new_data && now_ns - r->at.ts_ns > RESET_GRACE_NS)
        *r = (struct reset_seen){0};
}

static void note_data(struct talk *talk, const struct flow_event *ev, struct moment at)
{
    struct connection *c = talk->record;
    if (ev->tcp.payload_len == 0)
        return;
    if (ev->tcp.payload.left < ev->tcp.payload_len)
        c->snaplen_cut = true;
    forget_ignored_reset(c, ev, at.ts_ns);
    if (!c->first_data[ev->direction].frame)
        c->first_data[ev->direction] = at;
}

/* What closes the way for one direction is told by the packets of the other. */
static void note_window(struct connection *c, const struct flow *flow, const struct flow_event *ev,
                        struct moment at)
{
    struct window_seen *own = &c->window[ev->direction], *peer = &c->window[!ev->direction];
    bool probe = ev->segment.range.to - ev->segment.range.from <= 1;
    if (own->closed && ev->segment.kind == SEGMENT_NEW && !probe)
        own->overrun |= at.ts_ns - own->since_ns > WINDOW_GRACE_NS;
    if (ev->tcp.flags & (TCP_RST | TCP_SYN) || !(ev->tcp.flags & TCP_ACK))
        return;
    bool closed = flow->side[ev->direction].zero_window;
    if (peer->closed && !closed && at.ts_ns - peer->since_ns > peer->longest_ns)
        peer->longest_ns = at.ts_ns - peer->since_ns;
    if (closed && !peer->closed) {
        peer->since_ns = at.ts_ns;
        peer->n_told = 0;
        peer->overrun = false;
    }
    peer->closed = closed;
    if (!closed)
        return;
    peer->n_told++;
    frames_add(&peer->frames, at.frame);
}

/* Only the last one counts: what came before it was overcome. */
static void note_idle(struct connection *c, const struct flow_event *ev, struct moment at)
{
    struct idle_seen *idle = &c->idle;
    if (c->last_ns && at.ts_ns - c->last_ns >= IDLE_MIN_NS)
        *idle = (struct idle_seen){.lasted_ns = at.ts_ns - c->last_ns,
                                   .over = at,
                                   .direction = ev->direction};
    if (idle->lasted_ns == 0)
        return;
    idle->n_after[ev->direction]++;
    idle->data_after[ev->direction] |= ev->tcp.payload_len > 1;
}

/* The innermost of them: the others carry more than this attempt. */
static void note_tunnel(struct attempt *a, const struct packet *p, enum rdpath_direction way,
                        struct moment at)
{
    bool up = way == RDPATH_TO_SERVER;
    struct tunnel_seen *t = &a->tunnel;
    uint32_t more = p->outer_len - p->ip_len;
    if (p->outer_len < p->ip_len)
        return;
    if (!t->carried)
        *t = (struct tunnel_seen){
            .tag = tunnel_tag((enum tunnel_kind)p->tunnel),
            .title = tunnel_title((enum tunnel_kind)p->tunnel),
            .carried = true,
            .ends = {up ? p->outer_src : p->outer_dst, up ? p->outer_dst : p->outer_src},
            .least_more = more,
            .frames = frames_of(at.frame),
        };
    t->n_measured++;
    t->least_more = more < t->least_more ? more : t->least_more;
    t->most_more = more > t->most_more ? more : t->most_more;
    t->largest_outer = p->outer_len > t->largest_outer ? p->outer_len : t->largest_outer;
}

/* What answers a late packet of a connection that is over, or never was, says nothing new. */
static bool is_asking(const struct connection *c, const struct flow_event *ev)
{
    bool reset = ev->tcp.flags & TCP_RST;
    return !c->reset[RDPATH_TO_SERVER].seen && (!reset || c->opening.acknowledged);
}

void talk_note(struct talk *talk, const struct packet *p, const struct flow_event *ev,
               struct moment at)
{
    struct connection *c = talk->record;
    if (p->tunnel)
        note_tunnel(&talk->trial->attempt, p, ev->direction, at);
    if (p->way != RDPATH_WAY_UNKNOWN)
        talk->n_way[ev->direction][p->way == RDPATH_WAY_OUTBOUND]++;
    if (ev->segment.kind == SEGMENT_DUPLICATE || ev->segment.kind == SEGMENT_DAMAGED)
        return;
    note_idle(c, ev, at);
    if (at.ts_ns > c->last_ns) {
        c->last_gap_ns = at.ts_ns - c->last_ns;
        c->last_ns = at.ts_ns;
    }
    if (c->last_ns > talk->trial->last_ns)
        talk->trial->last_ns = c->last_ns;
    if (ev->direction == RDPATH_TO_SERVER && is_asking(c, ev))
        talk->trial->asked_ns = at.ts_ns;
    c->options_cut |= ev->tcp.options_cut;
    if (!(ev->tcp.flags & TCP_RST))
        note_open(c, ev, at);
    note_close(talk, p, ev, at);
    note_after_reset(c, ev, at);
    note_data(talk, ev, at);
    note_window(c, talk->flow, ev, at);
}

/* Errors of each kind, in the arena of their owner. */
struct icmp_list {
    struct icmp_seen **seen;
    uint32_t *n;
    struct arena *arena;
};

static struct icmp_seen *icmp_place(const struct icmp_list *list, enum rdpath_direction way,
                                    const struct icmp_error *e)
{
    for (uint32_t i = 0; i < *list->n; i++) {
        struct icmp_seen *seen = list->seen[i];
        if (seen->type == e->type && seen->code == e->code && seen->mtu == e->mtu &&
            seen->direction == way)
            return seen;
    }
    if (*list->n == ATTEMPT_ICMP_MAX)
        return NULL;
    return list->seen[(*list->n)++] = arena_alloc(list->arena, sizeof(struct icmp_seen));
}

/* NULL: it says nothing new, or there is no place for it. */
static struct icmp_seen *icmp_note(const struct icmp_list *list, enum rdpath_direction way,
                                   const struct icmp_error *e, struct moment at)
{
    if (e->kind == RDPATH_ICMP_TOO_BIG && !icmp_is_decrease(e))
        return NULL;
    struct icmp_seen *seen = icmp_place(list, way, e);
    if (!seen)
        return NULL;
    if (seen->n == 0) {
        *seen = (struct icmp_seen){
            .kind = e->kind,
            .type = e->type,
            .code = e->code,
            .direction = way,
            .from = e->from,
            .mtu = e->kind == RDPATH_ICMP_TOO_BIG ? e->mtu : 0,
            .first_ns = at.ts_ns,
        };
    }
    seen->n++;
    frames_add(&seen->frames, at.frame);
    return seen;
}

void talk_note_icmp(struct talk *talk, enum rdpath_direction way, const struct icmp_error *e,
                    struct moment at)
{
    struct connection *c = talk->record;
    const struct icmp_list list = {c->icmp, &c->n_icmp, &c->arena};
    const struct icmp_seen *seen = icmp_note(&list, way, e, at);
    if (!seen)
        return;
    if (at.ts_ns > c->last_ns)
        c->last_ns = at.ts_ns;
    if (seen->kind == RDPATH_ICMP_TOO_BIG)
        flow_too_big(talk->flow, way, seen->mtu, at.ts_ns);
}

void leg_note_icmp(struct leg_watch *w, enum rdpath_direction way, const struct icmp_error *e,
                   struct moment at)
{
    struct leg *leg = w->record;
    const struct icmp_list list = {leg->icmp, &leg->n_icmp, &w->trial->attempt.arena};
    icmp_note(&list, way, e, at);
}

void trial_note_stray(struct trial *t, enum rdpath_direction way, const struct icmp_error *e,
                      struct moment at)
{
    struct stray_seen *seen = &t->attempt.stray[way];
    if (!icmp_is_decrease(e))
        return;
    if (seen->n++ == 0 || e->mtu < seen->mtu) {
        seen->mtu = e->mtu;
        seen->from = e->from;
    }
    frames_add(&seen->frames, at.frame);
}

void talk_read(struct talk *talk)
{
    struct flow_chunk chunk;
    for (int way = 0; way < 2; way++) {
        while (flow_read(talk->flow, (enum rdpath_direction)way, &chunk)) {
            struct moment at = {chunk.ts_ns, chunk.frame};
            talk->record->feeding = (struct rung_proof){(enum rdpath_direction)way, chunk.end};
            if (chunk.gap)
                dialog_gap(talk->dialog, (enum rdpath_direction)way, chunk.gap, at);
            else
                dialog_bytes(talk->dialog, (enum rdpath_direction)way, chunk.bytes, at);
        }
    }
}

void talk_begin_with_syn(struct talk *talk, struct moment syn)
{
    struct connection *c = talk->record;
    if (syn.ts_ns == 0) /* only the SYN-ACK was seen */
        return;
    c->summary.start_ns = syn.ts_ns;
    c->opening.n_syn = c->opening.n_syn_ack = 1;
    c->opening.syn = frames_of(syn.frame);
    c->opening.first_ns = c->opening.last_ns = syn.ts_ns;
    connection_reach(c, RDPATH_STAGE_TCP_SYN, syn, false);
}

void talk_begin_behind(struct talk *talk, const struct flow_start *up,
                       const struct flow_start *down)
{
    struct connection *c = talk->record;
    uint32_t by_client = up->next_seq - up->isn - 1;
    uint32_t by_server = down->next_seq - down->isn - 1;
    if (by_client == 0 || by_server == 0 || by_client > PROXY_LEN_MAX || by_server > PROXY_LEN_MAX)
        return;
    c->proxy.kind = PROXY_NOT_NAMED;
    c->proxy.len[RDPATH_TO_SERVER] = by_client;
    c->proxy.len[RDPATH_TO_CLIENT] = by_server;
}
