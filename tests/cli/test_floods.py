#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that a hostile network would make. Each must be read to its end, in bounded time."""

import json

import program
from program import FAULT, Case, rdpath
from crowd import ACK, CLIENT, PSH, RST, Capture, request, retries

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
        capture = retries(1, 1000)
        attempts = self.attempts_of(capture)
        self.assertEqual(len(attempts), -(-1000 // 16))
        for attempt in attempts[:-1]:
            ports = [one["client_port"] for one in attempt["connections"]]
            self.assertEqual(ports, list(range(ports[0], ports[0] + 16)))
            self.assertEqual([one["decisive"] for one in attempt["connections"]],
                             [False] * 15 + [True])

    def test_a_connection_that_is_over_is_not_begun_again_by_a_late_packet(self):
        capture = retries(1, 9)
        up = ((CLIENT, 40000), (0xCB007114, 3389))
        capture.tcp(up, (101, 501), PSH | ACK, request(b"user"))
        attempts = self.attempts_of(capture)
        self.assertEqual([len(one["connections"]) for one in attempts], [9])


if __name__ == "__main__":
    program.main()
