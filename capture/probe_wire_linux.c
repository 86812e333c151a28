/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_wire.h"

#include "base/arena.h"
#include "base/library.h"

#include <libnet.h>
#include <linux/filter.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* The functions of libnet that are called, loaded when a probe needs them. */
#define LIBNET_FUNCTIONS(F)                                                                        \
    F(init)                                                                                        \
    F(destroy)                                                                                     \
    F(getfd)                                                                                       \
    F(clear_packet)                                                                                \
    F(write)                                                                                       \
    F(build_ipv4)                                                                                  \
    F(build_ipv6)                                                                                  \
    F(build_udp)                                                                                   \
    F(build_icmpv4_echo)                                                                           \
    F(build_icmpv6_echo)

static struct {
    void *library;
#define FUNCTION(name) __typeof__(libnet_##name) *name;
    LIBNET_FUNCTIONS(FUNCTION)
#undef FUNCTION
} net;

enum { PORTS_HELD_MAX = 256 };

struct probe_wire {
    libnet_t *context;
    struct addr from, to;
    uint16_t next_id;
    int held[PORTS_HELD_MAX]; /* sockets that nobody reads */
    uint32_t n_held;
};

enum { HOPS = 64, ECHO_REQUEST_6 = 128, ICMP_6 = 58, UDP_HEADER_LEN = 8 };

static bool libnet_load(struct rdpath_error *error)
{
    net.library = net.library ? net.library : library_open("libnet.so.1");
    bool found = net.library != NULL;
#define FUNCTION(name) found = found && library_find(net.library, "libnet_" #name, &net.name);
    LIBNET_FUNCTIONS(FUNCTION)
#undef FUNCTION
    if (!found)
        snprintf(error->text, sizeof error->text,
                 "expected libnet, which sends the probes, found none; install it (Debian: apt-get "
                 "install libnet1)");
    return found;
}

/* The system keeps the path MTU that an ICMP error named; a probe has to go beyond it. */
static void ignore_known_mtu(int fd, uint8_t version)
{
    const int probe4 = IP_PMTUDISC_PROBE, probe6 = IPV6_PMTUDISC_PROBE;
    if (version == 6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe6, sizeof probe6);
    else
        (void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe4, sizeof probe4);
}

struct probe_wire *wire_open(const struct addr *from, const struct addr *to,
                             struct rdpath_error *error)
{
    char reason[LIBNET_ERRBUF_SIZE] = "";
    if (!libnet_load(error))
        return NULL;
    libnet_t *context = net.init(to->version == 6 ? LIBNET_RAW6 : LIBNET_RAW4, NULL, reason);
    if (!context) {
        snprintf(error->text, sizeof error->text, "expected a raw socket for the probes, found: %s",
                 reason);
        return NULL;
    }
    ignore_known_mtu(net.getfd(context), to->version);
    struct probe_wire *w = memory_zeroed(sizeof *w);
    *w = (struct probe_wire){.context = context, .from = *from, .to = *to};
    return w;
}

void wire_close(struct probe_wire *w)
{
    if (!w)
        return;
    for (uint32_t i = 0; i < w->n_held; i++)
        close(w->held[i]);
    net.destroy(w->context);
    memory_release(w);
}

/* A socket at this port of ours that nobody reads; -1: none. */
static int hold(struct probe_wire *w, int type, uint16_t port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool is_six = w->to.version == 6;
    const struct sockaddr *address = is_six ? (void *)&six : (void *)&four;
    struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    const struct sock_fprog filter = {1, nothing};
    const int yes = 1;
    int fd = w->n_held < PORTS_HELD_MAX ? socket(address->sa_family, type | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0)
        return -1;
    if (type == SOCK_STREAM)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
    (void)bind(fd, address, is_six ? sizeof six : sizeof four);
    w->held[w->n_held++] = fd;
    return fd;
}

/* A door that lets nobody in: packets of a connection go to its own socket while there is one, and
   then here, where they are dropped. */
void wire_mute(struct probe_wire *w, uint16_t port)
{
    int fd = hold(w, SOCK_STREAM, port);
    if (fd >= 0)
        (void)listen(fd, 1);
}

/* The header that IP carries, and behind it the payload. */
static bool put_transport(struct probe_wire *w, const struct probe_shot *s, uint32_t len)
{
    uint32_t payload_len = len - UDP_HEADER_LEN;
    int tag;
    if (!s->echo)
        tag = net.build_udp(s->from_port, s->to_port, (uint16_t)len, 0, s->payload, payload_len,
                            w->context, 0);
    else if (w->to.version == 6)
        tag = net.build_icmpv6_echo(ECHO_REQUEST_6, 0, 0, s->id, s->number, (uint8_t *)s->payload,
                                    payload_len, w->context, 0);
    else
        tag = net.build_icmpv4_echo(ICMP_ECHO, 0, 0, s->id, s->number, s->payload, payload_len,
                                    w->context, 0);
    return tag != -1;
}

static bool put_ip(struct probe_wire *w, const struct probe_shot *s)
{
    uint8_t protocol = s->echo ? IPPROTO_ICMP : IPPROTO_UDP;
    if (w->to.version == 6) {
        struct libnet_in6_addr from, to;
        memcpy(&from, w->from.bytes, sizeof from);
        memcpy(&to, w->to.bytes, sizeof to);
        return net.build_ipv6(0, 0, (uint16_t)(s->ip_len - LIBNET_IPV6_H),
                              s->echo ? ICMP_6 : protocol, HOPS, from, to, NULL, 0, w->context,
                              0) != -1;
    }
    uint32_t from, to;
    memcpy(&from, w->from.bytes, sizeof from);
    memcpy(&to, w->to.bytes, sizeof to);
    return net.build_ipv4((uint16_t)s->ip_len, 0, ++w->next_id, IP_DF, HOPS, protocol, 0, from, to,
                          NULL, 0, w->context, 0) != -1;
}

bool wire_send(struct probe_wire *w, const struct probe_shot *s)
{
    uint32_t ip_header_len = w->to.version == 6 ? LIBNET_IPV6_H : LIBNET_IPV4_H;
    net.clear_packet(w->context);
    if (!s->echo)
        (void)hold(w, SOCK_DGRAM, s->from_port); /* or each answer would be told it is closed */
    return s->ip_len >= ip_header_len + UDP_HEADER_LEN && s->ip_len <= PROBE_WIRE_MAX &&
           put_transport(w, s, s->ip_len - ip_header_len) && put_ip(w, s) &&
           net.write(w->context) == (int)s->ip_len;
}
