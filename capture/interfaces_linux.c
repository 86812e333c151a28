/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces and routes as the kernel tells them over rtnetlink(7), of this network namespace. */
#include "capture/interfaces.h"

#include "base/arena.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ANSWER_ROOM = 64 * 1024,
    INTERFACES_MAX = 1024, /* a host of containers has hundreds */
};

/* ---- asking the kernel ----------------------------------------------------------------------- */

struct question {
    struct nlmsghdr head;
    union {
        struct ifinfomsg link;
        struct ifaddrmsg address;
        struct rtmsg route;
    } body;
    uint8_t attributes[RTA_SPACE(ALTIFNAMSIZ)];
};

typedef void answer_taker(void *ctx, const struct nlmsghdr *);

static bool answers_take(int fd, answer_taker *take, void *ctx)
{
    static __thread uint8_t room[ANSWER_ROOM] __attribute__((aligned(16)));
    for (;;) {
        ssize_t got = recv(fd, room, sizeof room, 0);
        if (got <= 0)
            return false;
        unsigned len = (unsigned)got;
        for (const struct nlmsghdr *m = (void *)room; NLMSG_OK(m, len); m = NLMSG_NEXT(m, len)) {
            if (m->nlmsg_type == NLMSG_DONE)
                return true;
            if (m->nlmsg_type == NLMSG_ERROR)
                return false;
            take(ctx, m);
            if (!(m->nlmsg_flags & NLM_F_MULTI))
                return true;
        }
    }
}

static bool kernel_ask(struct question *q, answer_taker *take, void *ctx)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return false;
    q->head.nlmsg_flags |= NLM_F_REQUEST;
    bool told = send(fd, q, q->head.nlmsg_len, 0) >= 0 && answers_take(fd, take, ctx);
    close(fd);
    return told;
}

static bool kernel_dump(uint16_t type, answer_taker *take, void *ctx)
{
    struct question q = {.head = {.nlmsg_type = type,
                                  .nlmsg_len = NLMSG_LENGTH(sizeof q.body),
                                  .nlmsg_flags = NLM_F_DUMP}};
    return kernel_ask(&q, take, ctx);
}

/* Behind the body, the length of which the head tells. */
static void attribute_add(struct question *q, unsigned short type, const void *value, size_t len)
{
    struct rtattr *a = (void *)((uint8_t *)q + NLMSG_ALIGN(q->head.nlmsg_len));
    a->rta_type = type;
    a->rta_len = (unsigned short)RTA_LENGTH(len);
    memcpy(RTA_DATA(a), value, len);
    q->head.nlmsg_len = NLMSG_ALIGN(q->head.nlmsg_len) + a->rta_len;
}

/* The attributes of a message, or those within one, by their type. */
struct attributes {
    const struct rtattr *of[64];
};

static struct attributes attributes_read(const void *first, size_t len)
{
    struct attributes a = {0};
    const struct rtattr *r = first;
    for (size_t at = 0; at + sizeof *r <= len; at += RTA_ALIGN(r->rta_len)) {
        r = (const void *)((const uint8_t *)first + at);
        if (r->rta_len < sizeof *r || r->rta_len > len - at)
            break;
        unsigned type = r->rta_type & 0x3fffU; /* above are flags: nested, byte order */
        if (type < sizeof a.of / sizeof *a.of)
            a.of[type] = r;
    }
    return a;
}

static struct attributes attributes_of(const struct nlmsghdr *m, size_t body_len)
{
    const uint8_t *first = (const uint8_t *)NLMSG_DATA(m) + NLMSG_ALIGN(body_len);
    return attributes_read((const void *)first, m->nlmsg_len - NLMSG_SPACE(body_len));
}

static uint32_t number_of(const struct rtattr *r)
{
    uint32_t n = 0;
    if (r && RTA_PAYLOAD(r) >= sizeof n)
        memcpy(&n, RTA_DATA(r), sizeof n);
    return n;
}

static struct addr address_of(const struct rtattr *r)
{
    struct addr a = {0};
    if (!r || (RTA_PAYLOAD(r) != 4 && RTA_PAYLOAD(r) != 16))
        return a;
    a.version = RTA_PAYLOAD(r) == 4 ? 4 : 6;
    memcpy(a.bytes, RTA_DATA(r), RTA_PAYLOAD(r));
    return a;
}

static void text_of(const struct rtattr *r, char *text, size_t size)
{
    if (r)
        snprintf(text, size, "%.*s", (int)RTA_PAYLOAD(r), (const char *)RTA_DATA(r));
}

