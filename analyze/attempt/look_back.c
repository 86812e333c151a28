/* SPDX-License-Identifier: Apache-2.0 */
/* The observations that only the whole attempt shows. One small function each, in the catalogue's
   order. */
#include "analyze/attempt/leg.h"

enum { PLAIN_MSS_V4 = 1460, PLAIN_MSS_V6 = 1440 }; /* of an Ethernet path: 1500 - 40, - 60 */

static const char *from_whom(int way)
{
    return way == RDPATH_TO_SERVER ? "the client" : "the server";
}

static struct observed number_seen(enum observation_kind kind, const struct rdpath_value *value)
{
    return (struct observed){.kind = kind, .values = value, .n_values = 1};
}

static void look_mss(struct attempt *a, const struct connection *c)
{
    uint32_t plain = a->server.version == 6 ? PLAIN_MSS_V6 : PLAIN_MSS_V4;
    for (int way = 0; way < 2; way++) {
        uint32_t mss = c->path[way].mss;
        if (mss == 0 || mss >= plain)
            continue;
        struct rdpath_value value = {.name = "mss", .number = mss};
        struct observed o = number_seen(OBS_MSS_CLAMPED, &value);
        o.frames = way == RDPATH_TO_SERVER ? c->opening.syn_ack : c->opening.syn;
        attempt_observe(a, &o, "%s is asked for segments of at most %u bytes, not the usual %u",
                        from_whom(way), mss, plain);
    }
}

static void look_too_big(struct attempt *a, const struct connection *c)
{
    for (uint32_t i = 0; i < c->n_icmp; i++) {
        const struct icmp_seen *icmp = c->icmp[i];
        if (icmp->kind != RDPATH_ICMP_TOO_BIG || !icmp->sender_shrank)
            continue;
        char from[ADDR_TEXT_SIZE];
        addr_format(&icmp->from, from);
        struct rdpath_value value = {.name = "mtu", .number = icmp->mtu};
        struct observed o = number_seen(OBS_PMTU_DISCOVERED, &value);
        o.frames = icmp->frames;
        attempt_observe(a, &o, "%s said that packets %s may have at most %u bytes, and was obeyed",
                        from, attempt_direction_words(icmp->direction), icmp->mtu);
    }
}

static void look_recovered(struct attempt *a, const struct connection *c, int way)
{
    const struct rdpath_repeated *r = &c->path[way].repeated;
    if (!r->shrunk || !r->acknowledged || r->n_sent < 2 || attempt_has(a, OBS_PMTU_DISCOVERED))
        return;
    struct rdpath_value value = {.name = "ip_len", .number = r->ip_len};
    struct observed o = number_seen(OBS_BLACK_HOLE_RECOVERED, &value);
    o.frames = r->frames;
    attempt_observe(a, &o,
                    "%u-byte packets %s were sent %u times in vain; the same data passed in "
                    "smaller packets",
                    r->ip_len, attempt_direction_words((enum rdpath_direction)way), r->n_sent);
}

static void look_changed(struct attempt *a, const struct connection *c, int way)
{
    const struct rdpath_path *p = &c->path[way];
    if (!p->changed)
        return;
    struct observed o = {.kind = OBS_PATH_CHANGED, .frames = frames_of(p->largest_frame)};
    attempt_observe(a, &o, "%u bytes passed %s at first, later %u did not", p->largest_delivered,
                    attempt_direction_words((enum rdpath_direction)way), p->mtu.below);
}

static void look_hole(struct attempt *a, const struct connection *c, int way)
{
    const struct rdpath_hole *h = &c->path[way].hole;
    if (!h->open)
        return;
    struct rdpath_value value = {.name = "bytes", .number = (int64_t)h->len};
    struct observed o = number_seen(OBS_SEQUENCE_HOLE, &value);
    o.frames = h->frames;
    attempt_observe(a, &o, "%llu bytes %s never came, although later ones did",
                    (unsigned long long)h->len,
                    attempt_direction_words((enum rdpath_direction)way));
}

