/* SPDX-License-Identifier: Apache-2.0 */
/* A packet arrives: its fragments, its layers, the error that it is. */
#include "analyze/arrive.h"
#include "analyze/carried.h"
#include "analyze/net/tunnels.h"
#include "analyze/probes.h"

struct trial_ends arrive_ends(const struct packet *p, bool from_client)
{
    if (from_client)
        return (struct trial_ends){p->src, p->dst, p->src_port, p->dst_port};
    return (struct trial_ends){p->dst, p->src, p->dst_port, p->src_port};
}

/* The quote names the two ends and a port of neither of their connections. */
static void stray_packet(struct rdpath *r, const struct icmp_error *e, struct moment at)
{
    const struct packet *q = &e->quoted;
    const struct trial_ends ends[2] = {{q->src, q->dst, q->src_port, q->dst_port},
                                       {q->dst, q->src, q->dst_port, q->src_port}};
    for (int way = 0; way < 2; way++) {
        struct trial *t = trials_find(&r->trials, &ends[way]);
        if (t && !trial_knows_port(t, ends[way].client_port))
            trial_note_stray(t, (enum rdpath_direction)way, e, at);
    }
}

/* The quote names the ends as they were where the error was made; behind NAT it finds nothing. */
static void icmp_packet(struct rdpath *r, const struct packet *p)
{
    struct icmp_error e;
    enum rdpath_direction way;
    r->errors_cut |= icmp_is_cut_error(p);
    if (!icmp_decode(p, &e)) {
        probes_echo(r, p);
        return;
    }
    struct ends ends = {e.quoted.src, e.quoted.dst, e.quoted.src_port, e.quoted.dst_port};
    struct moment at = {p->frame->ts_ns, RDPATH_REF(r->input, p->frame->number)};
    struct leg_watch *leg =
        e.quoted.protocol == IP_UDP ? legs_find(&r->trials.legs, &ends, &way) : NULL;
    if (leg)
        leg_note_icmp(leg, way, &e, at);
    probes_error(r, &e, at);
    if (e.quoted.protocol != IP_TCP) {
        if (e.kind == RDPATH_ICMP_TOO_BIG && !leg)
            outers_note_error(&r->outers, &e, at.ts_ns, at.frame);
        return;
    }
    struct flow *flow = flows_find(&r->flows, &ends, &way);
    if (!flow && e.kind == RDPATH_ICMP_TOO_BIG)
        stray_packet(r, &e, at);
    if (!flow || (e.has_seq && !flow_may_have_sent(flow, way, e.seq)))
        return;
    talk_note_icmp(flow->owner, way, &e, at);
}

/* True: it completes a datagram. */
static bool fragment_packet(struct rdpath *r, const struct packet *p, struct packet *whole)
{
    struct fragments_result result;
    struct moment at = {p->frame->ts_ns, RDPATH_REF(r->input, p->frame->number)};
    fragments_add(r->fragments, p, &result);
    enum rdpath_direction way;
    struct ends ends = {p->src, p->dst, result.src_port, result.dst_port};
    bool udp = p->protocol == IP_UDP;
    probes_echo(r, p);
    struct flow *flow = result.has_ports && !udp ? flows_find(&r->flows, &ends, &way) : NULL;
    struct leg_watch *leg =
        result.has_ports && udp ? legs_find(&r->trials.legs, &ends, &way) : NULL;
    if (flow)
        flow_fragment(flow, p, &(struct flow_piece){way, at.frame, result.complete});
    if (leg)
        leg->record->way[way].n_fragments++;
    else if (p->protocol != IP_TCP)
        outers_note_fragment(&r->outers, p, RDPATH_REF(r->input, p->frame->number));
    if (r->options.keep_packets && (flow || leg))
        kept_add_fragment(leg ? &leg->kept : &((struct talk *)flow->owner)->kept, p, at, way);
    if (result.complete)
        *whole = result.whole;
    return result.complete;
}

static void whole_packet(struct rdpath *r, const struct packet *p)
{
    if (p->protocol == IP_TCP)
        arrive_tcp(r, p);
    else if (p->protocol == IP_UDP)
        arrive_udp(r, p);
    else if (p->protocol == IP_ICMP || p->protocol == IP_ICMP6)
        icmp_packet(r, p);
}

void arrive_packet(struct rdpath *r, const struct packet *p)
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
