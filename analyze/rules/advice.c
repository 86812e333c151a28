/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/advice.h"

enum {
    MTU_SAFE = 1280,      /* passes nearly everywhere, and IPv6 needs it */
    MTU_PLAIN = 1500,     /* of an Ethernet adapter: the value to go back to */
    PING_HEADERS_V4 = 28, /* IPv4 20 + ICMP 8 */
    PING_HEADERS_V6 = 48,
};

/* A name from the wire goes into a command only where it is nothing but a host name. */
static bool is_host_name(const struct rdpath_text *t)
{
    for (uint32_t i = 0; i < t->len; i++) {
        uint8_t c = t->bytes[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || (c == '-' && i > 0);
        if (!plain)
            return false;
    }
    return t->len > 0 && t->len < 254;
}

const char *advice_server(struct verdict *v, const struct attempt *a)
{
    const struct rdpath_endpoint *server = &a->result.server;
    if (is_host_name(&server->name))
        return arena_format(v->arena, "%.*s", (int)server->name.len,
                            (const char *)server->name.bytes);
    return server->address;
}

/* The largest MTU that the evidence supports; 1280 where it supports only less. */
static uint32_t mtu_to_set(const struct rdpath_path *p)
{
    if (p->mtu.at_least >= MTU_SAFE)
        return p->mtu.at_least;
    if (p->mtu.below && p->mtu.below <= MTU_SAFE)
        return p->mtu.at_least > 576 ? p->mtu.at_least : 576;
    return MTU_SAFE;
}

static const char *ping_verify(struct verdict *v, const uint32_t size[2], uint32_t proved)
{
    const char *both = arena_format(v->arena,
                                    "the first (%u-byte packets) gets no answer, the second "
                                    "(%u-byte packets) does",
                                    size[0], size[1]);
    if (size[1] <= proved)
        return both;
    return arena_format(v->arena,
                        "%s; where it does not either, use the largest that does (%u did pass)",
                        both, proved);
}

static void advise_ping(struct verdict *v, const struct attempt *a, const struct rdpath_path *p)
{
    bool v6 = a->server.version == 6;
    uint32_t headers = v6 ? PING_HEADERS_V6 : PING_HEADERS_V4;
    const uint32_t size[] = {p->mtu.below ? p->mtu.below : MTU_PLAIN, mtu_to_set(p)};
    const char *server = advice_server(v, a), *flag = v6 ? "" : "-f ";
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "Test now, without changing anything",
                          .where = "client",
                          .platform = "windows",
                          .command = arena_format(v->arena, "ping %s-l %u %s\nping %s-l %u %s",
                                                  flag, size[0] - headers, server, flag,
                                                  size[1] - headers, server),
                          .verify = ping_verify(v, size, p->mtu.at_least),
                          .undo = "nothing to undo",
                          .risk = "none; where the server never answers ping, neither does",
                      });
}

static void advise_client_mtu(struct verdict *v, const struct attempt *a,
                              const struct rdpath_path *p)
{
    const char *family = a->server.version == 6 ? "ipv6" : "ipv4";
    uint32_t mtu = mtu_to_set(p);
    if (a->server.version == 6 && mtu < MTU_SAFE)
        mtu = MTU_SAFE; /* Windows and RFC 8200 section 5 know no smaller one */
    verdict_advise(
        v,
        &(struct rdpath_advice){
            .title = "Quick relief: a smaller MTU on the adapter that the client connects through",
            .where = "client",
            .platform = "windows",
            .command = arena_format(v->arena,
                                    "netsh interface %s show subinterfaces\n"
                                    "netsh interface %s set subinterface \"VPN\" mtu=%u "
                                    "store=persistent",
                                    family, family, mtu),
            .verify = "connect again: the session comes up",
            .undo = arena_format(v->arena,
                                 "netsh interface %s set subinterface \"VPN\" mtu=OLD "
                                 "store=persistent",
                                 family),
            .risk = "the first line shows the adapter's name (put it for \"VPN\") and its old MTU "
                    "(note it for OLD); slightly lower throughput, nothing else changes",
        });
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "The same on a Linux client",
                          .where = "client",
                          .platform = "linux",
                          .command = arena_format(v->arena,
                                                  "ip link show dev tun0\n"
                                                  "ip link set dev tun0 mtu %u",
                                                  mtu),
                          .verify = "connect again: the session comes up",
                          .undo = "ip link set dev tun0 mtu OLD",
                          .risk = "the first line shows the old MTU; put the interface's own name "
                                  "for tun0; lasts until it is brought up again",
                      });
}

