# SPDX-License-Identifier: Apache-2.0
"""What a path does to packets whatever their size: loss, delay, order, copies, outages
(forwarder.py), and resets forged on the way (forger.py)."""

from ends import Shadow, Xfreerdp, Xrdp
from played import Forger, Forwarder, both_play
from scenario import Scenario, Sees, Truth

DELAY = "delay=10"  # ms each way
LADDER = ("tcp-syn", "tcp-open", "x224-request", "x224-confirm", "tls-hello", "tls-server-flight",
          "tls-done", "credssp", "mcs", "licensing", "active")


SESSION = """
tls version 1.3
. C > S  x224-request cookie alice protocols tls,hybrid,hybrid-ex
. C < S  x224-confirm hybrid-ex
include tls13
include nla
include session
"""
TYPES = SESSION + "+0.2 C > S  tls sealed 17\n. C < S  tls sealed 300\n" * 40
DRAWS_MUCH = SESSION + "+0.05 C < S  tls sealed 3000\n. C > S  tls sealed 17\n" * 20
DRAWS = SESSION + "+0.2 C < S  tls sealed 600\n" * 40

# ---- loss ----------------------------------------------------------------------------------------

def lossy(name, story, options, direction=None, seen=("packet-loss",), outcomes=("degraded",),
          stages=("active",), **more):
    where = (direction, None) if direction else ("to-server", "to-client", "both", None)
    sees = Sees(causes=seen, outcomes=outcomes, stages=stages, directions=where,
                why="chance decides whom the loss hits" if len(seen) > 1 else "")
    blind = Sees(causes=(*seen, "none"), outcomes=(*outcomes, "connected"), stages=stages,
                 directions=where, why="what is lost before it gets here leaves but a pause, where "
                                       "nothing else was under way")
    at = {"client": blind if direction == "to-client" else sees,
          "server": blind if direction == "to-server" else sees}
    return Scenario(f"wire-{name}", story, *more.pop("ends", both_play(TYPES, "draws", "types")),
                    Truth("packet-loss", direction, stages, outcomes[0]),
                    path=(Forwarder((DELAY, *options)),), sees=at,
                    frames=300, seconds=45, **more)


# ---- outages -------------------------------------------------------------------------------------

SILENT = Sees(causes=("path-outage", "undetermined", "none"), directions=("both", "to-server",
                                                                          "to-client", None),
              outcomes=("failed", "undetermined", "connected"),
              why="this end had nothing to send: a session that is quiet looks the same")


def outage(name, story, script, options, direction, sees):
    return Scenario(f"wire-outage-{name}", story, *both_play(script, "draws", "types"),
                    Truth("path-outage", direction, ("active",), "failed"),
                    path=(Forwarder((DELAY, *options)),), sees=sees, seconds=16)


ANY_WAY = Sees(directions=("both", "to-server", "to-client", None),
               why="what does not come back may have been lost on either way")

# ---- resets that a device forged -----------------------------------------------------------------

RESET_AT = {  # when: (title, stages at the client, at the server)
    "syn": ("SYN", ("tcp-syn", "tcp-open"), ("tcp-syn", "tcp-open", "x224-request")),
    "x224": ("X.224 request", ("x224-request", "x224-confirm"), ("x224-request", "x224-confirm")),
    "client-hello": ("ClientHello", ("tls-hello", "tls-server-flight", "tls-done"),
                     ("tls-hello", "tls-server-flight", "tls-done")),
    "2800": ("logon", LADDER[5:], LADDER[5:]),
    "15000": ("first pictures", ("active",), ("active",)),
}


def forged(when, alike):
    title, at_client, at_server = RESET_AT[when]
    looks = "whose TTL fits" if alike else "whose TTL is another"
    sure = ("middlebox-reset",)
    doubtful = (*sure, "undetermined", "client-closed", "server-closed", "none", "connect-refused")
    why = "the reset looks as the other end's own would" if alike else ""
    outcomes = ("failed", "undetermined", "connected") if alike else ("failed",)
    sees = {
        "client": Sees(causes=doubtful if alike else sure, stages=at_client, why=why,
                       directions=("to-client", None), outcomes=outcomes, twins=alike),
        "server": Sees(causes=doubtful if alike else sure, stages=at_server, why=why,
                       directions=("to-server", None), outcomes=outcomes, twins=alike)}
    name = f"forged-{title.split()[-1].lower() if when != 'x224' else 'x224'}"
    return Scenario(f"{name}-alike" if alike else name,
                    f"A device answers the {title} by resets to both ends, {looks}",
                    *(both_play(DRAWS_MUCH) if when == "15000" else (Xrdp(), Xfreerdp("tls"))),
                    Truth("middlebox-reset", "both", at_client, "failed", reset_by="middlebox"),
                    path=(Forwarder((DELAY,)), Forger(when, alike=alike)), sees=sees, seconds=10)


UNSEEN = ("the reset never passes here; what does is how the two ends take it: one of them knows "
          "the connection no more and resets what still comes")

# A host without IP ids may send equal resets that the path then brings at once.
TWINS = Sees(twins=True)
TWO_RESETS = {"sees": {"client": TWINS, "server": TWINS}}

