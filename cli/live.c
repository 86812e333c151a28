/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/live.h"

#include "base/clock.h"
#include "capture/watch.h"

#include <string.h>

enum { LIVE_EARLY_MAX = 1024 };

#define LOOK_EVERY_NS 200000000LL /* a look costs as much as many attempts are open */

struct early {
    uint32_t attempt_id;
    struct rdpath_rung rung;
};

struct live {
    const struct options *options;
    struct tail *tail;
    const struct rdpath *analysis;
    struct watch watch;
    int64_t start_ns;   /* of the recording */
    int64_t attempt_ns; /* of its first rung */
    int64_t looked_ns;
    bool has_news; /* packets were read since */
    bool stopping;
    bool told_launched;
    bool told_client;                   /* how it ended */
    char reason[160];                   /* to stop */
    struct early early[LIVE_EARLY_MAX]; /* the last rungs before an attempt was chosen */
    uint32_t n_early;
};

/* ---- the ladder ------------------------------------------------------------------------------ */

static void on_begin(void *ctx, const struct rdpath *analysis)
{
    struct live *l = ctx;
    l->analysis = analysis;
}

static void rung_show(const struct live *l, const struct rdpath_rung *rung)
{
    if (!l->options->quiet)
        fprintf(stderr, "%9.3f s  %s%s\n", (double)(rung->ts_ns - l->attempt_ns) / 1e9,
                rdpath_stage_title(rung->stage), rung->inferred ? " (told from sizes)" : "");
}

static void attempt_show(struct live *l)
{
    if (!l->options->quiet)
        fprintf(stderr, "rdpath: attempt from %s to %s\n", l->watch.last.client,
                l->watch.last.server);
    uint32_t first = l->n_early > LIVE_EARLY_MAX ? l->n_early - LIVE_EARLY_MAX : 0;
    for (uint32_t i = first; i < l->n_early; i++) {
        const struct early *e = &l->early[i % LIVE_EARLY_MAX];
        if (e->attempt_id != l->watch.chosen)
            continue;
        if (l->attempt_ns == 0)
            l->attempt_ns = e->rung.ts_ns;
        rung_show(l, &e->rung);
    }
}

static void look(struct live *l, int64_t now)
{
    bool chosen_before = l->watch.chosen != 0;
    l->looked_ns = now;
    l->has_news = false;
    watch_begin_look(&l->watch, now);
    rdpath_each_open(l->analysis, l->watch.chosen, &l->watch, watch_take);
    if (!chosen_before && l->watch.chosen)
        attempt_show(l);
}

static void on_rung(void *ctx, uint32_t attempt_id, const struct rdpath_rung *rung)
{
    struct live *l = ctx;
    if (l->watch.chosen == 0)
        l->early[l->n_early++ % LIVE_EARLY_MAX] = (struct early){attempt_id, *rung};
    if (attempt_id != l->watch.chosen)
        return;
    if (l->attempt_ns == 0)
        l->attempt_ns = rung->ts_ns;
    rung_show(l, rung);
}

/* ---- when to stop ---------------------------------------------------------------------------- */

/* Statuses of Windows are told as it does. */
static void client_end_write(const struct client_end *c, const char *behind, char *text,
                             size_t size)
{
    if (c->signal)
        snprintf(text, size, "the client was ended by signal %d%s", c->signal, behind);
    else
        snprintf(text, size,
                 c->status > UINT16_MAX ? "the client ended with status 0x%08x%s"
                                        : "the client ended with status %u%s",
                 c->status, behind);
}

static bool client_has_failed(const struct client_end *c)
{
    return !c->started || c->signal || c->status;
}

static const char *reason_without_attempt(struct live *l)
{
    l->told_client = true;
    if (!l->watch.client_failed)
        snprintf(l->reason, sizeof l->reason,
                 "no attempt came within %d s after the command of --run had ended",
                 (int)(l->watch.launched_ns / 1000000000));
    else if (!l->tail->client.started)
        snprintf(l->reason, sizeof l->reason, "no client was started");
    else
        client_end_write(&l->tail->client, " before any attempt was seen", l->reason,
                         sizeof l->reason);
    return l->reason;
}

static void tell_launched(struct live *l)
{
    char until[32] = "--duration is over";
    if (!l->options->duration_s)
        snprintf(until, sizeof until, "%d s have gone by",
                 (int)(l->watch.launched_ns / 1000000000));
    if (!l->told_launched && !l->options->quiet)
        complain("the command of --run has ended, and no attempt was seen yet: waiting for that of "
                 "a client which it started, until %s",
                 until);
    l->told_launched = true;
}

/* NULL: not yet. */
static const char *reason_to_stop(struct live *l)
{
    int64_t now = clock_steady_ns();
    if (l->tail->stop_wanted)
        return "stopped by you";
    if (l->tail->left_alone)
        return "the process that gives -o and --report their names was ended from outside";
    if (l->options->duration_s && now - l->start_ns >= l->options->duration_s * 1000000000LL)
        return "--duration is over";
    switch (watch_state(&l->watch, now)) {
    case WATCH_FAILED:
        return l->watch.chosen ? "the attempt has failed" : reason_without_attempt(l);
    case WATCH_ENDED:
        return "the session has ended";
    case WATCH_UP:
        return "the session is up";
    case WATCH_LAUNCHED:
        tell_launched(l);
        return NULL;
    default:
        return NULL;
    }
}