static void advise_network(struct verdict *v)
{
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "The cure, for everyone behind the tunnel: clamp the MSS",
                          .where = "network",
                          .platform = "linux",
                          .command = "nft add rule inet filter forward tcp flags syn tcp option "
                                     "maxseg size set rt mtu",
                          .verify = "connect again: the SYN-ACK at the client shows a smaller MSS",
                          .undo = "nft -a list chain inet filter forward; nft delete rule inet "
                                  "filter forward handle N",
                          .risk = "helps TCP alone: RDP over UDP needs the right tunnel MTU",
                      });
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "And let the routers' errors through",
                          .where = "network",
                          .platform = "any",
                          .command = "allow ICMP type 3 code 4 and ICMPv6 type 2 on every "
                                     "firewall of the path",
                          .verify = "rdpath finds pmtu-discovered in a new capture",
                          .undo = "remove the firewall rule",
                          .risk = "none known: path MTU discovery depends on them (RFC 1191)",
                      });
}

void advise_sizes(struct verdict *v, const struct attempt *a, enum rdpath_direction way)
{
    const struct rdpath_path *p = &a->decisive->path[way];
    advise_ping(v, a, p);
    advise_client_mtu(v, a, p);
    advise_network(v);
}

void advise_server_reachable(struct verdict *v, const struct attempt *a)
{
    const char *server = advice_server(v, a);
    unsigned port = a->result.server.port;
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "Test the port from the client",
                          .where = "client",
                          .platform = "windows",
                          .command = arena_format(v->arena, "Test-NetConnection %s -Port %u",
                                                  server, port),
                          .verify = "TcpTestSucceeded: True once it is mended",
                          .undo = "nothing to undo",
                          .risk = "none",
                      });
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "See whether the server listens at all",
                          .where = "server",
                          .platform = "windows",
                          .command = arena_format(v->arena,
                                                  "Get-Service TermService; Get-NetTCPConnection "
                                                  "-LocalPort %u -State Listen",
                                                  port),
                          .verify = "the service runs and one line shows the port",
                          .undo = "nothing to undo",
                          .risk = "none",
                      });
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "See whether its firewall lets Remote Desktop in",
                          .where = "server",
                          .platform = "windows",
                          .command = "Get-NetFirewallRule -DisplayGroup \"Remote Desktop\" | "
                                     "Select-Object DisplayName, Enabled, Profile",
                          .verify = "the rules of the active profile are enabled",
                          .undo = "nothing to undo",
                          .risk = "none; it only reads",
                      });
}

void advise_server_events(struct verdict *v, const char *command, const char *what)
{
    verdict_advise(v, &(struct rdpath_advice){
                          .title = what,
                          .where = "server",
                          .platform = "windows",
                          .command = command,
                          .verify = "an event at the time of the attempt names the reason",
                          .undo = "nothing to undo",
                          .risk = "none; it only reads",
                      });
}

void advise_server_restart(struct verdict *v)
{
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "Restart Remote Desktop Services when no one depends on it",
                          .where = "server",
                          .platform = "windows",
                          .command = "Restart-Service TermService -Force",
                          .verify = "the next attempt is answered within a second",
                          .undo = "nothing to undo",
                          .risk = "disconnects every session of that server; they can be resumed",
                      });
}

void advise_client_log(struct verdict *v)
{
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "Ask what the user saw and did",
                          .where = "client",
                          .platform = "windows",
                          .command = "Get-WinEvent -LogName "
                                     "Microsoft-Windows-TerminalServices-RDPClient/Operational "
                                     "-MaxEvents 30",
                          .verify = "event 1026 carries the reason code of the disconnection",
                          .undo = "nothing to undo",
                          .risk = "none; it only reads",
                      });
}

void advise_search_logs(struct verdict *v, const struct attempt *a, const char *title)
{
    verdict_advise(v, &(struct rdpath_advice){
                          .title = title,
                          .where = "network",
                          .platform = "any",
                          .command = arena_format(v->arena,
                                                  "on each firewall, load balancer and VPN gateway "
                                                  "of the path: search the log for %s and TCP port "
                                                  "%u at the time of the end",
                                                  a->result.client.address,
                                                  (unsigned)a->result.client.port),
                          .verify = "the log names the rule or the timer that ended it",
                          .undo = "nothing to undo",
                          .risk = "none; it only reads",
                      });
}

void advise_capture(struct verdict *v, const struct attempt *a, const char *where)
{
    verdict_advise(v,
                   &(struct rdpath_advice){
                       .title = arena_format(v->arena, "Capture the next attempt at the %s", where),
                       .where = where,
                       .platform = "windows",
                       .command =
                           arena_format(v->arena,
                                        "pktmon filter remove\npktmon filter add RDP -p %u\n"
                                        "pktmon filter add ICMP -t ICMP\n"
                                        "pktmon filter add ICMP6 -t ICMPv6\npktmon start --capture "
                                        "--pkt-size 0 --file-name rdp.etl",
                                        (unsigned)a->result.server.port),
                       .verify = "pktmon stop\npktmon etl2pcap rdp.etl --out rdp.pcapng, then "
                                 "rdpath analyze rdp.pcapng",
                       .undo = "pktmon filter remove",
                       .risk = "the file holds what was sent, most of it encrypted",
                   });
}
