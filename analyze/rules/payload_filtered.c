/* SPDX-License-Identifier: Apache-2.0 */
/* The handshake passes, and one small message never does: a filter that knows what it drops. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum {
    SENDINGS_MIN = 3,
    SENDINGS_DOUBTFUL = 5, /* where chance, or the end of the recording, may be the reason */
    HEADERS_MAX = 72,      /* IPv6 and TCP with timestamps */
};

static const char *message_of(const struct connection *c)
{
    if (c->gateway_method)
        return NULL;
    switch (connection_stage(c)) {
    case RDPATH_STAGE_TCP_OPEN:
    case RDPATH_STAGE_X224_REQUEST:
        return "X.224 connection request";
    case RDPATH_STAGE_X224_CONFIRM:
    case RDPATH_STAGE_TLS_HELLO:
        return "TLS ClientHello";
    default:
        return NULL;
    }
}

/* The other direction repeats something as well, so that packets get lost here, acknowledgements
   among them; or the recording stops while the message is being sent. */
static uint32_t sendings_wanted(const struct connection *c)
{
    bool doubtful =
        c->path[RDPATH_TO_CLIENT].retransmitted || c->summary.ended.how == RDPATH_END_CAPTURE;
    return doubtful ? SENDINGS_DOUBTFUL : SENDINGS_MIN;
}

/* The first message of its kind, small, sent again and again and never acknowledged. What is seen
   again and again at the server passes. */
static bool vanishes(const struct attempt *a, const struct connection *c)
{
    const struct rdpath_repeated *r = &c->path[RDPATH_TO_SERVER].repeated;
    return message_of(c) && !fact_at_receiver(a, RDPATH_TO_SERVER) &&
           r->n_sent >= sendings_wanted(c) && !r->acknowledged && !r->shrunk &&
           r->ip_len <= fact_least_mtu(a);
}

/* The same, seen at the server: the message never arrived, and the client's later packets tell of
   the small hole that it left, for longer than a late packet does. */
static bool missing(const struct attempt *a, const struct connection *c)
{
    const struct rdpath_hole *hole = &c->path[RDPATH_TO_SERVER].hole;
    enum rdpath_stage stage = connection_stage(c);
    bool awaited = stage == RDPATH_STAGE_TCP_OPEN || stage == RDPATH_STAGE_X224_CONFIRM;
    return awaited && message_of(c) && hole->open && hole->lasted_ns >= RDPATH_HOLE_LASTS_NS &&
           fact_capture_whole(c) && !fact_at_sender(a, RDPATH_TO_SERVER) &&
           hole->len + HEADERS_MAX <= fact_least_mtu(a);
}

static uint32_t same_before(const struct attempt *a, const struct connection *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_connections; i++) {
        const struct connection *other = a->connections[i];
        n += other != c && connection_stage(other) == connection_stage(c) && vanishes(a, other);
    }
    return n;
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct rdpath_repeated *r = &c->path[RDPATH_TO_SERVER].repeated;
    const struct rdpath_hole *hole = &c->path[RDPATH_TO_SERVER].hole;
    bool sent = vanishes(a, c);
    if (!sent && !missing(a, c))
        return;
    uint32_t before = same_before(a, c);
    verdict_found(v, before && sent && fact_capture_whole(c) ? RDPATH_CONFIRMED : RDPATH_LIKELY,
                  RDPATH_TO_SERVER,
                  "The TCP handshake passes and the %s never does, small as it is: something on "
                  "the way drops it for what it says.",
                  message_of(c));
    if (sent)
        verdict_evidence(v, &r->frames, "%u bytes were sent %u times and never acknowledged",
                         r->ip_len, r->n_sent);
    else
        verdict_evidence(v, &hole->frames, "the client sent %llu bytes that never arrived",
                         (unsigned long long)hole->len);
    verdict_evidence(v, &c->opening.syn, "the connection itself was opened without trouble");
    if (before)
        verdict_evidence(v, NULL, "the same happened on %u more connection%s", before,
                         before == 1 ? "" : "s");
}

const struct rule rule_payload_filtered = {
    .title = "one kind of small message never passes",
    .means = "A firewall or an intrusion prevention system lets TCP through and drops the RDP or "
             "TLS message inside.",
    .recognised =
        "The X.224 request or the ClientHello is sent at least three times, is small, and "
        "is never acknowledged, although the handshake passed; five times where packets get lost "
        "or the capture stops.",
    .confused_with = "A black hole drops by size: this one is too small for that.",
    .fix = "An exception in the device that inspects.",
    .advice = {ADVISE_SEARCH_LOGS, ADVISE_CAPTURE_OTHER, ADVISE_CAPTURE_OTHER_LINUX,
               ADVISE_EXCEPTION},
    .judge = judge,
};
