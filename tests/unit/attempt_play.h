/* SPDX-License-Identifier: Apache-2.0 */
/* An attempt with its facts set by hand, for the rooms that judge facts. */
#ifndef TESTS_UNIT_ATTEMPT_PLAY_H
#define TESTS_UNIT_ATTEMPT_PLAY_H

#include "tests/unit/frames.h"

#include "analyze/attempt/attempt.h"

#define SECOND_NS 1000000000LL
#define START_NS (1700000000LL * SECOND_NS)

enum { PLAYED_CONNECTIONS = 4 };

struct played {
    struct attempt attempt;
    struct connection connections[PLAYED_CONNECTIONS];
};

static inline struct moment at_second(int64_t second, rdpath_ref frame)
{
    return (struct moment){START_NS + second * SECOND_NS, frame};
}

/* A connection that was opened at that second in frame 1 and stands on that rung, reached a second
   later in frame 4. */
static inline struct connection *played_add(struct played *p, int64_t second,
                                            enum rdpath_stage stage)
{
    struct attempt *a = &p->attempt;
    struct connection *c = &p->connections[a->n_connections];
    a->connections[a->n_connections++] = c;
    c->attempt = a;
    c->summary.start_ns = START_NS + second * SECOND_NS;
    c->last_ns = c->summary.start_ns + SECOND_NS;
    c->last_gap_ns = SECOND_NS / 10;
    for (int way = 0; way < 2; way++) {
        c->path[way].rtt_ns = SECOND_NS / 1000;
        c->path[way].last_new_ns = c->last_ns;
        c->path[way].last_packet_ns = c->last_ns;
        c->path[way].n_packets = c->path[way].n_data = 5;
    }
    c->opening.n_syn = c->opening.n_syn_ack = 1;
    if (stage > RDPATH_STAGE_NONE)
        connection_reach(c, RDPATH_STAGE_TCP_SYN, at_second(second, 1), false);
    connection_reach(c, stage, at_second(second + 1, 4), false);
    return c;
}

static inline struct played *played_new(enum rdpath_stage stage)
{
    static struct played p;
    memset(&p, 0, sizeof p);
    p.attempt.client.version = p.attempt.server.version = 4;
    p.attempt.capture_end_ns = START_NS + 60 * SECOND_NS;
    played_add(&p, 0, stage);
    return &p;
}

static inline void played_free(struct played *p)
{
    for (uint32_t i = 0; i < PLAYED_CONNECTIONS; i++)
        arena_free(&p->connections[i].arena);
    arena_free(&p->attempt.arena);
}

#endif
