/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of wire_play.h, fed to the whole analysis; what it tells is copied out. */
#ifndef TESTS_UNIT_FEED_PLAY_H
#define TESTS_UNIT_FEED_PLAY_H

#include "tests/unit/wire_play.h"

#include <stdio.h>

enum { TOLD_MAX = 4096, TOLD_PACKETS_MAX = RDPATH_PACKETS_MAX };

struct told {
    uint32_t id, input, n_connections, n_packets, n_packets_seen;
    char client[46], cause[40], cookie[40];
    enum rdpath_stage stage;
    enum rdpath_confidence confidence;
    struct rdpath_ended ended;
    struct rdpath_path path[2];
    bool limit_reached, mid_stream, gateway_seen;
    uint16_t client_port;
    int64_t start_ns, duration_ns;
    rdpath_ref first_rung; /* frame of the first rung; 0 = none */
};

struct feed {
    struct rdpath *analysis;
    uint64_t n_frames;
    struct told told[TOLD_MAX]; /* the first ones */
    uint32_t n_told;
    struct rdpath_packet packets[TOLD_PACKETS_MAX]; /* of the last attempt */
};

static inline bool feed_has(const struct rdpath_attempt *a, const char *id)
{
    for (uint32_t i = 0; i < a->n_observations; i++) {
        if (strcmp(a->observations[i].id, id) == 0)
            return true;
    }
    return false;
}

static inline void feed_hear(void *ctx, const struct rdpath_attempt *a)
{
    struct feed *f = ctx;
    f->n_told++;
    if (f->n_told > TOLD_MAX)
        return;
    struct told *t = &f->told[f->n_told - 1];
    *t = (struct told){
        .id = a->id,
        .input = a->input,
        .n_connections = a->n_connections,
        .n_packets = a->n_packets,
        .n_packets_seen = a->n_packets_seen,
        .stage = a->stage,
        .confidence = a->cause.confidence,
        .ended = a->ended,
        .path = {a->path[0], a->path[1]},
        .limit_reached = feed_has(a, "limit-reached"),
        .mid_stream = feed_has(a, "mid-stream"),
        .gateway_seen = feed_has(a, "gateway-seen"),
        .client_port = a->client.port,
        .start_ns = a->start_ns,
        .duration_ns = a->duration_ns,
        .first_rung = a->n_rungs ? a->rungs[0].frame : 0,
    };
    snprintf(t->client, sizeof t->client, "%s", a->client.address);
    snprintf(t->cause, sizeof t->cause, "%s", a->cause.id);
    if (a->rdp.cookie.len)
        snprintf(t->cookie, sizeof t->cookie, "%.*s", (int)a->rdp.cookie.len,
                 (const char *)a->rdp.cookie.bytes);
    if (a->n_packets)
        memcpy(f->packets, a->packets, a->n_packets * sizeof f->packets[0]);
}

/* One at a time. */
static inline struct feed *feed_new(const struct rdpath_options *options)
{
    static struct feed f;
    memset(&f, 0, sizeof f);
    const struct rdpath_events events = {.ctx = &f, .attempt = feed_hear};
    f.analysis = rdpath_new(options, &events);
    return &f;
}

static inline void feed_frame(struct feed *f, struct rdpath_frame frame)
{
    frame.number = ++f->n_frames;
    rdpath_feed(f->analysis, &frame);
}

static inline void feed(struct feed *f, struct wire *w, struct line line)
{
    feed_frame(f, wire_frame(w, &line));
}

static inline void feed_opening(struct feed *f, struct wire *w, int64_t at_us)
{
    feed(f, w, (struct line){.way = UP, .at_us = at_us, .flags = TCP_SYN, .mss = 1460});
    feed(f, w,
         (struct line){
             .way = DOWN, .at_us = at_us + MS, .flags = TCP_SYN | TCP_ACK, .ack = 1, .mss = 1460});
    feed(f, w, (struct line){.way = UP, .at_us = at_us + 2 * MS, .seq = 1, .ack = 1});
}

/* [MS-RDPBCGR 2.2.1.1] with that cookie, in a segment that begins at 1; returns its length. */
static inline uint32_t feed_request(struct feed *f, struct wire *w, struct line line,
                                    const char *cookie)
{
    struct build b = {.len = 0};
    char text[64];
    int n = snprintf(text, sizeof text, "Cookie: mstshash=%s\r\n", cookie);
    put_hex(&b, "03 00 00");
    put8(&b, 11 + (unsigned)n + 8);
    put8(&b, 6 + (unsigned)n + 8);
    put_hex(&b, "e0 00 00 00 00 00");
    for (int i = 0; i < n; i++)
        put8(&b, (uint8_t)text[i]);
    put_hex(&b, "01 00 08 00 03 00 00 00");
    line.way = UP;
    line.seq = line.ack = 1;
    line.len = (uint32_t)b.len;
    line.payload = b.bytes;
    feed(f, w, line);
    return line.len;
}

static inline void feed_end(struct feed *f)
{
    rdpath_end(f->analysis);
}

static inline void feed_free(struct feed *f)
{
    rdpath_free(f->analysis);
}

#endif
