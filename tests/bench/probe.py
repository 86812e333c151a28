#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""probe.py RDPATH: measures paths whose MTU is known, beside tracepath and scamper trace -M.

As root, in network namespaces of its own: three hops, ICMP delivered or filtered. A bar is met
where the value of each direction is the true one, in the time given.
"""

import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "probe"))

from range import SERVER, Range, why_not  # noqa: E402

PATHS = ((1400, 1300), (1280, 1500), (1492, 1420), (1500, 1500))
BAR_SECONDS = {False: 0.5, True: 3.0}
PATIENCE_SECONDS = 100  # of the other programs: where ICMP is filtered, for the first path alone


def timed(argv):
    begin = time.monotonic()
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False,
                              timeout=PATIENCE_SECONDS)
        said = done.stdout
    except subprocess.TimeoutExpired as error:
        said = (error.stdout or b"").decode()
    return said, time.monotonic() - begin


def last(pattern, said):
    found = re.findall(pattern, said)
    return found[-1] if found else "nothing"


def by_tracepath(ground, version):
    said, seconds = timed(ground.net.inside("client", [
        "tracepath", f"-{version}", "-n", "-p", "3389", SERVER[version]]))
    return last(r"(?:pmtu|Resume: pmtu) (\d+)", said), seconds


def by_scamper(ground, version):
    said, seconds = timed(ground.net.inside("client", [
        "scamper", "-c", "trace -M -P udp-paris", "-i", SERVER[version]]))
    return last(r"\[mtu: (\d+)\]|pmtu (\d+)", said), seconds


def compare(ground, others, filtered, version):
    met = True
    for there, back in PATHS:
        ground.set_path(there, back, filtered)
        begin = time.monotonic()
        _, heard, _ = ground.probe(version=version)
        seconds = time.monotonic() - begin
        ways = [heard["path"][way] for way in ("to_server", "to_client")]
        right = all(way["exact"] and way["mtu"]["at_least"] == truth
                    for way, truth in zip(ways, (there, back)))
        good = right and seconds <= BAR_SECONDS[filtered]
        met = met and good
        print(f"  v{version} {'filtered ' if filtered else 'delivered'} {there}/{back}   rdpath "
              f"{ways[0]['mtu']['at_least']}/{ways[1]['mtu']['at_least']} {seconds:.2f} s "
              f"{'ok' if good else 'MISSED'}", end="", flush=True)
        for name, measure in others if not filtered or (there, back) == PATHS[0] else ():
            ground.forget()
            value, took = measure(ground, version)
            value = next((v for v in value if v), "nothing") if isinstance(value, tuple) else value
            print(f"   {name} {value}/- {took:.1f} s", end="", flush=True)
        print()
    return met


def main():
    if reason := why_not():
        print(f"skipped: {reason}")
        return 0
    others = [(name, measure) for name, measure in (("tracepath", by_tracepath),
                                                    ("scamper", by_scamper))
              if shutil.which(name)]
    print("path MTU to the server / to the client: the truth, and what each finds; bars: exact, "
          f"{BAR_SECONDS[False]} s with ICMP, {BAR_SECONDS[True]:g} s without")
    with Range(sys.argv[1]) as ground:
        ground.serve()
        met = [compare(ground, others if version == 4 else [], filtered, version)
               for filtered in (False, True) for version in (4, 6)]
    return 0 if all(met) else 1


sys.exit(main())
