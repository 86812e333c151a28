/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_path_windows.h"

#include <string.h>

SOCKADDR_INET path_address(const struct addr *a, uint16_t port)
{
    SOCKADDR_INET s = {0};
    s.si_family = a->version == 6 ? AF_INET6 : AF_INET;
    s.Ipv4.sin_port = htons(port); /* at the same place for IPv6 */
    if (a->version == 6)
        memcpy(&s.Ipv6.sin6_addr, a->bytes, 16);
    else
        memcpy(&s.Ipv4.sin_addr, a->bytes, 4);
    return s;
}

SOCKET path_socket(const struct addr *to, int type)
{
    u_long yes = 1;
    SOCKET s = socket(to->version == 6 ? AF_INET6 : AF_INET, type, 0);
    if (s != INVALID_SOCKET && ioctlsocket(s, (long)FIONBIO, &yes) != 0) {
        closesocket(s);
        return INVALID_SOCKET;
    }
    return s;
}

bool path_set(SOCKET s, const struct addr *to, enum path_option option, DWORD value)
{
    static const int names[2][2] = {{IP_MTU_DISCOVER, IP_USER_MTU},
                                    {IPV6_MTU_DISCOVER, IPV6_USER_MTU}};
    int level = to->version == 6 ? IPPROTO_IPV6 : IPPROTO_IP;
    return setsockopt(s, level, names[to->version == 6][option], (const char *)&value,
                      sizeof value) == 0;
}

uint32_t path_mtu(SOCKET s, const struct addr *to)
{
    DWORD mtu = 0;
    int size = sizeof mtu, level = to->version == 6 ? IPPROTO_IPV6 : IPPROTO_IP;
    int name = to->version == 6 ? IPV6_MTU : IP_MTU;
    return getsockopt(s, level, name, (char *)&mtu, &size) == 0 ? mtu : 0;
}
