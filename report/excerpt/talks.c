/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/talks.h"

#include "analyze/proto/rdpeudp.h"
#include "base/arena.h"

#include <stdlib.h>

enum { VERSION_RDPUDP2 = 0x0101 /* [MS-RDPEUDP 2.2.2.9] */, EARLY_MAX = 8 * 1024 * 1024 };

void talks_begin(struct talks *t, struct fake *fake, uint32_t n_whole)
{
    *t = (struct talks){.fake = fake,
                        .n_whole = n_whole,
                        .bytes.limit = TALKS_BYTES_MAX,
                        .early.limit = EARLY_MAX};
    flows_init(&t->flows);
    t->flows.early = &t->early;
}

void talks_free(struct talks *t)
{
    while (t->newest) {
        struct talk *talk = t->newest;
        t->newest = talk->older;
        for (int way = 0; way < 2; way++) {
            walk_end(&talk->walk[way]);
            lane_free(&talk->lane[way]);
        }
        if (talk->flow) {
            flows_detach(&t->flows, talk->flow);
            flow_free(talk->flow);
        }
        free(talk);
    }
    flows_free(&t->flows);
}

static bool is_of(const struct talk *talk, const struct wanted_match *m, const struct packet *p)
{
    return talk->client_port == m->client_port && talk->udp == (p->protocol == IP_UDP) &&
           addr_equal(&talk->client, m->client) && addr_equal(&talk->server, &m->attempt->server);
}

const struct talk *talks_find(const struct talks *t, const struct wanted_match *m,
                              const struct packet *p, uint64_t frame)
{
    for (const struct talk *talk = t->newest; talk; talk = talk->older) {
        if (talk->first <= frame && is_of(talk, m, p))
            return talk;
    }
    return NULL;
}

static struct talk *talk_add(struct talks *t, const struct wanted_match *m, const struct packet *p,
                             uint64_t frame)
{
    struct talk *talk = memory_zeroed(sizeof *talk);
    bool up = m->way == RDPATH_TO_SERVER;
    talk->client = *m->client;
    talk->server = m->attempt->server;
    talk->client_port = m->client_port;
    talk->server_port = up ? p->dst_port : p->src_port;
    talk->udp = p->protocol == IP_UDP;
    talk->first = frame;
    struct ends ends = {talk->client, talk->server, talk->client_port, talk->server_port};
    talk->flow = talk->udp ? NULL : flows_add(&t->flows, &ends);
    for (int way = 0; way < 2; way++) {
        talk->lane[way].budget = &t->bytes;
        talk->walk[way] = (struct walk){.lane = &talk->lane[way],
                                        .fake = t->fake,
                                        .both = &talk->both,
                                        .n_whole = t->n_whole,
                                        .way = (enum rdpath_direction)way};
    }
    talk->older = t->newest;
    t->newest = talk;
    return talk;
}

static void read_on(struct talk *talk, enum rdpath_direction way)
{
    struct flow_chunk c;
    while (flow_read(talk->flow, way, &c)) {
        if (c.gap)
            walk_gap(&talk->walk[way], c.gap);
        else
            walk_bytes(&talk->walk[way], c.bytes, c.end - c.bytes.left);
    }
}

static void learn_datagram(struct talk *talk, const struct packet *p)
{
    struct udp_datagram udp;
    struct rdpeudp u;
    bool answer;
    if (udp_decode(p, &udp) && rdpeudp_is_hello(udp.payload, &answer) &&
        rdpeudp_read(udp.payload, &u) && answer)
        talk->rdpudp2 = u.version == VERSION_RDPUDP2;
}

/* A SYN with another number on the same ports: another connection. */
static bool begins_anew(const struct talk *talk, const struct tcp_segment *s)
{
    bool syn = (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    return syn && talk->has_isn && talk->isn != s->seq;
}

void talks_learn(struct talks *t, const struct wanted_match *m, const struct packet *p,
                 uint64_t frame)
{
    struct tcp_segment s;
    struct talk *talk = (struct talk *)talks_find(t, m, p, frame);
    if (p->protocol == IP_UDP) {
        learn_datagram(talk ? talk : talk_add(t, m, p, frame), p);
        return;
    }
    if (!tcp_decode(p, &s))
        return;
    if (!talk || begins_anew(talk, &s))
        talk = talk_add(t, m, p, frame);
    if ((s.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
        talk->isn = s.seq;
        talk->has_isn = true;
    }
    struct flow_event event = {.direction = m->way};
    if (!flow_packet(talk->flow, p, 1, &event) || event.segment.kind == SEGMENT_DUPLICATE ||
        event.segment.kind == SEGMENT_DAMAGED)
        return;
    read_on(talk, RDPATH_TO_SERVER);
    read_on(talk, RDPATH_TO_CLIENT);
}

void talks_learned(struct talks *t)
{
    for (struct talk *talk = t->newest; talk; talk = talk->older) {
        for (int way = 0; way < 2; way++) {
            walk_end(&talk->walk[way]);
            lane_close(&talk->lane[way]);
        }
    }
}
