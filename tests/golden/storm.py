#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""storm.py RDPATH [COUNT [SEED]]: attempts drawn at random, each with the truth of its making.

A drawn attempt has ends, a path and a recording with their own faults: loss, lateness, frames
doubled, merged or missed, a path MTU that is signalled or a black hole in one direction. Whatever
the draw, a sure answer must be the true one, and a healthy attempt is never accused.
"""

import os
import random
import sys
import tempfile
from collections import namedtuple

import capture_file
import result
import sweep
import wire
from generate import frames_of
from script import Player

MTUS = (1280, 1300, 1380, 1400, 1440, 1480, 1492)
BATCH = 48

# hole: (direction, MTU) or None; mtus: of both directions; behind: recorded where what the hole
# swallows never comes; lossy: the path loses packets; whole: the recording does not; cut: it stops
# so many seconds after the last packet, 0: it goes on
Truth = namedtuple("Truth", "hole mtus behind lossy late whole cut")
ETHERNET = 1500
SILENT = 3  # seconds in which a server that is to answer says nothing


def drawn_ends(dice, v6):
    hosts = ("[2001:db8:1::10]", "[2001:db8:9::20]") if v6 else ("192.0.2.10", "203.0.113.20")
    stamps = " timestamps" if dice.random() < 0.5 else ""
    port = dice.randrange(49152, 65000)
    lines = [f"client {hosts[0]}:{port} ttl {dice.choice((64, 128))}{stamps}",
             f"server {hosts[1]}:3389 ttl {dice.choice((64, 128))}{stamps}"]
    return lines


def drawn_path(dice, v6):
    """Lines of the script, and what is true of it."""
    hops, delay = dice.randint(3, 5), round(10 ** dice.uniform(-3.3, -0.9), 4)
    lines = [f"hops {hops}", f"delay {delay}", f"seed {dice.randrange(10**6)}"]
    lossy = dice.random() < 0.4
    if lossy:
        lines.append(f"path both loss {dice.choice((1, 2, 3, 5, 10))}")
    late = dice.random() < 0.3
    if late:
        later = round(delay * dice.uniform(0.05, 1), 4)
        lines.append(f"path both late {dice.choice((2, 5, 15))} {later}")
    hole, mtus, at = None, {"to-client": ETHERNET, "to-server": ETHERNET}, 0
    if dice.random() < 0.5:
        mtu = dice.choice([m for m in MTUS if m >= 1300 or v6 or m == 1280])
        way = dice.choice(("to-client", "to-server"))
        silent = dice.random() < 0.75
        at = dice.randint(1, hops)
        lines.append(f"path {way} mtu {mtu} at {at} {'silent' if silent else 'signals'}")
        mtus[way] = mtu
        hole = (way, mtu) if silent else None
    return lines, at, Truth(hole, mtus, False, lossy, late, True, 0)


def is_behind(truth, vantage, at):
    """middle 2 is between routers 2 and 3."""
    if not truth.hole or not vantage.startswith("middle"):
        return bool(truth.hole) and vantage == truth.hole[0][3:]
    return at <= 2 if truth.hole[0] == "to-server" else at > 2


def drawn_recording(dice, truth):
    lines, what = [], dice.random()
    if what < 0.15:
        missed = sorted(dice.sample(range(1, 70), 5))
        lines.append("capture misses " + " ".join(str(number) for number in missed))
        truth = truth._replace(whole=False)
    elif what < 0.3:
        lines.append(f"capture doubles {dice.choice((0.000004, 0.0005))}")
    elif what < 0.4 and not truth.lossy:
        lines.append("capture merges")
    return lines, truth


def drawn_end(dice):
    """The recording stops, or the user has waited long enough."""
    if dice.random() < 0.5:
        return [f"+{dice.uniform(14, 40):.3f} end"]
    return ["+16.0 C > S keepalive", "+5.0 C > S keepalive",
            dice.choice(("+2.0 C > S fin", "+2.0 C > S rst")), "+0.5 end"]


def drawn_talk(dice, hole, end):
    version = dice.choice(("1.2", "1.3"))
    nla = dice.random() < 0.5
    protocol = "hybrid" if nla else "tls"
    lines = ["include open",
             f". C > S x224-request cookie alice protocols {'tls,hybrid' if nla else 'tls'}",
             f". C < S x224-confirm {protocol}"]
    flights = [". C > S tls client-hello", ". C < S tls server-flight",
               ". C > S tls client-finish", ". C < S tls server-finish"]
    if hole and hole[0] == "to-client":  # the chain takes four segments: never whole
        return version, lines + flights[:2] + end
    lines += flights + (["include nla"] if nla else []) + ["include session", "include pictures"]
    if hole:
        return version, lines + ["+0.1 C > S tls sealed 3000"] + end
    return version, lines + [dice.choice(("include goodbye", "+0.200 end", "+9.000 end"))]


def drawn(seed):
    """(script, truth)"""
    dice = random.Random(seed)
    v6 = dice.random() < 0.35
    path, at, truth = drawn_path(dice, v6)
    recording, truth = drawn_recording(dice, truth)
    cut = 0
    if dice.random() < 0.2:
        cut = round(10 ** dice.uniform(-3, 0.6), 3)
    end = [f"+{cut:.3f} end"] if cut else drawn_end(dice)
    version, talk = drawn_talk(dice, truth.hole, end)
    if cut and not truth.hole:
        talk = talk[:dice.randint(4, len(talk) - 1)] + end
    vantage = dice.choice(("client", "server", "middle 2"))
    truth = truth._replace(cut=cut, behind=is_behind(truth, vantage, at))
    head = [f"vantage {vantage}", f"format {dice.choice(('pcap', 'pcapng'))}",
            *drawn_ends(dice, v6), *path, f"tls version {version} certificate chain"]
    return "\n".join(head + recording + talk) + "\n", truth


def capture_of(script, folder, name):
    text = os.path.join(folder, f"{name}.txt")
    with open(text, "w", encoding="utf-8") as out:
        out.write(script)
    player = Player(text)
    frames, end_ns = frames_of(player)
    path = os.path.join(folder, f"{name}.{player.settings['format']}")
    link = wire.LINK_TYPES[player.settings["link"]]
    if player.settings["format"] == "pcap":
        capture_file.write_pcap(path, link, frames, 0)
    else:
        capture_file.write_pcapng(path, [link], frames, {"name": "eth0", "end_ns": end_ns}, 0)
    return path


# ---- judging ------------------------------------------------------------------------------------

def wrong_mtus(attempt, truth):
    """The bracket of a direction must hold its MTU."""
    problems = []
    for way, mtu in truth.mtus.items():
        bracket = result.member(attempt, f"path.{way.replace('-', '_')}.mtu")
        low, high = bracket["at_least"] or 0, bracket["below"] or 1 << 16
        if not low <= mtu < high:
            problems.append(f"MTU {mtu} {way} outside {low}..{high}")
    return problems


def allowed(truth):
    """{cause: the surest that may be said of it}"""
    names = {"none": "confirmed", "undetermined": "confirmed"}
    if truth.hole:
        names["pmtu-black-hole"] = "confirmed"
    if truth.late or truth.hole:
        names["packet-loss"] = "likely"
    if truth.cut >= SILENT:  # the script ends where it may be the server's turn
        names["server-silent"] = "likely"
    if truth.lossy and not truth.hole:
        names["packet-loss"] = "confirmed"
    return names


def judge(attempts, truth):
    if len(attempts) != 1:
        return [f"{len(attempts)} attempts"]
    attempt, sure = attempts[0], ["possible", "likely", "confirmed"]
    cause = attempt["cause"]
    most = allowed(truth).get(cause["id"])
    said = f"{cause['id']} ({cause['confidence']}, {cause['direction']})"
    problems = []
    if most is None or sure.index(cause["confidence"]) > sure.index(most):
        problems.append(f"said {said}")
    if cause["id"] == "pmtu-black-hole":
        if truth.hole and cause["direction"] != truth.hole[0]:
            problems.append(f"said {said}")
    problems += wrong_mtus(attempt, truth)
    unseen = truth.cut or truth.behind and (truth.lossy or not truth.whole)  # all of it may be gone
    if truth.hole and cause["id"] == "none" and not unseen:
        problems.append("said nothing is wrong")
    return problems


def check(program, seeds):
    problems, told = 0, {}
    for start in range(0, len(seeds), BATCH):
        with tempfile.TemporaryDirectory(prefix="rdpath-storm-") as folder:
            draws = [(seed, *drawn(seed)) for seed in seeds[start:start + BATCH]]
            paths = [capture_of(script, folder, str(seed)) for seed, script, _ in draws]
            _, attempts, problem = sweep.answers(program, paths)
            if problem:
                print(f"seeds {seeds[start]} and on: {problem}")
                return False
            for (seed, script, truth), path in zip(draws, paths):
                found = judge(attempts.get(path, []), truth)
                kind = "black hole" if truth.hole else "healthy"
                for attempt in attempts.get(path, []):
                    key = (kind, attempt["cause"]["id"], attempt["cause"]["confidence"])
                    told[key] = told.get(key, 0) + 1
                problems += len(found)
                for line in found:
                    print(f"seed {seed}: {line}\n    {truth}")
    for key, count in sorted(told.items()):
        print(f"{count:6} {key[0]:10} {key[1]} ({key[2]})")
    return problems == 0


def main(words):
    if not 1 <= len(words) <= 3:
        print(__doc__, file=sys.stderr)
        return 2
    count = int(words[1]) if len(words) > 1 else 48
    first = int(words[2]) if len(words) > 2 else 1
    return 0 if check(words[0], list(range(first, first + count))) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
