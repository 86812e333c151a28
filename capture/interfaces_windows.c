/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces and routes as the IP helper API tells them. */
#include "capture/interfaces.h"

#include "base/arena.h"
#include "base/wide.h"
#include "capture/pcap_library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <ws2tcpip.h>

#include <iphlpapi.h>
#include <netioapi.h>

#undef interface /* which windows.h defines */

enum { INTERFACES_MAX = 256, ADAPTERS_ROOM = 32 * 1024, ADAPTERS_TRIES = 4 };

/* ---- kinds ----------------------------------------------------------------------------------- */

/* What the drivers of VPNs and of virtual switches call themselves; many say that they are
   Ethernet. Another word for the same is one row. */
static const struct {
    const wchar_t *word;
    enum interface_kind kind;
} names_of_drivers[] = {
    {L"wintun", INTERFACE_TUNNEL},        {L"wireguard", INTERFACE_TUNNEL},
    {L"tap-windows", INTERFACE_TUNNEL},   {L"tap adapter", INTERFACE_TUNNEL},
    {L"openvpn", INTERFACE_TUNNEL},       {L"anyconnect", INTERFACE_TUNNEL},
    {L"secure client", INTERFACE_TUNNEL}, {L"pangp", INTERFACE_TUNNEL},
    {L"globalprotect", INTERFACE_TUNNEL}, {L"fortinet", INTERFACE_TUNNEL},
    {L"zscaler", INTERFACE_TUNNEL},       {L"juniper", INTERFACE_TUNNEL},
    {L"pulse secure", INTERFACE_TUNNEL},  {L"check point", INTERFACE_TUNNEL},
    {L"sonicwall", INTERFACE_TUNNEL},     {L"tailscale", INTERFACE_TUNNEL},
    {L"zerotier", INTERFACE_TUNNEL},      {L"softether", INTERFACE_TUNNEL},
    {L"vpn", INTERFACE_TUNNEL},           {L"wan miniport", INTERFACE_TUNNEL},
    {L"hyper-v", INTERFACE_VIRTUAL},      {L"virtualbox", INTERFACE_VIRTUAL},
    {L"vmware", INTERFACE_VIRTUAL},       {L"kernel debug", INTERFACE_VIRTUAL},
};

static bool has_word(const wchar_t *text, const wchar_t *word)
{
    size_t len = wcslen(word);
    for (; *text; text++)
        if (_wcsnicmp(text, word, len) == 0)
            return true;
    return false;
}

static enum interface_kind kind_by_driver(const IP_ADAPTER_ADDRESSES *a)
{
    for (size_t i = 0; i < sizeof names_of_drivers / sizeof *names_of_drivers; i++)
        if (has_word(a->Description, names_of_drivers[i].word))
            return names_of_drivers[i].kind;
    return INTERFACE_ETHERNET;
}

static enum interface_kind kind_of(const IP_ADAPTER_ADDRESSES *a)
{
    switch (a->IfType) {
    case IF_TYPE_SOFTWARE_LOOPBACK:
        return INTERFACE_LOOPBACK;
    case IF_TYPE_IEEE80211:
        return INTERFACE_WIRELESS;
    case IF_TYPE_PPP: /* Windows' own VPNs */
    case IF_TYPE_TUNNEL:
    case IF_TYPE_PROP_VIRTUAL: /* Wintun and its like */
        return INTERFACE_TUNNEL;
    case IF_TYPE_ETHERNET_CSMACD:
        return kind_by_driver(a);
    default:
        return INTERFACE_OTHER;
    }
}

/* ---- adapters -------------------------------------------------------------------------------- */

static struct addr address_of(const SOCKADDR *sa)
{
    struct addr a = {0};
    if (sa && sa->sa_family == AF_INET) {
        a.version = 4;
        memcpy(a.bytes, &((const SOCKADDR_IN *)sa)->sin_addr, 4);
    } else if (sa && sa->sa_family == AF_INET6) {
        a.version = 6;
        memcpy(a.bytes, &((const SOCKADDR_IN6 *)sa)->sin6_addr, 16);
    }
    return a;
}

static void text_take(const wchar_t *wide, char *to, size_t size)
{
    char *utf8 = wide_to_utf8(wide ? wide : L"");
    snprintf(to, size, "%s", utf8);
    memory_release(utf8);
}

