/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows sends echo requests for any program (the IP helper API), with DF, and says what became of
 * each. It follows the ICMP errors that it was sent: a larger request is refused without being sent
 * for ten minutes. For UDP, IP_PMTUDISC_PROBE goes beyond what they named.
 */
#include "capture/probe_wire.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/wide.h"
#include "capture/probe_path_windows.h"

#include <stdio.h>

#include <iphlpapi.h>
#include <icmpapi.h>

enum {
    SHOTS_MAX = 512,     /* SESSION_SHOTS_MAX */
    ECHO_WAIT_MS = 1500, /* longer than any round of a search waits */
    HEADERS_LEN_4 = 28,  /* of ICMP and of UDP */
    HEADERS_LEN_6 = 48,
    REPLY_ROOM = 256, /* beside the data: the structure, an ICMP error, an IO_STATUS_BLOCK */
    DATAGRAM_MAX = 2048,
};

/* What the headers of mingw-w64 leave out. */
DWORD WINAPI IcmpSendEcho2Ex(HANDLE icmp, HANDLE event, FARPROC apc, PVOID context, IPAddr source,
                             IPAddr destination, LPVOID data, WORD size,
                             PIP_OPTION_INFORMATION options, LPVOID reply, DWORD reply_size,
                             DWORD milliseconds);

struct icmp6_echo_reply { /* ICMPV6_ECHO_REPLY, whose IPV6_ADDRESS_EX has no gaps */
    uint8_t port_and_flow[6], address[16], scope[4];
    ULONG status;
    unsigned int rtt_ms;
};

/* Under way. */
struct shot {
    uint32_t ip_len;
    int64_t sent_ns;
    bool echo;
    HANDLE done;   /* echo */
    ULONG at_once; /* IP_STATUS that the system gave without sending; 0: it was sent */
    uint8_t *reply;
    DWORD reply_size;
    SOCKET socket; /* UDP */
    bool open;
};

struct probe_wire {
    struct addr from, to;
    HANDLE icmp; /* INVALID_HANDLE_VALUE: no echo, and the rest without it */
    SOCKET path; /* is asked for the path's MTU */
    struct shot shots[SHOTS_MAX];
    uint32_t n_shots;
    uint8_t datagram[DATAGRAM_MAX];
};

struct probe_wire *wire_open(const struct addr *from, const struct addr *to,
                             struct rdpath_error *error)
{
    struct probe_wire *w = memory_zeroed(sizeof *w);
    SOCKADDR_INET there = path_address(to, 9);
    w->from = *from;
    w->to = *to;
    w->icmp = to->version == 6 ? Icmp6CreateFile() : IcmpCreateFile();
    w->path = path_socket(to, SOCK_DGRAM);
    (void)connect(w->path, (const SOCKADDR *)&there, sizeof there);
    if (w->path != INVALID_SOCKET)
        return w;
    snprintf(error->text, sizeof error->text, "expected Windows to open a socket, found: %s",
             wide_error((unsigned long)WSAGetLastError()));
    wire_close(w);
    return NULL;
}

static void end_shot(struct shot *s)
{
    if (s->done)
        CloseHandle(s->done);
    if (!s->echo)
        closesocket(s->socket);
    memory_release(s->reply);
    *s = (struct shot){0};
}

/* The system writes into a reply until its request is over. */
void wire_mute(struct probe_wire *w, uint16_t port)
{
    (void)w;
    (void)port;
}

void wire_close(struct probe_wire *w)
{
    if (!w)
        return;
    for (uint32_t i = 0; i < w->n_shots; i++) {
        if (w->shots[i].open && w->shots[i].done)
            WaitForSingleObject(w->shots[i].done, 2 * ECHO_WAIT_MS);
        if (w->shots[i].open)
            end_shot(&w->shots[i]);
    }
    if (w->icmp != INVALID_HANDLE_VALUE)
        IcmpCloseHandle(w->icmp);
    if (w->path != INVALID_SOCKET)
        closesocket(w->path);
    memory_release(w);
}

/* ---- sending --------------------------------------------------------------------------------- */

