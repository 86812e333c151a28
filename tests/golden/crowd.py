# SPDX-License-Identifier: Apache-2.0
"""Captures of many small TCP connections, as a hostile network or a crowd of clients makes them."""

import struct

import capture_file

CLIENT, SERVER, START = 0x0A000000, 0xCB007114, 1_767_604_443 * 10**9
SYN, RST, PSH, ACK = 2, 4, 8, 16
LINKTYPE_RAW = 101


class Capture:
    """TCP over IPv4 without checksums, a frame each microsecond."""

    def __init__(self):
        self.frames = []

    def tcp(self, ends, numbers, flags, payload=b""):
        (src, sport), (dst, dport) = ends
        seq, ack = numbers
        body = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 64240, 0, 0) + payload
        self._frame(6, src, dst, body)

    def udp(self, ends, payload):
        (src, sport), (dst, dport) = ends
        self._frame(17, src, dst, struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload)

    def _frame(self, protocol, src, dst, body):
        head = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(body), len(self.frames) % 65536, 0x4000,
                           64, protocol, 0, src, dst)
        time = START + 1000 * len(self.frames)
        self.frames.append(capture_file.Frame(time, head + body, 20 + len(body)))

    def syn(self, client, port):
        self.tcp(((client, port), (SERVER, 3389)), (100, 0), SYN)

    def connect(self, client, port):
        """The handshake; the next numbers are 101 (client) and 501 (server)."""
        up, down = ((client, port), (SERVER, 3389)), ((SERVER, 3389), (client, port))
        self.tcp(up, (100, 0), SYN)
        self.tcp(down, (500, 101), SYN | ACK)
        self.tcp(up, (101, 501), ACK)
        return up, down

    def ask(self, client, port):
        """The handshake, and the client's connection request."""
        up, down = self.connect(client, port)
        self.tcp(up, (101, 501), PSH | ACK, request(b"user"))
        return up, down

    def bytes(self):
        return (capture_file.pcap_header(LINKTYPE_RAW, 262144) +
                b"".join(capture_file.pcap_record(frame) for frame in self.frames))


def request(cookie, identity=b""):
    """An X.224 connection request with that cookie [MS-RDPBCGR 2.2.1.1], and a correlation id."""
    body = b"Cookie: mstshash=" + cookie + b"\r\n"
    body += struct.pack("<BBHI", 1, 8 * bool(identity), 8, 3)
    if identity:
        body += struct.pack("<BBH", 6, 0, 36) + identity + bytes(16)
    return struct.pack("!BBHBBHHB", 3, 0, 11 + len(body), 6 + len(body), 0xE0, 0, 0, 0) + body


def udp_syn(identity=bytes(16), answer=False):
    """A SYN of RDP over UDP or its SYN+ACK, version 2 [MS-RDPEUDP 2.2.2]."""
    if answer:
        body = struct.pack("!IHHIHHHH", 7, 64, 0x1005, 9, 1232, 1232, 1, 2)
    else:
        body = struct.pack("!IHHIHH", 0xFFFFFFFF, 64, 0x1801, 7, 1232, 1232) + identity + bytes(16)
        body += struct.pack("!HH", 1, 2)
    return body.ljust(1232, b"\0")


def udp_data(sequence, payload):
    """A source packet of version 2 that acknowledges nothing."""
    return struct.pack("!IHHHII", 9, 64, 0x000C, 0, sequence, sequence) + payload


def retries(clients, connections):
    """Each client connects again and again, and each time the server resets its request."""
    capture = Capture()
    for port in range(40000, 40000 + connections):
        for client in range(clients):
            _, down = capture.ask(CLIENT + client, port)
            capture.tcp(down, (501, 101), RST | ACK)
    return capture


def held_open(clients, connections):
    """The same without an answer, so that all of them are open to the end."""
    capture = Capture()
    for port in range(40000, 40000 + connections):
        for client in range(clients):
            capture.ask(CLIENT + client, port)
    return capture


def behind_holes(clients, segments):
    """Each server's first bytes are missing; what follows waits for them."""
    capture = Capture()
    ways = [capture.ask(CLIENT + client, 40000)[1] for client in range(clients)]
    for i in range(segments):
        for down in ways:
            capture.tcp(down, (1501 + 1400 * i, 101), ACK, b"x" * 1400)
    return capture
