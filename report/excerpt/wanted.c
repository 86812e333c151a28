/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/wanted.h"

#include "analyze/net/tunnels.h"

#include <stdlib.h>

/* A connection may be told to begin with what proved it, a little behind its first packet; an ICMP
   error or an echo may come a little behind its last. */
#define SLACK_NS 5000000000LL

/* ---- what is wanted -------------------------------------------------------------------------- */

static void cite(struct wanted_list *w, const struct rdpath_frames *frames)
{
    if (w->n_cited + frames->n > w->room) {
        w->room = 2 * (w->n_cited + frames->n);
        w->cited = memory_resized(w->cited, w->room * sizeof *w->cited);
    }
    for (uint32_t i = 0; i < frames->n; i++)
        w->cited[w->n_cited++] = frames->ref[i];
}

static void cite_all(struct wanted_list *w, const struct rdpath_attempt *a)
{
    cite(w, &a->cause.frames);
    for (uint32_t i = 0; i < a->n_observations; i++)
        cite(w, &a->observations[i].frames);
    for (uint32_t i = 0; i < a->n_findings; i++) {
        const struct rdpath_finding *f = &a->findings[i];
        cite(w, &f->frames);
        for (uint32_t j = 0; j < f->n_evidence; j++)
            cite(w, &f->evidence[j].frames);
        for (uint32_t j = 0; j < f->n_against; j++)
            cite(w, &f->against[j].frames);
    }
}

static void port_add(struct wanted_list *w, uint16_t port)
{
    w->ports[port / 8] |= (uint8_t)(1 << port % 8);
}

void wanted_add(struct wanted_list *w, const struct rdpath_attempt *a)
{
    struct wanted one = {.server_port = a->server.port, .n_connections = a->n_connections};
    struct addr client, other;
    if (w->n == WANTED_MAX || !addr_parse(a->client.address, &client) ||
        !addr_parse(a->server.address, &one.server)) {
        w->n_left_out++;
        return;
    }
    one.connections = arena_alloc(&w->arena, a->n_connections * sizeof *one.connections);
    for (uint32_t i = 0; i < a->n_connections; i++) {
        const struct rdpath_connection *c = &a->connections[i];
        bool elsewhere = c->client_address && addr_parse(c->client_address, &other);
        one.connections[i] = (struct wanted_connection){elsewhere ? other : client, c->client_port,
                                                        c->udp, c->start_ns - SLACK_NS,
                                                        c->start_ns + c->duration_ns + SLACK_NS};
        port_add(w, c->client_port);
        if (w->from_ns == w->to_ns || one.connections[i].from_ns < w->from_ns)
            w->from_ns = one.connections[i].from_ns;
        if (one.connections[i].to_ns > w->to_ns)
            w->to_ns = one.connections[i].to_ns;
    }
    w->list[w->n++] = one;
    cite_all(w, a);
}

static int by_number(const void *a, const void *b)
{
    rdpath_ref x = *(const rdpath_ref *)a, y = *(const rdpath_ref *)b;
    return (x > y) - (x < y);
}

void wanted_close(struct wanted_list *w)
{
    if (w->n_cited)
        qsort(w->cited, w->n_cited, sizeof *w->cited, by_number);
}

void wanted_free(struct wanted_list *w)
{
    arena_free(&w->arena);
    free(w->cited);
}

bool wanted_is_cited(const struct wanted_list *w, rdpath_ref ref)
{
    return w->n_cited && bsearch(&ref, w->cited, w->n_cited, sizeof ref, by_number);
}

/* ---- is it one of them ----------------------------------------------------------------------- */

static bool port_is_wanted(const struct wanted_list *w, uint16_t port)
{
    return w->ports[port / 8] >> port % 8 & 1;
}

static bool connection_fits(const struct wanted_connection *c, const struct packet *p, bool up,
                            int64_t ts_ns)
{
    bool later_piece = p->fragment_offset > 0; /* has no ports */
    uint16_t client_port = up ? p->src_port : p->dst_port;
    return addr_equal(up ? &p->src : &p->dst, &c->client) &&
           (later_piece || c->client_port == client_port) && c->udp == (p->protocol == IP_UDP) &&
           ts_ns >= c->from_ns && ts_ns <= c->to_ns;
}

static bool attempt_fits(const struct wanted *a, const struct packet *p, int64_t ts_ns,
                         struct wanted_match *match)
{
    bool up = addr_equal(&p->dst, &a->server), down = addr_equal(&p->src, &a->server);
    if (up && down) /* one host: its ports tell */
        up = p->src_port != a->server_port;
    for (uint32_t i = 0; (up || down) && i < a->n_connections; i++) {
        const struct wanted_connection *c = &a->connections[i];
        if (!connection_fits(c, p, up, ts_ns))
            continue;
        *match = (struct wanted_match){a, &c->client, up ? p->src_port : p->dst_port,
                                       up ? RDPATH_TO_SERVER : RDPATH_TO_CLIENT};
        return true;
    }
    return false;
}

