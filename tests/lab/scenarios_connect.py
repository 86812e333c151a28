# SPDX-License-Identifier: Apache-2.0
"""Attempts that end before a session: refused, rejected, filtered, silent, reset on the way."""

from ends import Nothing, Peer, Weston, Xfreerdp, Xrdp
from impair import (CLIENT_HELLO, TO_CLIENT, TO_SERVER, X224_REQUEST, Later, drop, reject, reset,
                    reset_ends, unplugged)
from scenario import Scenario, Sees, Truth

TLS = Xfreerdp("tls")
TO_CLIENT_OR_NOT, TO_SERVER_OR_NOT = ("to-client", None), ("to-server", None)
NOTHING = Sees(attempts=0, why="nothing; no packet of the attempt comes this far")
SYN, SYN_ACK = "tcp flags & (syn | ack) == syn", "tcp flags & (syn | ack) == syn | ack"


def failed(cause, stage, direction=None, reset_by=None):
    return Truth(cause, direction, (stage,), "failed", reset_by=reset_by)


def v4_v6(make, *words):
    return [make(family, *words) for family in (4, 6)]


# ---- the connection ------------------------------------------------------------------------------

def syn_dropped(family):
    return Scenario(
        f"syn-dropped-v{family}", "A firewall drops every SYN", Xrdp(), TLS,
        failed("connect-unanswered", "tcp-syn", "to-server"), family=family, seconds=9,
        path=(drop("r1 drops every SYN to the port", f"{TO_SERVER} {SYN}"),),
        sees={"client": Sees(directions=TO_SERVER_OR_NOT,
                             why="no answer; which of the two was lost cannot be known"),
              "server": NOTHING})


def syn_ack_dropped(family):
    return Scenario(
        f"syn-ack-dropped-v{family}", "A firewall drops every SYN-ACK", Xrdp(), TLS,
        failed("connect-unanswered", "tcp-syn", "to-client"), family=family, seconds=9,
        path=(drop("r1 drops every SYN-ACK of the server", f"{TO_CLIENT} {SYN_ACK}"),),
        sees={"client": Sees(directions=TO_CLIENT_OR_NOT,
                             why="no answer; which of the two was lost cannot be known"),
              "server": Sees(twins=True, why="a SYN-ACK sent again is the same in every byte")})


def refused(family):
    return Scenario(
        f"refused-v{family}", "Nothing listens on the port; the server's host refuses",
        Nothing(), TLS, failed("connect-refused", "tcp-syn", reset_by="server"), family=family,
        seconds=6)


def prohibited(family):
    return Scenario(
        f"prohibited-v{family}", "A router answers the SYN: administratively prohibited",
        Xrdp(), TLS, failed("firewall-reject", "tcp-syn", "to-server"), family=family, seconds=8,
        path=(reject("r1 rejects SYNs to the port by ICMP admin-prohibited", f"{TO_SERVER} {SYN}",
                     "admin-prohibited"),),
        sees={"client": Sees(directions=TO_SERVER_OR_NOT), "server": NOTHING})


def unreachable(family):
    return Scenario(
        f"unreachable-v{family}", "The server is off, and its router says so",
        Xrdp(), TLS, failed("host-unreachable", "tcp-syn", "to-server"), family=family, seconds=12,
        path=(Later(0, unplugged("server")),),
        sees={"client": Sees(directions=TO_SERVER_OR_NOT), "server": NOTHING})


CONNECTING = (v4_v6(syn_dropped) + v4_v6(syn_ack_dropped) + v4_v6(refused) + v4_v6(prohibited) +
              v4_v6(unreachable))

# ---- filtered, silent ----------------------------------------------------------------------------

SERVER_WAITS = Sees(causes=("payload-filtered", "path-outage", "undetermined"),
                    stages=("tcp-open",), directions=TO_SERVER_OR_NOT,
                    confidences=("likely", "possible"), outcomes=("failed", "undetermined"),
                    why="after the TCP handshake nothing new arrives")


def x224_filtered(family):
    return Scenario(
        f"x224-filtered-v{family}", "A firewall drops the X.224 request, whatever its size",
        Xrdp(), TLS, failed("payload-filtered", "x224-request", "to-server"), family=family,
        seconds=14, path=(drop("r1 drops X.224 requests", f"{TO_SERVER} {X224_REQUEST}"),),
        sees={"server": SERVER_WAITS})