static bool send_echo(struct probe_wire *w, struct shot *s, const uint8_t *payload, WORD len)
{
    IP_OPTION_INFORMATION options = {.Ttl = 128, .Flags = IP_FLAG_DF};
    SOCKADDR_INET from = path_address(&w->from, 0), to = path_address(&w->to, 0);
    DWORD n;
    if (w->icmp == INVALID_HANDLE_VALUE)
        return false;
    s->done = CreateEventW(NULL, TRUE, FALSE, NULL);
    s->reply_size = len + REPLY_ROOM;
    s->reply = memory_zeroed(s->reply_size);
    if (w->to.version == 6)
        n = Icmp6SendEcho2(w->icmp, s->done, NULL, NULL, &from.Ipv6, &to.Ipv6, (void *)payload, len,
                           &options, s->reply, s->reply_size, ECHO_WAIT_MS);
    else
        n = IcmpSendEcho2Ex(w->icmp, s->done, NULL, NULL, from.Ipv4.sin_addr.s_addr,
                            to.Ipv4.sin_addr.s_addr, (void *)payload, len, &options, s->reply,
                            s->reply_size, ECHO_WAIT_MS);
    if (n != 0 || GetLastError() == ERROR_IO_PENDING)
        return true;
    s->at_once = GetLastError();
    return s->at_once == IP_PACKET_TOO_BIG && SetEvent(s->done);
}

/* What is too large for the system itself is told by send(). */
static bool send_datagram(struct probe_wire *w, struct shot *s, const struct probe_shot *shot,
                          int len)
{
    SOCKADDR_INET to = path_address(&w->to, shot->to_port);
    DWORD yes = 1;
    s->socket = path_socket(&w->to, SOCK_DGRAM);
    if (s->socket == INVALID_SOCKET)
        return false;
    if (!path_set(s->socket, &w->to, PATH_DISCOVER, IP_PMTUDISC_PROBE))
        setsockopt(s->socket, w->to.version == 6 ? IPPROTO_IPV6 : IPPROTO_IP,
                   w->to.version == 6 ? IPV6_DONTFRAG : IP_DONTFRAGMENT, (const char *)&yes,
                   sizeof yes);
    return connect(s->socket, (const SOCKADDR *)&to, sizeof to) == 0 &&
           send(s->socket, (const char *)shot->payload, len, 0) == len;
}

bool wire_send(struct probe_wire *w, const struct probe_shot *shot)
{
    uint32_t headers_len = w->to.version == 6 ? HEADERS_LEN_6 : HEADERS_LEN_4;
    if (shot->nth >= SHOTS_MAX || shot->ip_len < headers_len || shot->ip_len > PROBE_WIRE_MAX)
        return false;
    struct shot *s = &w->shots[shot->nth];
    uint32_t len = shot->ip_len - headers_len;
    *s = (struct shot){.ip_len = shot->ip_len, .echo = shot->echo, .socket = INVALID_SOCKET};
    s->sent_ns = clock_steady_ns();
    s->open = true;
    if (shot->nth >= w->n_shots)
        w->n_shots = shot->nth + 1;
    bool sent =
        s->echo ? send_echo(w, s, shot->payload, (WORD)len) : send_datagram(w, s, shot, (int)len);
    if (!sent)
        end_shot(s);
    return sent;
}

/* ---- answers --------------------------------------------------------------------------------- */

void wire_wait(struct probe_wire *w, int milliseconds)
{
    HANDLE some[MAXIMUM_WAIT_OBJECTS];
    DWORD n = 0;
    for (uint32_t i = w->n_shots; i-- > 0 && n < MAXIMUM_WAIT_OBJECTS;) {
        if (w->shots[i].open && w->shots[i].done)
            some[n++] = w->shots[i].done;
    }
    if (n)
        WaitForMultipleObjects(n, some, FALSE, (DWORD)milliseconds);
    else
        Sleep((DWORD)milliseconds);
}

static struct addr address4(IPAddr a)
{
    struct addr from = {.version = a ? 4 : 0};
    memcpy(from.bytes, &a, 4);
    return from;
}

static struct addr address6(const uint8_t bytes[16])
{
    static const uint8_t none[16];
    struct addr from = {.version = memcmp(bytes, none, 16) ? 6 : 0};
    memcpy(from.bytes, bytes, 16);
    return from;
}

