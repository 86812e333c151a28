/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wiring: a frame comes from a file, becomes a packet, finds its connection; the connection's
 * bytes step its dialog; an attempt that is over is concluded and told.
 *
 * Most frames belong to no attempt. They cost a decoding and a look at two bits of a port map.
 */
#include "analyze/analyze.h"
#include "analyze/carried.h"
#include "analyze/contexts.h"
#include "analyze/net/glance.h"
#include "analyze/net/tunnels.h"
#include "analyze/proto/x509_shelf.h"

#include <stdlib.h>

enum { RDP_PORT = 3389 };

#define SWEEP_EVERY_NS 1000000000LL
#define LATEST_NS (INT64_MAX / 2) /* in the year 2116 */

static bool is_server_port(const struct rdpath *r, uint16_t port)
{
    for (uint32_t i = 0; i < r->options.n_ports; i++) {
        if (r->options.ports[i] == port)
            return true;
    }
    return port == RDP_PORT;
}

/* What is remembered of one input: nothing of it may be told of the next (contract 1). */
static void input_begin(struct rdpath *r)
{
    r->probation = probation_new();
    r->fragments = fragments_new();
    r->trials.secrets = keys_begin_input(&r->keys);
    r->carriers = carriers_new();
    r->contexts = contexts_new();
    r->now_ns = r->swept_ns = RDPATH_UNKNOWN;
    memset(r->ports, 0, sizeof r->ports);
    port_watch(r, RDP_PORT);
    port_watch(r, GATEWAY_UDP_PORT);
    port_watch(r, KERBEROS_PORT);
    port_watch(r, SEALED_PORT_OPENVPN);
    for (uint32_t i = 0; i < r->options.n_ports; i++)
        port_watch(r, r->options.ports[i]);
}

static void input_end(struct rdpath *r)
{
    probation_free(r->probation);
    fragments_free(r->fragments);
    keys_end_input(&r->keys);
    carriers_free(r->carriers);
    contexts_free(r->contexts);
}

struct rdpath *rdpath_new(const struct rdpath_options *options, const struct rdpath_events *events)
{
    struct rdpath *r = memory_zeroed(sizeof *r);
    r->options = *options;
    r->events = *events;
    flows_init(&r->flows);
    r->trials.held.limit = TRIAL_HELD_MAX;
    r->flows.early = &r->trials.held;
    r->trials.shelf = x509_shelf_new();
    input_begin(r);
    return r;
}

/* A frame without a time happened now. No later sum of two times may overflow. */
static int64_t sane_time(const struct rdpath *r, int64_t ts_ns)
{
    if (ts_ns == RDPATH_UNKNOWN)
        return r->now_ns == RDPATH_UNKNOWN ? 0 : r->now_ns;
    return ts_ns < 0 ? 0 : ts_ns < LATEST_NS ? ts_ns : LATEST_NS;
}

/* ---- attempts that are over ------------------------------------------------------------------ */

static void trial_tell(struct rdpath *r, struct trial *t, int64_t capture_end_ns)
{
    trials_remove(&r->trials, t);
    t->attempt.capture_lossy = r->capture_lossy;
    carried_conclude(r->carriers, t);
    contexts_conclude(r->contexts, &t->attempt);
    trial_finish(t, r->options.vantage, capture_end_ns);
    input_count(r, &t->attempt.result);
    if (r->events.attempt)
        r->events.attempt(r->events.ctx, &t->attempt.result);
    trial_free(&r->flows, t);
}

static void sweep(struct rdpath *r)
{
    r->swept_ns = r->now_ns;
    for (struct trial *t = r->trials.list[TRIALS_OPEN].oldest, *newer; t; t = newer) {
        newer = t->link[TRIALS_OPEN].newer;
        if (trial_has_ended(t, r->now_ns))
            trial_tell(r, t, r->now_ns);
    }
}

/* More at a time than anything but a flood makes: the oldest has to go. Before the next connection
   begins, never after: it may join the oldest. */
