/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/watch.h"

void watch_begin_look(struct watch *w, int64_t now_ns)
{
    w->seen = false;
    w->look_ns = now_ns;
}

static bool is_wanted(const struct watch *w, const struct rdpath_open *o)
{
    for (uint32_t i = 0; i < w->n_hosts; i++) {
        if (strcmp(w->hosts[i], o->server) == 0 || strcmp(w->hosts[i], o->client) == 0)
            return true;
    }
    return w->n_hosts == 0;
}

/* Before the first news it is not. */
static bool is_up(const struct watch *w)
{
    return w->last.id && w->last.active_ns != RDPATH_UNKNOWN;
}

void watch_take(void *watch, const struct rdpath_open *o)
{
    struct watch *w = watch;
    if (w->chosen == 0 && o->from_start && is_wanted(w, o)) {
        w->chosen = o->id;
        w->launched = w->client_left && w->look_ns - w->left_ns > WATCH_LEFT_NS;
    }
    if (o->id != w->chosen)
        return;
    w->seen = true;
    if (o->last_ns != w->last.last_ns || w->last.id == 0)
        w->news_ns = w->look_ns;
    if (!is_up(w))
        w->up_ns = w->look_ns;
    w->last = *o;
}

static int64_t silence_ns(const struct watch *w)
{
    if (w->last.stage == RDPATH_STAGE_TLS_SERVER_FLIGHT || w->last.stage == RDPATH_STAGE_TLS_DONE)
        return WATCH_PROMPT_NS;
    int64_t next_ns = 2 * w->last.last_gap_ns + WATCH_LATE_NS;
    if (next_ns < WATCH_SILENT_NS)
        return WATCH_SILENT_NS;
    return next_ns < WATCH_LONGEST_NS ? next_ns : WATCH_LONGEST_NS;
}

/* One that ended well and left a connection open was not the client, but started it. */
static int64_t patience_ns(const struct watch *w)
{
    if (w->client_failed)
        return WATCH_LEFT_NS;
    if (!w->last.closed)
        return silence_ns(w);
    return w->client_left && !w->launched ? WATCH_LEFT_NS : WATCH_CLOSED_NS;
}

static enum watch_state state_without(const struct watch *w, int64_t now_ns)
{
    int64_t since_ns = now_ns - w->left_ns;
    if (!w->client_left || since_ns <= WATCH_LEFT_NS)
        return WATCH_WAITING;
    return !w->client_failed && since_ns < w->launched_ns ? WATCH_LAUNCHED : WATCH_FAILED;
}

enum watch_state watch_state(const struct watch *w, int64_t now_ns)
{
    if (w->chosen == 0)
        return state_without(w, now_ns);
    bool up = is_up(w);
    if (up && !w->last.closed && now_ns - w->up_ns >= w->settle_ns)
        return WATCH_UP;
    bool over = !w->seen || now_ns - w->news_ns > patience_ns(w);
    return !over ? WATCH_RUNNING : up ? WATCH_ENDED : WATCH_FAILED;
}