/* The countable ones: a kind, a number of the path, and the words behind "N ". */
static void look_counts(struct attempt *a, const struct connection *c)
{
    const struct rdpath_path *up = &c->path[0], *down = &c->path[1];
    uint64_t n_fragments = up->n_fragments + down->n_fragments;
    uint64_t n_duplicates = up->n_duplicates + down->n_duplicates;
    for (uint32_t i = 0; i < a->n_legs; i++) {
        const struct leg_way *way = a->legs[i]->way;
        n_fragments += way[0].n_fragments + way[1].n_fragments;
        n_duplicates += way[0].n_duplicates + way[1].n_duplicates;
    }
    const struct {
        enum observation_kind kind;
        uint64_t n;
        const char *words;
    } rows[] = {
        {OBS_IP_FRAGMENTED, n_fragments, "IP fragments"},
        {OBS_SEGMENTATION_OFFLOAD, up->n_merged + down->n_merged,
         "frames were merged by a network card; their size says nothing about the path"},
        {OBS_DUPLICATE_FRAMES, n_duplicates, "frames were recorded twice and count once"},
        {OBS_CAPTURE_LOSS, up->n_missed + down->n_missed,
         "bytes were acknowledged that the capture does not hold"},
        {OBS_REORDERED, up->n_reordered + down->n_reordered,
         "packets were overtaken by others on the path"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].n == 0)
            continue;
        struct rdpath_value value = {.name = "count", .number = (int64_t)rows[i].n};
        struct observed o = number_seen(rows[i].kind, &value);
        attempt_observe(a, &o, "%llu %s", (unsigned long long)rows[i].n, rows[i].words);
    }
}

static void look_capture(struct attempt *a, const struct connection *c)
{
    const struct rdpath_path *up = &c->path[0], *down = &c->path[1];
    if (c->snaplen_cut)
        attempt_observe(a, &(struct observed){.kind = OBS_SNAPLEN_CUT},
                        "frames were cut off when they were recorded");
    if (c->opening.mid_stream)
        attempt_observe(a, &(struct observed){.kind = OBS_MID_STREAM},
                        "the connection was open before the capture began");
    bool unseen_up = !up->n_packets && down->n_data, unseen_down = !down->n_packets && up->n_data;
    if (unseen_up || unseen_down)
        attempt_observe(a, &(struct observed){.kind = OBS_ONE_SIDED}, "no packet %s was captured",
                        unseen_up ? "to the server" : "to the client");
}

static void look_window(struct attempt *a, const struct connection *c, int way)
{
    const struct window_seen *w = &c->window[way];
    if (w->frames.total == 0)
        return;
    const char *who = way == RDPATH_TO_SERVER ? "the server" : "the client";
    struct observed o = {.kind = OBS_ZERO_WINDOW, .frames = w->frames};
    if (w->closed)
        attempt_observe(a, &o, "%s closed its receive window and did not open it again", who);
    else
        attempt_observe(a, &o, "%s closed its receive window, for %.3f s at most", who,
                        (double)w->longest_ns / 1e9);
}

static void look_certificate(struct attempt *a, const struct connection *c)
{
    const struct rdpath_certificate *cert = c->tls.certificate;
    int64_t now_s = c->summary.start_ns / 1000000000;
    if (!cert || cert->not_after_s >= now_s || connection_stage(c) < RDPATH_STAGE_MCS)
        return;
    attempt_observe(a,
                    &(struct observed){OBS_CERTIFICATE_EXPIRED_IGNORED, frames_of(cert->frame),
                                       NULL, 0},
                    "the certificate had expired and the client went on");
}

/* The rungs that were inferred, and the records that each of them rests on. */
static void look_inferred(struct attempt *a, const struct connection *c)
{
    struct observed o = {.kind = OBS_STAGE_INFERRED};
    const char *stages = "";
    for (uint32_t i = 0; i < c->n_rungs; i++) {
        const struct rdpath_rung *rung = &c->rungs[i];
        if (!rung->inferred || rung->stage < RDPATH_STAGE_CREDSSP)
            continue;
        for (int k = 0; k < 2; k++) {
            if (c->beside[i][k])
                frames_add(&o.frames, c->beside[i][k]);
        }
        frames_add(&o.frames, rung->frame);
        stages = arena_format(&a->arena, "%s%s%s", stages, *stages ? ", " : "",
                              rdpath_stage_name(rung->stage));
    }
    if (o.frames.n)
        attempt_observe(a, &o, "told from the sizes and the order of encrypted records: %s",
                        stages);
}

static void look_logon(struct attempt *a, const struct connection *c)
{
    static const struct {
        const char *name, *title;
    } methods[] = {
        [LOGON_NTLM] = {"ntlm", "NTLM"},
        [LOGON_KERBEROS] = {"kerberos", "Kerberos"},
    };
    if (c->logon == LOGON_NOT_TOLD)
        return;
    struct rdpath_value value = {.name = "method", .text = methods[c->logon].name};
    struct observed o = number_seen(OBS_LOGON_METHOD, &value);
    for (size_t i = 0; i < sizeof c->logon_frames / sizeof c->logon_frames[0]; i++) {
        if (c->logon_frames[i])
            frames_add(&o.frames, c->logon_frames[i]);
    }
    attempt_observe(a, &o, "the logon's messages have the sizes of %s", methods[c->logon].title);
}

