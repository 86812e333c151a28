/* SPDX-License-Identifier: Apache-2.0 */
/* From the ticks of a pcapng interface to nanoseconds since 1970. */
#ifndef ANALYZE_FILE_CLOCK_H
#define ANALYZE_FILE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
    uint64_t times;  /* ns = ticks * times, where a tick is a nanosecond or more */
    uint64_t divide; /* ns = ticks / divide, where it is less; 0 = so short that all is nothing */
    int64_t offset_s;
    uint8_t shift; /* base 2: a second has 2^shift ticks */
    bool binary;
};

struct clock clock_of_microseconds(void);

/* if_tsresol: the top bit says base 2, the others are the negative exponent (pcapng 4.2). */
void clock_set_resolution(struct clock *, uint8_t resolution);

/* False where the time does not fit into 64 bits: *ns is then the nearest that does. */
bool clock_read(const struct clock *, uint64_t ticks, int64_t *ns);

#endif
