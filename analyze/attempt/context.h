/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the client of an attempt asked DNS and Kerberos at the time. Context alone: it may explain a
 * delay or a failure, and is never taken for the cause of one.
 */
#ifndef ANALYZE_ATTEMPT_CONTEXT_H
#define ANALYZE_ATTEMPT_CONTEXT_H

#include "analyze/attempt/attempt.h"

enum {
    CONTEXT_HOST_SIZE = 96, /* with its NUL; longer names are not kept */
    CONTEXT_SERVICE_SIZE = 16,
    CONTEXT_ADDRESSES_MAX = 4,
    CONTEXT_NAMES_MAX = 4,   /* questions of the client before an attempt; the last ones */
    CONTEXT_TICKETS_MAX = 8, /* likewise during one */
};

#define CONTEXT_BEFORE_NS 5000000000LL /* what was over by then is of something else */

/* From the first question to what came of it. */
struct asked {
    struct addr client, of; /* of: who was asked first, or answered without being asked */
    uint32_t n;             /* questions; 0: the answer alone was seen */
    bool answered;
    int64_t first_ns, last_ns, answer_ns;
    struct rdpath_frames frames; /* of the questions, then of the answer */
};

/* For the address of a host. */
struct name_asked {
    struct asked asked;
    uint16_t type;
    uint8_t code; /* of DNS; 0 = no error */
    uint8_t n_addresses;
    char name[CONTEXT_HOST_SIZE];
    struct addr addresses[CONTEXT_ADDRESSES_MAX];
};

/* For a ticket. */
struct ticket_asked {
    struct asked asked;
    uint32_t error;                                              /* of Kerberos; 0 = none */
    char service[CONTEXT_SERVICE_SIZE], host[CONTEXT_HOST_SIZE]; /* of the answer */
};

struct context {
    struct name_asked names[CONTEXT_NAMES_MAX];
    struct ticket_asked tickets[CONTEXT_TICKETS_MAX]; /* in the order of time */
    uint32_t n_names, n_tickets;
};

#endif
