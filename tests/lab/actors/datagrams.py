#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""datagrams.py server CERTIFICATE KEY [OPTION...]
datagrams.py client ADDRESS [OPTION...]

One end of RDP over UDP [MS-RDPEUDP, MS-RDPEUDP2] over a real socket: SYN and SYN+ACK, real TLS in
source packets, the tunnel [MS-RDPEMT], then pictures to the client and input to the server, all
acknowledged and sent again where lost. What datagrams look like is made by tests/golden/udp.py.

    version=3       1, 2, or 3 for RDPUDP2 (2)     tls=1.3        (1.2)
    pictures=12     of the server (6)              size=900       bytes of each
    identity=HEX    correlation id of the client   seconds=6      the client ends then
    df=1            sets the DF bit (0)            input=900      bytes of the client's first
                    input (13; later ones always)
    lossy=1         RDP-UDP-L, with a handshake of DTLS made by hand that the server refuses (0)
"""

import os
import random
import select
import socket
import ssl
import struct
import sys
import time
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "golden"))

import udp  # noqa: E402

PORT = 3389
SYN_SECONDS, SYN_SENDINGS = 0.8, 4  # [MS-RDPEUDP] 3.1.5.2, Appendix A
DATA_SECONDS, DATA_SENDINGS = 0.3, 6
INPUT = 13  # bytes: one key
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, DONT, DO = 10, 23, 0, 2
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
DEFAULTS = {"version": "2", "tls": "1.2", "pictures": "6", "size": "900", "seconds": "6",
            "identity": "21" * 16, "df": "0", "lossy": "0",
            "input": str(INPUT)}


class Link:
    """What golden's Flow takes for the network: the real one."""

    def __init__(self, sock):
        self.sock, self.peer = sock, None
        self.dice, self.now, self.ends = random.Random(), 0.0, {}
        self.rules = {name: SimpleNamespace(hop=0) for name in ("to-server", "to-client")}

    def send(self, packet):
        try:
            self.sock.sendto(packet.payload, self.peer)
        except OSError as error:  # an ICMP error of before, or too big with DF
            print(f"send: {error}", flush=True)

    def run_until(self, moment):
        """Real time passes by itself."""


# ---- what a datagram says ------------------------------------------------------------------------

def syn_of(data):
    """(flags, initial number, version, correlation id) or None: [MS-RDPEUDP] 2.2.2.1, 2.2.2.5"""
    flags, number = struct.unpack_from("!6xHI", data)
    if not flags & udp.SYN:
        return None
    at, identity = 16, b""
    if flags & udp.CORRELATION_ID:
        identity, at = data[16:32], 48
    version = struct.unpack_from("!2xH", data, at)[0] if flags & udp.SYNEX else 1
    return flags, number, version, identity


def acked_1(highest, elements):
    """The numbers that an ACK vector names as received: 2.2.2.7"""
    total = sum((element & 0x3F) + 1 for element in elements)
    number, found = highest - total + 1, []
    for element in elements:
        run = (element & 0x3F) + 1
        if element & 0xC0 == 0:
            found += range(number, number + run)
        number += run
    return found


def read_1(data):
    """(numbers acknowledged, key, payload); key None: no data [MS-RDPEUDP] 3.1.5.1"""
    highest, flags = struct.unpack_from("!I2xH", data)
    at, acked = 8, []
    if flags & udp.ACK:
        size = struct.unpack_from("!H", data, at)[0]
        acked = acked_1(highest, data[at + 2:at + 2 + size])
        at += 2 if size == 0 else (2 + size + 3) & ~3
    if not flags & udp.DATA:
        return acked, None, b""
    return acked, struct.unpack_from("!4xI", data, at)[0], data[at + 8:]


