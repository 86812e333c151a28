#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that a hostile network would make. Each must be read to its end, in bounded time."""

import json
import struct

import program
from program import FAULT, Case, capture_file, rdpath

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
        head = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(body), 0, 0x4000, 64, 6, 0, src, dst)
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

    def bytes(self):
        return (capture_file.pcap_header(LINKTYPE_RAW, 262144) +
                b"".join(capture_file.pcap_record(frame) for frame in self.frames))


def request(cookie):
    """An X.224 connection request with that cookie [MS-RDPBCGR 2.2.1.1]."""
    body = b"Cookie: mstshash=" + cookie + b"\r\n" + struct.pack("<BBHI", 1, 0, 8, 3)
    return struct.pack("!BBHBBHHB", 3, 0, 11 + len(body), 6 + len(body), 0xE0, 0, 0, 0) + body


class Floods(Case):
    def attempts_of(self, capture):
        run = rdpath("analyze", "--format", "ndjson", "-", data=capture.bytes())
        self.assert_run(run, FAULT)
        things = [json.loads(line) for line in run.out.splitlines()]
        attempts = [thing for thing in things if thing["type"] == "attempt"]
        self.assertEqual(sorted(one["id"] for one in attempts), list(range(1, len(attempts) + 1)))
        return attempts

    def test_the_oldest_of_a_syn_flood_tries_again(self):
        """It has to go for the sake of the connection that would join it."""
        for n in (1023, 1024, 1025, 1100):
            capture = Capture()
            for client in range(n):
                capture.syn(CLIENT + client, 40000)
            for client in range(n):
                capture.syn(CLIENT + client, 40001)
            self.assertGreaterEqual(len(self.attempts_of(capture)), n)

    def test_the_oldest_tries_again_when_a_cookie_made_one_attempt_more(self):
        capture = Capture()
        for client in range(1024):
            capture.syn(CLIENT + client, 40000)
        for port in (41000, 41001):
            up, _ = capture.connect(CLIENT + 1023, port)
            capture.tcp(up, (101, 501), PSH | ACK, request(b"user%d" % port))
        for port in range(42000, 42003):
            capture.syn(CLIENT, port)
        self.assertGreaterEqual(len(self.attempts_of(capture)), 1025)

    def test_another_cookie_on_every_connection(self):
        capture = Capture()
        for port in range(2000, 5000):
            up, _ = capture.connect(CLIENT, port)
            capture.tcp(up, (101, 501), PSH | ACK, request(b"user%d" % port))
        cookies = {one["rdp"]["cookie"] for one in self.attempts_of(capture)}
        self.assertEqual(cookies, {f"user{port}" for port in range(2000, 5000)})

    def test_single_bytes_ahead_of_a_hole(self):
        capture = Capture()
        _, down = capture.connect(CLIENT, 40000)
        for order in (range(20000), range(20000, 0, -1)):
            for i in order:
                capture.tcp(down, (503 + 2 * i, 101), PSH | ACK, b"q")
        self.assertEqual(len(self.attempts_of(capture)), 1)

    def test_a_thousand_retries(self):
        """16 connections an attempt (then another attempt begins)."""
        capture = Capture()
        for port in range(2000, 3000):
            _, down = capture.connect(CLIENT, port)
            capture.tcp(down, (501, 101), RST | ACK)
        attempts = self.attempts_of(capture)
        self.assertEqual(len(attempts), -(-1000 // 16))
        self.assertEqual(max(len(one["connections"]) for one in attempts), 16)


if __name__ == "__main__":
    program.main()
