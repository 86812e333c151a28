/* SPDX-License-Identifier: Apache-2.0 */
/* What the sockets of a probe on Windows have in common. */
#ifndef CAPTURE_PROBE_PATH_WINDOWS_H
#define CAPTURE_PROBE_PATH_WINDOWS_H

#include "base/addr.h"

#include <winsock2.h>
#include <ws2tcpip.h>

SOCKADDR_INET path_address(const struct addr *, uint16_t port);

/* A socket that does not wait; INVALID_SOCKET: none. */
SOCKET path_socket(const struct addr *to, int type);

enum path_option { PATH_DISCOVER, PATH_LIMIT };

/* PATH_DISCOVER: how it minds the MTU of the path (PMTUD_STATE); PATH_LIMIT: that it goes by no
   larger one. False: this Windows does not know the option. */
bool path_set(SOCKET, const struct addr *to, enum path_option, DWORD value);

/* The path's MTU as the system believes; the socket is connected. 0: not told. */
uint32_t path_mtu(SOCKET, const struct addr *to);

#endif
