#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs of the lab without a lab: over loopback, or with packets made by hand."""

import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import datagrams  # noqa: E402
import forger  # noqa: E402
import forwarder  # noqa: E402
import player  # noqa: E402

SECONDS = 10  # the longest that a conversation may take
PACKET = bytes([0x45, 0, 0, 100]) + bytes(5) + bytes([6]) + bytes(90)  # IPv4, TCP, 100 bytes
TALK = """
. C > S  x224-request cookie alice protocols tls,hybrid
. C < S  x224-confirm hybrid
include tls12
include nla
. C < S  tls say authorization 5
. C < S  tls close-notify
. C < S  fin
. C > S  fin
"""


@contextlib.contextmanager
def certificate():
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("cert.pem", "key.pem")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                        "/CN=lab", "-days", "30", "-out", paths[0], "-keyout", paths[1]],
                       check=True, capture_output=True)
        yield paths


class Forwards(unittest.TestCase):
    def fates(self, count, **options):
        way = forwarder.Way("to-server", options)
        return way, [way.fate(PACKET, 100 + number / 10) for number in range(count)]

    def test_drops_exactly_what_is_named(self):
        _, fates = self.fates(10, drop="3,7")
        self.assertEqual([n for n, moments in enumerate(fates, 1) if not moments], [3, 7])

    def test_loses_by_seed(self):
        way, fates = self.fates(1000, loss="100", seed="4")
        self.assertEqual(self.fates(1000, loss="100", seed="4")[1], fates)
        self.assertEqual(way.counts["lost"], sum(not moments for moments in fates))
        self.assertTrue(70 < way.counts["lost"] < 130, way.counts)

    def test_is_out_for_a_while(self):
        _, fates = self.fates(10, outage="0.25-0.55")  # ten packets, 0.1 s apart
        self.assertEqual([n for n, moments in enumerate(fates) if not moments], [3, 4, 5])

    def test_keeps_the_rate_and_the_order(self):
        way = forwarder.Way("to-client", {"rate": "8000"})  # 100 bytes take 0.1 s
        moments = [way.fate(PACKET, 100.0)[0] - 100 for _ in range(3)]
        self.assertEqual([round(moment, 6) for moment in moments], [0.1, 0.2, 0.3])


class Datagrams(unittest.TestCase):
    """Examples of [MS-RDPEUDP] 4 and of a public capture."""

    def test_source_packet(self):
        data = bytes.fromhex("d6cf0ab80400000c00010400ec471ae4ec471ae41703030040")
        _, key, payload = datagrams.read_1(data)
        self.assertEqual((key, payload[:3]), (0xEC471AE4, b"\x17\x03\x03"))

    def test_rdpudp2(self):
        _, key, payload = datagrams.read_2(bytes.fromhex("0014C101F40164E064000100160303"))
        self.assertEqual((key, payload), ((100, 1), b"\x16\x03\x03"))

    def session(self, version, lost):
        """Runs both ends; datagrams whose numbers stand in lost vanish. What is left to draw."""
        with certificate() as (cert, key), contextlib.ExitStack() as stack:
            socks = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                     for _ in range(2)]
            for sock in socks:
                sock.bind(("127.0.0.1", 0))
                sock.settimeout(0.01)
            options = {**datagrams.DEFAULTS, "version": version, "certificate": cert, "key": key}
            addresses = [sock.getsockname() for sock in socks]
            ends = [datagrams.End("C", socks[0], addresses[1], options),
                    datagrams.End("S", socks[1], addresses[0], options)]
            number, until = 0, time.monotonic() + SECONDS
            while time.monotonic() < until and (ends[1].pictures_left or ends[1].sending):
                for end, sock in zip(ends, socks):
                    end.tick(time.monotonic())
                    with contextlib.suppress(TimeoutError):
                        data = sock.recv(65536)
                        number += 1
                        if number not in lost:
                            end.take(data, time.monotonic())
            return ends[1].pictures_left, len(ends[1].sending)

    def test_every_version_draws(self):
        for version in ("1", "2", "3"):
            with self.subTest(version=version):
                self.assertEqual(self.session(version, ()), (0, 0))

    def test_what_is_lost_is_sent_again(self):
        for version in ("2", "3"):
            with self.subTest(version=version):
                self.assertEqual(self.session(version, (1, 4, 9)), (0, 0))


class Plays(unittest.TestCase):
    def test_both_ends_say_all_their_lines(self):
        with certificate() as (cert, key), socket.create_server(("127.0.0.1", 0)) as listening:
            context = player.ssl.SSLContext(player.ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(cert, key)
            context.maximum_version = player.VERSIONS["1.2"]
            context.options |= player.ssl.OP_NO_TICKET
            said = io.StringIO()
            port = listening.getsockname()[1]
            with tempfile.NamedTemporaryFile("w", suffix=".txt") as script:
                script.write(TALK)
                script.flush()
                argv = [sys.executable, os.path.join(HERE, "player.py"), "client", script.name,
                        "127.0.0.1", str(port)]
                with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as client:
                    listening.settimeout(SECONDS)
                    end = player.End("S", listening.accept()[0], context)
                    with contextlib.redirect_stdout(said):
                        player.play(end, list(player.lines_of(TALK)))
                    out, _ = client.communicate(timeout=SECONDS)
            self.assertEqual((said.getvalue(), out, client.returncode), ("", "", 0))


class Forges(unittest.TestCase):
    def test_reads_a_segment(self):
        packet = forger.network.Packet(side="", src="10.0.0.1", dst="10.0.0.2", protocol=6, ttl=64,
                                       sport=50000, dport=3389, seq=7, ack=9, flags=0x18,
                                       payload=b"\x03\0")
        segment = forger.segment_of(bytes(14) + forger.wire.packet_bytes(packet))
        self.assertEqual((segment.src, segment.dport, segment.seq, segment.payload),
                         ("10.0.0.1", 3389, 7, b"\x03\0"))
        watched = forger.Watched()
        watched.note(segment)
        self.assertEqual(watched.following, {False: 9, True: 9})


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("skipped: no openssl")
        sys.exit(77)
    unittest.main()
