/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/plan.h"

#include <stdio.h>

static struct recorded *recorded_of(struct recording *r, const struct interface *i)
{
    for (uint32_t n = 0; n < r->n; n++) {
        if (strcmp(r->list[n].interface.name, i->name) == 0)
            return &r->list[n];
    }
    return NULL;
}

/* The same one once; NULL: more than are recorded at a time, which is counted. */
static struct recorded *add(struct recording *r, const struct interface *i,
                            const struct plan_wish *w)
{
    struct recorded *known = recorded_of(r, i);
    r->n_left_out += !known && r->n == SINK_INTERFACES_MAX;
    if (known || r->n == SINK_INTERFACES_MAX)
        return known;
    r->list[r->n] = (struct recorded){
        .interface = *i,
        .filter = {.ports = w->ports, .n_ports = w->n_ports},
    };
    return &r->list[r->n++];
}

static bool none(struct rdpath_error *error, const char *expected, const char *found)
{
    snprintf(error->text, sizeof error->text,
             "expected %s, got %.128s; rdpath capture --list "
             "shows the interfaces of this machine",
             expected, found);
    return false;
}

static bool add_named(struct recording *r, const struct interfaces *all, const struct plan_wish *w,
                      struct rdpath_error *error)
{
    static const struct interface any = {.name = "any", .kind = INTERFACE_OTHER};
    for (uint32_t i = 0; i < w->n_names; i++) {
        const struct interface *named = interfaces_named(all, w->names[i]);
        if (!named && strcmp(w->names[i], any.name) == 0)
            named = &any;
        if (!named)
            return none(error, "an interface", w->names[i]);
        if (!add(r, named, w))
            return none(error, "at most 32 interfaces", "more");
    }
    return true;
}

static bool add_routes(struct recording *r, const struct interfaces *all, const struct plan_wish *w,
                       struct rdpath_error *error)
{
    for (uint32_t i = 0; i < w->n_hosts; i++) {
        const struct interface *way = interfaces_route(all, &w->hosts[i], NULL);
        if (way && !addr_is_link_local(&w->hosts[i]))
            add(r, way, w);
    }
    char address[ADDR_TEXT_SIZE];
    addr_format(&w->hosts[0], address);
    return r->n || none(error, "a route to the host (-i names an interface)", address);
}

static bool is_likely(const struct interface *one)
{
    return one->up && one->n_addresses && !one->unseen;
}

/* There may be more than are recorded at a time: those of containers come last, and before them
   what stays within this machine: a server on it, a tunnel of SSH. */
static int rank_of(const struct interface *one)
{
    return one->kind == INTERFACE_VIRTUAL ? 2 : one->kind == INTERFACE_LOOPBACK;
}

static bool add_likely(struct recording *r, const struct interfaces *all, const struct plan_wish *w,
                       struct rdpath_error *error)
{
    for (int rank = 0; rank <= 2; rank++)
        for (uint32_t i = 0; i < all->n; i++) {
            const struct interface *one = &all->list[i];
            if (is_likely(one) && rank_of(one) == rank)
                add(r, one, w);
        }
    return r->n || none(error, "an interface that is up and has an address", "none");
}

/* Tunnels of the kernel are known by their protocol or their port; others may hide in TLS. */
static bool may_be_in_tls(const struct interface *tunnel)
{
    static const char *const titles[] = {"", "tun", "ppp"};
    if (tunnel->device[0])
        return true; /* Windows names the driver, not the protocol */
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        if (strcmp(tunnel->title, titles[i]) == 0)
            return true;
    }
    return false;
}

/* Several tunnels may share what carries them. */
static void add_peer(struct filter_wish *filter, const struct addr *peer)
{
    for (uint32_t i = 0; i < filter->n_peers; i++)
        if (addr_equal(&filter->peers[i], peer))
            return;
    if (filter->n_peers < FILTER_PEERS_MAX)
        filter->peers[filter->n_peers++] = *peer;
}

static void keep_outer(struct recorded *outer, const struct interface *tunnel)
{
    const struct interface *peers = tunnel->n_peers ? tunnel : &outer->interface;
    outer->filter.outer = true;
    outer->filter.outer_tls |= may_be_in_tls(tunnel) && tunnel->n_peers == 0;
    for (uint32_t i = 0; i < peers->n_peers; i++)
        add_peer(&outer->filter, &peers->peers[i]);
}

static void add_below(struct recording *r, const struct interfaces *all, const struct plan_wish *w,
                      uint32_t tunnel)
{
    const struct interface *below[INTERFACES_BELOW_MAX];
    uint32_t n = interfaces_below(all, &r->list[tunnel].interface, below);
    for (uint32_t i = 0; i < n; i++) {
        struct recorded *outer = w->n_names ? recorded_of(r, below[i]) : add(r, below[i], w);
        if (outer)
            keep_outer(outer, &r->list[tunnel].interface);
    }
}

static bool all_seen(const struct recording *r, struct rdpath_error *error)
{
    for (uint32_t i = 0; i < r->n; i++) {
        if (!r->list[i].interface.unseen)
            continue;
        snprintf(error->text, sizeof error->text,
                 "%.64s: expected an adapter that Npcap sees, and it does not see this one; record "
                 "with rdpath capture --pktmon, which sees every one",
                 r->list[i].interface.name);
        return false;
    }
    return true;
}

bool plan_make(struct recording *r, const struct interfaces *all, const struct plan_wish *w,
               struct rdpath_error *error)
{
    bool made = w->n_names   ? add_named(r, all, w, error)
                : w->n_hosts ? add_routes(r, all, w, error)
                             : add_likely(r, all, w, error);
    for (uint32_t i = 0; made && i < r->n; i++)
        add_below(r, all, w, i);
    return made && all_seen(r, error);
}
