/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/interfaces.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

static struct addr address_from(const struct sockaddr *sa)
{
    struct addr a = {0};
    if (sa->sa_family == AF_INET) {
        a.version = 4;
        memcpy(a.bytes, &((const struct sockaddr_in *)sa)->sin_addr, 4);
    } else if (sa->sa_family == AF_INET6) {
        a.version = 6;
        memcpy(a.bytes, &((const struct sockaddr_in6 *)sa)->sin6_addr, 16);
    }
    return a;
}

uint32_t interfaces_resolve(const char *host, struct addr *addresses, uint32_t max,
                            struct rdpath_error *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int why = getaddrinfo(host, NULL, &hints, &found);
    uint32_t n = 0;
    for (struct addrinfo *f = found; f && n < max; f = f->ai_next) {
        addresses[n] = address_from(f->ai_addr);
        n += addresses[n].version != 0;
    }
    if (found)
        freeaddrinfo(found);
    if (n == 0)
        snprintf(error->text, sizeof error->text,
                 "expected a host that can be found, got \"%.128s\": %s; check the name, or give "
                 "its address",
                 host, why ? gai_strerror(why) : "it has no IP address");
    return n;
}
