/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMESTAMPS_LEN = 12 };

static void set(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

/*
 * IP_PMTUDISC_DO sets DF and follows ICMP errors. IP_PMTUDISC_PROBE would not follow them, but TCP
 * sends without DF then, and a router would cut the probes up.
 */
static void set_up(int fd, const struct sockets_target *t)
{
    struct linger reset = {.l_onoff = 1};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    if (t->to.version == 4)
        set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1); /* for the one that holds its port (wire_mute()) */
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (t->mss)
        set(fd, IPPROTO_TCP, TCP_MAXSEG, (int)t->mss);
    set(fd, IPPROTO_TCP, TCP_QUICKACK, 0); /* the request carries the handshake's last ACK */
}

static socklen_t address_of(struct sockaddr_storage *out, const struct sockets_target *t)
{
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (t->to.version == 4) {
        four->sin_family = AF_INET;
        four->sin_port = htons(t->port);
        memcpy(&four->sin_addr, t->to.bytes, 4);
        return sizeof *four;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(t->port);
    memcpy(&six->sin6_addr, t->to.bytes, 16);
    return sizeof *six;
}

int sockets_connect(const struct sockets_target *t, uint16_t *local_port)
{
    struct sockaddr_storage address;
    socklen_t len = address_of(&address, t);
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    set_up(fd, t);
    if (connect(fd, (struct sockaddr *)&address, len) != 0 && errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    len = sizeof address;
    (void)getsockname(fd, (struct sockaddr *)&address, &len);
    *local_port = ntohs(((struct sockaddr_in *)&address)->sin_port); /* the same place for IPv6 */
    return fd;
}

bool sockets_is_broadcast(const struct addr *to)
{
    const struct sockets_target any_port = {.to = *to, .port = 9};
    struct sockaddr_storage address;
    socklen_t len = address_of(&address, &any_port);
    int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool told = connect(fd, (struct sockaddr *)&address, len) != 0 && errno == EACCES;
    if (fd >= 0)
        close(fd);
    return told;
}

enum sockets_state sockets_state(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int reason = 0;
    socklen_t len = sizeof reason;
    if (poll(&p, 1, 0) <= 0)
        return SOCKETS_CONNECTING;
    (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &len);
    if (reason == ECONNREFUSED)
        return SOCKETS_REFUSED;
    if (reason == ECONNRESET || reason == EPIPE)
        return SOCKETS_CLOSED;
    return reason || p.revents & POLLERR ? SOCKETS_FAILED : SOCKETS_OPEN;
}

void sockets_send(int fd, const uint8_t *bytes, size_t len)
{
    (void)!send(fd, bytes, len, MSG_EOR | MSG_NOSIGNAL | MSG_DONTWAIT);
}

static long receive(int fd, uint8_t *bytes, size_t len, int how)
{
    ssize_t n = recv(fd, bytes, len, how | MSG_DONTWAIT);
    if (n > 0)
        return n;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

long sockets_receive(int fd, uint8_t *bytes, size_t len)
{
    return receive(fd, bytes, len, 0);
}

long sockets_peek(int fd, uint8_t *bytes, size_t len)
{
    return receive(fd, bytes, len, MSG_PEEK);
}

struct sockets_facts sockets_facts(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    (void)getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
    return (struct sockets_facts){
        .send_payload = info.tcpi_snd_mss,
        .receive_payload = info.tcpi_rcv_mss,
        .options_len = info.tcpi_options & TCPI_OPT_TIMESTAMPS ? TIMESTAMPS_LEN : 0,
        .limited = true,
        .n_acknowledged = info.tcpi_bytes_acked,
    };
}

void sockets_close(int fd)
{
    close(fd);
}
