# SPDX-License-Identifier: Apache-2.0
"""Attempts that nothing is wrong with, over every kind of security and many kinds of path."""

from ends import Shadow, Weston, Xfreerdp, Xrdp
from played import Forwarder
from scenario import Scenario, Sees, Truth

TLS, NLA, STANDARD = Xfreerdp("tls"), Xfreerdp("nla"), Xfreerdp("rdp")
CHAIN = Xrdp(certificate="chain")
# A host whose socket is gone answers each of two late packets by the same reset.
TWINS = {"client": Sees(twins=True), "server": Sees(twins=True)}


def fine(name, story, server, client, *options, **members):
    """options: what the wire between the routers does (actors/forwarder.py)."""
    path = (Forwarder(options),) if options else ()
    return Scenario(f"fine-{name}", story, server, client, Truth(), path=path,
                    sees=TWINS if options else {}, **{"seconds": 4, **members})


SCENARIOS = [
    fine("tls12", "A session over TLS 1.2", Xrdp(protocols="TLSv1.2"), TLS),
    fine("tls13", "A session over TLS 1.3", Xrdp(), TLS),
    fine("tls13-v6", "A session over TLS 1.3 and IPv6", Xrdp(), TLS, family=6),
    fine("nla", "A session with NLA", Shadow("nla"), NLA),
    fine("nla-v6", "A session with NLA over IPv6", Shadow("nla"), NLA, family=6),
    fine("standard", "A session with Standard RDP Security", Shadow("rdp"), STANDARD),
    fine("standard-v6", "Standard RDP Security over IPv6", Shadow("rdp"), STANDARD, family=6),
    fine("weston", "A session whose first pictures come at once", Weston(), TLS),
    fine("chain", "A session whose certificates take three packets", CHAIN, TLS),
    fine("chain-v6", "Long certificates over IPv6", CHAIN, TLS, family=6),
    fine("long-rtt-pictures", "A round trip of 300 ms, and pictures at once", Weston(), TLS,
         "delay=150", seconds=12),
    fine("long-rtt-nla", "A round trip of 600 ms, with NLA", Shadow("nla"), NLA, "delay=300",
         seconds=20),
    fine("long-rtt-chain-v6", "A round trip of 300 ms and long certificates over IPv6", CHAIN, TLS,
         "delay=150", seconds=12, family=6),
    fine("jitter-pictures", "Delays between 10 and 60 ms while pictures are sent", Weston(), TLS,
         "delay=10", "jitter=50", seconds=9),
    fine("slow-pictures", "Pictures over a line of 256 kbit/s", Weston(), TLS, "delay=20",
         "rate=256000", seconds=8),
    fine("slow-pictures-v6", "Pictures over a line of 128 kbit/s and IPv6", Weston(), TLS,
         "delay=20", "rate=128000", seconds=10, family=6),
    fine("slow-to-server", "A line of 64 kbit/s to the server", Xrdp(), TLS, "delay=20",
         "to-server:rate=64000", seconds=8),
    fine("reordered-pictures", "One packet in seven comes 8 ms late while pictures are sent",
         Weston(), TLS, "delay=10", "reorder=150", "late=8", "seed=3", seconds=8),
    fine("offload", "Cards merge and split segments", Weston(), TLS, offload=True),
    fine("offload-v6", "Cards merge and split segments, over IPv6", CHAIN, TLS, offload=True,
         family=6),
    fine("offload-nla", "Cards merge and split segments, with NLA", Shadow("nla"), NLA,
         offload=True),
    fine("offload-long-rtt", "Cards merge and split segments on a long way", Weston(), TLS,
         "delay=60", offload=True, seconds=8),
]
