/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Five searches, two directions. An echo that is not answered was lost on its way there or back; it
 * counts for one direction only where another search shows that the other one lets that size pass.
 */
#include "capture/probe_session.h"

#include <stdio.h>

enum { AGREE_MISSED = 3 }; /* as many as prove a size too large where nothing else is lost */

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* What arrived was sent, if nobody asked for it. */
static struct rdpath_probe_bracket bracket(const struct probe_search *s)
{
    struct rdpath_probe_bracket b = {.mtu = search_bracket(s)};
    for (uint32_t i = 0; i < s->tally.n_sizes; i++) {
        b.n_sent += larger(s->tally.sizes[i].n_sent, s->tally.sizes[i].n_delivered);
        b.n_delivered += s->tally.sizes[i].n_delivered;
    }
    b.tried = b.n_sent || b.n_delivered;
    return b;
}

/* Without what was still to be sent when the search was ended. */
static struct rdpath_probe_bracket raw_bracket(const struct raw_search *r)
{
    struct rdpath_probe_bracket b = bracket(&r->search);
    b.n_sent = larger(b.n_sent - r->n_queue, b.n_delivered);
    return b;
}

static void lower(struct rdpath_mtu *mtu, uint32_t below)
{
    if (below > mtu->at_least && (!mtu->below || below < mtu->below))
        mtu->below = below;
}

/* An error came back for a packet of that size: it was too large on its way to the server. */
static bool is_refused(const struct probe_search *s, uint32_t size)
{
    for (uint32_t i = 0; i < s->tally.n_sizes; i++) {
        if (s->tally.sizes[i].size == size)
            return s->tally.sizes[i].n_refused > 0;
    }
    return false;
}

/* An error named that limit for a packet of ours: one is enough, routers send few of them. */
static bool is_named(const struct probe_search *s, uint32_t size)
{
    return s->hint && size == s->hint + 1;
}

/*
 * RDP travels over TCP: a size that TCP does not get through does not count because an echo does.
 * Where TCP got nothing of common sizes through, something else than size is in its way.
 */
static void prefer_tcp(struct rdpath_mtu *mtu, const struct probe_search *tcp)
{
    struct rdpath_mtu by_tcp = search_bracket(tcp);
    if (by_tcp.below && by_tcp.below <= mtu->at_least && by_tcp.at_least >= tcp->floor)
        mtu->at_least = by_tcp.at_least;
}

bool combine_agrees(const struct probe_session *s)
{
    struct rdpath_mtu echo = search_bracket(&s->echo.search);
    return echo.below && s->outbound.tally.at_least >= echo.at_least &&
           s->outbound.tally.at_least < echo.below &&
           tally_missed(&s->outbound.tally, echo.below) >= AGREE_MISSED;
}

/* Where the system's calls tell: they say what arrived, not in packets of what size. */
static const char *why_unseen(const struct probe_session *s)
{
    static char text[160];
    const char *no_packets = "and Windows does not show in packets of what size";
    if (!s->has_tls)
        return "TLS was not reached";
    if (s->open_arrived)
        snprintf(text, sizeof text, "all %u bytes of the server's TLS flight arrived, %s",
                 s->flight_len, no_packets);
    else if (!s->limits_segments)
        return "this Windows cannot limit what a server sends (version 2004 and later can)";
    else if (!s->flight_len)
        return "the server's TLS flight did not arrive whole";
    else
        return "too many probes were lost";
    return text;
}

static void conclude(struct rdpath_probe_way *way)
{
    way->exact = way->mtu.at_least &&
                 (way->mtu.at_least >= way->ceiling || way->mtu.below == way->mtu.at_least + 1);
    if (way->mtu.at_least >= way->ceiling)
        way->mtu.below = 0;
}

/* The limit that an ICMP error named for TCP, which the system follows; 0: none. */
static uint32_t limit_followed(const struct probe_session *s)
{
    const struct rdpath_probe *r = s->result;
    for (uint32_t i = 0; i < r->n_errors; i++) {
        if (r->errors[i].said == RDPATH_PROBE_SAID_TOO_BIG && r->errors[i].of &&
            r->errors[i].mtu == s->outbound.ceiling)
            return r->errors[i].mtu;
    }
    return s->own_limit;
}

static const char *why_to_server(const struct probe_session *s)
{
    static char text[256];
    struct rdpath_mtu echo = search_bracket(&s->echo.search);
    bool some = larger(s->udp.search.tally.at_least, s->outbound.tally.at_least) || echo.at_least;
    char others[120];
    snprintf(others, sizeof others, "%sprobes are answered neither over ICMP nor over UDP",
             some ? "larger " : "");
    if (echo.below)
        snprintf(others, sizeof others,
                 "echo of more than %u bytes is lost, on its way there or on its way back",
                 echo.at_least);
    if (s->result->connect_ns == RDPATH_UNKNOWN)
        snprintf(text, sizeof text, "%s, and no connection came about", others);
    else if (!s->has_tls)
        snprintf(text, sizeof text, "%s, and TLS was not reached", others);
    else if (s->retold && !s->knows_segments)
        snprintf(text, sizeof text, "%s, and Windows does not tell what became of TCP's", others);
    else if (s->outbound.ceiling < s->settings.interface_mtu && limit_followed(s))
        snprintf(text, sizeof text,
                 "this system follows an ICMP error that names %u, and sends nothing larger over "
                 "TCP; %s",
                 limit_followed(s), others);
    else if (s->outbound.ceiling < s->settings.interface_mtu)
        snprintf(text, sizeof text,
                 "TCP sends no more than %u bytes: the server's MSS is small, or is clamped on its "
                 "way; %s",
                 s->outbound.ceiling, others);
    else
        return "too many probes were lost";
    return text;
}