static void addresses_take(struct interface *i, const IP_ADAPTER_ADDRESSES *a)
{
    const IP_ADAPTER_UNICAST_ADDRESS *u = a->FirstUnicastAddress;
    for (; u && i->n_addresses < INTERFACE_ADDRESSES_MAX; u = u->Next) {
        i->addresses[i->n_addresses] = address_of(u->Address.lpSockaddr);
        i->prefix_lens[i->n_addresses] = u->OnLinkPrefixLength;
        i->n_addresses += i->addresses[i->n_addresses].version != 0;
    }
}

static void adapter_take(struct interfaces *all, const IP_ADAPTER_ADDRESSES *a)
{
    struct interface *i = &all->list[all->n++];
    text_take(a->FriendlyName, i->name, sizeof i->name);
    text_take(a->Description, i->title, sizeof i->title);
    snprintf(i->device, sizeof i->device, "\\Device\\NPF_%s",
             a->IfType == IF_TYPE_SOFTWARE_LOOPBACK ? "Loopback" : a->AdapterName);
    i->kind = kind_of(a);
    i->index = a->IfIndex ? a->IfIndex : a->Ipv6IfIndex;
    i->mtu = a->Mtu == UINT32_MAX ? 0 : (uint32_t)a->Mtu; /* the loopback has no limit */
    i->up = a->OperStatus == IfOperStatusUp;
    i->has_mac = a->PhysicalAddressLength == sizeof i->mac && i->kind != INTERFACE_LOOPBACK;
    if (i->has_mac)
        memcpy(i->mac, a->PhysicalAddress, sizeof i->mac);
    addresses_take(i, a);
}

/* To be released; NULL and why. */
static IP_ADAPTER_ADDRESSES *adapters_read(ULONG *why)
{
    const ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
    ULONG size = ADAPTERS_ROOM;
    IP_ADAPTER_ADDRESSES *list = NULL;
    *why = ERROR_BUFFER_OVERFLOW;
    for (int i = 0; i < ADAPTERS_TRIES && *why == ERROR_BUFFER_OVERFLOW; i++) {
        list = memory_resized(list, size);
        *why = GetAdaptersAddresses(AF_UNSPEC, flags, NULL, list, &size);
    }
    if (*why == NO_ERROR)
        return list;
    memory_release(list);
    return NULL;
}

/* ---- routes ---------------------------------------------------------------------------------- */

static struct interface *numbered(const struct interfaces *all, uint32_t index)
{
    for (uint32_t i = 0; i < all->n; i++) {
        if (all->list[i].index == index)
            return &all->list[i];
    }
    return NULL;
}

static void route_take(struct interfaces *all, const MIB_IPFORWARD_ROW2 *route)
{
    const SOCKADDR_INET *to = &route->DestinationPrefix.Prefix;
    uint8_t host = to->si_family == AF_INET ? 32 : 128;
    struct interface *i = numbered(all, route->InterfaceIndex);
    struct addr next = address_of((const SOCKADDR *)&route->NextHop);
    static const uint8_t none[sizeof next.bytes];
    if (!i)
        return;
    if (route->DestinationPrefix.PrefixLength == 0)
        i->default_route = true;
    else if (route->DestinationPrefix.PrefixLength == host && i->n_peers < INTERFACE_PEERS_MAX &&
             i->kind != INTERFACE_TUNNEL && memcmp(next.bytes, none, sizeof none) != 0)
        i->peers[i->n_peers++] = address_of((const SOCKADDR *)to);
}

static void routes_read(struct interfaces *all)
{
    MIB_IPFORWARD_TABLE2 *table = NULL;
    if (GetIpForwardTable2(AF_UNSPEC, &table) != NO_ERROR)
        return;
    for (ULONG i = 0; i < table->NumEntries; i++)
        route_take(all, &table->Table[i]);
    FreeMibTable(table);
}

/* ---- what Npcap sees ------------------------------------------------------------------------- */

static bool is_listed(const pcap_if_t *known, const char *device)
{
    for (; known; known = known->next)
        if (_stricmp(known->name, device) == 0)
            return true;
    return false;
}