/* ---- links ----------------------------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(word, *words) == 0)
            return true;
    }
    return false;
}

static bool is_wireless(const char *name)
{
    char path[INTERFACE_NAME_SIZE + 32];
    snprintf(path, sizeof path, "/sys/class/net/%s/phy80211", name);
    return access(path, F_OK) == 0;
}

static enum interface_kind kind_of(const struct interface *i, unsigned short arp_type)
{
    static const char *const tunnels[] = {"tun",    "wireguard", "vxlan",     "geneve", "gre",
                                          "gretap", "ip6gre",    "ip6gretap", "ipip",   "sit",
                                          "ip6tnl", "vti",       "vti6",      "xfrm",   "ppp",
                                          "ipsec",  "erspan",    "gtp",       "ovpn",   NULL};
    static const char *const virtual[] = {"veth",  "bridge", "macvlan", "macvtap", "ipvlan",
                                          "dummy", "ifb",    "netkit",  "vrf",     NULL};
    if (arp_type == ARPHRD_LOOPBACK)
        return INTERFACE_LOOPBACK;
    if (is_one_of(i->title, tunnels))
        return INTERFACE_TUNNEL;
    if (is_one_of(i->title, virtual))
        return INTERFACE_VIRTUAL;
    if (arp_type == ARPHRD_PPP || arp_type == ARPHRD_NONE || arp_type == ARPHRD_TUNNEL ||
        arp_type == ARPHRD_TUNNEL6 || arp_type == ARPHRD_SIT || arp_type == ARPHRD_IPGRE)
        return INTERFACE_TUNNEL;
    if (arp_type != ARPHRD_ETHER)
        return INTERFACE_OTHER;
    return is_wireless(i->name) ? INTERFACE_WIRELESS : INTERFACE_ETHERNET;
}

static void peer_add(struct interface *i, struct addr peer)
{
    if (peer.version && i->n_peers < INTERFACE_PEERS_MAX)
        i->peers[i->n_peers++] = peer;
}

/* What kind of link it is, and the far end that a tunnel of the kernel names. */
static void link_details(struct interface *i, const struct rtattr *info)
{
    if (!info)
        return;
    struct attributes a = attributes_read(RTA_DATA(info), RTA_PAYLOAD(info));
    text_of(a.of[IFLA_INFO_KIND], i->title, sizeof i->title);
    if (strcmp(i->title, "vxlan") != 0 || !a.of[IFLA_INFO_DATA])
        return;
    struct attributes d =
        attributes_read(RTA_DATA(a.of[IFLA_INFO_DATA]), RTA_PAYLOAD(a.of[IFLA_INFO_DATA]));
    i->below = number_of(d.of[IFLA_VXLAN_LINK]);
    peer_add(i, address_of(d.of[IFLA_VXLAN_GROUP]));
    peer_add(i, address_of(d.of[IFLA_VXLAN_GROUP6]));
}

static void link_take(void *ctx, const struct nlmsghdr *m)
{
    struct interfaces *all = ctx;
    const struct ifinfomsg *link = NLMSG_DATA(m);
    if (m->nlmsg_type != RTM_NEWLINK || all->n == INTERFACES_MAX)
        return;
    struct attributes a = attributes_of(m, sizeof *link);
    struct interface *i = &all->list[all->n++];
    i->index = (uint32_t)link->ifi_index;
    i->up = link->ifi_flags & IFF_UP;
    i->mtu = number_of(a.of[IFLA_MTU]);
    text_of(a.of[IFLA_IFNAME], i->name, sizeof i->name);
    const struct rtattr *mac = a.of[IFLA_ADDRESS];
    i->has_mac = link->ifi_type == ARPHRD_ETHER && mac && RTA_PAYLOAD(mac) == sizeof i->mac;
    if (i->has_mac)
        memcpy(i->mac, RTA_DATA(mac), sizeof i->mac);
    link_details(i, a.of[IFLA_LINKINFO]);
    i->kind = kind_of(i, link->ifi_type);
    if (i->kind == INTERFACE_TUNNEL && !i->below && !a.of[IFLA_LINK_NETNSID])
        i->below = number_of(a.of[IFLA_LINK]);
}

/* ---- addresses and routes -------------------------------------------------------------------- */

static struct interface *numbered(struct interfaces *all, uint32_t index)
{
    for (uint32_t i = 0; i < all->n; i++) {
        if (all->list[i].index == index)
            return &all->list[i];
    }
    return NULL;
}