static void make_room(struct rdpath *r)
{
    for (struct trial *t; (t = trials_surplus(&r->trials));) {
        t->attempt.crowded_out = true;
        trial_tell(r, t, r->now_ns);
    }
}

void rdpath_tick(struct rdpath *r, int64_t now_ns)
{
    now_ns = sane_time(r, now_ns);
    if (now_ns > r->now_ns)
        r->now_ns = now_ns;
    if (r->swept_ns == RDPATH_UNKNOWN || r->now_ns - r->swept_ns >= SWEEP_EVERY_NS)
        sweep(r);
}

void analyze_end(struct rdpath *r, int64_t capture_end_ns)
{
    capture_end_ns = sane_time(r, capture_end_ns);
    while (r->trials.list[TRIALS_OPEN].oldest)
        trial_tell(r, r->trials.list[TRIALS_OPEN].oldest, capture_end_ns);
}

void analyze_forget(struct rdpath *r)
{
    input_end(r);
    input_begin(r);
}

void rdpath_end(struct rdpath *r)
{
    analyze_end(r, RDPATH_UNKNOWN);
    analyze_forget(r);
}

void rdpath_free(struct rdpath *r)
{
    if (!r)
        return;
    for (struct trial *t; (t = r->trials.list[TRIALS_OPEN].oldest);) {
        trials_remove(&r->trials, t);
        trial_free(&r->flows, t);
    }
    flows_free(&r->flows);
    input_end(r);
    x509_shelf_free(r->trials.shelf);
    keys_free(&r->keys);
    free(r);
}

/* ---- one packet ------------------------------------------------------------------------------ */

static void talk_packet(struct rdpath *r, struct talk *talk, enum rdpath_direction way,
                        const struct packet *p)
{
    struct flow_event ev = {.direction = way};
    struct moment at = {p->frame->ts_ns, RDPATH_REF(r->input, p->frame->number)};
    if (!flow_packet(talk->flow, p, at.frame, &ev))
        return;
    if (way == RDPATH_TO_CLIENT)
        trials_answered(&r->trials, talk->trial);
    uint32_t n_rungs = talk->record->n_rungs;
    talk_note(talk, p, &ev, at);
    if (r->options.keep_packets)
        kept_add(talk, p, &ev, at);
    bool had_cookie = talk->record->rdp.cookie.len > 0;
    bool had_request = talk->record->rdp.present;
    if (ev.segment.kind != SEGMENT_DUPLICATE && ev.segment.kind != SEGMENT_DAMAGED)
        talk_read(talk);
    if (ev.segment.kind != SEGMENT_DUPLICATE)
        carried_inside(r->carriers, talk->trial, p, way);
    if (!had_cookie && talk->record->rdp.cookie.len)
        trials_check_cookie(&r->trials, talk);
    if (!had_request && talk->record->rdp.present)
        trials_relate(&r->trials, talk);
    for (; r->events.rung && n_rungs < talk->record->n_rungs; n_rungs++)
        r->events.rung(r->events.ctx, talk->trial->attempt.result.id,
                       &talk->record->rungs[n_rungs]);
}

/* A SYN with a new number on ports that were used before: another connection. */
static bool ports_reused(const struct flow *f, const struct packet *p, uint8_t flags)
{
    const struct side *client = &f->side[RDPATH_TO_SERVER];
    struct tcp_segment t;
    if ((flags & (TCP_SYN | TCP_ACK)) != TCP_SYN || !client->known || !tcp_decode(p, &t))
        return false;
    return t.seq != client->isn;
}

static uint8_t tcp_flags_of(const struct packet *p)
{
    struct reader r = p->transport;
    reader_skip(&r, 13);
    return reader_u8(&r);
}

static struct reader payload_of(const struct packet *p)
{
    struct tcp_segment t;
    return tcp_decode(p, &t) ? t.payload : (struct reader){0};
}

static struct trial_ends trial_ends_of(const struct packet *p, bool from_client)
{
    if (from_client)
        return (struct trial_ends){p->src, p->dst, p->src_port, p->dst_port};
    return (struct trial_ends){p->dst, p->src, p->dst_port, p->src_port};
}

