# SPDX-License-Identifier: Apache-2.0
"""What stands around a packet where it is recorded: tunnels, and the layers of a host."""

import random
import struct
from dataclasses import replace
from types import SimpleNamespace

import wire

CARD_MTU = 1500
UDP_PORTS = {"vxlan": 4789, "wireguard": 51820}
STREAMS = ("tls", "relay", "web")
SEALED = ("wireguard", *STREAMS)
INNER_MACS = b"\x02\0\0\0\1\2", b"\x02\0\0\0\1\1"


def ethernet(ip_bytes):
    return wire.frame("ethernet", ip_bytes, INNER_MACS, True)


def sealed(ip_bytes, dice):
    """A WireGuard data message: padded to 16, a tag of 16 behind it (its paper, section 5.4.6)."""
    length = (len(ip_bytes) + 15) // 16 * 16 + 16
    counter = dice.randrange(1 << 20)
    return struct.pack("<IIQ", 4, 0x51DE0001, counter) + dice.randbytes(length)


class Stream:
    """TLS 1.2 on port 443, one record in each segment: "tls" carries packets in PPP as SSTP does
    ([MS-SSTP] 2.2.1); "relay" ends the connection and passes its bytes on, as an RD Gateway does;
    "web" is a browser beside it."""

    def __init__(self, kind, dice):
        self.kind, self.dice = kind, dice
        self.sent = {"C": 1000, "S": 2000}

    def content(self, packet, ip_bytes):
        if self.kind == "tls":
            return 4 + 4 + len(ip_bytes)
        if self.kind == "relay":
            return 10 + len(packet.payload) if packet.payload else 0
        return self.dice.randrange(20, 1300) if self.dice.randrange(3) else 0

    def around(self, outer, packet, ip_bytes):
        """Nothing to send: None."""
        length = self.content(packet, ip_bytes)
        if not length:
            return None
        side, other = ("C", "S") if packet.side == "C" else ("S", "C")
        record = self.dice.randbytes(8 + length + 16)
        outer.payload = b"\x17\3\3" + struct.pack("!H", len(record)) + record
        outer.seq, outer.ack = self.sent[side], self.sent[other]
        outer.options, outer.flags, outer.window = [], 0x18, 8192
        outer.sport, outer.dport = (50008, 443) if side == "C" else (443, 50008)
        self.sent[side] += len(outer.payload)
        data = wire.ip(outer, wire.tcp(outer))
        assert len(data) <= 1500, "the client's mtu is too large for one segment"
        return data


class Tunnel:
    """tunnel KIND CLIENT-END SERVER-END [both] [fragments]: both also records the packets inside,
    on an interface of their own; so does a tunnel that is sealed. fragments: its packets have no
    DF, and the host cuts those that are too large for the card."""

    def __init__(self, words):
        self.kind, self.ends = words[0], words[1:3]
        self.both = "both" in words or self.kind in SEALED
        self.cut = "fragments" in words
        self.dice = random.Random(7)
        self.stream = Stream(self.kind, self.dice) if self.kind in STREAMS else None
        self.ip_id = 100

    def inside(self, ip_bytes):
        if self.kind == "gre":
            return 47, struct.pack("!HH", 0, wire.ETHERTYPE[ip_bytes[0] >> 4]) + ip_bytes
        if self.kind == "ipip":
            return 4 if ip_bytes[0] >> 4 == 4 else 41, ip_bytes
        if self.kind == "vxlan":
            return wire.UDP, struct.pack("!II", 0x08000000, 42 << 8) + ethernet(ip_bytes)
        return wire.UDP, sealed(ip_bytes, self.dice)

    def around(self, packet, ip_bytes):
        """The IP packet that carries this one; None: there is none."""
        src, dst = self.ends if packet.side == "C" else self.ends[::-1]
        protocol, payload = (wire.TCP, b"") if self.stream else self.inside(ip_bytes)
        self.ip_id = (self.ip_id + 1) % 65536
        outer = SimpleNamespace(src=src, dst=dst, protocol=protocol, ttl=64, ip_id=self.ip_id,
                                df=not self.cut, payload=payload)
        if self.stream:
            return self.stream.around(outer, packet, ip_bytes)
        if protocol == wire.UDP:
            port = UDP_PORTS[self.kind]
            outer.sport, outer.dport = (50007, port) if self.kind == "vxlan" else (port, port)
            payload = wire.udp(outer)
        return wire.ip(outer, payload)


def components(packet, count):
    """The packet as the components of a host's stack show it (pktmon records it in each): as it is,
    tagged, forwarded, and without the Ethernet header that the file announces."""
    shapes = (("ethernet", 0), ("vlan", 0), ("ethernet", 1), ("raw", 0))
    for index in range(count):
        link, hops = shapes[index % len(shapes)]
        yield link, wire.packet_bytes(replace(packet, ttl=packet.ttl - hops))


def recorded(settings, macs, outgoing, packet):
    """[(seconds later, interface, bytes)] of one packet at the vantage point."""
    link, tunnel, ip_bytes = settings["link"], settings.get("tunnel"), wire.packet_bytes(packet)

    def framed(kind, data):
        out = wire.frame(kind, data, macs, outgoing)
        return wire.padded(out) if kind in ("ethernet", "vlan") and not outgoing else out

    if "components" in settings:
        count, apart = settings["components"]
        return [(index * apart, 0, framed(kind, data))
                for index, (kind, data) in enumerate(components(packet, count))]
    if not tunnel:
        return [(0.0, 0, framed(link, ip_bytes))]
    outer = tunnel.around(packet, ip_bytes)
    pieces = list(wire.fragments(outer, CARD_MTU)) if tunnel.cut else [outer] if outer else []
    if not tunnel.both:
        return [(0.0, 0, framed(link, piece)) for piece in pieces]
    later = 0.00015 if outgoing else -0.00015
    inside = [(0.0, 0, framed(settings["inside_link"], ip_bytes))]
    return inside + [(later + 0.000002 * n, 1, framed(link, piece))
                     for n, piece in enumerate(pieces)]