static const char *why_to_client(const struct probe_session *s)
{
    static char text[200];
    const char *no_echo = s->result->echo_answered ? "replies to larger echo requests do not come"
                                                   : "echo is not answered";
    if (s->result->connect_ns == RDPATH_UNKNOWN)
        snprintf(text, sizeof text, "no connection came about, and %s", no_echo);
    else if (!s->has_tls)
        snprintf(text, sizeof text, "TLS was not reached, and %s", no_echo);
    else if (!s->flight_len)
        snprintf(text, sizeof text, "the server's TLS flight did not arrive whole, and %s",
                 no_echo);
    else if (s->own_limit)
        snprintf(text, sizeof text,
                 "this system keeps a path MTU of %u for the server from an earlier ICMP error, "
                 "and asks for no more",
                 s->own_limit);
    else if (s->server_limit)
        snprintf(text, sizeof text,
                 "TCP's packets have at most %u bytes: this machine's MSS is clamped on its way, "
                 "or the server makes none larger; and %s",
                 s->server_limit, no_echo);
    else if (search_is_exact(&s->inbound))
        snprintf(text, sizeof text, "the server's TLS flight has only %u bytes", s->flight_len);
    else
        return "too many probes were lost";
    return text;
}

static bool is_lost_by_load(const struct probe_session *s, int direction)
{
    const struct probe_search *tcp = direction == RDPATH_TO_SERVER ? &s->outbound : &s->inbound;
    return tcp->by_load || s->echo.search.by_load;
}

static const char *why(const struct probe_session *s, int direction)
{
    const struct rdpath_probe *r = s->result;
    if (r->interrupted)
        return "it was interrupted";
    if (is_lost_by_load(s, direction))
        return "packets that were lost beside others came through alone: something limits the "
               "rate, and no size is known not to pass";
    bool all_arrived = direction == RDPATH_TO_CLIENT && search_is_exact(&s->inbound);
    if (s->used_up && !all_arrived)
        return "the limit on what may be sent was reached (--max-packets, --max-bytes)";
    if (s->late)
        return "the time ran out (--timeout)";
    if (s->rtt_least_ns == 0 && !r->refused && !r->udp_refused && !r->n_errors)
        return "nothing was answered";
    if (direction == RDPATH_TO_SERVER)
        return why_to_server(s);
    return s->retold ? why_unseen(s) : why_to_client(s);
}

void combine_brackets(struct probe_session *s)
{
    struct rdpath_probe_way *out = &s->result->path[RDPATH_TO_SERVER];
    struct rdpath_probe_way *in = &s->result->path[RDPATH_TO_CLIENT];
    struct rdpath_mtu echo = search_bracket(&s->echo.search);
    out->ceiling = s->settings.interface_mtu;
    uint32_t replied = larger(s->replies.search.tally.at_least, s->udp_replies.tally.at_least);
    bool clamped = s->server_limit && replied > s->server_limit;
    in->ceiling = s->server_limit && !clamped ? s->server_limit : s->settings.interface_mtu;
    in->knows |= s->server_limit && !clamped;
    in->tcp_most = clamped ? s->server_limit : 0;
    in->cut = s->reply_in_fragments && !search_bracket(&s->inbound).below;
    out->by[RDPATH_PROBE_ICMP] = raw_bracket(&s->echo);
    out->by[RDPATH_PROBE_UDP] = raw_bracket(&s->udp);
    out->by[RDPATH_PROBE_TCP] = bracket(&s->outbound);
    in->by[RDPATH_PROBE_ICMP] = raw_bracket(&s->replies);
    in->by[RDPATH_PROBE_UDP] = bracket(&s->udp_replies);
    in->by[RDPATH_PROBE_TCP] = bracket(&s->inbound);
    out->mtu.at_least =
        larger(larger(echo.at_least, s->udp.search.tally.at_least), s->outbound.tally.at_least);
    in->mtu.at_least = larger(replied, s->inbound.tally.at_least);
    out->mtu.below = in->mtu.below = 0;
    prefer_tcp(&out->mtu, &s->outbound);
    lower(&out->mtu, search_bracket(&s->outbound).below);
    if (!clamped) {
        prefer_tcp(&in->mtu, &s->inbound);
        lower(&in->mtu, search_bracket(&s->inbound).below);
    }
    lower(&in->mtu, search_bracket(&s->replies.search).below);
    if (echo.below &&
        (is_refused(&s->echo.search, echo.below) || is_named(&s->echo.search, echo.below) ||
         in->mtu.at_least >= echo.below || combine_agrees(s)))
        lower(&out->mtu, echo.below);
    else if (out->mtu.at_least >= echo.below)
        lower(&in->mtu, echo.below);
    conclude(out);
    conclude(in);
    out->why = out->exact ? NULL : why(s, RDPATH_TO_SERVER);
    in->why = in->exact ? NULL : why(s, RDPATH_TO_CLIENT);
    s->result->rtt_ns = s->rtt_least_ns ? s->rtt_least_ns : RDPATH_UNKNOWN;
    s->result->n_packets_sent = s->n_packets;
    s->result->n_bytes_sent = s->n_bytes;
}