static struct talk *begin_talk(struct rdpath *r, const struct packet *p, bool from_client)
{
    struct trial_ends e = trial_ends_of(p, from_client);
    make_room(r);
    struct talk *talk = trials_begin_talk(&r->trials, &r->flows, &e, p->frame->ts_ns);
    if (talk->trial->attempt.n_connections == 1) {
        talk->trial->attempt.result.input = r->input;
        contexts_begin(r->contexts, &talk->trial->attempt, p->frame->ts_ns);
    }
    return talk;
}

static bool is_retired(const struct rdpath *r, const struct packet *p, bool from_client)
{
    struct trial_ends e = trial_ends_of(p, from_client);
    const struct trial *t = trials_find(&r->trials, &e);
    return t && trial_has_retired(t, e.client_port);
}

/* The first packet of a connection on a watched port. Without SYN and without payload it is the
   echo of one that is over, or nothing that could be judged. */
static bool begins(const struct rdpath *r, const struct packet *p, uint8_t flags, bool from_client)
{
    if (flags & TCP_SYN)
        return true;
    return !(flags & TCP_RST) && payload_of(p).left > 0 && !is_retired(r, p, from_client);
}

static bool comes_from_client(const struct rdpath *r, const struct packet *p, uint8_t flags)
{
    if (flags & TCP_SYN)
        return !(flags & TCP_ACK);
    return is_server_port(r, p->dst_port) || !is_server_port(r, p->src_port);
}

/* Is that the beginning of RDP on a port that nobody named? */
static bool begins_rdp(struct reader payload)
{
    uint8_t first = reader_peek(&payload);
    return first == TPKT_VERSION     ? x224_is_request(payload, true)
           : first == GATEWAY_METHOD ? gateway_is_request(payload)
                                     : false;
}

/* It began there: what its SYN said comes from probation. */
static void begin_by_content(struct rdpath *r, const struct packet *p, const struct ends *ends)
{
    struct tcp_segment t;
    if (!tcp_decode(p, &t))
        return;
    const struct probation_entry *syn = probation_find(r->probation, ends);
    struct talk *talk = begin_talk(r, p, true);
    port_watch(r, p->dst_port);
    struct flow_start up = {t.seq - 1, t.seq, 0}, down = {t.ack - 1, t.ack, 0};
    if (syn) {
        struct moment at = {syn->ts_ns, RDPATH_REF(r->input, syn->frame)};
        up = (struct flow_start){syn->client_isn, t.seq, syn->client_mss};
        down = (struct flow_start){syn->server_isn, t.ack, syn->server_mss};
        talk_begin_with_syn(talk, at);
        if (reader_peek(&t.payload) == TPKT_VERSION)
            talk_begin_behind(talk, &up, &down);
    }
    flow_start(talk->flow, RDPATH_TO_SERVER, &up);
    flow_start(talk->flow, RDPATH_TO_CLIENT, &down);
    talk_packet(r, talk, RDPATH_TO_SERVER, p);
}

static struct ends ends_of(const struct packet *p)
{
    return (struct ends){p->src, p->dst, p->src_port, p->dst_port};
}

static void watched_packet(struct rdpath *r, const struct packet *p)
{
    enum rdpath_direction way = RDPATH_TO_SERVER;
    uint8_t flags = tcp_flags_of(p);
    const struct ends ends = ends_of(p);
    struct flow *flow = flows_find(&r->flows, &ends, &way);
    struct talk *talk = flow ? flow->owner : NULL;
    if (talk && ports_reused(flow, p, flags)) {
        flows_detach(&r->flows, flow);
        talk->detached = true;
        talk = NULL;
    }
    bool named = is_server_port(r, p->src_port) || is_server_port(r, p->dst_port);
    bool from_client = comes_from_client(r, p, flags);
    if (!talk && named && begins(r, p, flags, from_client)) {
        way = from_client ? RDPATH_TO_SERVER : RDPATH_TO_CLIENT;
        talk = begin_talk(r, p, from_client);
    }
    if (talk)
        talk_packet(r, talk, way, p);
    else if (flags & TCP_SYN)
        probation_note(r->probation, p, &ends);
    else if (!named && begins_rdp(payload_of(p)))
        begin_by_content(r, p, &ends);
    else if (!named)
        carried_segment(r->carriers, p, RDPATH_REF(r->input, p->frame->number));
}