/* [MS-RDPBCGR 2.2.13.1]; the name is the wire's and stays in "session". */
static void look_redirected(struct attempt *a, const struct connection *c)
{
    const struct rdpath_session *s = c->session;
    if (!s || !s->redirected.frame)
        return;
    struct rdpath_value value = {.name = "flags", .number = s->redirected.code};
    struct observed o = number_seen(OBS_REDIRECTED, &value);
    o.frames = frames_of(s->redirected.frame);
    attempt_observe(a, &o, "the server sent the client to another one");
}

static void look_retried(struct attempt *a)
{
    uint32_t n = a->n_connections + a->n_retired;
    bool first = a->n_retired == 0 && a->decisive == a->connections[0];
    if (n < 2 || first || a->probed) /* a probe does not try again */
        return;
    struct rdpath_value value = {.name = "connections", .number = n};
    struct observed o = number_seen(OBS_CLIENT_RETRIED, &value);
    if (a->decisive->n_rungs)
        o.frames = frames_of(a->decisive->rungs[0].frame);
    attempt_observe(a, &o, "the client connected %u times; %s one decides", n,
                    a->decisive == a->connections[a->n_connections - 1] ? "the last" : "a middle");
}

/* What is known of the bytes that a tunnel adds; "" where nothing was measured. */
static const char *more_words(struct attempt *a)
{
    const struct tunnel_seen *t = &a->tunnel;
    if (t->n_measured == 0)
        return "";
    if (t->least_more == t->most_more)
        return arena_format(&a->arena, "; it adds %u bytes to each, measured on %u packets",
                            t->least_more, t->n_measured);
    return arena_format(&a->arena, "; it adds %u to %u bytes to each, measured on %u packets",
                        t->least_more, t->most_more, t->n_measured);
}

static void look_tunnel(struct attempt *a)
{
    const struct tunnel_seen *t = &a->tunnel;
    if (!t->tag)
        return;
    char from[ADDR_TEXT_SIZE], to[ADDR_TEXT_SIZE];
    addr_format(&t->ends[0], from);
    addr_format(&t->ends[1], to);
    struct rdpath_value values[RDPATH_VALUES_MAX] = {
        {.name = "kind", .text = t->tag},
        {.name = "ends", .text = arena_format(&a->arena, "%s %s", from, to)},
        {.name = "largest_outer", .number = t->largest_outer},
        {.name = "overhead", .number = t->least_more},
        {.name = "overhead_most", .number = t->most_more},
        {.name = "measured", .number = t->n_measured},
    };
    struct observed o = {OBS_TUNNEL_SEEN, t->frames, values, t->n_measured ? 6 : 3};
    bool proven = t->carried || t->n_measured;
    attempt_observe(a, &o, "%s %s between %s and %s, whose packets have up to %u bytes%s",
                    proven ? "the connection runs through" : "the same host also uses", t->title,
                    from, to, t->largest_outer,
                    proven ? more_words(a)
                           : "; whether this connection runs through it is unknown");
}

void attempt_look_back(struct attempt *a)
{
    const struct connection *c = a->decisive;
    look_mss(a, c);
    look_too_big(a, c);
    for (int way = 0; way < 2; way++) {
        look_recovered(a, c, way);
        look_changed(a, c, way);
        look_hole(a, c, way);
    }
    look_counts(a, c);
    look_capture(a, c);
    look_window(a, c, RDPATH_TO_SERVER);
    look_window(a, c, RDPATH_TO_CLIENT);
    look_certificate(a, c);
    attempt_look_around(a);
    look_inferred(a, c);
    look_logon(a, c);
    look_redirected(a, c);
    look_retried(a);
    look_tunnel(a);
    attempt_look_context(a);
    if (connection_stage(c) == RDPATH_STAGE_ACTIVE && a->n_udp == 0)
        attempt_observe(a, &(struct observed){.kind = OBS_UDP_NOT_ATTEMPTED},
                        "no RDP over UDP: the session runs over TCP alone");
    if (a->legs_left_out)
        attempt_observe(a, &(struct observed){.kind = OBS_LIMIT_REACHED},
                        "more UDP flows than are followed: some of them were left out");
    if (a->limit_reached)
        attempt_observe(a, &(struct observed){.kind = OBS_LIMIT_REACHED},
                        "more than %d connections or 10 minutes: a new attempt begins behind them",
                        ATTEMPT_CONNECTIONS_MAX);
    if (c->path[0].limit_reached || c->path[1].limit_reached)
        attempt_observe(a, &(struct observed){.kind = OBS_LIMIT_REACHED},
                        "more bytes out of order than are kept: the counts of this attempt are "
                        "too low");
    if (a->crowded_out)
        attempt_observe(a, &(struct observed){.kind = OBS_LIMIT_REACHED},
                        "too many attempts at a time: this one was given up before its end");
}
