/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_target.h"

#include "capture/interfaces.h"
#include "capture/privilege.h"

#include <stdio.h>
#include <string.h>

enum { ADDRESSES_MAX = 8 };

static const struct interface *choose(const struct probe_target *t, const struct interfaces *all,
                                      struct probe_settings *s, struct rdpath_error *error)
{
    const struct interface *route = interfaces_route(all, &s->to, &s->from);
    if (!route) {
        snprintf(error->text, sizeof error->text,
                 "%.200s: expected a route to it, found none; check the address and the network",
                 t->host);
        return NULL;
    }
    if (!t->interface[0])
        return route;
    const struct interface *named = interfaces_named(all, t->interface);
    if (!named)
        snprintf(
            error->text, sizeof error->text,
            "-i %.60s: expected an interface of this machine, found none of that name; the route "
            "to %.120s leaves by %.60s",
            t->interface, t->host, route->name);
    else if (named->index != route->index)
        snprintf(error->text, sizeof error->text,
                 "-i %.60s: packets to %.120s leave by %.60s, so nothing would be seen there; "
                 "leave -i out",
                 t->interface, t->host, route->name);
    return named && named->index == route->index ? named : NULL;
}

static bool find_interface(struct probe_target *t, struct probe_settings *s,
                           struct rdpath_error *error)
{
    struct interfaces all;
    if (!interfaces_read(&all, error))
        return false;
    const struct interface *chosen = choose(t, &all, s, error);
    if (chosen) {
        snprintf(t->interface, sizeof t->interface, "%s", chosen->name);
        s->interface = t->interface;
        s->interface_mtu = chosen->mtu > PROBE_MTU_MAX ? PROBE_MTU_MAX : chosen->mtu;
    }
    interfaces_free(&all);
    return chosen != NULL;
}

bool target_find(struct probe_target *t, struct probe_settings *s, struct rdpath_error *error)
{
    struct addr addresses[ADDRESSES_MAX];
    char text[ADDR_TEXT_SIZE];
    if (!interfaces_resolve(t->host, addresses, ADDRESSES_MAX, error))
        return false;
    s->to = addresses[0];
    addr_format(&s->to, text);
    s->name = strcmp(text, t->host) == 0 || strchr(t->host, ':') ? NULL : t->host;
    s->port = t->port;
    if (!find_interface(t, s, error))
        return false;
    if (privilege_is_held())
        return true;
    privilege_explain(error);
    return false;
}

bool target_give_up_rights(struct rdpath_error *error)
{
    return privilege_drop(error);
}
