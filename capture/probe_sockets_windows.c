/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows limits no segment by TCP_MAXSEG, which can only be read. IP_USER_MTU (version 2004 and
 * later) bounds the MTU by which a connection goes, and so its segments.
 */
#include "capture/probe_path_windows.h"
#include "capture/probe_sockets.h"

#include <mstcpip.h>

enum { TIMESTAMPS_LEN = 12, HEADERS_LEN_4 = 40, HEADERS_LEN_6 = 60 };

static void set_up(SOCKET s, const struct sockets_target *t)
{
    struct linger reset = {.l_onoff = 1};
    DWORD yes = 1;
    DWORD headers_len = t->to.version == 6 ? HEADERS_LEN_6 : HEADERS_LEN_4;
    setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&reset, sizeof reset);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (const char *)&yes, sizeof yes);
    path_set(s, &t->to, PATH_DISCOVER, IP_PMTUDISC_DO);
    if (t->mss)
        path_set(s, &t->to, PATH_LIMIT, t->mss + headers_len);
}

int sockets_connect(const struct sockets_target *t, uint16_t *local_port)
{
    SOCKADDR_INET address = path_address(&t->to, t->port);
    int len = sizeof address;
    SOCKET s = path_socket(&t->to, SOCK_STREAM);
    if (s == INVALID_SOCKET)
        return -1;
    set_up(s, t);
    if (connect(s, (const SOCKADDR *)&address, sizeof address) != 0 &&
        WSAGetLastError() != WSAEWOULDBLOCK) {
        closesocket(s);
        return -1;
    }
    getsockname(s, (SOCKADDR *)&address, &len);
    *local_port = ntohs(address.Ipv4.sin_port);
    return (int)s; /* 32 bits of a handle count */
}

bool sockets_is_broadcast(const struct addr *to)
{
    SOCKADDR_INET address = path_address(to, 9);
    SOCKET s = path_socket(to, SOCK_DGRAM);
    bool told = connect(s, (const SOCKADDR *)&address, sizeof address) != 0 &&
                WSAGetLastError() == WSAEACCES;
    if (s != INVALID_SOCKET)
        closesocket(s);
    return told;
}

enum sockets_state sockets_state(int socket)
{
    SOCKET s = (SOCKET)socket;
    fd_set open, failed;
    struct timeval at_once = {0};
    int reason = 0, size = sizeof reason;
    FD_ZERO(&open);
    FD_ZERO(&failed);
    FD_SET(s, &open);
    FD_SET(s, &failed);
    if (select(0, NULL, &open, &failed, &at_once) <= 0)
        return SOCKETS_CONNECTING;
    if (!FD_ISSET(s, &failed))
        return SOCKETS_OPEN;
    getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&reason, &size);
    if (reason == WSAECONNRESET || reason == WSAECONNABORTED)
        return SOCKETS_CLOSED;
    return reason == WSAECONNREFUSED ? SOCKETS_REFUSED : SOCKETS_FAILED;
}

void sockets_send(int socket, const uint8_t *bytes, size_t len)
{
    (void)send((SOCKET)socket, (const char *)bytes, (int)len, 0);
}

static long receive(int socket, uint8_t *bytes, size_t len, int how)
{
    int n = recv((SOCKET)socket, (char *)bytes, (int)len, how);
    if (n > 0)
        return n;
    return n < 0 && WSAGetLastError() == WSAEWOULDBLOCK ? 0 : -1;
}

long sockets_receive(int socket, uint8_t *bytes, size_t len)
{
    return receive(socket, bytes, len, 0);
}

long sockets_peek(int socket, uint8_t *bytes, size_t len)
{
    return receive(socket, bytes, len, MSG_PEEK);
}

/* SIO_TCP_INFO came with Windows 10 1703. */
struct sockets_facts sockets_facts(int socket)
{
    SOCKET s = (SOCKET)socket;
    DWORD version = 0, n = 0, limit = 0;
    int size = sizeof limit;
    TCP_INFO_v0 info = {0};
    SOCKADDR_INET own;
    int own_size = sizeof own;
    struct sockets_facts facts = {0};
    if (WSAIoctl(s, SIO_TCP_INFO, &version, sizeof version, &info, sizeof info, &n, NULL, NULL) ==
        0) {
        facts.send_payload = info.Mss;
        facts.options_len = info.TimestampsEnabled ? TIMESTAMPS_LEN : 0;
        uint64_t under_way = (uint64_t)info.BytesInFlight + info.BytesRetrans;
        facts.n_acknowledged = info.BytesOut > under_way ? info.BytesOut - under_way : 0;
    }
    bool six = getsockname(s, (SOCKADDR *)&own, &own_size) == 0 && own.si_family == AF_INET6;
    facts.limited = getsockopt(s, six ? IPPROTO_IPV6 : IPPROTO_IP,
                               six ? IPV6_USER_MTU : IP_USER_MTU, (char *)&limit, &size) == 0 &&
                    limit && limit <= UINT16_MAX;
    return facts;
}

void sockets_close(int socket)
{
    closesocket((SOCKET)socket);
}