def read_2(data):
    """The same of RDPUDP2: key is (number, channel) [MS-RDPEUDP2] 2.2.1"""
    data = bytearray(data)
    data[0], data[7] = data[7], data[0]
    prefix, flags = struct.unpack_from("<BH", data)
    at, acked = 3, []
    if flags & 1:
        acked = [struct.unpack_from("<H", data, at)[0]]
        at += 7 + (data[at + 6] & 0x0F)
    at += (1 if flags & 0x40 else 0) + (3 if flags & 0x100 else 0) + (2 if flags & 0x10 else 0)
    if not flags & 4 or prefix >> 1 & 0x0F == 8:  # none, or a dummy
        return acked, None, b""
    number, channel = struct.unpack_from("<HH", data, at)
    return acked, (number, channel), bytes(data[at + 4:])


class Sending:
    """A piece under way, until it is acknowledged."""

    def __init__(self, key, payload):
        self.key, self.payload, self.numbers = key, payload, set()
        self.n, self.due = 0, 0.0


class End:
    """One end of one flow."""

    def __init__(self, side, sock, peer, options):
        self.side, self.options, self.opened = side, options, False
        self.link = Link(sock)
        self.link.peer = peer
        local = sock.getsockname()
        here = SimpleNamespace(address=local[0], port=local[1], ttl=64)
        there = SimpleNamespace(address=peer[0], port=peer[1], ttl=64)
        hosts = {side: here, "S" if side == "C" else "C": there}
        words = {"version": options["version"]}
        if options["lossy"] == "1":
            words["lossy"] = ""
        self.flow = udp.Flow(self.link, hosts, words, bytes.fromhex(options["identity"]))
        self.sending, self.early, self.expected = {}, {}, None
        self.inward, self.outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls, self.agreed, self.failed = None, False, False
        self.n_syn, self.syn_due = 0, 0.0
        self.pictures_left, self.tunnel = int(options["pictures"]), False
        self.picture_due = 0.0
        self.input = int(options["input"])
        self.n_heard = 0  # messages of DTLS

    @property
    def me(self):
        return self.flow.sides[self.side]

    # ---- opening ---------------------------------------------------------------------------------

    def syn(self, now):
        if self.n_syn < SYN_SENDINGS and now >= self.syn_due:
            self.n_syn, self.syn_due = self.n_syn + 1, now + SYN_SECONDS
            self.flow.syn(self.side, False)

    def take_syn(self, syn, now):
        _, number, version, _ = syn
        self.flow.other(self.side).isn = number
        self.flow.version = min(3 if version == 0x0101 else version, self.flow.version)
        self.expected = 1 if self.flow.version == 3 else number + 1
        if self.side == "S" and not self.opened:
            self.syn(now)
        elif self.side == "C" and not self.opened:
            self.opened = True
            self.talk(now)
            if self.flow.version == 3:
                self.flow.dummy("C", False)

    # ---- data ------------------------------------------------------------------------------------

    def write(self, data, now):
        for start in range(0, len(data), udp.PIECE):
            side = self.me
            key = side.channel if self.flow.version == 3 else side.next
            side.channel, side.next = side.channel + 1, side.next + 1
            self.sending[key] = Sending(key, data[start:start + udp.PIECE])
        self.resend(now)

    def resend(self, now):
        for piece in self.sending.values():
            if piece.n < DATA_SENDINGS and now >= piece.due:
                piece.n, piece.due = piece.n + 1, now + DATA_SECONDS * 2 ** piece.n
                piece.numbers.add(self.me.number if self.flow.version == 3 else piece.key)
                self.flow.piece(self.side, piece.key, piece.payload, False)

    def take(self, data, now):
        syn = syn_of(data)
        if syn and (not self.opened or self.side == "S" and data[:4] == b"\xff" * 4):
            self.take_syn(syn, now)
            return
        acked, key, payload = (read_2 if self.flow.version == 3 else read_1)(data)
        self.opened = True
        self.sending = {each: piece for each, piece in self.sending.items()
                        if not piece.numbers & set(acked)}
        if key is not None:
            self.me.got.add(key)
            self.early[key[1] if self.flow.version == 3 else key] = payload
            n_before = self.flow.ip_id
            while self.expected in self.early:
                self.inward.write(self.early[self.expected])
                self.expected += 1
                self.n_heard += 1
            self.talk(now)
            if self.flow.ip_id == n_before:
                self.flow.ack(self.side, False)

    # ---- TLS and the tunnel ----------------------------------------------------------------------

    def context(self):
        if self.side == "S":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.options["certificate"], self.options["key"])
            context.options |= ssl.OP_NO_TICKET
        else:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.minimum_version = VERSIONS[self.options["tls"]]
        context.maximum_version = VERSIONS[self.options["tls"]]
        return context

    def talk_dtls(self, now):
        """What the server wants first is a cookie (RFC 6347 4.2.1); then it refuses."""
        said = {("C", 0): ["client-hello"], ("S", 1): ["hello-verify"],
                ("C", 1): ["client-hello", "cookie"], ("S", 2): ["alert", "40"]}
        words = said.get((self.side, self.n_heard))
        if words:
            self.write(udp.dtls(words), now)

    def talk(self, now):
        """Goes on with TLS as far as what arrived allows."""
        if self.flow.lossy:
            self.talk_dtls(now)
            return
        self.tls = self.tls or self.context().wrap_bio(self.inward, self.outward,
                                                       server_side=self.side == "S")
        try:
            if not self.agreed:
                self.tls.do_handshake()
                self.agreed = True
                if self.side == "C":
                    self.tls.write(struct.pack("<BHBII", 0, 24, 4, 1, 0) + os.urandom(16))
            while self.tls.read(65536):
                self.answer(now)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            print(f"{self.side}: {error}", flush=True)
            self.failed = True
        self.write(self.outward.read(), now)

    def answer(self, now):
        """To a message of the other's: the tunnel is created, or something is typed."""
        if self.side == "C":
            self.tls.write(os.urandom(self.input))
            self.input = INPUT
        elif not self.tunnel:
            self.tunnel = True
            self.tls.write(struct.pack("<BHBi", 1, 4, 4, 0))
            self.picture_due = now + 0.02

    def tick(self, now):
        if not self.opened and (self.side == "C" or self.n_syn):
            self.syn(now)
        self.resend(now)
        if self.tunnel and self.pictures_left and now >= self.picture_due:
            self.pictures_left, self.picture_due = self.pictures_left - 1, now + 0.02
            self.tls.write(os.urandom(int(self.options["size"])))
            self.write(self.outward.read(), now)


