# SPDX-License-Identifier: Apache-2.0
"""Paths that carry less than 1500 bytes: black holes, and what heals or hides them."""

from ends import Caller, Shadow, Weston, Xfreerdp, Xrdp
from impair import (clamp, clears_df, deaf, drop_fragments, icmp_lost, mtu, no_df,
                    too_big_vanishes)
from scenario import Scenario, Sees, Truth

SIZES = (1280, 1300, 1400, 1440, 1492)
FAMILIES = (4, 6)

SENDER = Sees(confidences=("confirmed",))
RECEIVER = Sees(confidences=("likely", "possible"),
                why="a hole in what arrives; the packet that was too large never did")
LONG_NAME = "a-user-whose-name-is-as-long-as-the-ticket-of-a-large-company-" * 10
NO_COOKIE = ("/load-balance-info:Cookie: msts=33772298.15629.0000",)  # the name does not fit in


def vanish(direction, size, how):
    """how "lost": a router says it, and the message is lost; "silent": nobody says it."""
    if how == "silent":
        return (too_big_vanishes(direction, size),)
    return (mtu(direction, size), icmp_lost())


def hole(direction, size, stage, outcome="failed"):
    smaller = {"to-server": {"mtu_to_server": size}, "to-client": {"mtu_to_client": size}}
    return Truth("pmtu-black-hole", direction, (stage,), outcome, **smaller[direction])


def suffix(size, family):
    return f"{size}-v{family}"


def at_server_flight(size, family, how):
    return Scenario(
        f"hole-server-flight-{suffix(size, family)}",
        f"The server's certificates vanish: packets to the client above {size} bytes do",
        Xrdp(certificate="chain", protocols="TLSv1.2"), Xfreerdp("tls"),
        hole("to-client", size, "tls-hello"),
        path=vanish("to-client", size, how), family=family, seconds=14,
        sees={"server": SENDER, "client": RECEIVER})


def at_client_hello(size, family, how):
    return Scenario(
        f"hole-client-hello-{suffix(size, family)}",
        f"A long ClientHello vanishes: packets to the server above {size} bytes do",
        Xrdp(), Caller(("--hello", "2000", "--impatient", "9")),
        hole("to-server", size, "tls-hello"),
        path=vanish("to-server", size, how), family=family, seconds=14,
        sees={"client": SENDER,
              "server": Sees(stages=("x224-confirm",), confidences=RECEIVER.confidences,
                             why="the ClientHello never arrives whole")})


def at_nla_token(size, family, how):
    return Scenario(
        f"hole-nla-token-{suffix(size, family)}",
        f"The client's token of NLA vanishes: packets to the server above {size} bytes do",
        Shadow("nla"), Xfreerdp("nla", NO_COOKIE, user=LONG_NAME),
        hole("to-server", size, "credssp"),
        path=vanish("to-server", size, how), family=family, seconds=14,
        sees={"client": Sees(confidences=("confirmed", "likely"), stages=("tls-done", "credssp"),
                             why="the client's FIN waits behind what is lost, so the recording "
                                 "ends before the connection does"),
              "server": Sees(confidences=RECEIVER.confidences, stages=("tls-done", "credssp"),
                             why=RECEIVER.why)})


def at_first_pictures(size, family, how):
    return Scenario(
        f"hole-first-pictures-{suffix(size, family)}",
        f"The screen stays black: packets to the client above {size} bytes vanish",
        Weston(certificate="ec"), Xfreerdp("tls"),
        hole("to-client", size, "active"),
        path=vanish("to-client", size, how), family=family, seconds=12,
        sees={"server": SENDER, "client": RECEIVER})


