# SPDX-License-Identifier: Apache-2.0
"""rdpath probe on paths whose truth is known: its recording, and what passes at the server."""

from ends import Probe, Xrdp
from impair import icmp_lost, mtu
from scenario import Scenario, Sees, Truth

FRAMES, BYTES = 400, 200_000  # a whole probe: what it asks alone comes last
SERVER = Xrdp(certificate="chain", protocols="TLSv1.2")
STAGE = ("tls-server-flight",)
# what some of its connections ask for, and the datagrams beside them, where the rest is cut off
CUT = ("tls-required", "protocol-mismatch", "udp-port-closed")


def probe(name, story, truth, path, server, family):
    return Scenario(f"probe-{name}-v{family}", story, SERVER, Probe(), truth, path=path,
                    family=family, seconds=30, frames=FRAMES, most_bytes=BYTES,
                    sees={"server": server, "client": Sees()})


def fine(family):
    return probe("fine", "rdpath probe, and nothing is wrong", Truth(stages=STAGE, when_cut=CUT),
                 (), Sees(), family)


def vanishes(to_server, to_client, family):
    direction = "both" if max(to_server, to_client) < 1500 else \
        "to-server" if to_server < 1500 else "to-client"
    truth = Truth("pmtu-black-hole", direction, STAGE, "failed", to_server, to_client,
                  CUT)
    back = to_client < 1500
    server = Sees(causes=("pmtu-black-hole" if back else "undetermined",),
                  directions=("to-client" if back else None,),
                  outcomes=("failed" if back else "undetermined",),
                  stages=(*STAGE, "tls-hello"),
                  why="what vanishes on its way to the server is not seen here, and the client "
                      "does not stay to acknowledge what the server says")
    return probe(f"hole-{to_server}-{to_client}",
                 f"rdpath probe: packets above {to_server} bytes to the server and above "
                 f"{to_client} to the client vanish", truth,
                 (mtu("to-server", to_server), mtu("to-client", to_client), icmp_lost()), server,
                 family)


def told(to_server, to_client, family):
    truth = Truth("path-limit", "both", STAGE, "degraded", to_server, to_client, CUT)
    return probe(f"limit-{to_server}-{to_client}",
                 f"rdpath probe: routers say that the path carries {to_server} bytes to the "
                 f"server and {to_client} to the client", truth,
                 (mtu("to-server", to_server), mtu("to-client", to_client)),
                 Sees(directions=("to-client",),
                      why="what is too large for its way to the server, and the errors about it, "
                          "do not pass here"), family)


SCENARIOS = [each for family in (4, 6) for each in
             (fine(family), vanishes(1400, 1300, family), told(1400, 1300, family))] + \
            [vanishes(1280, 1500, 4), vanishes(1500, 1400, 6)]
