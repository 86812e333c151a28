/* SPDX-License-Identifier: Apache-2.0 */
/* A connection of wire_play.h, played into the room that accounts it. */
#ifndef TESTS_UNIT_FLOW_PLAY_H
#define TESTS_UNIT_FLOW_PLAY_H

#include "tests/unit/wire_play.h"

#include "analyze/flow/flow.h"

enum { MSS = 1460 };

struct scene {
    struct wire wire;
    struct flows flows;
    struct flow *flow;
    struct flow_event event; /* of the last line */
    uint64_t n_frames;
    int64_t hole_lasts_ns;
    struct rdpath_path path[2]; /* filled by scene_end() */
};

/* Plays one line; its frame number counts from 1. */
static inline enum segment_kind play(struct scene *s, struct line line)
{
    static struct packet p;
    struct rdpath_frame frame = wire_frame(&s->wire, &line);
    frame.number = ++s->n_frames;
    assert_true(packet_decode(&frame, &p));
    if (!s->flow) {
        struct ends ends = {p.src, p.dst, p.src_port, p.dst_port};
        struct ends back = {p.dst, p.src, p.dst_port, p.src_port};
        flows_init(&s->flows);
        s->flow = flows_add(&s->flows, line.way == UP ? &ends : &back);
    }
    s->event.direction = (enum rdpath_direction)line.way;
    assert_true(flow_packet(s->flow, &p, RDPATH_REF(0, frame.number), &s->event));
    return s->event.segment.kind;
}

/* Frames 1 to 3: both sides announce the same MSS, 1 ms apart. */
static inline void play_opening(struct scene *s)
{
    play(s, (struct line){.way = UP, .flags = TCP_SYN, .mss = MSS});
    play(s, (struct line){
                .way = DOWN, .at_us = 1 * MS, .flags = TCP_SYN | TCP_ACK, .ack = 1, .mss = MSS});
    play(s, (struct line){.way = UP, .at_us = 2 * MS, .seq = 1, .ack = 1});
}

static inline void scene_conclude(struct scene *s, enum flow_place up, enum flow_place down)
{
    flow_conclude(s->flow, RDPATH_TO_SERVER, &s->path[UP]);
    flow_conclude(s->flow, RDPATH_TO_CLIENT, &s->path[DOWN]);
    s->path[UP].hole.lasted_ns = s->path[DOWN].hole.lasted_ns = s->hole_lasts_ns;
    flow_sizes(s->flow, RDPATH_TO_SERVER, up, &s->path[UP]);
    flow_sizes(s->flow, RDPATH_TO_CLIENT, down, &s->path[DOWN]);
}

static inline void scene_free(struct scene *s)
{
    flows_detach(&s->flows, s->flow);
    flow_free(s->flow);
    flows_free(&s->flows);
}

/* Closes the accounts as a capture at the server, at the client or between them would. */
static inline void end_at_server(struct scene *s)
{
    scene_conclude(s, FLOW_AT_RECEIVER, FLOW_AT_SENDER);
    scene_free(s);
}

static inline void end_at_client(struct scene *s)
{
    scene_conclude(s, FLOW_AT_SENDER, FLOW_AT_RECEIVER);
    scene_free(s);
}

static inline void end_between(struct scene *s)
{
    scene_conclude(s, FLOW_BETWEEN, FLOW_BETWEEN);
    scene_free(s);
}

#endif
