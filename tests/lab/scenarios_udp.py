# SPDX-License-Identifier: Apache-2.0
"""RDP over UDP beside a TCP session, between the lab's own two ends [MS-RDPEUDP, MS-RDPEUDP2]."""

from ends import Xfreerdp, Xrdp
from impair import Later, drop, reject
from played import PlayedClient, PlayedServer, UdpLeg, WithUdp
from scenario import Scenario, Sees, Truth

SESSION = """
tls version 1.3
. C > S  x224-request cookie alice protocols tls,hybrid,hybrid-ex
. C < S  x224-confirm hybrid-ex
include tls13
include nla
include session
include pictures
+{0} C > S  tls sealed 17
. C < S  tls sealed 620
. C > S  tls sealed 9
. C > S  fin
. C < S  tls close-notify
+0.1 end
"""
LEG_AT = 0.6  # seconds: behind the session's first pictures
TO_SERVER, TO_CLIENT = "udp dport 3389", "udp sport 3389"
NOT_A_SYN = "udp length != 1240"  # a SYN and its answer are padded to 1232 bytes


def suffering(cause, direction=None):
    return Truth(cause, direction, ("active",), "degraded")


def beside(name, story, truth, path=(), **more):
    """A played session, and RDP over UDP between its two addresses."""
    udp = more.pop("udp", ())
    server_udp, lasts = more.pop("server_udp", udp), more.pop("lasts", 4)
    script = SESSION.format(lasts)
    server = PlayedServer("plays a session", script)
    if server_udp is not None:
        server = WithUdp(server, server_udp)
    leg = Later(LEG_AT, UdpLeg((*udp, f"seconds={lasts - 0.5:g}")))
    return Scenario(f"udp-{name}", story, server, PlayedClient("plays a session", script), truth,
                    path=(*path, leg), seconds=lasts + 6, frames=200, **more)


FROM_CLIENT = Sees(directions=("to-server", "to-client", "both", None),
                   why="from here both directions of silence look alike")

