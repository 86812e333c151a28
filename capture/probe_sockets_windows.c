/* SPDX-License-Identifier: Apache-2.0 */
/* Not reached: probe_target_windows.c refuses before any connection. */
#include "capture/probe_sockets.h"

int sockets_connect(const struct sockets_target *t, uint16_t *local_port)
{
    (void)t;
    *local_port = 0;
    return -1;
}

enum sockets_state sockets_state(int socket)
{
    (void)socket;
    return SOCKETS_FAILED;
}

void sockets_send(int socket, const uint8_t *bytes, size_t len)
{
    (void)socket;
    (void)bytes;
    (void)len;
}

long sockets_receive(int socket, uint8_t *bytes, size_t len)
{
    (void)socket;
    (void)bytes;
    (void)len;
    return -1;
}

struct sockets_facts sockets_facts(int socket)
{
    (void)socket;
    return (struct sockets_facts){0};
}

void sockets_close(int socket)
{
    (void)socket;
}
