/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP packet arrives: the connection that it belongs to, or begins. */
#include "analyze/arrive.h"
#include "analyze/carried.h"
#include "analyze/contexts.h"
#include "analyze/gateways.h"

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
    bool had_hello = talk->record->client_hello.frame != 0;
    if (ev.segment.kind != SEGMENT_DUPLICATE && ev.segment.kind != SEGMENT_DAMAGED)
        talk_read(talk);
    if (ev.segment.kind != SEGMENT_DUPLICATE)
        carried_inside(r->carriers, talk->trial, p, way);
    if (!had_cookie && talk->record->rdp.cookie.len)
        trials_check_cookie(&r->trials, talk);
    if (!had_hello && talk->record->client_hello.frame)
        trials_check_probe(&r->trials, talk);
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

static struct talk *begin_talk(struct rdpath *r, const struct packet *p, bool from_client)
{
    struct trial_ends e = arrive_ends(p, from_client);
    analyze_make_room(r);
    struct talk *talk = trials_begin_talk(&r->trials, &r->flows, &e, p->frame->ts_ns);
    if (talk->trial->attempt.n_connections == 1) {
        talk->trial->attempt.result.input = r->input;
        contexts_begin(r->contexts, &talk->trial->attempt, p->frame->ts_ns);
    }
    return talk;
}

static bool is_retired(const struct rdpath *r, const struct packet *p, bool from_client)
{
    struct trial_ends e = arrive_ends(p, from_client);
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
    return analyze_is_server_port(r, p->dst_port) || !analyze_is_server_port(r, p->src_port);
}

/* Is that the beginning of RDP on a port that nobody named? */
static bool begins_rdp(struct reader payload)
{
    switch (reader_peek(&payload)) {
    case TPKT_VERSION:
        return x224_is_request(payload, true) || mcs_is_connect_initial(payload);
    case GATEWAY_METHOD:
        return gateway_is_request(payload);
    case PROXY_METHOD:
    case PROXY_SOCKS_4:
    case PROXY_SOCKS_5:
        return proxy_is_request(payload);
    default:
        return false;
    }
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
        if (x224_is_request(t.payload, true))
            talk_begin_behind(talk, &up, &down);
    }
    flow_start(talk->flow, RDPATH_TO_SERVER, &up);
    if (t.flags & TCP_ACK) /* else it tells nothing of the server's numbers */
        flow_start(talk->flow, RDPATH_TO_CLIENT, &down);
    talk_packet(r, talk, RDPATH_TO_SERVER, p);
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
    bool named = analyze_is_server_port(r, p->src_port) || analyze_is_server_port(r, p->dst_port);
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

void arrive_tcp(struct rdpath *r, const struct packet *p)
{
    if (p->dst_port == HTTPS_PORT && !analyze_is_server_port(r, HTTPS_PORT))
        gateways_hello(r->gateways, p, RDPATH_REF(r->input, p->frame->number));
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
