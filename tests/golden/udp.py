# SPDX-License-Identifier: Apache-2.0
"""RDP over UDP: one flow, what its two ends send, byte for byte [MS-RDPEUDP, MS-RDPEUDP2].

Written by the script: every datagram, also one that is sent again. Done here: sequence numbers,
acknowledgements of what has arrived, and cutting what TLS says into datagrams.
"""

import functools
import os
import struct
from dataclasses import replace

import tls
import wire
from network import Packet

MTU = 1232
PIECE = 1180  # bytes of payload in a datagram, so that headers fit as well
SYN, ACK, DATA, LOSSY, CORRELATION_ID, SYNEX = 1, 4, 8, 0x200, 0x800, 0x1000
SOON = 0.00003


class Side:
    """One end: what it sent, and what of the other's arrived."""

    def __init__(self, flow, name):
        self.flow, self.name = flow, name
        self.isn = flow.network.dice.randrange(1 << 16, 1 << 31)
        self.next = self.isn + 1  # versions 1 and 2
        self.number, self.channel = 100, 1  # RDPUDP2
        self.got = set()
        self.sent = []  # (key, payload) of the last message

    def arrived(self, packet):
        if packet.key is not None:
            self.got.add(packet.key)

    def told_too_big(self, mtu):
        """RDP over UDP does not make its datagrams smaller."""


class Datagram(Packet):
    key = None


class Flow:
    """settings: version, lossy, bare; hosts: as the script's client and server."""

    def __init__(self, network, hosts, words, identity):
        self.network, self.hosts = network, hosts
        self.version = int(words.get("version", "2"))
        self.lossy, self.identity = "lossy" in words, identity
        self.bare = "bare" in words  # DTLS without RDP-UDP [MS-TSGU 1.3.3]
        self.tls_version = words.get("tls", "1.2")
        self.sides = {"C": Side(self, "C"), "S": Side(self, "S")}
        self.ip_id = network.dice.randrange(1000, 50000)
        for name, other in (("C", "S"), ("S", "C")):
            host, peer = hosts[name], hosts[other]
            network.ends[host.address, host.port, peer.port] = self.sides[name]

    @functools.cached_property
    def inside(self):
        return tls.Session(version=self.tls_version, certificate="self")

    # ---- sending ------------------------------------------------------------------------------

    def send(self, name, payload, lost, key=None):
        host, peer = self.hosts[name], self.hosts["S" if name == "C" else "C"]
        self.ip_id = (self.ip_id + 1) % 65536
        hop = self.network.rules["to-server" if name == "C" else "to-client"].hop
        packet = Datagram(side=name, src=host.address, dst=peer.address, protocol=wire.UDP,
                          ttl=host.ttl, ip_id=self.ip_id, df=False, sport=host.port,
                          dport=peer.port, payload=payload, lost_at=hop if lost else 0)
        packet.key = key
        arrival = self.network.send(packet)
        self.network.run_until(self.network.now + SOON)
        return arrival

    def other(self, name):
        return self.sides["S" if name == "C" else "C"]

    def syn(self, name, lost):
        """[MS-RDPEUDP] 2.2.2.1, 2.2.2.5, 2.2.2.8, 2.2.2.9"""
        version = 0x0101 if self.version == 3 else self.version
        flags = SYN | SYNEX | (LOSSY if self.lossy else 0)
        head, extra = 0xFFFFFFFF, b""
        if name == "S":
            head, flags = self.sides["C"].isn, SYN | SYNEX | ACK
        else:
            flags |= CORRELATION_ID
            extra = self.identity + bytes(16)
        body = struct.pack("!IHHIHH", head, 64, flags, self.sides[name].isn, MTU, MTU) + extra
        body += struct.pack("!HH", 1, version)
        if name == "C" and self.version == 3:
            body += os.urandom(32)
        return self.send(name, body.ljust(MTU, b"\0"), lost)

    # ---- versions 1 and 2 -----------------------------------------------------------------------

    def vector(self, name):
        """The acknowledgement that name sends: (highest, bytes)."""
        got, first = self.sides[name].got, self.other(name).isn + 1
        if not got:
            return self.other(name).isn, struct.pack("!H", 0)
        highest, runs = max(got), []
        for sequence in range(first, highest + 1):
            state = 0 if sequence in got else 0xC0
            if runs and runs[-1] & 0xC0 == state and runs[-1] & 0x3F < 0x3F:
                runs[-1] += 1
            else:
                runs.append(state)
        data = struct.pack("!H", len(runs)) + bytes(runs)
        return highest, data + bytes(-len(data) % 4)

    def head1(self, name, flags):
        highest, vector = self.vector(name)
        return struct.pack("!IHH", highest, 1024, flags | ACK) + vector

    def data1(self, name, key, payload, lost):
        source = struct.pack("!II", key, key)
        return self.send(name, self.head1(name, DATA) + source + payload, lost, key)

    # ---- RDPUDP2 --------------------------------------------------------------------------------

    @staticmethod
    def swapped(prefix, rest):
        """[MS-RDPEUDP2] 3.1.1.1.5"""
        data = bytearray(bytes([prefix]) + rest)
        data[0], data[7] = data[7], data[0]
        return bytes(data)

    def blocks2(self, name, flags):
        """Header, ACK, AckOfAcks: 2.2.1.1, 2.2.1.2.1, 2.2.1.2.4"""
        got = [key[0] for key in self.sides[name].got]
        ack = struct.pack("<H3sBB", max(got), b"\1\2\3", 0, min(len(got) - 1, 0)) if got else b""
        flags |= 1 if got else 0
        aoa = struct.pack("<H", 100) if flags & 4 else b""
        return struct.pack("<H", flags | (0x10 if flags & 4 else 0) | 12 << 12) + ack + aoa

    def data2(self, name, channel, payload, lost):
        side = self.sides[name]
        rest = self.blocks2(name, 4) + struct.pack("<HH", side.number, channel) + payload
        key = (side.number, channel)
        side.number += 1
        return self.send(name, self.swapped(0xE0, rest), lost, key)

    def dummy(self, name, lost):
        side = self.sides[name]
        rest = self.blocks2(name, 4) + struct.pack("<H", side.number)
        side.number += 1
        return self.send(name, self.swapped(0xF0, rest.ljust(1006, b"\0")), lost)

    # ---- what the script says -------------------------------------------------------------------

    def piece(self, name, key, payload, lost):
        return (self.data2 if self.version == 3 else self.data1)(name, key, payload, lost)

    def data(self, name, message, lost):
        side, side.sent = self.sides[name], []
        if self.bare:
            return self.send(name, message, bool(lost))
        arrival = None
        for number, start in enumerate(range(0, len(message), PIECE), 1):
            key = side.channel if self.version == 3 else side.next
            side.channel, side.next = side.channel + 1, side.next + 1
            payload = message[start:start + PIECE]
            side.sent.append((key, payload))
            arrival = self.piece(name, key, payload, number in lost) or arrival
        return arrival

    def again(self, name, words, lost):
        """again [N]: the Nth datagram of the last message"""
        number = int(words[0]) if words else 1
        key, payload = self.sides[name].sent[number - 1]
        return self.piece(name, key, payload, bool(lost))

    def ack(self, name, lost):
        if self.version == 3:
            rest = self.blocks2(name, 0) + b"\0" * 7
            return self.send(name, self.swapped(0xE0, rest), bool(lost))
        return self.send(name, self.head1(name, 0), bool(lost))

    def message(self, name, words):
        if words[0] == "dtls":
            return dtls(words[1:])
        if words[0] == "sealed":
            return self.inside.sealed(name, int(words[1]))
        if words[0] == "alert":
            return tls.alert(int(words[1]))
        return self.inside.handshake(name)

    def say(self, name, words, lost):
        if words[0] in ("syn", "syn-ack"):
            return self.syn(name, bool(lost))
        if words[0] == "again":
            return self.again(name, words[1:], lost)
        if words[0] == "ack":
            return self.ack(name, lost)
        if words[0] == "dummy":
            return self.dummy(name, bool(lost))
        return self.data(name, self.message(name, words), lost)

    def last_packet(self, side):
        return [replace(packet, ttl=self.hosts[side].ttl) for _, _, packet in self.network.seen
                if packet.side == side and packet.protocol == wire.UDP
                and packet.sport == self.hosts[side].port][-1]