static void address_take(void *ctx, const struct nlmsghdr *m)
{
    const struct ifaddrmsg *address = NLMSG_DATA(m);
    if (m->nlmsg_type != RTM_NEWADDR)
        return;
    struct attributes a = attributes_of(m, sizeof *address);
    struct interface *i = numbered(ctx, address->ifa_index);
    if (!i || i->n_addresses == INTERFACE_ADDRESSES_MAX)
        return;
    i->addresses[i->n_addresses] =
        address_of(a.of[a.of[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS]); /* own end of a pair */
    i->prefix_lens[i->n_addresses++] = address->ifa_prefixlen;
}

static void route_take(void *ctx, const struct nlmsghdr *m)
{
    const struct rtmsg *route = NLMSG_DATA(m);
    if (m->nlmsg_type != RTM_NEWROUTE || route->rtm_type != RTN_UNICAST)
        return;
    struct attributes a = attributes_of(m, sizeof *route);
    struct interface *i = numbered(ctx, number_of(a.of[RTA_OIF]));
    if (!i)
        return;
    if (route->rtm_dst_len == 0)
        i->default_route = true;
    else if (route->rtm_dst_len == (route->rtm_family == AF_INET ? 32 : 128) && a.of[RTA_GATEWAY] &&
             i->kind != INTERFACE_TUNNEL)
        peer_add(i, address_of(a.of[RTA_DST]));
}

bool interfaces_read(struct interfaces *all, struct rdpath_error *error)
{
    *all = (struct interfaces){.list = memory_zeroed(INTERFACES_MAX * sizeof *all->list)};
    if (kernel_dump(RTM_GETLINK, link_take, all) && kernel_dump(RTM_GETADDR, address_take, all) &&
        kernel_dump(RTM_GETROUTE, route_take, all))
        return true;
    snprintf(error->text, sizeof error->text,
             "expected the kernel to list its interfaces, but it did not: %s", strerror(errno));
    interfaces_free(all);
    return false;
}

static void index_take(void *ctx, const struct nlmsghdr *m)
{
    const struct ifinfomsg *link = NLMSG_DATA(m);
    if (m->nlmsg_type == RTM_NEWLINK)
        *(uint32_t *)ctx = (uint32_t)link->ifi_index;
}

uint32_t interface_index_of(const char *other_name)
{
    uint32_t index = 0;
    size_t len = strlen(other_name) + 1;
    struct question q = {
        .head = {.nlmsg_type = RTM_GETLINK, .nlmsg_len = NLMSG_LENGTH(sizeof q.body.link)}};
    if (len > ALTIFNAMSIZ)
        return 0;
    attribute_add(&q, IFLA_ALT_IFNAME, other_name, len);
    return kernel_ask(&q, index_take, &index) ? index : 0;
}

bool interface_is_down(const struct interface *i)
{
    struct ifreq ask = {0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    memcpy(ask.ifr_name, i->name, sizeof ask.ifr_name - 1);
    bool told = ioctl(fd, SIOCGIFFLAGS, &ask) == 0;
    close(fd);
    return told && !(ask.ifr_flags & IFF_UP);
}

struct route_answer {
    uint32_t index;
    struct addr source;
};

static void way_take(void *ctx, const struct nlmsghdr *m)
{
    struct route_answer *answer = ctx;
    if (m->nlmsg_type != RTM_NEWROUTE)
        return;
    struct attributes a = attributes_of(m, sizeof(struct rtmsg));
    answer->index = number_of(a.of[RTA_OIF]);
    answer->source = address_of(a.of[RTA_PREFSRC]);
}

const struct interface *interfaces_route(const struct interfaces *all, const struct addr *to,
                                         struct addr *source)
{
    uint8_t len = to->version == 4 ? 4 : 16;
    struct question q = {
        .head = {.nlmsg_type = RTM_GETROUTE, .nlmsg_len = NLMSG_LENGTH(sizeof q.body.route)}};
    q.body.route = (struct rtmsg){.rtm_family = to->version == 4 ? AF_INET : AF_INET6,
                                  .rtm_dst_len = (uint8_t)(len * 8)};
    attribute_add(&q, RTA_DST, to->bytes, len);
    struct route_answer answer = {0};
    if (!kernel_ask(&q, way_take, &answer))
        return NULL;
    if (source)
        *source = answer.source;
    return numbered((struct interfaces *)all, answer.index);
}
