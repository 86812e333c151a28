#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which attempt a flow of RDP over UDP belongs to, and what a flood of them may cost."""

import json
import os
import tempfile

import program
from program import FAULT, NO_ATTEMPT, Case, rdpath
from crowd import ACK, CLIENT, PSH, SERVER, SYN, Capture, request, udp_data, udp_syn

FIRST, SECOND = b"\x21" + b"one" * 5, b"\x21" + b"two" * 5


def flow(client, port, server_port=3389):
    up = ((client, port), (SERVER, server_port))
    return up, up[::-1]


class Udp(Case):
    def attempts_of(self, capture, *options):
        run = rdpath("analyze", *options, "--format", "ndjson", "-", data=capture.bytes())
        self.assert_run(run, FAULT)
        things = [json.loads(line) for line in run.out.splitlines()]
        return [thing for thing in things if thing["type"] == "attempt"]

    def two_users(self):
        """Behind one address; the second one is the newer attempt."""
        capture = Capture()
        for port, name, identity in ((40001, b"anna", FIRST), (40002, b"bert", SECOND)):
            up, _ = capture.connect(CLIENT, port)
            capture.tcp(up, (101, 501), PSH | ACK, request(name, identity))
        return capture

    def of_user(self, capture):
        return {one["rdp"]["cookie"]: one["udp"] for one in self.attempts_of(capture)}

    def test_the_correlation_id_names_the_attempt(self):
        capture = self.two_users()
        capture.udp(flow(CLIENT, 52000)[0], udp_syn(FIRST))
        udp = self.of_user(capture)
        self.assertEqual(udp["anna"]["stage"], "syn")
        self.assertIsNone(udp["bert"])

    def test_an_unknown_one_belongs_to_the_newest(self):
        capture = self.two_users()
        capture.udp(flow(CLIENT, 52000)[0], udp_syn(bytes(16)))
        udp = self.of_user(capture)
        self.assertIsNone(udp["anna"])
        self.assertEqual(udp["bert"]["stage"], "syn")

    def test_another_address_of_the_client_is_known_by_its_id(self):
        """A split tunnel: TCP goes through the VPN, UDP beside it."""
        for identity, count in ((FIRST, 2), (SECOND[:8] + bytes(8), 3), (bytes(16), 3)):
            capture = self.two_users()
            capture.udp(flow(CLIENT + 7, 52000)[0], udp_syn(identity))
            attempts = self.attempts_of(capture)
            self.assertEqual(len(attempts), count)
            seen = [o for one in attempts for o in one["observations"]
                    if o["id"] == "udp-other-address"]
            self.assertEqual(len(seen), 1 if count == 2 else 0)
        udp = self.of_user_with(FIRST)
        self.assertEqual(udp["anna"]["stage"], "syn")
        self.assertIsNone(udp["bert"])

    def test_another_address_is_there_without_names_too(self):
        capture = self.two_users()
        capture.udp(flow(CLIENT + 7, 52000)[0], udp_syn(FIRST))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.json")
            with open(os.path.join(folder, "capture.pcap"), "wb") as target:
                target.write(capture.bytes())
            run = rdpath("report", "--redact", os.path.join(folder, "capture.pcap"), "-o", path)
            self.assert_run(run, FAULT)
            with open(path, encoding="utf-8") as source:
                attempts = json.load(source)["attempts"]
        seen = [o["id"] for one in attempts for o in one["observations"]]
        self.assertIn("udp-other-address", seen)
        self.assertEqual(len(attempts), 2)

    def of_user_with(self, identity):
        capture = self.two_users()
        capture.udp(flow(CLIENT + 7, 52000)[0], udp_syn(identity))
        return self.of_user(capture)

    def test_on_the_gateways_port_it_belongs_to_who_named_it_or_to_the_gateway(self):
        capture = self.two_users()
        capture.udp(flow(CLIENT, 52000, 3391)[0], udp_syn(FIRST))
        udp = self.of_user(capture)
        self.assertEqual(udp["anna"]["stage"], "syn")
        self.assertIsNone(udp["bert"])

        capture = self.two_users()
        up = ((CLIENT, 40003), (SERVER, 8080))
        capture.tcp(up, (100, 0), SYN)
        capture.tcp(up[::-1], (500, 101), SYN | ACK)
        asked = b"RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r\n\r\n"
        capture.tcp(up, (101, 501), PSH | ACK, asked)
        capture.udp(flow(CLIENT, 52000, 3391)[0], udp_syn(bytes(16)))
        udp = {one["server"]["port"]: one["udp"] for one in self.attempts_of(capture)}
        self.assertEqual(udp[8080]["stage"], "syn")
        self.assertIsNone(udp[3389])

    def test_on_the_gateways_port_alone_it_is_an_attempt(self):
        capture = Capture()
        capture.udp(flow(CLIENT, 52000, 3391)[0], udp_syn())
        attempts = self.attempts_of(capture)
        self.assertEqual([one["udp"]["stage"] for one in attempts], ["syn"])
        capture = Capture()
        capture.udp(flow(CLIENT, 52000, 3391)[0], b"anything that is no SYN")
        run = rdpath("analyze", "-", data=capture.bytes())
        self.assert_run(run, NO_ATTEMPT)

    def test_udp_alone_is_an_attempt_on_a_port_that_was_named(self):
        capture = Capture()
        capture.udp(flow(CLIENT, 52000, 13389)[0], udp_syn())
        run = rdpath("analyze", "-", data=capture.bytes())
        self.assert_run(run, NO_ATTEMPT)
        attempts = self.attempts_of(capture, "--port", "13389")
        self.assertEqual([one["udp"]["stage"] for one in attempts], ["syn"])
        self.assertEqual(attempts[0]["stage"], "none")
        self.assertEqual([one["protocol"] for one in attempts[0]["connections"]], ["udp"])

    def test_what_is_no_syn_is_no_attempt(self):
        capture = Capture()
        up, down = flow(CLIENT, 53)
        capture.udp(down, b"\x5a\x11\x01\0\0\1\0\0\0\0\0\0\4time\0\0\1\0\1")
        capture.udp(up, bytes(1232))
        capture.udp(up, udp_syn(answer=True))
        self.assert_run(rdpath("analyze", "-", data=capture.bytes()), NO_ATTEMPT)

    def test_a_capture_of_one_direction_blames_nobody(self):
        """An answer may have been given; where the server's packets are seen, there was none."""
        for sees_server, outcome in ((False, None), (True, "blocked")):
            capture = Capture()
            up, _ = capture.connect(CLIENT, 40001)
            capture.tcp(up, (101, 501), PSH | ACK, request(b"anna"))
            if not sees_server:
                capture.frames.pop(1)
            for _ in range(4):
                capture.udp(flow(CLIENT, 52000)[0], udp_syn())
            self.assertEqual(self.attempts_of(capture)[0]["udp"]["outcome"], outcome)

    def test_more_flows_than_an_attempt_may_have(self):
        capture = Capture()
        for port in range(50000, 50100):
            capture.udp(flow(CLIENT, port)[0], udp_syn())
        attempts = self.attempts_of(capture)
        self.assertEqual([len(one["connections"]) for one in attempts], [8])
        self.assertIn("limit-reached", [one["id"] for one in attempts[0]["observations"]])

    def test_a_flood_of_answered_flows(self):
        """More than one attempt's share of them all; each holds pieces that come too early."""
        capture = Capture()
        for client in range(3000):
            up, down = flow(CLIENT + client, 50000)
            capture.udp(up, udp_syn())
            capture.udp(down, udp_syn(answer=True))
            for sequence in range(11, 21):
                capture.udp(up, udp_data(sequence, b"\x16" * 1000))
        attempts = self.attempts_of(capture)
        self.assertEqual(len(attempts), 3000)
        self.assertEqual({one["udp"]["stage"] for one in attempts}, {"syn-ack"})


if __name__ == "__main__":
    program.main()
