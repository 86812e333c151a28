# SPDX-License-Identifier: Apache-2.0
"""Paths that break in the middle of a session between real programs."""

from ends import Weston, Xfreerdp
from played import Forwarder
from scenario import Scenario, Sees, Truth

# What does not come back may have been lost on either way.
EITHER_WAY = Sees(directions=("both", "to-client", "to-server", None))


ANSWERED = Sees(causes=("path-outage", "none", "undetermined"), directions=("to-client", None),
                outcomes=("failed", "connected", "undetermined"),
                why="what the server had sent may all have been acknowledged; that its answers to "
                    "keep-alives are lost is not seen here")


def outage(name, story, direction, *options, server=EITHER_WAY, **members):
    return Scenario(f"outage-{name}", story, Weston(), Xfreerdp("tls"),
                    Truth("path-outage", direction, ("active",), "failed"),
                    path=(Forwarder(("delay=20", "rate=200000", *options)),), seconds=25,
                    linger=5, sees={"client": EITHER_WAY, "server": server}, **members)


SCENARIOS = [
    outage("at-pictures", "The path breaks while pictures are sent", "both", "outage=2.1-99"),
    outage("at-pictures-v6", "The path breaks while pictures are sent, over IPv6", "both",
           "outage=2.1-99", family=6),
    outage("at-pictures-to-client", "While pictures are sent, nothing reaches the client any more",
           "to-client", "to-client:outage=2.1-99", server=ANSWERED),
]