def opened_socket(family, options):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    wanted = DO if options["df"] == "1" else DONT
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, wanted)
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, wanted)
    return sock


def received(sock):
    try:
        return sock.recvfrom(65536)
    except OSError as error:  # an ICMP error
        print(f"receive: {error}", flush=True)
        return b"", None


def client(address, options):
    sock = opened_socket(socket.AF_INET6 if ":" in address else socket.AF_INET, options)
    sock.connect((address, PORT))
    end = End("C", sock, (address, PORT), options)
    until = time.monotonic() + float(options["seconds"])
    while (now := time.monotonic()) < until:
        end.tick(now)
        if select.select([sock], [], [], 0.01)[0]:
            data, _ = received(sock)
            if data:
                end.take(data, time.monotonic())


def server(options):
    socks = {family: opened_socket(family, options)
             for family in (socket.AF_INET, socket.AF_INET6)}
    for family, sock in socks.items():
        sock.bind(("0.0.0.0" if family == socket.AF_INET else "::", PORT))
    print("ready", flush=True)
    ends = {}
    while True:
        for sock in select.select(list(socks.values()), [], [], 0.01)[0]:
            data, peer = received(sock)
            if data and peer not in ends:
                ends[peer] = End("S", sock, peer, options)
            if data:
                ends[peer].take(data, time.monotonic())
        for end in ends.values():
            end.tick(time.monotonic())


def main(words):
    n_fixed = {"server": 3, "client": 2}.get(words[0] if words else "", 99)
    if len(words) < n_fixed:
        print(__doc__, file=sys.stderr)
        return 2
    options = {**DEFAULTS, **dict(word.split("=", 1) for word in words[n_fixed:])}
    if words[0] == "client":
        client(words[1], options)
    else:
        server({**options, "certificate": words[1], "key": words[2]})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
