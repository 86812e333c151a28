/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for the largest packet that one direction lets through, by one kind of probe. It opens
 * no socket and knows no clock: it names the sizes of a round, is told what became of them, and
 * says what follows.
 *
 * A size that was not answered moves the place where the search goes on; when one counts as too
 * large base/size_tally.h says. So the bracket holds at any moment, and a search that runs out of
 * probes leaves a wide one, no wrong one. What an ICMP error says is a hint: that size and the one
 * above are probed.
 *
 * Loss that has its reason in load, as where something limits the rate, takes the large ones first
 * and looks like a limit. So a search can be asked for one more probe when it is over, alone
 * (search_ask_alone()): if it arrives, what was missed before proves nothing.
 */
#ifndef CAPTURE_PROBE_SEARCH_H
#define CAPTURE_PROBE_SEARCH_H

#include "base/size_tally.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEARCH_ROUND_MAX = 8,  /* probes under way at once */
    SEARCH_SILENT_MAX = 3, /* rounds in a row without any answer: nobody is there */
};

enum search_mark {
    SEARCH_DELIVERED,
    SEARCH_MISSED,  /* did not arrive, while something sent beside it did */
    SEARCH_REFUSED, /* an ICMP error that quotes it says that it is too large */
    SEARCH_UNKNOWN, /* was not sent after all, or nothing can be told */
};

struct probe_search {
    uint32_t control; /* a size that passes if any does, sent in each round; 0: none is needed */
    uint32_t floor;   /* sizes up to this are not searched */
    uint32_t ceiling; /* the largest that can be tried */
    uint32_t hint;    /* the limit that an ICMP error named; 0 = none */
    uint32_t waiting[SEARCH_ROUND_MAX]; /* of this round, not answered yet */
    uint32_t n_waiting;
    uint32_t n_rounds, n_silent;
    uint32_t n_sent, n_sent_max;
    bool seeded;        /* the common sizes were tried */
    bool answered;      /* in this round */
    uint32_t n_alone;   /* probes after the search was over; it goes on no more */
    uint32_t n_unasked; /* further ones that never left */
    bool by_load;       /* one of them got through what had seemed to be the limit */
    bool in_doubt;      /* there was to be one, and it was not waited for: silence proves nothing */
    bool lied;          /* a size that an error called too large was delivered */
    struct size_tally tally;
};

/* The widest span to search, and how many probes that may take. */
struct search_span {
    uint32_t control, floor, ceiling;
    uint32_t n_sent_max;
};

void search_begin(struct probe_search *, const struct search_span *);

/* The sizes to probe next, at most `most`; 0: the search is over. */
uint32_t search_round(struct probe_search *, uint32_t sizes[SEARCH_ROUND_MAX], uint32_t most);

/* A round of sizes that somebody else chose, at most SEARCH_ROUND_MAX. */
void search_ask(struct probe_search *, const uint32_t *sizes, uint32_t n);

/* One more probe when the search is over, sent while nothing else is. */
void search_ask_alone(struct probe_search *, uint32_t size);

/* The one that was to be asked alone never left: it may be asked again, once. */
void search_unasked(struct probe_search *);

/* What became of one probe; DELIVERED may also be told of a size that was not asked for. */
void search_note(struct probe_search *, uint32_t size, enum search_mark);

/* So many more packets of a size that was delivered came with it: they tell of loss alone. */
void search_note_beside(struct probe_search *, uint32_t size, uint32_t n);

/* No answer is awaited any more: what is open was missed, if anything of the round was answered. */
void search_round_end(struct probe_search *);

/* An ICMP error names this limit; false: it cannot be right and is left out. */
bool search_hint(struct probe_search *, uint32_t mtu);

/* Sizes above this cannot be sent, as it turns out. */
void search_cap(struct probe_search *, uint32_t ceiling);

/* What is known now. below: 0 while no size is proven too large. */
struct rdpath_mtu search_bracket(const struct probe_search *);

/* The smallest size that is known to pass and the next one not to, or all sizes pass. */
bool search_is_exact(const struct probe_search *);
/* Nothing but silence says that larger sizes do not pass. */
bool search_rests_on_silence(const struct probe_search *);
bool search_is_silent(const struct probe_search *); /* nothing was ever delivered */

#endif
