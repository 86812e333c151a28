#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_pktmon.py FAKE PREFIX WINDOWS...: rdpath capture --pktmon against a stand-in, which tells
how it was called."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PROJECT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
CAPTURE = os.path.join(PROJECT, "pcaps", "pmtu-black-hole-pktmon", "capture.pcapng")
FAULT, FAILED = 1, 3
FAKE, SYSTEM, PROGRAM = None, None, []


class Pktmon(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.placed = os.path.join(SYSTEM, "pktmon.exe")
        shutil.copy(FAKE, self.placed)
        self.addCleanup(lambda: os.path.exists(self.placed) and os.remove(self.placed))

    def capture(self, *words, **env):
        log = os.path.join(self.folder, "log")
        done = subprocess.run([*PROGRAM, "capture", "--pktmon", *words], capture_output=True,
                              timeout=60, check=False, cwd=self.folder,
                              env={**os.environ, "FAKE_LOG": log, "FAKE_CAPTURE": CAPTURE, **env})
        calls = []
        if os.path.exists(log):
            with open(log, encoding="cp1252") as source:
                calls = [line.rstrip("\n").split("|") for line in source]
        return done, calls

    def test_records_around_the_client_and_analyzes(self):
        done, calls = self.capture("--run", "cmd /c exit 0", "-w", "über ort.pcapng", "--format",
                                   "json", "--port", "13389")
        self.assertEqual(done.returncode, FAULT, done.stderr)
        cause = json.loads(done.stdout)["attempts"][0]["cause"]
        self.assertEqual(cause["id"], "pmtu-black-hole")
        self.assertEqual(calls[0], ["filter", "remove"])
        self.assertIn(["filter", "add", "rdp13389", "-p", "13389"], calls)
        self.assertIn(["filter", "add", "icmp", "-t", "ICMP"], calls)
        started = next(i for i, call in enumerate(calls) if call[0] == "start")
        self.assertEqual(calls[started][1:5], ["--capture", "--pkt-size", "0", "--file-name"])
        self.assertEqual([call[0] for call in calls[started + 1:]], ["stop", "filter", "etl2pcap"])
        self.assertTrue(os.path.exists(os.path.join(self.folder, "über ort.pcapng")))

    def test_ends_after_the_duration(self):
        done, calls = self.capture("--duration", "1", "-w", "a.pcapng", "--format", "json")
        self.assertEqual(done.returncode, FAULT, done.stderr)
        self.assertEqual(calls[-1][0], "etl2pcap")

    def test_says_which_command_failed(self):
        done, calls = self.capture("--duration", "1", "-w", "a.pcapng", FAKE_FAILS="start")
        self.assertEqual(done.returncode, FAILED)
        self.assertIn(b"pktmon start --capture", done.stderr)
        self.assertEqual(calls[-1][0], "start")

    def test_a_client_that_cannot_be_started_leaves_nothing_running(self):
        done, calls = self.capture("--run", "no-such-program-at-all", "-w", "a.pcapng")
        self.assertEqual(calls[-1][0], "etl2pcap")
        self.assertEqual(done.returncode, FAULT)

    def test_says_where_there_is_none(self):
        os.remove(self.placed)
        done, _ = self.capture("-w", "a.pcapng")
        self.assertEqual(done.returncode, FAILED)
        self.assertIn(b"expected pktmon", done.stderr)


if __name__ == "__main__":
    FAKE, PREFIX, *PROGRAM = sys.argv[1:]
    SYSTEM = os.path.join(PREFIX, "drive_c", "windows", "system32")
    unittest.main(argv=sys.argv[:1])
