/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_search.h"

#include <string.h>

enum { CONFIRM_AT_ONCE = 3 }; /* so that a burst of loss does not look like a limit */

static const struct {
    uint32_t mtu;
    bool first;
} plateaus[] = {
#define PLATEAU(mtu, first, what) {mtu, first},
#include "capture/probe_sizes.def"
#undef PLATEAU
};

enum { N_PLATEAUS = sizeof plateaus / sizeof plateaus[0] };

void search_begin(struct probe_search *s, const struct search_span *span)
{
    *s = (struct probe_search){
        .control = span->control,
        .floor = span->floor,
        .ceiling = span->ceiling,
        .n_sent_max = span->n_sent_max,
    };
}

/* ---- what follows ---------------------------------------------------------------------------- */

struct rdpath_mtu search_bracket(const struct probe_search *s)
{
    return tally_bracket(&s->tally, !s->by_load && !s->in_doubt);
}

bool search_rests_on_silence(const struct probe_search *s)
{
    return search_bracket(s).below && !tally_bracket(&s->tally, false).below;
}

bool search_is_exact(const struct probe_search *s)
{
    if (s->tally.at_least == 0)
        return false;
    return s->tally.at_least >= s->ceiling || search_bracket(s).below == s->tally.at_least + 1;
}

bool search_is_silent(const struct probe_search *s)
{
    return s->tally.at_least == 0 && s->n_silent >= SEARCH_SILENT_MAX;
}

/* ---- what to try next ------------------------------------------------------------------------ */

/* The smallest size above what passes that was missed; nothing beyond it is worth a probe. */
static uint32_t tentative_below(const struct probe_search *s)
{
    for (uint32_t i = 0; i < s->tally.n_sizes; i++) {
        const struct size_told *t = &s->tally.sizes[i];
        if (t->size > s->tally.at_least && t->n_missed + t->n_refused && t->size <= s->ceiling)
            return t->size;
    }
    return s->ceiling + 1;
}

struct picks {
    struct probe_search *search;
    uint32_t *sizes;
    uint32_t n, most;
    uint32_t lo, hi; /* between these, exclusively */
};

static void pick_copy(struct picks *p, uint32_t size)
{
    if (p->n < p->most)
        p->sizes[p->n++] = size;
}

static void pick(struct picks *p, uint32_t size)
{
    if (size <= p->lo || size >= p->hi)
        return;
    for (uint32_t i = 0; i < p->n; i++) {
        if (p->sizes[i] == size)
            return;
    }
    pick_copy(p, size);
}

static bool is_common(uint32_t size)
{
    for (int i = 0; i < N_PLATEAUS; i++) {
        if (plateaus[i].mtu == size && plateaus[i].first)
            return true;
    }
    return false;
}

/* The plateau nearest to size and within reach, or size itself. */
static uint32_t snapped(uint32_t size, uint32_t reach)
{
    uint32_t best = size, best_off = reach + 1;
    for (int i = 0; i < N_PLATEAUS; i++) {
        uint32_t mtu = plateaus[i].mtu, off = mtu > size ? mtu - size : size - mtu;
        if (off < best_off) {
            best = mtu;
            best_off = off;
        }
    }
    return best;
}

static void pick_first(struct picks *p)
{
    pick(p, p->search->ceiling);
    for (int i = 0; i < N_PLATEAUS; i++) {
        if (plateaus[i].first)
            pick(p, plateaus[i].mtu);
    }
}

/* Even steps through what is left, each on a plateau where one is near. */
static void pick_between(struct picks *p)
{
    uint32_t steps = p->most - p->n + 1, span = p->hi - p->lo;
    for (uint32_t i = 1; i < steps; i++) {
        uint32_t at = p->lo + span * i / steps;
        pick(p, snapped(at, span / steps / 2));
    }
    for (uint32_t at = p->lo + 1; at < p->hi && p->n < p->most; at++)
        pick(p, at);
}

