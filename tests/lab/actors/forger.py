#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""forger.py DEVICE WHEN TO [ttl=64] [ttl-to-server=64] [id=0]

A device between the two ends that watches the connections to port 3389 and resets each once, in the
name of the ends. WHEN: syn, x224, client-hello, 9000 (so many bytes were said by both together) or
quiet-60 (so many seconds nothing was said). TO: client, server or both. ttl: as it leaves this
router, where the two ends may see another; id: of the IP header.
"""

import os
import socket
import struct
import sys
import time
from types import SimpleNamespace

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "golden"))

import network  # noqa: E402
import wire  # noqa: E402

PORT = 3389
ETH_P_ALL, ETHERNET_LEN = 3, 14
HEADERS = {4: ("!8xBB2x4s4s", 20), 6: ("!6xBB16s16s", 40)}


def segment_of(frame):
    """What a TCP segment from or to the port says, or None."""
    packet = frame[ETHERNET_LEN:]
    version = packet[0] >> 4
    if version not in HEADERS:
        return None
    layout, length = HEADERS[version]
    one, other, src, dst = struct.unpack_from(layout, packet)
    if (other if version == 4 else one) != wire.TCP:
        return None
    end = struct.unpack_from("!H", packet, 2)[0] if version == 4 else \
        40 + struct.unpack_from("!H", packet, 4)[0]
    sport, dport, seq, ack, head, flags = struct.unpack_from("!HHIIBB", packet, length)
    if PORT not in (sport, dport):
        return None
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    return SimpleNamespace(src=socket.inet_ntop(family, src), dst=socket.inet_ntop(family, dst),
                           sport=sport, dport=dport, seq=seq, ack=ack, flags=flags,
                           payload=packet[length + (head >> 4) * 4:end])


class Watched:
    """A connection as its packets told it so far."""

    def __init__(self):
        self.ends, self.following = {}, {}  # by whether it is the server: (address, port), sequence
        self.n_bytes, self.last, self.done = 0, 0.0, False

    def note(self, segment):
        server = segment.sport == PORT
        n_taken = len(segment.payload) + (1 if segment.flags & wire.SYN else 0)
        self.ends[server] = segment.src, segment.sport
        self.ends[not server] = segment.dst, segment.dport
        self.following[server] = (segment.seq + n_taken) % (1 << 32)
        if segment.flags & wire.ACK:
            self.following.setdefault(not server, segment.ack)
        self.n_bytes += len(segment.payload)
        self.last = time.monotonic()


class Forger:
    def __init__(self, device, when, to, looks):
        self.when, self.to, self.looks = when, to, looks
        self.quiet = float(when[6:]) if when.startswith("quiet-") else None
        self.watched = {}
        self.ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.ear.bind((device, 0))
        self.ear.settimeout(0.1)
        self.mouths = {4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
                       6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)}

    def is_time(self, segment, connection):
        if segment.dport != PORT or self.quiet:
            return False
        if self.when == "syn":
            return segment.flags & wire.SYN != 0
        if self.when == "x224":
            return segment.payload[:1] == b"\x03" and segment.payload[5:6] == b"\xe0"
        if self.when == "client-hello":
            return segment.payload[:1] == b"\x16" and segment.payload[5:6] == b"\x01"
        return connection.n_bytes >= int(self.when)

    def watch(self):
        while True:
            try:
                self.take(segment_of(self.ear.recv(65535)))
            except TimeoutError:
                pass
            for connection in self.watched.values():
                if self.quiet and time.monotonic() - connection.last >= self.quiet:
                    self.strike(connection)

    def take(self, segment):
        if not segment:
            return
        key = frozenset(((segment.src, segment.sport), (segment.dst, segment.dport)))
        connection = self.watched.setdefault(key, Watched())
        connection.note(segment)
        if self.is_time(segment, connection):
            self.strike(connection)

    def strike(self, connection):
        if connection.done:
            return
        connection.done = True
        of_server = connection.following.get(True)
        if self.to in ("client", "both"):
            self.send(connection, True, of_server)
        if self.to in ("server", "both"):
            self.send(connection, False, None)
        print(f"reset {connection.ends[False]}", flush=True)

    def send(self, connection, as_server, seq):
        """Without a sequence number of the server yet, the SYN is refused."""
        src, dst = connection.ends[as_server], connection.ends[not as_server]
        refuses = as_server and seq is None
        ttl = self.looks["ttl" if as_server else "ttl-to-server"]
        packet = network.Packet(
            side="", src=src[0], dst=dst[0], protocol=wire.TCP, ttl=int(ttl),
            ip_id=int(self.looks["id"], 0), sport=src[1], dport=dst[1],
            seq=0 if refuses else connection.following[as_server],
            ack=connection.following[False] if refuses else 0,
            flags=wire.RST | (wire.ACK if refuses else 0))
        self.mouths[wire.version(dst[0])].sendto(wire.packet_bytes(packet), (dst[0], 0))


def main(words):
    if len(words) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    looks = {"ttl": "64", "ttl-to-server": "64", "id": "0"}
    looks.update(word.split("=") for word in words[3:])
    forger = Forger(*words[:3], looks)
    print("ready", flush=True)
    forger.watch()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
