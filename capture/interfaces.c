/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/interfaces.h"

#include <stdlib.h>
#include <string.h>

void interfaces_free(struct interfaces *all)
{
    free(all->list);
    *all = (struct interfaces){0};
}

static const struct interface *interface_numbered(const struct interfaces *all, uint32_t index)
{
    for (uint32_t i = 0; index && i < all->n; i++) {
        if (all->list[i].index == index)
            return &all->list[i];
    }
    return NULL;
}

const struct interface *interfaces_named(const struct interfaces *all, const char *name)
{
    for (uint32_t i = 0; i < all->n; i++) {
        if (strcmp(all->list[i].name, name) == 0)
            return &all->list[i];
    }
    return interface_numbered(all, interface_index_of(name));
}

enum carrier { CARRIES_NOTHING, CARRIES_PERHAPS, CARRIES_LIKELY };

/* Those with a way to the internet, or to a host of their own, may carry the packets of tunnels. */
static enum carrier carrier_of(const struct interface *i)
{
    if (!i->up || i->kind == INTERFACE_TUNNEL || i->kind == INTERFACE_LOOPBACK)
        return CARRIES_NOTHING;
    if (i->default_route || i->n_peers)
        return CARRIES_LIKELY;
    return i->n_addresses ? CARRIES_PERHAPS : CARRIES_NOTHING;
}

struct carriers {
    const struct interface **list;
    uint32_t n;
};

static void carrier_add(struct carriers *c, const struct interface *i)
{
    for (uint32_t n = 0; n < c->n; n++)
        if (c->list[n] == i)
            return;
    if (i && c->n < INTERFACES_BELOW_MAX)
        c->list[c->n++] = i;
}

/* A tunnel of the kernel names its far end. */
static void carriers_by_peer(struct carriers *c, const struct interfaces *all,
                             const struct interface *tunnel)
{
    for (uint32_t i = 0; i < tunnel->n_peers; i++) {
        const struct interface *way = interfaces_route(all, &tunnel->peers[i], NULL);
        if (way && way->kind != INTERFACE_TUNNEL)
            carrier_add(c, way);
    }
}

static void carriers_by_guess(struct carriers *c, const struct interfaces *all)
{
    for (uint32_t i = 0; i < all->n; i++)
        if (carrier_of(&all->list[i]) == CARRIES_LIKELY)
            carrier_add(c, &all->list[i]);
    for (uint32_t i = 0; i < all->n && c->n == 0; i++)
        if (carrier_of(&all->list[i]) == CARRIES_PERHAPS)
            carrier_add(c, &all->list[i]);
}

uint32_t interfaces_below(const struct interfaces *all, const struct interface *i,
                          const struct interface *list[INTERFACES_BELOW_MAX])
{
    struct carriers found = {list, 0};
    const struct interface *told = interface_numbered(all, i->below);
    if (i->kind != INTERFACE_TUNNEL)
        return 0;
    if (told && told != i)
        carrier_add(&found, told);
    if (found.n == 0)
        carriers_by_peer(&found, all, i);
    if (found.n == 0)
        carriers_by_guess(&found, all);
    return found.n;
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
