/* SPDX-License-Identifier: Apache-2.0 */
/* The interfaces of this machine, and which one leads to a host. */
#ifndef CAPTURE_INTERFACES_H
#define CAPTURE_INTERFACES_H

#include "base/addr.h"
#include "rdpath.h"

#undef interface /* which Windows' own headers define */

enum interface_kind {
    INTERFACE_ETHERNET,
    INTERFACE_WIRELESS,
    INTERFACE_LOOPBACK,
    INTERFACE_TUNNEL,  /* its packets travel inside those of another interface */
    INTERFACE_VIRTUAL, /* between virtual machines, containers or namespaces */
    INTERFACE_OTHER,
};

enum { INTERFACE_NAME_SIZE = 128, INTERFACE_ADDRESSES_MAX = 16, INTERFACE_PEERS_MAX = 8 };

struct interface {
    char name[INTERFACE_NAME_SIZE];   /* as the user knows it */
    char device[INTERFACE_NAME_SIZE]; /* as libpcap opens it, where that differs; else empty */
    char title[64];                   /* "wireguard", "vxlan", a description; may be empty */
    enum interface_kind kind;
    uint32_t index, mtu; /* 0 = unknown */
    uint32_t below;      /* index of the interface that carries a tunnel's packets; 0 = unknown */
    bool up;
    bool unseen; /* the library that records does not know it */
    bool default_route;
    bool has_mac;
    uint8_t mac[6];
    struct addr addresses[INTERFACE_ADDRESSES_MAX];
    uint8_t prefix_lens[INTERFACE_ADDRESSES_MAX];
    uint32_t n_addresses;
    struct addr peers[INTERFACE_PEERS_MAX]; /* hosts with a route of their own: where VPNs end */
    uint32_t n_peers;
};

struct interfaces {
    struct interface *list;
    uint32_t n;
};

/* Frees with interfaces_free(). */
bool interfaces_read(struct interfaces *, struct rdpath_error *);
void interfaces_free(struct interfaces *);

const struct interface *interfaces_named(const struct interfaces *, const char *name);

/* The one that bears another name beside its own (ip-link(8), altname); 0: none. */
uint32_t interface_index_of(const char *other_name);

/* The one that packets to that address leave by; NULL where there is no route. source: the address
   that they carry. */
const struct interface *interfaces_route(const struct interfaces *, const struct addr *to,
                                         struct addr *source);

enum { INTERFACES_BELOW_MAX = 8 };

/* The physical one below a tunnel, or where nothing tells all that may be; 0: it is no tunnel. A
   VPN seldom says what carries it. */
uint32_t interfaces_below(const struct interfaces *, const struct interface *,
                          const struct interface *list[INTERFACES_BELOW_MAX]);

/* As of now; false where that is not known. */
bool interface_is_down(const struct interface *);

const char *interface_kind_name(enum interface_kind);

/* The addresses of a host, as names and hosts files tell them; 0 and an error: none. */
uint32_t interfaces_resolve(const char *host, struct addr *addresses, uint32_t max,
                            struct rdpath_error *);

#endif
