/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wiring: a frame comes from a file, becomes a packet, arrives at its connection (arrive.h); an
 * attempt that is over is concluded and told.
 *
 * Most frames belong to no attempt. They cost a decoding and a look at two bits of a port map.
 */
#include "analyze/analyze.h"
#include "analyze/arrive.h"
#include "analyze/carried.h"
#include "analyze/contexts.h"
#include "analyze/gateways.h"
#include "analyze/net/glance.h"
#include "analyze/proto/x509_shelf.h"

#include <stdlib.h>

#define SWEEP_EVERY_NS 1000000000LL
#define LATEST_NS (INT64_MAX / 2) /* in the year 2116 */

bool analyze_is_server_port(const struct rdpath *r, uint16_t port)
{
    for (uint32_t i = 0; i < r->options.n_ports; i++) {
        if (r->options.ports[i] == port)
            return true;
    }
    return port == RDP_PORT;
}

/* What is remembered of one input: nothing of it may be told of the next (contract 1). */
void analyze_begin(struct rdpath *r)
{
    if (r->probation)
        return;
    r->probation = probation_new();
    r->fragments = fragments_new();
    r->trials.secrets = keys_begin_input(&r->keys);
    r->carriers = carriers_new();
    memset(&r->outers, 0, sizeof r->outers);
    r->contexts = contexts_new();
    r->gateways = gateways_new();
    r->now_ns = r->swept_ns = RDPATH_UNKNOWN;
    r->errors_cut = false;
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
    gateways_free(r->gateways);
    r->probation = NULL;
    r->now_ns = r->swept_ns = RDPATH_UNKNOWN;
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
    analyze_begin(r);
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
    t->attempt.errors_cut = r->errors_cut;
    carried_conclude(r->carriers, &r->outers, t);
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

void analyze_make_room(struct rdpath *r)
{
    for (struct trial *t; (t = trials_surplus(&r->trials));) {
        t->attempt.crowded_out = true;
        trial_tell(r, t, r->now_ns);
    }
}

void rdpath_tick(struct rdpath *r, int64_t now_ns)
{
    analyze_begin(r);
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
    if (r->probation)
        input_end(r);
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
    analyze_forget(r);
    x509_shelf_free(r->trials.shelf);
    keys_free(&r->keys);
    free(r);
}

/* Of a TLS connection's handshake only the ClientHello counts, and only where gateways listen. */
static bool begins_https(const struct glance *g)
{
    enum { MESSAGE_AT = 5, CLIENT_HELLO = 1 };
    struct reader r = g->payload;
    reader_skip(&r, MESSAGE_AT);
    return g->dst_port == HTTPS_PORT && reader_u8(&r) == CLIENT_HELLO;
}

/* Their second byte sorts out nearly all that begins by chance as they do. */
static bool begins_proxy(const struct glance *g)
{
    enum { SOCKS_CONNECT = 1 };
    struct reader r = g->payload;
    reader_skip(&r, 1);
    return reader_u8(&r) == (g->first_payload == PROXY_METHOD ? 'O' : SOCKS_CONNECT);
}

static bool may_begin(const struct glance *g)
{
    enum { NOTHING, BY_ITSELF, HTTPS, PROXY };
    static const uint8_t first[256] = {
        [TPKT_VERSION] = BY_ITSELF, [GATEWAY_METHOD] = BY_ITSELF, [TLS_HANDSHAKE] = HTTPS,
        [PROXY_METHOD] = PROXY,     [PROXY_SOCKS_4] = PROXY,      [PROXY_SOCKS_5] = PROXY};
    uint8_t may = first[g->first_payload];
    if (may <= BY_ITSELF)
        return may;
    return may == HTTPS ? begins_https(g) : begins_proxy(g);
}

/* The hot path: a frame of a flow that is not RDP, and does not begin to be. */
static bool is_of_no_attempt(const struct rdpath *r, const struct rdpath_frame *frame)
{
    struct glance g;
    return glance_at(frame, &g) && !(g.flags & TCP_SYN) && !may_begin(&g) &&
           !port_watched(r, g.src_port) && !port_watched(r, g.dst_port);
}

/* Not inlined: its large variables would cost every frame of the hot path. */
static __attribute__((noinline)) void frame_feed(struct rdpath *r, const struct rdpath_frame *frame)
{
    struct packet packet;
    if (packet_decode(frame, &packet))
        arrive_packet(r, &packet);
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
