/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the packets of one probe, counted by size; for probed.c. */
#ifndef ANALYZE_ATTEMPT_PROBED_TALLY_H
#define ANALYZE_ATTEMPT_PROBED_TALLY_H

#include "analyze/attempt/probed.h"

/* One kind of packet, one way. */
struct probed_search {
    struct size_tally tally;
    bool by_load;   /* what had seemed too large arrived alone */
    uint32_t alone; /* the size that was asked alone and did not arrive; 0 = none */
};

enum probed_by { PROBED_OUT, PROBED_IN, PROBED_ECHO, PROBED_UDP, N_PROBED_SEARCHES };

/* All of one probe while its answer is drawn. */
struct probed_tally {
    const struct probed *probed;
    int64_t end_ns;                             /* of the capture */
    struct probed_search by[N_PROBED_SEARCHES]; /* OUT and IN: TCP to the server, to the client */
    struct size_tally replies;                  /* to echo and datagrams */
    bool torn;                                  /* bytes to the server never came */
    uint32_t flight_len;   /* of the server, where it came whole; 0 = it never did */
    uint32_t server_limit; /* the largest that it makes though it may make larger ones; 0 = none */
};

/* The largest packet that its MSS lets the server send; 0: it announces none. */
uint32_t probed_asked(const struct probed *, const struct probed_connection *);

/* Was a size up to this one missed? */
bool probed_missed_up_to(const struct size_tally *, uint32_t size);

/* Counts all of it. */
void probed_count(struct probed_tally *, enum rdpath_vantage);

#endif