/* Npcap's driver is bound to what looks like a network card; many VPNs do not. */
static void unseen_mark(struct interfaces *all)
{
    struct rdpath_error error;
    char why[PCAP_ERRBUF_SIZE];
    pcap_if_t *known = NULL;
    const struct pcap_library *pcap = pcap_library(&error);
    if (!pcap || pcap->findalldevs(&known, why) != 0 || !known)
        return;
    for (uint32_t i = 0; i < all->n; i++)
        all->list[i].unseen =
            all->list[i].kind != INTERFACE_LOOPBACK && !is_listed(known, all->list[i].device);
    pcap->freealldevs(known);
}

bool interfaces_read(struct interfaces *all, struct rdpath_error *error)
{
    ULONG why;
    IP_ADAPTER_ADDRESSES *list = adapters_read(&why);
    *all = (struct interfaces){.list = memory_zeroed(INTERFACES_MAX * sizeof *all->list)};
    if (!list) {
        snprintf(error->text, sizeof error->text,
                 "expected Windows to list its adapters, but it did not: %s", wide_error(why));
        interfaces_free(all);
        return false;
    }
    for (const IP_ADAPTER_ADDRESSES *a = list; a && all->n < INTERFACES_MAX; a = a->Next)
        adapter_take(all, a);
    memory_release(list);
    routes_read(all);
    unseen_mark(all);
    return true;
}

static SOCKADDR_INET socket_address(const struct addr *a)
{
    SOCKADDR_INET s = {.si_family = a->version == 4 ? AF_INET : AF_INET6};
    if (a->version == 4)
        memcpy(&s.Ipv4.sin_addr, a->bytes, 4);
    else
        memcpy(&s.Ipv6.sin6_addr, a->bytes, 16);
    return s;
}

/* The address that a socket towards there has: no packet is sent for it. */
static struct addr source_towards(const SOCKADDR_INET *to)
{
    SOCKADDR_INET local = *to, remote = *to;
    int size = sizeof local;
    struct addr source = {0};
    SOCKET s = socket(to->si_family, SOCK_DGRAM, 0);
    if (s == INVALID_SOCKET)
        return source;
    remote.Ipv4.sin_port = htons(9); /* at the same place for IPv6 */
    if (connect(s, (const SOCKADDR *)&remote, sizeof remote) == 0 &&
        getsockname(s, (SOCKADDR *)&local, &size) == 0)
        source = address_of((const SOCKADDR *)&local);
    closesocket(s);
    return source;
}

static const struct interface *owner_of(const struct interfaces *all, const struct addr *a)
{
    for (uint32_t i = 0; a->version && i < all->n; i++) {
        for (uint32_t n = 0; n < all->list[i].n_addresses; n++)
            if (addr_equal(&all->list[i].addresses[n], a))
                return &all->list[i];
    }
    return NULL;
}

static void sockets_begin(void)
{
    static WSADATA data;
    if (data.wVersion == 0)
        WSAStartup(MAKEWORD(2, 2), &data);
}

const struct interface *interfaces_route(const struct interfaces *all, const struct addr *to,
                                         struct addr *source)
{
    SOCKADDR_INET remote = socket_address(to);
    DWORD index = 0;
    sockets_begin();
    struct addr own = source_towards(&remote);
    if (source)
        *source = own;
    if (GetBestInterfaceEx((SOCKADDR *)&remote, &index) == NO_ERROR)
        return numbered(all, index);
    return owner_of(all, &own);
}

uint32_t interfaces_resolve(const char *host, struct addr *addresses, uint32_t max,
                            struct rdpath_error *error)
{
    ADDRINFOW hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    wchar_t *wide = wide_of(host);
    sockets_begin();
    int why = GetAddrInfoW(wide, NULL, &hints, &found);
    uint32_t n = 0;
    for (const ADDRINFOW *f = found; f && n < max; f = f->ai_next) {
        addresses[n] = address_of(f->ai_addr);
        n += addresses[n].version != 0;
    }
    if (found)
        FreeAddrInfoW(found);
    memory_release(wide);
    if (n == 0)
        snprintf(error->text, sizeof error->text,
                 "expected a host that can be found, got \"%.128s\": %s; check the name, or give "
                 "its address",
                 host, why ? wide_error((DWORD)why) : "it has no IP address");
    return n;
}

bool interface_is_down(const struct interface *i)
{
    MIB_IF_ROW2 row = {.InterfaceIndex = i->index};
    return i->index && GetIfEntry2(&row) == NO_ERROR && row.OperStatus != IfOperStatusUp;
}

uint32_t interface_index_of(const char *other_name)
{
    (void)other_name;
    return 0;
}
