# SPDX-License-Identifier: Apache-2.0
"""The path between client and server, and what is seen of it from one vantage point.

The client stands at position 0, routers at 1 to hops, the server at hops + 1. A tap at 2.5 is on
the wire between the second and the third router. What the tap sees follows from where a packet
comes from, where it is dropped, and how long each hop takes: a script states the truth once, and
each vantage point gets its own view of it.
"""

import heapq
import random
import struct
from dataclasses import dataclass, field, replace

import wire

JITTER = 0.00004
SIDES = {"C": "to-server", "S": "to-client"}  # the direction of what a side sends
UNREACHABLE = {  # (ICMPv4 type, code), (ICMPv6 type, code)
    "host-unreachable": ((3, 1), (1, 3)),
    "port-unreachable": ((3, 3), (1, 4)),
    "too-big": ((3, 4), (2, 0)),
    "admin-prohibited": ((3, 13), (1, 1)),
}


@dataclass
class Packet:
    side: str  # who sends it, or in whose name it is sent
    src: str
    dst: str
    protocol: int
    ttl: int
    ip_id: int = 0
    df: bool = True
    sport: int = 0
    dport: int = 0
    seq: int = 0
    ack: int = 0
    flags: int = 0
    window: int = 0
    options: list = field(default_factory=list)
    payload: bytes = b""
    type: int = 0
    code: int = 0
    rest: bytes = bytes(4)
    lost_at: float = 0  # the router that drops it, where the script says so

    def ip_len(self):
        return len(wire.packet_bytes(self))


@dataclass
class PathRule:
    """What one direction does to packets."""
    mtu: int = 0
    mtu_from: float = 0.0      # before, any size passes
    hop: int = 2
    signals: bool = False
    loss_percent: int = 0
    late_percent: int = 0
    late_by: float = 0.0
    closed_from: float = -1.0  # from this time on nothing passes


class Network:
    def __init__(self, settings):
        self.hops = settings["hops"]
        self.delay = settings["delay"]
        self.rules = settings["rules"]
        self.dice = random.Random(settings["seed"])
        self.now = 0.0
        self.queue = []
        self.count = 0
        self.ends = {}
        self.newest = {}  # the latest arrival on each side
        self.tap = {"client": 0.0, "server": self.hops + 1.0}.get(
            settings["vantage"], settings.get("middle", 1) + 0.5)
        self.seen = []  # (time, position of the origin, Packet)

    # ---- time ---------------------------------------------------------------------------------

    def at(self, time, action):
        self.count += 1
        heapq.heappush(self.queue, (time, self.count, action))

    def run_until(self, time):
        while self.queue and self.queue[0][0] <= time:
            self.now, _, action = heapq.heappop(self.queue)
            action()
        self.now = max(self.now, time)

    def step(self):
        if not self.queue:
            return False
        self.now, _, action = heapq.heappop(self.queue)
        action()
        return True

    # ---- packets ------------------------------------------------------------------------------

    def drop_position(self, packet):
        """The router that drops this packet, or 0."""
        if packet.lost_at:
            return packet.lost_at
        rule = self.rules[SIDES[packet.side]]
        if 0 <= rule.closed_from <= self.now:
            return rule.hop
        if rule.mtu and self.now >= rule.mtu_from and packet.ip_len() > rule.mtu:
            return rule.hop
        if rule.loss_percent and self.dice.random() * 100 < rule.loss_percent:
            return rule.hop
        return 0

    def send(self, packet, origin=None):
        """Sends from where the side stands, or from a router; returns when it arrives, or None."""
        goal = self.hops + 1 if packet.side == "C" else 0
        if origin is None:
            origin = self.hops + 1 - goal
        dropped = self.drop_position(packet) if packet.protocol == wire.TCP else packet.lost_at
        if dropped:
            self._tap(packet, origin, dropped, None)
            rule = self.rules[SIDES[packet.side]]
            if rule.signals and rule.mtu and packet.ip_len() > rule.mtu:
                self.at(self.now + self._transit(origin, dropped),
                        lambda: self.icmp("too-big", dropped, packet, rule.mtu))
            return None
        arrival = self._arrival(packet, origin, goal)
        self._tap(packet, origin, goal, arrival)
        self.at(arrival, lambda: self.ends[packet.dst, packet.dport, packet.sport].arrived(packet))
        return arrival

    def tell(self, packet, origin):
        """A packet from beside the path to the end near it, which does not answer."""
        self._tap(packet, origin, 0 if packet.side == "S" else self.hops + 1, None)

    def _transit(self, origin, goal):
        return self.delay * abs(goal - origin) / (self.hops + 1)

    def _arrival(self, packet, origin, goal):
        arrival = self.now + self._transit(origin, goal) + self.dice.random() * JITTER
        rule = self.rules[SIDES[packet.side]]
        if rule.late_percent and packet.payload and self.dice.random() * 100 < rule.late_percent:
            return arrival + rule.late_by
        # one queue: without "late" nobody overtakes
        arrival = max(arrival, self.newest.get(packet.side, 0.0) + 0.000001)
        self.newest[packet.side] = arrival
        return arrival

    def _tap(self, packet, origin, goal, arrival):
        """Records the packet where the tap is, if it gets there."""
        low, high = sorted((origin, goal))
        if not low <= self.tap <= high:
            return
        first, last = sorted((origin, self.tap))
        passed = sum(1 for hop in range(1, self.hops + 1) if first <= hop <= last and hop != origin)
        time = self.now + self._transit(origin, self.tap)
        if self.tap == goal and arrival is not None:
            time = arrival
        self.seen.append((time, origin == self.tap, replace(packet, ttl=packet.ttl - passed)))

    # ---- errors from routers --------------------------------------------------------------------

    def router(self, hop, version):
        return f"10.255.0.{hop}" if version == 4 else f"2001:db8:ff::{hop:x}"

    def icmp(self, kind, hop, quoted, mtu=0):
        """Router hop answers the quoted packet with an error."""
        version = wire.version(quoted.src)
        passed = hop if quoted.side == "C" else self.hops + 1 - hop
        quote = wire.packet_bytes(replace(quoted, ttl=quoted.ttl - passed + 1))
        kinds = UNREACHABLE[kind]
        number, code = kinds[0] if version == 4 else kinds[1]
        rest = struct.pack("!HH", 0, mtu) if version == 4 else struct.pack("!I", mtu)
        # RFC 1812 4.3.2.3: at most 576 bytes in all; RFC 4443 3.2: at most 1280
        payload = quote[:548] if version == 4 else quote[:1232]
        host = hop in (0, self.hops + 1)  # the host itself, no router
        error = Packet(side="S" if quoted.side == "C" else "C",
                       src=quoted.dst if host else self.router(hop, version),
                       dst=quoted.src, protocol=wire.ICMP4 if version == 4 else wire.ICMP6, ttl=64,
                       ip_id=0x3300 + self.count % 199, df=False, type=number, code=code, rest=rest,
                       payload=payload, dport=quoted.sport)
        goal = 0 if quoted.side == "C" else self.hops + 1
        self._tap(error, hop, goal, None)
        end = self.ends.get((quoted.src, quoted.sport, quoted.dport))  # or nobody knows it
        if kind == "too-big" and end:
            self.at(self.now + self._transit(hop, goal), lambda: end.told_too_big(mtu))
