/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/flow/probation.h"
#include "base/arena.h"

#include <stdlib.h>

enum {
    SETS = 1024, /* 128 KiB in all: a flow needs its entry from its SYN to its first payload */
    WAYS = 4,
};

_Static_assert(sizeof(struct probation_entry) == 32, "two entries to a cache line");

struct probation {
    struct probation_entry sets[SETS][WAYS];
};

struct probation *probation_new(void)
{
    return memory_zeroed(sizeof(struct probation));
}

void probation_free(struct probation *t)
{
    free(t);
}

static uint64_t print_of(const struct ends *e)
{
    uint64_t ports =
        (uint64_t)(e->src_port ^ e->dst_port) << 16 | (uint16_t)(e->src_port + e->dst_port);
    return ((uint64_t)ends_hash(e) << 32 | ports) | 1;
}

static struct probation_entry *set_of(const struct probation *t, uint64_t print)
{
    return ((struct probation *)t)->sets[(print >> 32) % SETS];
}

const struct probation_entry *probation_find(const struct probation *t, const struct ends *e)
{
    uint64_t print = print_of(e);
    const struct probation_entry *set = set_of(t, print);
    for (int i = 0; i < WAYS; i++) {
        if (set[i].print == print)
            return &set[i];
    }
    return NULL;
}

static struct probation_entry *place_for(struct probation *t, uint64_t print)
{
    struct probation_entry *set = set_of(t, print), *oldest = set;
    for (int i = 0; i < WAYS; i++) {
        if (set[i].print == print)
            return &set[i];
        if (set[i].ts_ns < oldest->ts_ns)
            oldest = &set[i];
    }
    *oldest = (struct probation_entry){.print = print};
    return oldest;
}

void probation_note(struct probation *t, const struct packet *p, const struct ends *e)
{
    struct tcp_segment syn;
    if (!tcp_decode(p, &syn))
        return;
    struct probation_entry *entry = place_for(t, print_of(e));
    if (syn.flags & TCP_ACK) {
        entry->server_isn = syn.seq;
        entry->server_mss = syn.mss;
        if (entry->ts_ns == 0)
            entry->client_isn = syn.ack - 1;
        return;
    }
    if (entry->client_isn != syn.seq) /* another connection of the same ports */
        *entry = (struct probation_entry){.print = entry->print};
    entry->ts_ns = p->frame->ts_ns;
    entry->frame = (uint32_t)p->frame->number;
    entry->client_isn = syn.seq;
    entry->client_mss = syn.mss;
}
