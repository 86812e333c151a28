/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the SYNs of flows on other ports said, kept for the case that their payload turns out to be
 * RDP. A fixed table of 32-byte entries, the oldest of a set makes room: a SYN flood cannot grow
 * it.
 */
#ifndef ANALYZE_FLOW_PROBATION_H
#define ANALYZE_FLOW_PROBATION_H

#include "analyze/flow/flow.h"

struct probation;

struct probation_entry {
    uint64_t print; /* both ends, the same for both directions; 0 = free */
    int64_t ts_ns;  /* of the SYN */
    uint32_t client_isn, server_isn;
    uint32_t frame; /* of the SYN, its lower 32 bits */
    uint16_t client_mss, server_mss;
};

struct probation *probation_new(void);
void probation_free(struct probation *);

/* Notes a SYN or a SYN-ACK. */
void probation_note(struct probation *, const struct packet *, const struct ends *);

/* What is known of these ends; NULL: nothing. */
const struct probation_entry *probation_find(const struct probation *, const struct ends *);

#endif