bool wanted_packet(const struct wanted_list *w, const struct packet *p, int64_t ts_ns,
                   struct wanted_match *match)
{
    if (p->protocol != IP_TCP && p->protocol != IP_UDP)
        return false;
    if (p->fragment_offset == 0 && !port_is_wanted(w, p->src_port) &&
        !port_is_wanted(w, p->dst_port))
        return false;
    for (uint32_t i = 0; i < w->n; i++) {
        if (attempt_fits(&w->list[i], p, ts_ns, match))
            return true;
    }
    return false;
}

static struct wanted_carrier *carrier_find(struct wanted_list *w, const struct packet *p)
{
    for (uint32_t i = 0; i < w->n_carriers; i++) {
        struct wanted_carrier *c = &w->carriers[i];
        if ((addr_equal(&c->ends[0], &p->src) && addr_equal(&c->ends[1], &p->dst)) ||
            (addr_equal(&c->ends[1], &p->src) && addr_equal(&c->ends[0], &p->dst)))
            return c;
    }
    return NULL;
}

void wanted_add_carrier(struct wanted_list *w, const struct packet *outer, bool whole)
{
    struct wanted_carrier *c = carrier_find(w, outer);
    if (!c && w->n_carriers < WANTED_CARRIERS_MAX) {
        c = &w->carriers[w->n_carriers++];
        *c = (struct wanted_carrier){.ends = {outer->src, outer->dst}};
    }
    if (c)
        c->whole |= whole;
}

/* Packets of a tunnel, and errors about them. */
static bool carrier_fits(struct wanted_list *w, const struct packet *p, int64_t ts_ns)
{
    const struct wanted_carrier *c = carrier_find(w, p);
    return c && (c->whole || p->fragment) && ts_ns >= w->from_ns && ts_ns <= w->to_ns;
}

/* Is it between the ends of an attempt while that lasts? */
static bool ends_fit(const struct wanted_list *w, const struct packet *p, int64_t ts_ns)
{
    for (uint32_t i = 0; i < w->n; i++) {
        const struct wanted *a = &w->list[i];
        bool up = addr_equal(&p->dst, &a->server), down = addr_equal(&p->src, &a->server);
        const struct addr *client = up ? &p->src : &p->dst;
        for (uint32_t k = 0; (up || down) && k < a->n_connections; k++) {
            const struct wanted_connection *c = &a->connections[k];
            if (addr_equal(client, &c->client) && ts_ns >= c->from_ns && ts_ns <= c->to_ns)
                return true;
        }
    }
    return false;
}

/* An echo of rdpath probe, or an error that quotes one. */
static bool echo_is_wanted(const struct wanted_list *w, const struct packet *p, int64_t ts_ns)
{
    struct icmp_error error;
    struct icmp_echo echo;
    if (icmp_echo_decode(p, &echo))
        return echo.of_probe && ends_fit(w, p, ts_ns);
    return icmp_decode(p, &error) && icmp_echo_decode(&error.quoted, &echo) &&
           ends_fit(w, &error.quoted, ts_ns);
}

static bool layer_is_wanted(struct wanted_list *w, const struct packet *p, int64_t ts_ns)
{
    struct wanted_match match;
    struct icmp_error error;
    if (carrier_fits(w, p, ts_ns) || echo_is_wanted(w, p, ts_ns))
        return true;
    if (p->protocol == IP_ICMP || p->protocol == IP_ICMP6)
        return icmp_decode(p, &error) && (wanted_packet(w, &error.quoted, ts_ns, &match) ||
                                          carrier_fits(w, &error.quoted, ts_ns));
    return wanted_packet(w, p, ts_ns, &match);
}

bool wanted_frame(struct wanted_list *w, const struct rdpath_frame *frame, rdpath_ref ref)
{
    struct packet layers[2];
    if (wanted_is_cited(w, ref))
        return true;
    if (!packet_decode(frame, &layers[0]))
        return false;
    for (int depth = 0;; depth++) {
        const struct packet *p = &layers[depth % 2];
        if (layer_is_wanted(w, p, frame->ts_ns))
            return true;
        if (p->fragment || depth == TUNNELS_DEPTH_MAX || !tunnel_open(p, &layers[(depth + 1) % 2]))
            return false;
    }
}