SCENARIOS = [
    lossy("loss-2", "2 % of the packets are lost", ("loss=20", "seed=2"),
          seen=("none", "packet-loss"), outcomes=("connected", "degraded")),
    lossy("loss-10", "10 % of the packets are lost", ("loss=100", "seed=3")),
    lossy("loss-10-xrdp", "10 % of the packets between real programs are lost",
          ("loss=100", "seed=3"), ends=(Xrdp(), Xfreerdp("tls"))),
    lossy("loss-25", "25 % of the packets are lost", ("loss=250", "seed=2"),
          outcomes=("degraded", "failed"), stages=LADDER[1:]),
    lossy("loss-to-client", "15 % of the packets to the client are lost",
          ("to-client:loss=150", "seed=5"), "to-client"),
    lossy("loss-to-server", "15 % of the packets to the server are lost",
          ("to-server:loss=150", "seed=5"), "to-server"),
    *(Scenario(f"wire-fine-{name}", story, server, Xfreerdp(security), Truth(), seconds=20,
               path=(Forwarder(options),), frames=250, **more)
      for name, story, server, security, options, more in (
          ("reordered", "Every tenth packet comes 3 ms later than it should", Xrdp(), "tls",
           (DELAY, "reorder=100", "late=3"), {}),
          ("reordered-nla", "Every fifth packet comes 6 ms later than it should, with NLA",
           Shadow("nla"), "nla", (DELAY, "reorder=200", "late=6"), TWO_RESETS),
          ("slow-link", "A link of 256 kbit/s", Xrdp(), "tls",
           ("delay=20", "rate=256000", "queue=2000"), {}),
          ("satellite", "A round trip of 600 ms", Xrdp(), "tls", ("delay=300", "jitter=20"), {}),
          ("jitter", "Delays of 5 to 35 ms", Xrdp(), "tls", ("delay=5", "jitter=30"), TWO_RESETS),
          ("satellite-v6", "A round trip of 600 ms over IPv6", Xrdp(), "tls", ("delay=300",),
           {"family": 6}))),
    Scenario("wire-fine-copies", "Every tenth packet comes twice", Xrdp(), Xfreerdp("tls"), Truth(),
             path=(Forwarder((DELAY, "dup=100")),), seconds=6, frames=250, **TWO_RESETS),
    outage("both", "Nothing passes any more while the user types", TYPES, ("outage=2.05-99",),
           "both", {"client": ANY_WAY, "server": SILENT}),
    outage("both-drawing", "Nothing passes any more while the server draws", DRAWS,
           ("outage=2.05-99",), "both", {"client": SILENT, "server": ANY_WAY}),
    outage("to-client", "Nothing reaches the client any more", TYPES, ("to-client:outage=2.05-99",),
           "to-client", {"client": ANY_WAY,
                         "server": Sees(directions=("to-client", "both", None))}),
    outage("to-server", "Nothing reaches the server any more", TYPES, ("to-server:outage=2.05-99",),
           "to-server", {"client": ANY_WAY, "server": SILENT}),
    *(forged(when, alike) for when in RESET_AT for alike in (False, True)),
    Scenario("forged-like-the-server-at-x224",
             "A device resets the client alone at the X.224 request, as the server would",
             Xrdp(), Xfreerdp("tls"),
             Truth("middlebox-reset", "to-client", ("x224-request", "x224-confirm"), "failed",
                   reset_by="middlebox"),
             path=(Forwarder((DELAY,)), Forger("x224", to="client", alike=True, ip_id=0x1234)),
             sees={"client": Sees(causes=("middlebox-reset", "undetermined"),
                                  directions=("to-client", None),
                                  outcomes=("failed", "undetermined"), twins=True,
                                  why="the reset looks as the server's own would"),
                   "server": Sees(causes=("middlebox-reset", "undetermined", "path-outage",
                                          "client-closed", "server-closed"),
                                  directions=("to-client", "to-server", None), twins=True,
                                  outcomes=("failed", "undetermined"),
                                  confidences=("likely", "possible"), why=UNSEEN)},
             seconds=10),
    Scenario("forged-client-only", "A device resets the client alone at the ClientHello",
             Xrdp(), Xfreerdp("tls"),
             Truth("middlebox-reset", "to-client", ("tls-hello", "tls-server-flight"), "failed",
                   reset_by="middlebox"),
             path=(Forwarder((DELAY,)), Forger("client-hello", to="client", ip_id=0x1234)),
             sees={"server": Sees(causes=("middlebox-reset", "undetermined", "path-outage",
                                          "client-closed", "certificate-rejected"),
                                  directions=("to-client", "to-server", None), twins=True,
                                  stages=LADDER[3:7], outcomes=("failed", "undetermined"),
                                  confidences=("likely", "possible"), why=UNSEEN)},
             seconds=10),
    Scenario("forged-server-only", "A device resets the server alone at the ClientHello",
             Xrdp(), Xfreerdp("tls"),
             Truth("middlebox-reset", "to-server", ("tls-hello", "tls-server-flight", "tls-done"),
                   "failed", reset_by="middlebox"),
             path=(Forwarder((DELAY,)), Forger("client-hello", to="server", ip_id=0x1234)),
             sees={"client": Sees(causes=("middlebox-reset", "undetermined", "path-outage",
                                          "server-closed", "server-key-unusable"),
                                  directions=("to-client", "to-server", None), twins=True,
                                  stages=LADDER[4:7], outcomes=("failed", "undetermined"),
                                  confidences=("likely", "possible"), why=UNSEEN)},
             seconds=12),
]
