/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/interfaces.h"

#include <stdlib.h>
#include <string.h>

void interfaces_free(struct interfaces *all)
{
    free(all->list);
    *all = (struct interfaces){0};
}

const struct interface *interfaces_named(const struct interfaces *all, const char *name)
{
    for (uint32_t i = 0; i < all->n; i++) {
        if (strcmp(all->list[i].name, name) == 0)
            return &all->list[i];
    }
    return NULL;
}

static const struct interface *interface_numbered(const struct interfaces *all, uint32_t index)
{
    for (uint32_t i = 0; index && i < all->n; i++) {
        if (all->list[i].index == index)
            return &all->list[i];
    }
    return NULL;
}

/* How well an interface may carry the packets of tunnels; 0 = not at all. */
static int carrier_rank(const struct interface *i)
{
    if (!i->up || i->kind == INTERFACE_TUNNEL || i->kind == INTERFACE_LOOPBACK)
        return 0;
    if (i->default_route)
        return 3;
    return i->n_peers ? 2 : i->n_addresses ? 1 : 0;
}

/* A VPN seldom says what carries it: then it is the way to the internet, or to its own peer. */
static const struct interface *likely_carrier(const struct interfaces *all)
{
    const struct interface *best = NULL;
    for (uint32_t i = 0; i < all->n; i++) {
        if (carrier_rank(&all->list[i]) > (best ? carrier_rank(best) : 0))
            best = &all->list[i];
    }
    return best;
}

const struct interface *interfaces_below(const struct interfaces *all, const struct interface *i)
{
    if (i->kind != INTERFACE_TUNNEL)
        return NULL;
    const struct interface *told = interface_numbered(all, i->below);
    return told && told != i ? told : likely_carrier(all);
}

const char *interface_kind_name(enum interface_kind kind)
{
    static const char *const names[] = {
        [INTERFACE_ETHERNET] = "ethernet", [INTERFACE_WIRELESS] = "wireless",
        [INTERFACE_LOOPBACK] = "loopback", [INTERFACE_TUNNEL] = "tunnel",
        [INTERFACE_VIRTUAL] = "virtual",   [INTERFACE_OTHER] = "other",
    };
    return names[kind];
}