/* What passed the glance: a packet on a watched port, a SYN, or one that may begin RDP. */
static void tcp_packet(struct rdpath *r, const struct packet *p)
{
    if (port_watched(r, p->src_port) || port_watched(r, p->dst_port)) {
        if (p->src_port == KERBEROS_PORT || p->dst_port == KERBEROS_PORT)
            contexts_ticket(r->contexts, p, RDPATH_REF(r->input, p->frame->number));
        watched_packet(r, p);
        return;
    }
    struct reader peek = p->transport;
    reader_skip(&peek, 12);
    uint8_t offset = reader_u8(&peek), flags = reader_u8(&peek);
    const struct ends ends = ends_of(p);
    if (flags & TCP_SYN) {
        probation_note(r->probation, p, &ends);
        return;
    }
    reader_skip(&peek, (size_t)(offset >> 4) * 4 - 14);
    if (begins_rdp(peek))
        begin_by_content(r, p, &ends);
}

/* A datagram of no leg begins one, or is at least a sign that UDP was tried. */
static struct leg_watch *begin_leg(struct rdpath *r, const struct packet *p,
                                   const struct trial_ends *e, bool to_server)
{
    struct udp_datagram udp;
    bool answer;
    if (!udp_decode(p, &udp))
        return NULL;
    if (!datagrams_begin(udp.payload, &answer) || answer == to_server) {
        struct trial *t = trials_find(&r->trials, e);
        if (t)
            t->attempt.n_udp++;
        return NULL;
    }
    make_room(r);
    struct trial *t =
        trials_of_leg(&r->trials, e, datagrams_correlation_id(udp.payload), p->frame->ts_ns);
    if (!t && (is_server_port(r, e->server_port) || e->server_port == GATEWAY_UDP_PORT)) {
        t = trials_begin_leg(&r->trials, e, p->frame->ts_ns);
        t->attempt.result.input = r->input;
    }
    return t ? legs_add(&r->trials, t, e, p->frame->ts_ns) : NULL;
}

static void udp_packet(struct rdpath *r, const struct packet *p)
{
    bool to_server = port_watched(r, p->dst_port);
    if (p->src_port == DNS_PORT || p->dst_port == DNS_PORT)
        contexts_name(r->contexts, p, RDPATH_REF(r->input, p->frame->number));
    else if (p->src_port == KERBEROS_PORT || p->dst_port == KERBEROS_PORT)
        contexts_ticket(r->contexts, p, RDPATH_REF(r->input, p->frame->number));
    if (!to_server && !port_watched(r, p->src_port))
        return;
    const struct ends ends = ends_of(p);
    struct trial_ends e = {p->src, p->dst, p->src_port, p->dst_port};
    if (!to_server)
        e = (struct trial_ends){p->dst, p->src, p->dst_port, p->src_port};
    enum rdpath_direction way = to_server ? RDPATH_TO_SERVER : RDPATH_TO_CLIENT;
    struct leg_watch *leg = legs_find(&r->trials.legs, &ends, &way);
    if (!leg)
        leg = begin_leg(r, p, &e, to_server);
    if (!leg)
        return;
    if (way == RDPATH_TO_CLIENT)
        trials_answered(&r->trials, leg->trial);
    struct moment at = {p->frame->ts_ns, RDPATH_REF(r->input, p->frame->number)};
    leg_watch_packet(leg, way, p, at);
}