/* IP_STATUS of an echo that is over, and who told it. */
static ULONG echo_status(struct probe_wire *w, struct shot *s, struct addr *from)
{
    if (s->at_once)
        return s->at_once;
    if (w->to.version == 6) {
        const struct icmp6_echo_reply *six = (const struct icmp6_echo_reply *)s->reply;
        if (!Icmp6ParseReplies(s->reply, s->reply_size))
            return GetLastError();
        *from = address6(six->address);
        return six->status;
    }
    const ICMP_ECHO_REPLY *four = (const ICMP_ECHO_REPLY *)s->reply;
    if (!IcmpParseReplies(s->reply, s->reply_size))
        return GetLastError();
    *from = address4(four->Address);
    return four->Status;
}

/* TOO_BIG: it is no other ICMP error. IPv6 has the same numbers of IP_STATUS, under names of its
   own. */
static enum rdpath_probe_said said_by(const struct probe_wire *w, ULONG status)
{
    switch (status) {
    case IP_DEST_NET_UNREACHABLE:
        return RDPATH_PROBE_SAID_NET;
    case IP_DEST_HOST_UNREACHABLE:
        return RDPATH_PROBE_SAID_HOST;
    case IP_DEST_PROT_UNREACHABLE:
        return w->to.version == 6 ? RDPATH_PROBE_SAID_PROHIBITED : RDPATH_PROBE_SAID_UNREACHABLE;
    case IP_DEST_PORT_UNREACHABLE:
        return RDPATH_PROBE_SAID_PORT;
    case IP_TTL_EXPIRED_TRANSIT:
        return RDPATH_PROBE_SAID_HOPS;
    case IP_TTL_EXPIRED_REASSEM:
        return RDPATH_PROBE_SAID_REASSEMBLY;
    case IP_PARAM_PROBLEM:
        return RDPATH_PROBE_SAID_PARAMETER;
    default:
        return RDPATH_PROBE_SAID_TOO_BIG;
    }
}

/* Over IPv6 the system cuts up what is larger than the path's MTU: the answer proves nothing. */
static bool hear_echo(struct probe_wire *w, struct shot *s, struct wire_answer *a)
{
    struct addr from = {0};
    ULONG status = echo_status(w, s, &from);
    uint32_t mtu = path_mtu(w->path, &w->to);
    bool cut = w->to.version == 6 && mtu && s->ip_len > mtu;
    a->rtt_ns = clock_steady_ns() - s->sent_ns;
    if (status == IP_PACKET_TOO_BIG || (status == IP_SUCCESS && cut)) {
        a->fate = WIRE_TOO_BIG;
        a->from = status == IP_SUCCESS ? (struct addr){0} : from;
        a->mtu = mtu < s->ip_len ? mtu : 0;
        return true;
    }
    a->said = said_by(w, status);
    a->from = from;
    a->fate = a->said == RDPATH_PROBE_SAID_TOO_BIG ? WIRE_ARRIVED : WIRE_ERROR;
    if (a->fate == WIRE_ERROR)
        return true;
    return status == IP_SUCCESS && addr_equal(&from, &w->to);
}

static bool hear_datagram(struct probe_wire *w, struct shot *s, struct wire_answer *a)
{
    int n = recv(s->socket, (char *)w->datagram, sizeof w->datagram, 0);
    if (n < 0 && WSAGetLastError() == WSAECONNRESET) {
        a->fate = WIRE_PORT_CLOSED;
        return true;
    }
    a->fate = WIRE_ARRIVED;
    a->rtt_ns = clock_steady_ns() - s->sent_ns;
    a->bytes = w->datagram;
    a->len = n > 0 ? (size_t)n : 0;
    return n > 0;
}

bool wire_hear(struct probe_wire *w, struct wire_answer *a)
{
    for (uint32_t i = 0; i < w->n_shots; i++) {
        struct shot *s = &w->shots[i];
        bool echo_over = s->open && s->echo && WaitForSingleObject(s->done, 0) == WAIT_OBJECT_0;
        *a = (struct wire_answer){.nth = i};
        bool told = echo_over ? hear_echo(w, s, a) : s->open && !s->echo && hear_datagram(w, s, a);
        if (echo_over || told)
            end_shot(s);
        if (told)
            return true;
    }
    return false;
}
