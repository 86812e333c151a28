/* SPDX-License-Identifier: Apache-2.0 */
/* What many holders may take together, in bytes. NULL is a budget without a limit. */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

struct budget {
    size_t limit, used;
};

/* False: it is used up, nothing was taken. */
static inline bool budget_take(struct budget *b, size_t n)
{
    if (!b)
        return true;
    if (n > b->limit - b->used)
        return false;
    b->used += n;
    return true;
}

static inline void budget_give(struct budget *b, size_t n)
{
    if (b)
        b->used -= n;
}

#endif
