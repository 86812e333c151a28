/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/udp.h"

#define CLIENT_POLICY "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services\\Client"

const struct leg *udp_leg(const struct attempt *a, enum rdpath_udp_outcome wanted,
                          struct verdict *v)
{
    const struct leg *leg = leg_decisive(a);
    if (!leg)
        return NULL;
    if (a->result.udp.outcome == RDPATH_UDP_OK) {
        verdict_ruled_out(v, "RDP over UDP worked: it got as far as %s", a->result.udp.stage);
        return NULL;
    }
    bool session = a->n_connections == 0 || connection_stage(a->decisive) == RDPATH_STAGE_ACTIVE;
    return session && a->result.udp.outcome == wanted ? leg : NULL;
}

const char *udp_direction_words(enum rdpath_direction way)
{
    static const char *const words[] = {" to the server", " to the client", "", ""};
    return words[way];
}

static void advise_gateway_listener(struct verdict *v, unsigned port)
{
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "See whether the RD Gateway listens on UDP",
                          .where = "server",
                          .platform = "windows",
                          .command = arena_format(v->arena,
                                                  "Get-NetUDPEndpoint -LocalPort %u\n"
                                                  "RD Gateway Manager, the server's properties, "
                                                  "Transport Settings: UDP",
                                                  port),
                          .verify = "one line shows the port; where UDP is off, sessions go over "
                                    "HTTPS alone, which may be meant so",
                          .undo = "nothing to undo",
                          .risk = "none; it only reads",
                      });
}

void udp_advise_listener(struct verdict *v, const struct attempt *a)
{
    unsigned port = a->result.server.port;
    if (leg_decisive(a)->bare) {
        advise_gateway_listener(v, port);
        return;
    }
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "See whether the server listens on UDP",
                          .where = "server",
                          .platform = "windows",
                          .command = arena_format(v->arena,
                                                  "Get-NetUDPEndpoint -LocalPort %u\n"
                                                  "Get-ItemProperty 'HKLM:\\SYSTEM\\"
                                                  "CurrentControlSet\\Control\\Terminal Server\\"
                                                  "WinStations\\RDP-Tcp' | Select-Object "
                                                  "SelectTransport",
                                                  port),
                          .verify = "one line shows the port; SelectTransport is empty, 0 or 2 (1 "
                                    "means TCP only, which may be meant so)",
                          .undo = "nothing to undo",
                          .risk = "none; it only reads",
                      });
}

void udp_advise_firewall(struct verdict *v, const struct attempt *a)
{
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "See whether the server's firewall lets the UDP port in",
                          .where = "server",
                          .platform = "windows",
                          .command = "Get-NetFirewallRule -Name RemoteDesktop-UserMode-In-UDP | "
                                     "Select-Object DisplayName, Enabled, Profile",
                          .verify = "the rule is enabled for the active profile",
                          .undo = "nothing to undo",
                          .risk = "none; it only reads",
                      });
    udp_advise_network(v, a);
}

void udp_advise_network(struct verdict *v, const struct attempt *a)
{
    unsigned port = a->result.server.port;
    verdict_advise(v,
                   &(struct rdpath_advice){
                       .title = "Let the port through on the way",
                       .where = "network",
                       .platform = "any",
                       .command =
                           arena_format(v->arena,
                                        "on the firewalls and VPN gateways between them: "
                                        "allow UDP from %s to %s port %u, and its answers",
                                        a->result.client.address, a->result.server.address, port),
                       .verify = "rdpath says of a new capture that RDP over UDP worked",
                       .undo = "remove the rule",
                       .risk = "opens Remote Desktop for that client: keep it to the addresses "
                               "that need it",
                   });
}

void udp_advise_off(struct verdict *v)
{
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "Or do without: tell the client to use TCP alone",
                          .where = "client",
                          .platform = "windows",
                          .command = "reg add \"" CLIENT_POLICY "\" /v fClientDisableUDP /t "
                                     "REG_DWORD /d 1 /f",
                          .verify = "connect again: the session comes up without waiting for UDP",
                          .undo = "reg delete \"" CLIENT_POLICY "\" /v fClientDisableUDP /f",
                          .risk = "pictures and sound are slower on paths that lose packets; a "
                                  "domain policy may set it back",
                      });
}
