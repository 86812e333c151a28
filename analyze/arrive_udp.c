/* SPDX-License-Identifier: Apache-2.0 */
/* A datagram arrives: the UDP leg that it belongs to, or begins. */
#include "analyze/arrive.h"
#include "analyze/contexts.h"
#include "analyze/probes.h"

static bool begins_leg(struct reader payload, const struct trial_ends *e, bool to_server)
{
    bool answer;
    if (e->server_port == GATEWAY_UDP_PORT && to_server && datagrams_begin_bare(payload))
        return true;
    return datagrams_begin(payload, &answer) && answer != to_server;
}

/* A datagram of no leg begins one, or is at least a sign that UDP was tried. */
static struct leg_watch *begin_leg(struct rdpath *r, const struct packet *p,
                                   const struct trial_ends *e, bool to_server)
{
    struct udp_datagram udp;
    if (!udp_decode(p, &udp))
        return NULL;
    if (!begins_leg(udp.payload, e, to_server)) {
        struct trial *t = trials_find(&r->trials, e);
        if (t)
            t->attempt.n_udp++;
        return NULL;
    }
    analyze_make_room(r);
    struct trial *t =
        trials_of_leg(&r->trials, e, datagrams_correlation_id(udp.payload), p->frame->ts_ns);
    if (!t && (analyze_is_server_port(r, e->server_port) || e->server_port == GATEWAY_UDP_PORT)) {
        t = trials_begin_leg(&r->trials, e, p->frame->ts_ns);
        t->attempt.result.input = r->input;
    }
    return t ? legs_add(&r->trials, t, e, p->frame->ts_ns) : NULL;
}

void arrive_udp(struct rdpath *r, const struct packet *p)
{
    bool to_server = port_watched(r, p->dst_port);
    if (p->src_port == DNS_PORT || p->dst_port == DNS_PORT)
        contexts_name(r->contexts, p, RDPATH_REF(r->input, p->frame->number));
    else if (p->src_port == KERBEROS_PORT || p->dst_port == KERBEROS_PORT)
        contexts_ticket(r->contexts, p, RDPATH_REF(r->input, p->frame->number));
    if (!to_server && !port_watched(r, p->src_port))
        return;
    const struct ends ends = ends_of(p);
    struct trial_ends e = arrive_ends(p, to_server);
    enum rdpath_direction way = to_server ? RDPATH_TO_SERVER : RDPATH_TO_CLIENT;
    struct leg_watch *leg = legs_find(&r->trials.legs, &ends, &way);
    if (!leg || leg->record->way[way].n_packets == 0) /* the first of its direction */
        probes_datagram(r, p, to_server);
    if (!leg)
        leg = begin_leg(r, p, &e, to_server);
    if (!leg)
        return;
    if (way == RDPATH_TO_CLIENT)
        trials_answered(&r->trials, leg->trial);
    struct moment at = {p->frame->ts_ns, RDPATH_REF(r->input, p->frame->number)};
    struct datagram_told told = leg_watch_packet(leg, way, p, at);
    if (r->options.keep_packets)
        kept_add_datagram(leg, p, &told, at);
}
