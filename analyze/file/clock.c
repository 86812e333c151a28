/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/file/clock.h"

#include "rdpath.h"

static const int64_t NS_PER_S = 1000000000;

enum {
    NANO_EXPONENT = 9,
    EXPONENT_MAX = NANO_EXPONENT + 19, /* 10^19 is the largest that 64 bits hold */
};

static uint64_t power_of_ten(unsigned int exponent)
{
    uint64_t power = 1;
    while (exponent--)
        power *= 10;
    return power;
}

struct clock clock_of_microseconds(void)
{
    return (struct clock){.times = 1000, .divide = 1};
}

void clock_set_resolution(struct clock *c, uint8_t resolution)
{
    uint8_t exponent = resolution & 0x7f;
    c->binary = resolution & 0x80;
    c->shift = exponent;
    c->times = exponent < NANO_EXPONENT ? power_of_ten(NANO_EXPONENT - exponent) : 1;
    c->divide = 1;
    if (exponent > NANO_EXPONENT)
        c->divide = exponent <= EXPONENT_MAX ? power_of_ten(exponent - NANO_EXPONENT) : 0;
}

/*
 * fraction / 2^shift seconds in nanoseconds, rounded down, fraction < 2^shift. The product can have
 * 94 bits: it is made in two halves, of which the lower one only carries.
 */
static uint64_t fraction_ns(uint64_t fraction, uint8_t shift)
{
    uint64_t low = (fraction & 0xffffffff) * (uint64_t)NS_PER_S;
    uint64_t high = (fraction >> 32) * (uint64_t)NS_PER_S + (low >> 32);
    if (shift >= 32)
        return shift < 96 ? high >> (shift - 32) : 0;
    return low >> shift;
}

static bool binary_read(uint64_t ticks, uint8_t shift, int64_t *ns)
{
    uint64_t seconds = shift < 64 ? ticks >> shift : 0;
    uint64_t fraction = shift < 64 ? ticks & ((UINT64_C(1) << shift) - 1) : ticks;
    return !__builtin_mul_overflow(seconds, NS_PER_S, ns) &&
           !__builtin_add_overflow(*ns, fraction_ns(fraction, shift), ns);
}

bool clock_read(const struct clock *c, uint64_t ticks, int64_t *ns)
{
    bool ok;
    if (c->binary)
        ok = binary_read(ticks, c->shift, ns);
    else
        ok = !__builtin_mul_overflow(c->divide ? ticks / c->divide : 0, c->times, ns);
    if (!ok)
        *ns = INT64_MAX;
    if (!c->offset_s)
        return ok;

    int64_t offset;
    bool fits = !__builtin_mul_overflow(c->offset_s, NS_PER_S, &offset);
    if (ok && fits && !__builtin_add_overflow(*ns, offset, ns) && *ns != RDPATH_UNKNOWN)
        return true;
    *ns = c->offset_s < 0 && ok ? RDPATH_UNKNOWN + 1 : INT64_MAX;
    return false;
}