def hello_filtered(family):
    return Scenario(
        f"hello-filtered-v{family}", "A firewall drops the ClientHello, which is small",
        Xrdp(), TLS, failed("payload-filtered", "tls-hello", "to-server"), family=family,
        seconds=14, path=(drop("r1 drops ClientHellos", f"{TO_SERVER} {CLIENT_HELLO}"),),
        sees={"server": Sees(causes=("payload-filtered", "path-outage", "undetermined"),
                             stages=("x224-confirm",), directions=TO_SERVER_OR_NOT,
                             confidences=("likely", "possible"),
                             outcomes=("failed", "undetermined"),
                             why="after the X.224 confirm nothing new arrives")})


def silent(role, stage, story):
    return Scenario(f"server-{role}", story, Peer(role), TLS, failed("server-silent", stage),
                    seconds=14)


FILTERED = v4_v6(x224_filtered) + v4_v6(hello_filtered) + [
    silent("silent", "x224-request", "The server takes the connection and never says a word"),
    silent("stuck", "tls-hello", "The server selects TLS and never answers the ClientHello"),
]

# ---- reset on the way ----------------------------------------------------------------------------

RESET_UNSEEN = ("the reset went to the client alone; here the connection just goes quiet, or "
                "what the server sends later is reset by the client's host, which knows it no more")
AT_SERVER = ("middlebox-reset", "undetermined", "path-outage", "payload-filtered")


TO_THE_CLIENT = Sees(directions=TO_CLIENT_OR_NOT)


def reset_at(what, stage, match, reached, family):
    return Scenario(
        f"reset-at-{what.replace(' ', '-').replace('.', '').lower()}-v{family}",
        f"A firewall resets the connection at the {what}",
        Xrdp(), TLS, failed("middlebox-reset", stage, "to-client", reset_by="middlebox"),
        family=family, seconds=8,
        path=(reset(f"r1 answers the {what} with a reset to the client", f"{TO_SERVER} {match}"),),
        sees={"client": TO_THE_CLIENT,
              "server": Sees(causes=AT_SERVER, stages=(reached,), directions=TO_SERVER_OR_NOT,
                             outcomes=("failed", "undetermined"),
                             confidences=("likely", "possible"), why=RESET_UNSEEN)})


def reset_at_syn(family):
    return Scenario(
        f"reset-at-syn-v{family}", "A firewall resets the connection at the SYN", Xrdp(), TLS,
        failed("middlebox-reset", "tcp-syn", "to-client", reset_by="middlebox"), family=family,
        seconds=6, path=(reset("r1 answers every SYN with a reset", f"{TO_SERVER} {SYN}"),),
        sees={"client": Sees(causes=("middlebox-reset", "connect-refused", "undetermined"),
                             directions=TO_CLIENT_OR_NOT,
                             why="the host itself was never heard, so its TTL is not known"),
              "server": NOTHING})


NEAR = "the reset's TTL differs by one from the client's own, which a change of route does too"


def reset_both(name, story, server, fixture, stages, more=(), **members):
    """more: what the server's side may be taken for, since the resets come from nearby."""
    causes, outcomes = ("middlebox-reset", "undetermined"), ("failed", "undetermined")
    near = Sees(causes=(*causes, *more), directions=TO_SERVER_OR_NOT, twins=True, why=NEAR,
                outcomes=outcomes + (("connected",) if more else ()))
    truth = Truth("middlebox-reset", "both", stages, "failed", reset_by="middlebox")
    return Scenario(name, story, server, TLS, truth, path=(fixture,),
                    sees={"client": TO_THE_CLIENT, "server": near}, **members)


CARRIED = "r1 resets both ends once the connection has carried {} bytes"
RESETS = v4_v6(reset_at_syn) + [
    reset_at(*words, family) for family in (4, 6) for words in (
        ("X.224 request", "x224-request", X224_REQUEST, "tcp-open"),
        ("ClientHello", "tls-hello", CLIENT_HELLO, "x224-confirm"))
] + [
    reset_both("reset-after-tls-v4", "A firewall resets both ends behind the TLS handshake",
               Xrdp(), reset_ends(CARRIED.format(4000), "ct bytes > 4000"),
               ("tls-done", "mcs", "licensing"), seconds=8),
    reset_both("reset-at-first-pictures-v6", "A firewall resets both ends at the first pictures",
               Weston(), reset_ends(CARRIED.format(20000), "ct bytes > 20000"),
               ("active",), ("none",), family=6, seconds=8),
    reset_both("reset-mid-session-v4", "A firewall forgets a session and resets both ends",
               Weston(), Later(2.5, reset_ends("r1 resets whatever it sees of the session", "")),
               ("active",), ("none",), seconds=14),
]

SCENARIOS = CONNECTING + FILTERED + RESETS
