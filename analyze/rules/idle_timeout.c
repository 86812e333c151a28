/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Closed after a quiet time that fits an idle timer. Three shapes, and none of them is a user who
 * leaves: once the session is up, a FIN or RST of an end with nothing lost is its normal end
 * (contract 2, "outcome"), however long it was quiet before.
 *
 *   waiting    before the session is up it is the client's turn, and the server closes
 *   by device  a reset that no end sent comes after a quiet time
 *   forgotten  the first data after a quiet time is answered by a reset without an acknowledgement:
 *              so answers who knows of no such connection (RFC 9293 section 3.10.7.1)
 */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

/*
 * Timers that are in use: 10 s for the first message [MS-RDPEPS 3.2.2]; 30 and 60 s in services and
 * proxies; the rest in load balancers, NAT and firewalls, whose makers chose round numbers.
 */
static const int timers_s[] = {10,  30,  60,  120,  180,  240,  300,
                               350, 600, 900, 1200, 1800, 3600, 7200};

enum {
    SLACK_MS = 300, /* a round trip, and the timer's own tick */
    SLACK_PER_MILLE = 10,
    SLACK_MAX_MS = 10000,
    FORGOTTEN_MIN_S = 60, /* no device in use forgets a TCP connection sooner */
};

#define ANSWER_NS 2000000000LL /* the reset answers at once: a round trip of a bad path */

enum shape { NO_SHAPE, WAITING, BY_DEVICE, FORGOTTEN };

struct ending {
    enum shape shape;
    enum rdpath_direction way; /* in which what ended it travelled */
    int64_t quiet_ns;
    int timer_s; /* 0: none fits */
};

/* The timer that a quiet time fits, 0: none. */
static int timer_of(int64_t quiet_ns)
{
    int64_t quiet_ms = quiet_ns / 1000000;
    for (size_t i = 0; i < sizeof timers_s / sizeof timers_s[0]; i++) {
        int64_t timer_ms = timers_s[i] * 1000LL, slack = SLACK_MS + timers_s[i] * SLACK_PER_MILLE;
        slack = slack < SLACK_MAX_MS ? slack : SLACK_MAX_MS;
        if (quiet_ms >= timer_ms - slack && quiet_ms <= timer_ms + slack)
            return timers_s[i];
    }
    return 0;
}

static int64_t closed_at(const struct connection *c, enum rdpath_direction way)
{
    return c->reset[way].seen ? c->reset[way].at.ts_ns : c->fin[way].ts_ns;
}

/* A close_notify goes before the FIN: what was quiet was quiet before it. */
static int64_t quiet_before(const struct connection *c, enum rdpath_direction way)
{
    const struct idle_seen *idle = &c->idle;
    bool ended_by_it = idle->lasted_ns && idle->direction == way &&
                       closed_at(c, way) - idle->over.ts_ns <= ANSWER_NS;
    int64_t since_data = c->summary.ended.quiet_before_ns;
    return ended_by_it && idle->lasted_ns > since_data ? idle->lasted_ns : since_data;
}

static struct ending waiting(const struct connection *c)
{
    struct ending e = {.way = RDPATH_TO_CLIENT};
    if (!fact_closed_early(c, RDPATH_BY_SERVER) || connection_stage(c) < RDPATH_STAGE_TCP_OPEN ||
        connection_awaits(c) != RDPATH_BY_CLIENT || fact_redirected(c))
        return e;
    if (fact_stuck(c, RDPATH_TO_SERVER) || fact_stuck(c, RDPATH_TO_CLIENT))
        return e;
    e.quiet_ns = quiet_before(c, RDPATH_TO_CLIENT);
    e.timer_s = timer_of(e.quiet_ns);
    e.shape = e.timer_s ? WAITING : NO_SHAPE;
    return e;
}

static struct ending by_device(const struct connection *c, enum rdpath_direction way)
{
    struct ending e = {.way = way, .quiet_ns = c->idle.lasted_ns};
    if (!c->idle.lasted_ns || c->idle.over.frame != c->reset[way].at.frame ||
        c->summary.ended.by != RDPATH_BY_MIDDLEBOX)
        return e;
    e.timer_s = timer_of(e.quiet_ns);
    e.shape = e.timer_s ? BY_DEVICE : NO_SHAPE;
    return e;
}