SCENARIOS = [
    *(beside(f"fine-v{version}", f"RDP over UDP, version {version}", Truth(),
             udp=(f"version={version}",)) for version in (1, 2)),
    beside("fine-v2-tls13", "RDP over UDP, version 2, with TLS 1.3 inside", Truth(),
           udp=("version=2", "tls=1.3")),
    beside("fine-v2-v6", "RDP over UDP, version 2, over IPv6", Truth(), udp=("version=2",),
           family=6),
    beside("fine-rdpudp2", "RDP over UDP, RDPUDP2", Truth(), udp=("version=3",)),
    beside("fine-downgraded", "The client offers RDPUDP2, the server knows version 1", Truth(),
           udp=("version=3",), server_udp=("version=1",)),
    Scenario("udp-fine-xrdp", "RDP over UDP beside a session of real programs",
             WithUdp(Xrdp(), ("version=3", "tls=1.3")), Xfreerdp("tls"), Truth(),
             path=(Later(1.5, UdpLeg(("version=3", "tls=1.3", "seconds=2"))),), seconds=5,
             frames=250),
    beside("blocked", "A firewall drops UDP to the server", suffering("udp-blocked", "to-server"),
           path=(drop("r1 drops UDP to port 3389", TO_SERVER),), lasts=5,
           sees={"client": FROM_CLIENT,
                 "server": Sees(causes=("none",), outcomes=("connected",), directions=(None,),
                                why="no datagram ever gets here")}),
    beside("blocked-to-client", "A firewall drops UDP to the client",
           suffering("udp-blocked", "to-client"),
           path=(drop("r1 drops UDP from port 3389", TO_CLIENT),), lasts=5,
           sees={"client": FROM_CLIENT}),
    beside("blocked-rdpudp2", "A firewall drops UDP to the server, RDPUDP2",
           suffering("udp-blocked", "to-server"), udp=("version=3",),
           path=(drop("r1 drops UDP to port 3389", TO_SERVER),), lasts=5,
           sees={"client": FROM_CLIENT,
                 "server": Sees(causes=("none",), outcomes=("connected",), directions=(None,),
                                why="no datagram ever gets here")}),
    beside("refused", "No program listens on the server's UDP port",
           suffering("udp-port-closed"), server_udp=None,
           sees={"client": Sees(directions=("to-server", None)),
                 "server": Sees(directions=("to-server", None))}),
    beside("prohibited", "A firewall prohibits UDP, and says so", suffering("udp-rejected"),
           path=(reject("r1 prohibits UDP to port 3389", TO_SERVER, "admin-prohibited"),),
           sees={"client": Sees(directions=("to-server", None)),
                 "server": Sees(causes=("none",), outcomes=("connected",),
                                why="no datagram ever gets here")}),
    beside("data-lost-to-server", "A firewall lets the handshake of UDP pass, and then no datagram "
           "to the server", suffering("udp-data-lost", "to-server"), lasts=7,
           path=(drop("r1 drops UDP to port 3389 but the SYN", f"{TO_SERVER} {NOT_A_SYN}"),),
           sees={"client": FROM_CLIENT}),
    beside("data-lost-to-client", "A firewall lets the handshake of UDP pass, and then no datagram "
           "to the client", suffering("udp-data-lost", "to-client"), lasts=7,
           path=(drop("r1 drops UDP from port 3389 but the SYN+ACK", f"{TO_CLIENT} {NOT_A_SYN}"),),
           sees={"client": FROM_CLIENT}),
    beside("data-lost-rdpudp2", "The same with RDPUDP2, to the server",
           suffering("udp-data-lost", "to-server"), udp=("version=3",), lasts=7,
           path=(drop("r1 drops UDP to port 3389 but the SYN", f"{TO_SERVER} {NOT_A_SYN}"),),
           sees={"client": FROM_CLIENT}),
    beside("large-dropped-to-client", "Datagrams of data above 1000 bytes vanish on the way to the "
           "client, smaller ones and the SYN+ACK pass",
           suffering("udp-large-dropped", "to-client"), lasts=13, udp=("size=1100",),
           path=(drop("r1 drops UDP from port 3389 of more than 1000 bytes, but the SYN+ACK",
                      f"{TO_CLIENT} {NOT_A_SYN} udp length > 1000"),),
           sees={"client": Sees(causes=("udp-large-dropped", "udp-data-lost"),
                                why="the large datagram was never seen, only that it is missing")}),
    beside("large-dropped-to-server", "Datagrams of data above 1000 bytes vanish on the way to the "
           "server, smaller ones and the SYN pass",
           suffering("udp-large-dropped", "to-server"), lasts=13, udp=("input=1100", "tls=1.3"),
           path=(drop("r1 drops UDP to port 3389 of more than 1000 bytes, but the SYN",
                      f"{TO_SERVER} {NOT_A_SYN} udp length > 1000"),),
           sees={"server": Sees(causes=("none",), outcomes=("connected",), directions=(None,),
                                why="the session and the smaller datagrams came; that a large one "
                                    "is missing is told by numbers that UDP may skip")}),
    beside("blocked-v6", "A firewall drops UDP to the server, over IPv6",
           suffering("udp-blocked", "to-server"), family=6,
           path=(drop("r1 drops UDP to port 3389", TO_SERVER),), lasts=5,
           sees={"client": FROM_CLIENT,
                 "server": Sees(causes=("none",), outcomes=("connected",), directions=(None,),
                                why="no datagram ever gets here")}),
    beside("handshake-failed", "Client and server share no version of TLS over UDP",
           suffering("udp-handshake-failed", "to-client"), udp=("tls=1.3",),
           server_udp=("tls=1.2",)),
    beside("dtls-refused", "The server refuses the handshake of DTLS of the lossy mode",
           suffering("udp-handshake-failed", "to-client"), udp=("lossy=1",)),
    beside("fine-loss", "5 % of all packets are lost; RDP over UDP sends again", Truth(),
           udp=("pictures=12",),
           path=(drop("r1 drops 5 % of the datagrams",
                      "udp dport 3389 numgen inc mod 20 == 9"),)),
]