static void pick_sizes(struct picks *p)
{
    struct probe_search *s = p->search;
    if (p->hi == p->lo + 1) { /* all that is left is to be sure */
        struct size_told *t = tally_of(&s->tally, p->hi);
        uint32_t proof = tally_proof(&s->tally), weight = t ? tally_weight(t, proof) : proof;
        for (uint32_t i = 0; i < CONFIRM_AT_ONCE && weight + i < proof; i++)
            pick_copy(p, p->hi);
        return;
    }
    if (s->control && !s->tally.at_least) { /* is anybody there? */
        pick(p, s->ceiling);
        return;
    }
    pick(p, s->hint);
    pick(p, s->hint + 1);
    if (!s->seeded) {
        uint32_t n = p->n;
        s->seeded = true;
        pick_first(p);
        if (p->n > n)
            return;
    }
    if (is_common(p->lo) || p->lo == s->hint)
        pick(p, p->lo + 1);
    pick_between(p);
}

void search_ask(struct probe_search *s, const uint32_t *sizes, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct size_told *t = tally_of(&s->tally, sizes[i]);
        if (t)
            t->n_sent++;
    }
    memcpy(s->waiting, sizes, n * sizeof *sizes);
    s->n_waiting = n;
    s->n_sent += n;
    s->n_rounds++;
    s->answered = false;
}

void search_ask_alone(struct probe_search *s, uint32_t size)
{
    search_ask(s, &size, 1);
    s->n_alone++;
}

void search_unasked(struct probe_search *s)
{
    if (s->n_unasked++ == 0)
        s->n_alone--;
    else
        s->in_doubt = true;
}

uint32_t search_round(struct probe_search *s, uint32_t sizes[SEARCH_ROUND_MAX], uint32_t most)
{
    if (s->n_alone || search_is_exact(s) || s->n_silent >= SEARCH_SILENT_MAX ||
        s->n_sent >= s->n_sent_max)
        return 0;
    uint32_t lo = s->tally.at_least >= s->floor ? s->tally.at_least : s->floor - 1;
    struct picks p = {.search = s, .sizes = sizes, .lo = lo, .hi = tentative_below(s)};
    p.most = most < SEARCH_ROUND_MAX ? most : SEARCH_ROUND_MAX;
    if (p.most > s->n_sent_max - s->n_sent)
        p.most = s->n_sent_max - s->n_sent;
    if (s->control)
        pick_copy(&p, s->control);
    uint32_t n_controls = p.n;
    pick_sizes(&p);
    if (p.n == n_controls)
        return 0;
    search_ask(s, sizes, p.n);
    return p.n;
}

/* ---- what became of it ----------------------------------------------------------------------- */

static void stop_waiting(struct probe_search *s, uint32_t size)
{
    for (uint32_t i = 0; i < s->n_waiting; i++) {
        if (s->waiting[i] == size) {
            s->waiting[i] = s->waiting[--s->n_waiting];
            return;
        }
    }
}

void search_note(struct probe_search *s, uint32_t size, enum search_mark mark)
{
    stop_waiting(s, size);
    struct size_told *t = mark == SEARCH_UNKNOWN ? NULL : tally_of(&s->tally, size);
    if (!t)
        return;
    t->n_delivered += mark == SEARCH_DELIVERED;
    t->n_missed += mark == SEARCH_MISSED;
    t->n_refused += mark == SEARCH_REFUSED;
    s->answered = true;
    if (mark == SEARCH_DELIVERED && size > s->tally.at_least) {
        s->by_load |= s->n_alone > 0;
        s->tally.at_least = size;
    }
    s->lied |= t->n_refused && size <= s->tally.at_least;
}

void search_note_beside(struct probe_search *s, uint32_t size, uint32_t n)
{
    struct size_told *t = n ? tally_of(&s->tally, size) : NULL;
    if (t)
        t->n_beside += n;
}

void search_round_end(struct probe_search *s)
{
    s->n_silent = s->answered ? 0 : s->n_silent + 1;
    while (s->n_waiting) {
        uint32_t size = s->waiting[0];
        search_note(s, size, s->answered ? SEARCH_MISSED : SEARCH_UNKNOWN);
    }
}

bool search_hint(struct probe_search *s, uint32_t mtu)
{
    if (mtu >= s->ceiling || mtu < s->floor)
        return false;
    s->hint = mtu;
    return true;
}

void search_cap(struct probe_search *s, uint32_t ceiling)
{
    if (ceiling < s->ceiling)
        s->ceiling = ceiling;
}