/* The quote names the ends as they were where the error was made; behind NAT it finds nothing. */
static void icmp_packet(struct rdpath *r, const struct packet *p)
{
    struct icmp_error e;
    enum rdpath_direction way;
    if (!icmp_decode(p, &e))
        return;
    struct ends ends = {e.quoted.src, e.quoted.dst, e.quoted.src_port, e.quoted.dst_port};
    struct moment at = {p->frame->ts_ns, RDPATH_REF(r->input, p->frame->number)};
    struct leg_watch *leg =
        e.quoted.protocol == IP_UDP ? legs_find(&r->trials.legs, &ends, &way) : NULL;
    if (leg)
        leg_note_icmp(leg, way, &e, at);
    if (e.quoted.protocol != IP_TCP)
        return;
    struct flow *flow = flows_find(&r->flows, &ends, &way);
    if (!flow || (e.has_seq && !flow_may_have_sent(flow, way, e.seq)))
        return;
    talk_note_icmp(flow->owner, way, &e, at);
}

/* True: it completes a datagram. */
static bool fragment_packet(struct rdpath *r, const struct packet *p, struct packet *whole)
{
    struct fragments_result result;
    fragments_add(r->fragments, p, &result);
    enum rdpath_direction way;
    struct ends ends = {p->src, p->dst, result.src_port, result.dst_port};
    bool udp = p->protocol == IP_UDP;
    struct flow *flow = result.has_ports && !udp ? flows_find(&r->flows, &ends, &way) : NULL;
    struct leg_watch *leg =
        result.has_ports && udp ? legs_find(&r->trials.legs, &ends, &way) : NULL;
    if (flow)
        flow_fragment(flow, way, p);
    if (leg)
        leg->record->way[way].n_fragments++;
    if (result.complete)
        *whole = result.whole;
    return result.complete;
}

static void whole_packet(struct rdpath *r, const struct packet *p)
{
    if (p->protocol == IP_TCP)
        tcp_packet(r, p);
    else if (p->protocol == IP_UDP)
        udp_packet(r, p);
    else if (p->protocol == IP_ICMP || p->protocol == IP_ICMP6)
        icmp_packet(r, p);
}

/* The packet, and what it carries where it is a tunnel's. */
static void layers_feed(struct rdpath *r, const struct packet *p)
{
    struct packet whole, inside[2];
    for (int depth = 0;; depth++) {
        if (p->fragment) {
            if (!fragment_packet(r, p, &whole))
                return;
            p = &whole;
        }
        whole_packet(r, p);
        struct packet *next = &inside[depth % 2];
        if (depth == TUNNELS_DEPTH_MAX || !tunnel_open(p, next))
            break;
        p = next;
    }
    if (p->protocol != IP_TCP)
        carried_outside(r->carriers, p, RDPATH_REF(r->input, p->frame->number));
}

/* The hot path: a frame of a flow that is not RDP, and does not begin to be. */
static bool is_of_no_attempt(const struct rdpath *r, const struct rdpath_frame *frame)
{
    static const bool may_begin[256] = {[TPKT_VERSION] = true, [GATEWAY_METHOD] = true};
    struct glance g;
    return glance_at(frame, &g) && !(g.flags & TCP_SYN) && !may_begin[g.first_payload] &&
           !port_watched(r, g.src_port) && !port_watched(r, g.dst_port);
}

/* Not inlined: its large variables would cost every frame of the hot path. */
static __attribute__((noinline)) void frame_feed(struct rdpath *r, const struct rdpath_frame *frame)
{
    struct packet packet;
    if (packet_decode(frame, &packet))
        layers_feed(r, &packet);
    else
        input_undecoded(r, frame);
}

void rdpath_feed(struct rdpath *r, const struct rdpath_frame *frame)
{
    int64_t ts_ns = sane_time(r, frame->ts_ns);
    if (ts_ns > r->now_ns)
        rdpath_tick(r, ts_ns);
    if (is_of_no_attempt(r, frame))
        return;
    struct rdpath_frame timed = *frame;
    timed.ts_ns = ts_ns;
    frame_feed(r, &timed);
}