BLACK_HOLES = [make(size, family, ("lost", "silent")[(index + family // 2) % 2])
               for make in (at_server_flight, at_client_hello)
               for family in FAMILIES for index, size in enumerate(SIZES)]
BLACK_HOLES += [make(size, family, ("silent", "lost")[(index // 2 + family // 2) % 2])
                for make in (at_nla_token, at_first_pictures)
                for family in FAMILIES for index, size in enumerate(SIZES)]


def fine(to_server=1500, to_client=1500):
    return Truth(mtu_to_server=to_server, mtu_to_client=to_client)


def both_ways(size):
    return (mtu("to-client", size), mtu("to-server", size))


TO_SENDER = Sees(observed=("pmtu-discovered",))
CHAIN = Xrdp(certificate="chain")
TLS = Xfreerdp("tls")

WORKING = [
    Scenario("pmtud-1400", "The server learns the path MTU and sends smaller packets",
             CHAIN, TLS, fine(to_client=1400), path=(mtu("to-client", 1400),), seconds=4,
             sees={"server": TO_SENDER}),
    Scenario("pmtud-1280-v6", "The server learns the path MTU by packet-too-big",
             CHAIN, TLS, fine(to_client=1280), path=(mtu("to-client", 1280),), family=6,
             seconds=4, sees={"server": TO_SENDER}),
    Scenario("pmtud-576-to-server", "The client learns the path MTU and sends smaller packets",
             Xrdp(), TLS, fine(to_server=576), path=(mtu("to-server", 576),), seconds=4,
             sees={"client": TO_SENDER}),
    Scenario("clamp-1300", "A black hole at 1400 that an MSS of 1300 avoids",
             CHAIN, TLS, fine(1400, 1400), seconds=4,
             path=(*both_ways(1400), icmp_lost(), clamp(1300))),
    Scenario("clamp-1200-v6", "A black hole at 1280 that an MSS of 1200 avoids",
             CHAIN, TLS, fine(1280, 1280), seconds=4, family=6,
             path=(*both_ways(1280), icmp_lost(), clamp(1200))),
    Scenario("clamp-1380-too-high", "A black hole at 1400, and an MSS of 1380 that is too large",
             CHAIN, TLS, hole("to-client", 1400, "tls-hello"), seconds=14,
             path=(mtu("to-client", 1400), icmp_lost(), clamp(1380)),
             sees={"server": SENDER, "client": RECEIVER}),
    Scenario("clamp-1380-too-high-v6", "A black hole at 1400, and an MSS of 1380 over IPv6",
             CHAIN, TLS, hole("to-client", 1400, "tls-hello"), seconds=14, family=6,
             path=(mtu("to-client", 1400), icmp_lost(), clamp(1380)),
             sees={"server": SENDER, "client": RECEIVER}),
]

UNHEARD = "the ICMP errors reach the server and never come here"
IGNORED = [
    Scenario(f"icmp-ignored-{suffix(1400, family)}",
             "The router's ICMP errors reach the server, whose own firewall drops them",
             CHAIN, TLS, Truth("pmtu-signal-ignored", "to-client", ("tls-hello",), "failed",
                               mtu_to_client=1400),
             path=(mtu("to-client", 1400), deaf("server")), seconds=14, family=family,
             sees={"client": Sees(causes=("pmtu-black-hole",), why=UNHEARD)})
    for family in FAMILIES
] + [
    Scenario("icmp-ignored-by-client-1300",
             "The router's ICMP errors reach the client, whose own firewall drops them",
             Xrdp(), Caller(("--hello", "2000", "--impatient", "9")),
             Truth("pmtu-signal-ignored", "to-server", ("tls-hello",), "failed",
                   mtu_to_server=1300),
             path=(mtu("to-server", 1300), deaf("client")), seconds=14,
             sees={"server": Sees(causes=("pmtu-black-hole",), stages=("x224-confirm",),
                                  why=UNHEARD.replace("server", "client"))}),
]

FRAGMENTED = Sees(observed=("ip-fragmented",))
DECEIVED = Sees(mtu=False, why="the packets leave with DF set; that a router clears it and cuts "
                               "them is not seen here")


def fragments(name, story, cause, *path, **more):
    truth = Truth(cause, None if cause == "none" else "to-client",
                  ("active",) if cause == "none" else ("tls-hello",),
                  "connected" if cause == "none" else "failed", mtu_to_client=1400)
    return Scenario(name, story, CHAIN, TLS, truth, path=(mtu("to-client", 1400), *path),
                    seconds=4 if cause == "none" else 14, **more)


HOLE_OR_FRAGMENTS = ("pmtu-black-hole", "fragments-dropped")
UNCUT = "the packets leave whole; that they are cut on the way is not seen here"
FRAGMENTS = [
    fragments("fragments-delivered", "The server sends without DF; a router cuts, all arrives",
              "none", no_df("server"), sees={"client": FRAGMENTED}),
    fragments("fragments-dropped", "A router cuts the server's packets, the next drops the pieces",
              "fragments-dropped", no_df("server"), drop_fragments("m0"),
              sees={"client": Sees(causes=HOLE_OR_FRAGMENTS,
                                   why="no piece arrives: it looks like a black hole"),
                    "server": Sees(why=UNCUT + ", but DF is not set")}),
    fragments("fragments-later-dropped",
              "A router cuts the server's packets; first pieces pass, the others are dropped",
              "fragments-dropped", no_df("server"), drop_fragments("m0", later_only=True),
              sees={"client": Sees(observed=("ip-fragmented",)),
                    "server": Sees(why=UNCUT + ", but DF is not set")}),
    fragments("df-cleared", "A router clears DF, cuts the server's packets, and all arrives",
              "none", clears_df(),
              sees={"server": DECEIVED, "client": FRAGMENTED}),
    fragments("df-cleared-fragments-dropped",
              "A router clears DF and cuts the server's packets; the next drops the pieces",
              "fragments-dropped", clears_df(), drop_fragments("m0"),
              sees={"client": Sees(causes=HOLE_OR_FRAGMENTS,
                                   why="no piece arrives: it looks like a black hole"),
                    "server": Sees(causes=HOLE_OR_FRAGMENTS, why=DECEIVED.why)}),
    Scenario("fragments-to-server-dropped",
             "A router cuts the client's long ClientHello, the next drops the pieces",
             Xrdp(), Caller(("--hello", "2000", "--impatient", "9")),
             Truth("fragments-dropped", "to-server", ("tls-hello",), "failed", mtu_to_server=1400),
             path=(mtu("to-server", 1400), no_df("client"), drop_fragments("m0", node="r2")),
             seconds=14,
             sees={"client": Sees(why=UNCUT + ", but DF is not set"),
                   "server": Sees(causes=HOLE_OR_FRAGMENTS, stages=("x224-confirm",),
                                  why="no piece arrives: it looks like a black hole")}),
]

# ---- where cards merge and split segments --------------------------------------------------------

def merged_hole(name, story, server, stage, family, at_client):
    return Scenario(f"offload-hole-{name}-v{family}", story, server, TLS,
                    hole("to-client", 1400, stage), path=vanish("to-client", 1400, "lost"),
                    family=family, offload=True, seconds=14,
                    sees={"server": Sees(confidences=("confirmed", "likely")),
                          "client": at_client})


WITH_SMALL = Sees(causes=("pmtu-black-hole", "undetermined"), directions=("to-client", None),
                  outcomes=("failed", "undetermined"), confidences=("likely", "possible"),
                  why="a router drops what a card merged as a whole, the small packet at its end "
                      "too, so the hole does not prove that size was the reason")
MERGED = [scenario for family in FAMILIES for scenario in (
    merged_hole("server-flight", "Certificates vanish; cards merge and split segments", CHAIN,
                "tls-hello", family, RECEIVER),
    merged_hole("first-pictures", "The screen stays black; cards merge and split segments",
                Weston(certificate="ec"), "active", family, WITH_SMALL))]
MERGED += [
    Scenario(f"offload-hole-client-hello-v{family}",
             "A long ClientHello vanishes; cards merge and split segments",
             Xrdp(), Caller(("--hello", "2000", "--impatient", "9")),
             hole("to-server", 1400, "tls-hello"), path=vanish("to-server", 1400, "lost"),
             family=family, offload=True, seconds=14,
             sees={"client": Sees(confidences=("confirmed", "likely")),
                   "server": Sees(causes=WITH_SMALL.causes, directions=("to-server", None),
                                  outcomes=WITH_SMALL.outcomes, stages=("x224-confirm",),
                                  confidences=WITH_SMALL.confidences, why=WITH_SMALL.why)})
    for family in FAMILIES
] + [
    Scenario("offload-pmtud-1400", "The path MTU is learned; cards merge and split segments",
             CHAIN, TLS, fine(to_client=1400), path=(mtu("to-client", 1400),), offload=True,
             seconds=5),
]

SCENARIOS = BLACK_HOLES + WORKING + MERGED + IGNORED + FRAGMENTS