static struct ending forgotten(const struct connection *c, enum rdpath_direction way)
{
    const struct idle_seen *idle = &c->idle;
    const struct reset_seen *r = &c->reset[way];
    struct ending e = {.way = way, .quiet_ns = idle->lasted_ns};
    bool answers = r->seen && !r->has_ack && idle->direction != way && idle->n_after[way] == 1 &&
                   idle->data_after[!way] && r->at.ts_ns - idle->over.ts_ns <= ANSWER_NS;
    if (answers && !c->fin[0].frame && !c->fin[1].frame && fact_capture_whole(c) &&
        idle->lasted_ns >= FORGOTTEN_MIN_S * 1000000000LL)
        e.shape = FORGOTTEN;
    return e;
}

static struct ending ending_of(const struct connection *c)
{
    struct ending e = waiting(c);
    for (int i = 0; i < 2 && !e.shape; i++) {
        enum rdpath_direction way = i == 0 ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER;
        e = by_device(c, way);
        if (!e.shape)
            e = forgotten(c, way);
    }
    return e;
}

/* Other connections of the attempt that ended in the same way, after the same time. */
static uint32_t same_before(const struct attempt *a, const struct connection *c,
                            const struct ending *e)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_connections; i++) {
        struct ending other = ending_of(a->connections[i]);
        n += a->connections[i] != c && other.shape == e->shape && other.timer_s == e->timer_s;
    }
    return n;
}

static void say(struct verdict *v, const struct ending *e, enum rdpath_confidence sure)
{
    double quiet = fact_seconds(e->quiet_ns);
    const char *end = e->way == RDPATH_TO_CLIENT ? "server" : "client";
    const char *asker = e->way == RDPATH_TO_CLIENT ? "client" : "server";
    if (e->shape == WAITING)
        verdict_found(v, sure, RDPATH_NO_DIRECTION,
                      "The server waited %.1f s for the client's next message and closed, as a "
                      "timer of %d s does.",
                      quiet, e->timer_s);
    else if (e->shape == BY_DEVICE)
        verdict_found(v, sure, RDPATH_NO_DIRECTION,
                      "A device between the two ends reset the connection after %.1f quiet "
                      "seconds, as an idle timer of %d s does.",
                      quiet, e->timer_s);
    else
        verdict_found(
            v, sure, RDPATH_NO_DIRECTION,
            "After %.1f quiet seconds the %s's side knew the connection no more: the %s's "
            "first data was answered by a reset.",
            quiet, end, asker);
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    struct ending e = ending_of(c);
    if (!e.shape)
        return;
    if (e.shape == WAITING && !fact_capture_whole(c)) {
        verdict_needs(v, "a capture that holds every byte: in this one the session may be up");
        return;
    }
    uint32_t before = same_before(a, c, &e);
    enum rdpath_confidence sure = before && e.timer_s ? RDPATH_CONFIRMED : RDPATH_LIKELY;
    say(v, &e, fact_capture_whole(c) ? sure : RDPATH_POSSIBLE);
    struct rdpath_frames frames = frames_of(c->summary.ended.frame);
    verdict_evidence(v, &frames, "%s %.1f s without %s",
                     e.shape == FORGOTTEN ? "the reset answers the first packet after"
                                          : "the end follows",
                     fact_seconds(e.quiet_ns),
                     e.shape == WAITING ? "new data of either side" : "a packet of either side");
    if (before)
        verdict_evidence(v, NULL, "the same happened on %u more connection%s", before,
                         before == 1 ? "" : "s");
    if (e.shape == FORGOTTEN)
        verdict_against(v, NULL, "a host that was restarted meanwhile answers in the same way");
    else if (!before)
        verdict_against(v, NULL,
                        "one such time may be chance: see whether the next one is as long");
    if (e.shape != WAITING) {
        advise(v, ADVISE_KEEP_ALIVE);
        advise(v, ADVISE_KEEP_ALIVE_XRDP);
        advise(v, ADVISE_IDLE_TIMER);
    }
}

const struct rule rule_idle_timeout = {
    .title = "closed after a quiet time that fits an idle timer",
    .means = "A server that waited for the client, or a device on the path that drops quiet "
             "connections, gave up when its timer was over.",
    .recognised =
        "Before the session is up: the server closes after 10, 30, 60 ... seconds in which it was "
        "the client's turn. Later: a reset that no end sent after such a time, or one without an "
        "acknowledgement that answers the first data after a minute or more.",
    .confused_with = "A user who disconnects: his own client or the server closes a session that "
                     "was up, nothing is lost, and that is no fault.",
    .fix = "Keep-alives more often than the timer, or a longer timer in the device.",
    .advice = {ADVISE_SEARCH_LOGS, ADVISE_CLIENT_LOG},
    .judge = judge,
};
