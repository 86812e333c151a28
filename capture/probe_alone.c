/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where something limits the rate, large packets are the first to be lost, and that looks like a
 * limit of the path. So a limit that silence alone speaks for is asked once more when all searches
 * are over: one packet, after a time in which nothing was sent. What arrives then was lost by load.
 * A direction that no search has come to the end of is asked so, too.
 */
#include "capture/probe_session.h"

#include <string.h>

#define MILLISECOND_NS INT64_C(1000000)

enum {
    QUIET_MS = 300,    /* lets a full packet through again where 5 kB/s are allowed */
    QUESTIONS_MAX = 2, /* of a search: the limit, and where that arrives the most there is */
    N_SEARCHES = 5,
};

struct question {
    struct probe_search *search;
    struct raw_search *raw; /* NULL: by a connection */
    enum trial_purpose purpose;
    enum rdpath_direction way;
    uint32_t size;
};

/* A router says so, too. */
static bool is_named(const struct probe_session *s, uint32_t below)
{
    const struct rdpath_probe *r = s->result;
    for (uint32_t i = 0; i < r->n_errors; i++) {
        if (r->errors[i].said == RDPATH_PROBE_SAID_TOO_BIG && r->errors[i].of &&
            r->errors[i].mtu + 1 == below)
            return true;
    }
    return false;
}

/* Would it be said of the path? An echo alone does not tell on which way it was lost. */
static bool is_told(const struct probe_session *s, const struct probe_search *search)
{
    uint32_t below = search_bracket(search).below;
    return search == &s->udp.search || s->result->path[RDPATH_TO_SERVER].mtu.below == below ||
           s->result->path[RDPATH_TO_CLIENT].mtu.below == below;
}

static bool is_answered(const struct probe_search *search)
{
    return search->n_alone && !search->n_waiting;
}

static bool is_confirmed(const struct question *all, uint32_t below)
{
    bool confirmed = false;
    for (int i = 0; i < N_SEARCHES; i++)
        confirmed |= is_answered(all[i].search) && search_bracket(all[i].search).below == below;
    return confirmed;
}

/* Some sizes got through, and no limit is known, or what was one got through as well. */
static bool is_unfinished(const struct probe_search *search)
{
    uint32_t n_alone_most = search->by_load ? QUESTIONS_MAX - 1 : 0;
    return search->tally.at_least && search->tally.at_least < search->ceiling &&
           !search_bracket(search).below && search->n_alone <= n_alone_most;
}

/* Silence is all that tells of its limit, and no probe alone has said so. */
static bool is_unproven(const struct probe_session *s, const struct question *all,
                        const struct probe_search *search)
{
    uint32_t below = search_bracket(search).below;
    return search_rests_on_silence(search) && !is_answered(search) && is_told(s, search) &&
           !is_named(s, below) && !is_confirmed(all, below);
}

/* The size to ask; 0: none. */
static uint32_t open_question(const struct probe_session *s, const struct question *all,
                              const struct question *q)
{
    if (is_unfinished(q->search) && !s->result->path[q->way].exact)
        return q->search->ceiling;
    bool open = !q->search->n_alone && is_unproven(s, all, q->search);
    return open ? search_bracket(q->search).below : 0;
}

/* Connections go first: RDP travels by them. */
static void all_questions(struct probe_session *s, struct question all[N_SEARCHES])
{
    const struct question list[N_SEARCHES] = {
        {&s->outbound, NULL, TRIAL_OUTBOUND, RDPATH_TO_SERVER, 0},
        {&s->inbound, NULL, TRIAL_INBOUND, RDPATH_TO_CLIENT, 0},
        {&s->echo.search, &s->echo, 0, RDPATH_TO_SERVER, 0},
        {&s->replies.search, &s->replies, 0, RDPATH_TO_CLIENT, 0},
        {&s->udp.search, &s->udp, 0, RDPATH_TO_SERVER, 0},
    };
    memcpy(all, list, sizeof list);
}

/* The first that is open. */
static struct question next_question(struct probe_session *s)
{
    struct question all[N_SEARCHES];
    all_questions(s, all);
    for (int i = 0; i < N_SEARCHES; i++) {
        all[i].size = open_question(s, all, &all[i]);
        if (all[i].size)
            return all[i];
    }
    return (struct question){0};
}

static void ask(struct probe_session *s, const struct question *q)
{
    search_ask_alone(q->search, q->size);
    if (q->raw)
        raw_ask_alone(q->raw, q->size);
    else if (!connect_start_sized(s, q->purpose, q->size))
        q->search->in_doubt = true; /* there is no room for it */
}

bool alone_step(struct probe_session *s)
{
    if (connect_running(s, ~0u)) {
        s->busy_ns = s->now_ns;
        return true;
    }
    combine_brackets(s);
    struct question q = next_question(s);
    s->asks_alone |= q.size != 0;
    if (q.size && s->now_ns - s->busy_ns >= QUIET_MS * MILLISECOND_NS)
        ask(s, &q);
    return q.size != 0;
}

void alone_break_off(struct probe_session *s)
{
    struct question all[N_SEARCHES];
    bool unproven[N_SEARCHES];
    combine_brackets(s);
    all_questions(s, all);
    for (int i = 0; i < N_SEARCHES; i++)
        unproven[i] = is_unproven(s, all, all[i].search);
    for (int i = 0; i < N_SEARCHES; i++)
        all[i].search->in_doubt = unproven[i];
}