# ---- DTLS 1.2, made by hand: RFC 6347 ----------------------------------------------------------

def dtls_record(kind, body, number=0, epoch=0):
    return struct.pack("!BHHHIH", kind, 0xFEFD, epoch, 0, number, len(body)) + body


def dtls_message(kind, body, sequence=0):
    head = struct.pack("!BBHH", kind, len(body) >> 16, len(body) & 0xFFFF, sequence)
    return dtls_record(22, head + bytes(3) + struct.pack("!BH", 0, len(body)) + body, sequence)


def dtls_client_hello(cookie):
    ciphers = struct.pack("!5H", 8, 0xC030, 0xC02F, 0x009D, 0x009C)
    hello = b"\xfe\xfd" + os.urandom(32) + b"\0" + bytes([len(cookie)]) + cookie + ciphers
    hello += b"\1\0" + struct.pack("!HHH", 4, 0x0017, 0)
    return dtls_message(1, hello, 1 if cookie else 0)


def dtls_server_hello():
    """ServerHello with TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, ServerHelloDone"""
    hello = b"\xfe\xfd" + os.urandom(32) + b"\0" + struct.pack("!HB", 0xC030, 0)
    return dtls_message(2, hello, 1) + dtls_message(14, b"", 2)


def dtls_finish(kind):
    """ChangeCipherSpec and an encrypted Finished; the client's key exchange before them."""
    exchange = dtls_message(16, b"\x41" + os.urandom(65), 2) if kind == "client" else b""
    return exchange + dtls_record(20, b"\1", 3) + dtls_record(22, os.urandom(48), 0, 1)


def dtls(words):
    if words[0] == "alert":
        return dtls_record(21, bytes([2, int(words[1])]), 1)
    if words[0] == "hello-verify":
        return dtls_message(3, b"\xfe\xff\x14" + os.urandom(20))
    if words[0] == "server-hello":
        return dtls_server_hello()
    if words[0] in ("client-finish", "server-finish"):
        return dtls_finish(words[0].split("-")[0])
    if words[0] == "sealed":
        return dtls_record(23, os.urandom(24 + int(words[1])), int(words[2]), 1)
    return dtls_client_hello(os.urandom(20) if words[-1] == "cookie" else b"")
