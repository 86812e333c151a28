/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_target.h"

#include "capture/interfaces.h"
#include "capture/privilege.h"
#include "capture/probe_sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORT_RDP = 3389, PORT_DIGITS = 5, ADDRESSES_MAX = 8 };

/* ---- what the user wrote --------------------------------------------------------------------- */

static bool read_port(const char *text, uint16_t *port)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long value = strtoul(text, NULL, 10);
    *port = (uint16_t)value;
    return digits > 0 && digits <= PORT_DIGITS && !text[digits] && value && value <= UINT16_MAX;
}

/* One colon parts a port; more belong to an IPv6 address, whose port needs brackets. */
bool target_parse(struct probe_target *t, const char *text)
{
    const char *colon = strrchr(text, ':'), *from = text, *end = text + strlen(text);
    t->port = PORT_RDP;
    if (*text == '[') {
        const char *bracket = strchr(text, ']');
        if (!bracket || (bracket[1] && bracket[1] != ':'))
            return false;
        colon = bracket[1] ? bracket + 1 : NULL;
        from = text + 1;
        end = bracket;
    } else if (colon && strchr(text, ':') == colon) {
        end = colon;
    } else {
        colon = NULL;
    }
    size_t len = (size_t)(end - from);
    if (len == 0 || len >= sizeof t->host || (colon && !read_port(colon + 1, &t->port)))
        return false;
    memcpy(t->host, from, len);
    t->host[len] = '\0';
    return true;
}

/* ---- the way there --------------------------------------------------------------------------- */

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
        bool usual = chosen->mtu && chosen->mtu < PROBE_MTU_MAX; /* 0: it has no limit */
        s->interface_mtu = usual ? chosen->mtu : PROBE_MTU_MAX;
    }
    interfaces_free(&all);
    return chosen != NULL;
}

/* RFC 1122, 3.2.1.3, RFC 4291, 2.5 and 2.7; NULL: it may be that of one host. */
static const char *what_else_is(const struct addr *a)
{
    static const struct addr none4 = {.version = 4}, none6 = {.version = 6};
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, all4[4] = {255, 255, 255, 255};
    bool four = a->version == 4;
    if (addr_equal(a, four ? &none4 : &none6))
        return "which stands for no address at all";
    if (four ? a->bytes[0] >> 4 == 0xe : a->bytes[0] == 0xff)
        return "a multicast address";
    if (four && memcmp(a->bytes, all4, sizeof all4) == 0)
        return "a broadcast address";
    if (!four && memcmp(a->bytes, mapped, sizeof mapped) == 0)
        return "an IPv4 address in the form of IPv6";
    return NULL;
}

static bool is_of_one_host(struct probe_target *t, const struct addr *to, const char *what,
                           struct rdpath_error *error)
{
    char text[ADDR_TEXT_SIZE];
    addr_format(to, text);
    t->no_host = what != NULL;
    if (what)
        snprintf(error->text, sizeof error->text,
                 "expected the address of one host, got %s, %s; give the server's name or its own "
                 "address",
                 text, what);
    return !what;
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
    if (!is_of_one_host(t, &s->to, what_else_is(&s->to), error))
        return false;
    if (addr_is_link_local(&s->to)) {
        snprintf(error->text, sizeof error->text,
                 "expected an address with a route, got %s, which may be on each link of this "
                 "machine; give the host's name or another of its addresses",
                 text);
        return false;
    }
    if (!find_interface(t, s, error))
        return false;
    const char *what = sockets_is_broadcast(&s->to) ? "the broadcast address of a network" : NULL;
    if (!is_of_one_host(t, &s->to, what, error))
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
