#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""forwarder.py FAR_NAMESPACE [OPTION...]

A wire between router r1 (where it runs) and r2 (FAR_NAMESPACE) that does to packets what the kernel
here cannot: a TUN device in each, and what passes between them is counted, delayed, lost, doubled.
At its end it prints exact counts of both directions. An option holds for both, or for one behind
"to-server:" or "to-client:".

    delay=20        ms, one way             jitter=5       at most so many ms more, in order
    loss=100        of 1000 packets         dup=20         of 1000 come twice
    reorder=30      of 1000 come later      late=8         by so many ms (5)
    rate=500000     bits a second           queue=100      at most so many ms of packets wait there
    drop=3,7        these, counted from 1   outage=3.0-9.5 s after the first packet
    largest=1300    larger ones vanish      mtu=1300       both routers say "too big" by ICMP
    seed=1          of the dice

TCP and UDP alone are counted; anything else just passes.
"""

import fcntl
import heapq
import itertools
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
PACKET_MAX = 65535
COUNTED = (6, 17)  # TCP, UDP
DIRECTIONS = ("to-server", "to-client")
NEAR = """
link set wire mtu {mtu} up
addr add 10.77.4.1/30 dev wire
route replace 10.77.3.0/24 dev wire src 10.77.1.1
-6 route replace fd77:3::/64 dev wire
"""
FAR = """
link set wire mtu {mtu} up
addr add 10.77.4.2/30 dev wire
route replace 10.77.1.0/24 dev wire src 10.77.3.1
-6 route replace fd77:1::/64 dev wire
"""


def numbers(text):
    return [float(part) for part in text.replace("-", ",").split(",")]


class Way:
    """What happens to the packets of one direction."""

    def __init__(self, name, options):
        self.name = name
        self.options = {key: numbers(value) for key, value in options.items()}
        self.dice = random.Random(f"{name} {options.get('seed', '1')}")
        self.counts = dict.fromkeys(("seen", "lost", "doubled", "late"), 0)
        self.began = None
        self.free_at = self.last_at = 0.0

    def value(self, name, otherwise=0.0):
        return self.options.get(name, [otherwise])[0]

    def happens(self, name):
        return self.value(name) > 0 and self.dice.randrange(1000) < self.value(name)

    def is_lost(self, length, now):
        since = now - self.began
        gone = self.options.get("outage", [1e9, 1e9])
        waits = self.free_at - now
        return (self.counts["seen"] in self.options.get("drop", []) or
                gone[0] <= since < gone[1] or length > self.value("largest", 1e9) or
                waits > self.value("queue", 1e9) / 1000 or self.happens("loss"))

    def moment(self, length, now):
        """When it comes out: behind what is being sent, and never before the one ahead."""
        if self.value("rate"):
            self.free_at = max(self.free_at, now) + length * 8 / self.value("rate")
        at = max(now, self.free_at) + self.value("delay") / 1000
        at += self.dice.random() * self.value("jitter") / 1000
        if self.happens("reorder"):
            self.counts["late"] += 1
            return at + self.value("late", 5.0) / 1000
        self.last_at = max(at, self.last_at)
        return self.last_at

    def fate(self, packet, now):
        """The moments at which copies of it come out."""
        protocol = packet[9] if packet[0] >> 4 == 4 else packet[6]
        if protocol not in COUNTED:
            return [now]
        self.began = self.began or now
        self.counts["seen"] += 1
        if self.is_lost(len(packet), now):
            self.counts["lost"] += 1
            return []
        moments = [self.moment(len(packet), now)]
        if self.happens("dup"):
            self.counts["doubled"] += 1
            moments.append(moments[0] + 0.0002)
        return moments


def tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def configure(text, mtu, namespace=()):
    for line in text.format(mtu=mtu).strip().splitlines():
        subprocess.run(["ip", *namespace, *line.split()], check=True)


def devices(far, mtu):
    """The TUN of each side by the direction of what it takes in."""
    ends = {"to-client": tun("wirefar"), "to-server": tun("wire")}
    subprocess.run(["ip", "link", "set", "wirefar", "netns", far], check=True)
    subprocess.run(["ip", "-n", far, "link", "set", "wirefar", "name", "wire"], check=True)
    configure(FAR, mtu, ("-n", far))
    configure(NEAR, mtu)
    return ends


def options_of(words):
    options = {name: {} for name in DIRECTIONS}
    for word in words:
        direction, _, rest = word.rpartition(":")
        key, _, value = rest.partition("=")
        for name in [direction] if direction else DIRECTIONS:
            options[name][key] = value
    return options


def carry(ends, ways, running):
    waiting, serial = [], itertools.count()
    outward = {"to-server": ends["to-client"], "to-client": ends["to-server"]}
    while running:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else 0.2
        ready = select.select(list(ends.values()), [], [], timeout)[0]
        for name, device in ends.items():
            if device in ready:
                packet = os.read(device, PACKET_MAX)
                for at in ways[name].fate(packet, time.monotonic()):
                    heapq.heappush(waiting, (at, next(serial), outward[name], packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, device, packet = heapq.heappop(waiting)
            os.write(device, packet)


def main(words):
    if not words:
        print(__doc__, file=sys.stderr)
        return 2
    options = options_of(words[1:])
    ways = {name: Way(name, options[name]) for name in DIRECTIONS}
    running = [True]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: running.clear())
    ends = devices(words[0], int(ways["to-server"].value("mtu", 1500)))
    print("ready", flush=True)
    carry(ends, ways, running)
    for way in ways.values():
        print(way.name, " ".join(f"{key}={count}" for key, count in way.counts.items()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
