/* SPDX-License-Identifier: Apache-2.0 */
/* Which frames go into an excerpt: those of the attempts that it is about, told while they are
   analyzed, and those that their answers cite. */
#ifndef REPORT_EXCERPT_WANTED_H
#define REPORT_EXCERPT_WANTED_H

#include "analyze/net/packet.h"
#include "base/arena.h"

enum {
    WANTED_MAX = 64,         /* attempts of one excerpt */
    WANTED_CARRIERS_MAX = 8, /* tunnels that their packets came through */
};

/* A connection of an attempt, and how long it lasted. */
struct wanted_connection {
    struct addr client;
    uint16_t client_port;
    bool udp;
    int64_t from_ns, to_ns;
};

struct wanted {
    struct addr server;
    uint16_t server_port;
    struct wanted_connection *connections;
    uint32_t n_connections;
};

struct wanted_carrier {
    struct addr ends[2];
    bool whole; /* all its packets are wanted; else its fragments */
};

struct wanted_list {
    struct arena arena;
    struct wanted list[WANTED_MAX];
    uint32_t n, n_left_out;
    rdpath_ref *cited; /* ascending, once wanted_close() was called */
    uint32_t n_cited, room;
    uint8_t ports[8192]; /* a bit for each port that a wanted packet may have */
    struct wanted_carrier carriers[WANTED_CARRIERS_MAX];
    uint32_t n_carriers;
    int64_t from_ns, to_ns; /* of all wanted connections */
};

void wanted_add(struct wanted_list *, const struct rdpath_attempt *);
void wanted_close(struct wanted_list *);
void wanted_free(struct wanted_list *);

bool wanted_is_cited(const struct wanted_list *, rdpath_ref);

/* A packet of a wanted connection, and which way it travels. */
struct wanted_match {
    const struct wanted *attempt;
    const struct addr *client;
    uint16_t client_port;
    enum rdpath_direction way;
};

/* Is this packet one of a wanted connection: TCP, UDP, a fragment? */
bool wanted_packet(const struct wanted_list *, const struct packet *, int64_t ts_ns,
                   struct wanted_match *);

/* This packet belongs to a tunnel of theirs: what else of it is wanted. */
void wanted_add_carrier(struct wanted_list *, const struct packet *outer, bool whole);

/* Does it or what it carries, or what an ICMP error in it quotes, belong to a wanted connection? */
bool wanted_frame(struct wanted_list *, const struct rdpath_frame *, rdpath_ref);

#endif