static void tell_news(struct live *l)
{
    if (l->tail->news.text[0])
        complain("%s", l->tail->news.text);
    l->tail->news.text[0] = '\0';
}

/* Between two bursts of packets. */
static void on_wait(struct live *l)
{
    tell_news(l);
    if (l->tail->client_left && !l->watch.client_left) {
        l->watch.client_left = true;
        l->watch.client_failed = client_has_failed(&l->tail->client);
        l->watch.left_ns = clock_steady_ns();
    }
    int64_t now = clock_steady_ns();
    if (l->analysis && l->has_news && now - l->looked_ns >= LOOK_EVERY_NS)
        look(l, now);
    const char *reason = l->stopping ? NULL : reason_to_stop(l);
    if (!reason)
        return;
    l->stopping = true;
    if (!l->options->quiet)
        complain("%s", reason);
    tail_stop(l->tail);
}

static ptrdiff_t live_read(void *ctx, void *to, size_t n)
{
    struct live *l = ctx;
    for (;;) {
        ptrdiff_t got = tail_read(l->tail, to, n);
        if (got != TAIL_NOTHING_YET) {
            l->has_news = true;
            return got;
        }
        on_wait(l);
    }
}

/* ---- the end --------------------------------------------------------------------------------- */

static void tell_kept(const struct live *l)
{
    const struct recorder_news *n = &l->tail->news;
    unsigned long long packets = n->packets, bytes = n->bytes;
    if (l->options->ring)
        complain("recorded: %llu packets, %llu bytes; the ring of %s keeps the last of them",
                 packets, bytes, l->options->write);
    else if (l->tail->lost)
        complain("kept: at least %llu packets, %llu bytes in %s", packets,
                 l->tail->at > bytes ? (unsigned long long)l->tail->at : bytes, l->options->write);
    else
        complain("kept: %llu packets, %llu bytes in %s", packets, bytes, l->options->write);
}

static void tell_client(const struct live *l)
{
    const struct client_end *c = &l->tail->client;
    char text[sizeof l->reason];
    if (!l->tail->client_left || !c->started || !client_has_failed(c) || l->told_client ||
        l->options->quiet)
        return;
    client_end_write(c, "", text, sizeof text);
    complain("%s", text);
}

/* The kernel was told to keep no other port. */
static void tell_where_to_look(const struct live *l)
{
    const struct options *o = l->options;
    struct text ports = {0};
    if (l->watch.chosen || l->n_early || o->quiet ||
        (l->tail->client_left && !l->tail->client.started))
        return;
    text_add(&ports, "3389");
    for (uint32_t i = 0; i < o->n_ports; i++)
        text_addf(&ports, " or %u", o->ports[i]);
    complain("no attempt%s%s was seen on port %s: if the client connects to another port, name it "
             "with --port N; if it goes by another interface, with -i NAME",
             o->host ? " to " : "", o->host ? o->host : "", text_string(&ports));
    text_free(&ports);
}

static void tell_end(struct live *l)
{
    const struct recorder_news *n = &l->tail->news;
    tell_news(l);
    tell_client(l);
    if (l->tail->lost)
        complain("the process that records was ended from outside; what it had written is kept");
    if (n->state == RECORDER_FULL && !l->options->quiet)
        complain("--max-size is reached");
    if (n->dropped)
        complain("this machine could not keep up: %llu packets were lost before they were recorded",
                 (unsigned long long)n->dropped);
    if (!l->options->quiet || l->tail->lost || n->state == RECORDER_FAILED)
        tell_kept(l);
    tell_where_to_look(l);
}

void live_follow(const struct options *o, struct tail *tail, struct run *run)
{
    struct live l = {
        .options = o,
        .tail = tail,
        .start_ns = clock_steady_ns(),
        .watch = {.settle_ns = o->settle_s ? o->settle_s * 1000000000LL : WATCH_SETTLE_NS,
                  .launched_ns = o->duration_s ? o->duration_s * 1000000000LL : WATCH_LAUNCHED_NS},
    };
    for (uint32_t i = 0; i < o->n_addresses && i < WATCH_HOSTS_MAX; i++)
        memcpy(l.watch.hosts[l.watch.n_hosts++], o->addresses[i], ADDR_TEXT_SIZE);
    const struct run_live live = {&l, on_begin, on_rung};
    const struct rdpath_stream stream = {.path = o->write, .ctx = &l, .read = live_read};
    run_streams(run, &stream, 1, &live);
    l.analysis = NULL;
    while (!tail->over) { /* what could not be read on is recorded all the same */
        char rest[4096];
        (void)!live_read(&l, rest, sizeof rest);
    }
    tell_end(&l);
}
