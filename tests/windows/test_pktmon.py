#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_pktmon.py PKTMON WPCAP WINE PREFIX RDPATH LIMITED: rdpath capture --pktmon against a
stand-in, which tells how it was called; and what is said where there is no Npcap, or no pktmon
either."""

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
FAKE, FAKE_WPCAP, WINE, PREFIX, RDPATH, LIMITED = sys.argv[1:]
SYSTEM = os.path.join(PREFIX, "drive_c", "windows", "system32")
PROGRAM = [WINE, PREFIX, RDPATH]
BUILD = "19045"  # Windows 10 22H2
NT = r"HKLM\Software\Microsoft\Windows NT\CurrentVersion"
APP = "HKCU\\Software\\Wine\\AppDefaults\\rdpath.exe"


def wine(*words):
    subprocess.run([WINE, PREFIX, *words], capture_output=True, timeout=120, check=True)


def be_windows(build):
    """wine's own choice is Windows 7."""
    for name, kind, value in (("CurrentMajorVersionNumber", "REG_DWORD", "10"),
                              ("CurrentMinorVersionNumber", "REG_DWORD", "0"),
                              ("CurrentVersion", "REG_SZ", "10.0"),
                              ("CurrentBuildNumber", "REG_SZ", build)):
        wine("reg", "add", NT, "/v", name, "/t", kind, "/d", value, "/f")


class Pktmon(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.placed = os.path.join(SYSTEM, "pktmon.exe")
        shutil.copy(FAKE, self.placed)
        self.addCleanup(lambda: os.path.exists(self.placed) and os.remove(self.placed))

    def hide_npcap(self):
        """In the place that is looked at first."""
        folder = os.path.join(SYSTEM, "Npcap")
        os.makedirs(folder)
        shutil.copy(FAKE_WPCAP, os.path.join(folder, "wpcap.dll"))
        self.addCleanup(shutil.rmtree, folder)
        overrides = APP + "\\DllOverrides"  # else wine takes its own for any of that name
        wine("reg", "add", overrides, "/v", "wpcap", "/d", "native", "/f")
        self.addCleanup(wine, "reg", "delete", overrides, "/f")

    def be_windows(self, build):
        be_windows(build)
        self.addCleanup(be_windows, BUILD)

    def shown(self):
        done = subprocess.run([*PROGRAM, "capture", "-w", "a b.pcapng", "--port", "13389"],
                              capture_output=True, timeout=20, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, FAILED, done.stderr)
        return done.stdout.decode().replace("\r", "").split("\n\n"), done.stderr

    def capture(self, *words, program=PROGRAM, **env):
        log = os.path.join(self.folder, "log")
        done = subprocess.run([*program, "capture", "--pktmon", *words], capture_output=True,
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
        self.assertEqual([call[0] for call in calls[-2:]], ["start", "filter"])
        self.assertEqual(calls[-1], ["filter", "remove"])

    def test_filters_that_are_not_there_are_no_error(self):
        done, calls = self.capture("--duration", "1", "-w", "a.pcapng", FAKE_FAILS="remove")
        self.assertEqual(done.returncode, FAULT, done.stderr)
        self.assertEqual(calls[-1][0], "etl2pcap")

    def test_a_client_that_cannot_be_started_leaves_nothing_running(self):
        done, calls = self.capture("--run", "no-such-program-at-all", "-w", "a.pcapng")
        self.assertEqual(calls[-1][0], "etl2pcap")
        self.assertEqual(done.returncode, FAULT)

    def test_says_where_there_is_none(self):
        os.remove(self.placed)
        done, _ = self.capture("-w", "a.pcapng")
        self.assertEqual(done.returncode, FAILED)
        self.assertIn(b"expected pktmon", done.stderr)

    def test_names_the_rights_before_it_runs_anything(self):
        done, calls = self.capture("-w", "a.pcapng", program=[WINE, PREFIX, LIMITED, RDPATH])
        self.assertEqual(done.returncode, FAILED, done.stderr)
        self.assertEqual(calls, [])
        self.assertIn(b"expected the rights of an administrator", done.stderr)
        self.assertIn(b"Run as administrator", done.stderr)

    def test_refuses_a_pktmon_that_cannot_convert(self):
        self.be_windows("17763")
        done, calls = self.capture("-w", "a.pcapng")
        self.assertEqual(done.returncode, FAILED)
        self.assertEqual(calls, [])
        self.assertIn(b"expected Windows 10 2004", done.stderr)
        self.assertIn(b"found build 17763", done.stderr)
        self.assertIn(b"netsh trace", done.stderr)

    def test_without_npcap_the_commands_are_shown(self):
        self.hide_npcap()
        (about, before, after), said = self.shown()
        self.assertIn(b"expected Npcap", said)
        self.assertIn(b"too old: it has no pcap_", said)
        self.assertIn("rdpath capture --pktmon", about)
        self.assertEqual(before.split("\n")[0], "pktmon filter remove")
        self.assertIn("pktmon filter add rdp13389 -p 13389", before)
        self.assertEqual(before.split("\n")[-1],
                         'pktmon start --capture --pkt-size 0 --file-name "a b.etl"')
        self.assertEqual(after.split("\n"), [
            "pktmon stop", "pktmon filter remove", 'pktmon etl2pcap "a b.etl" --out "a b.pcapng"',
            'rdpath analyze "a b.pcapng"', ""])

    def test_on_an_older_windows_those_of_netsh_are(self):
        self.hide_npcap()
        self.be_windows("17763")
        (about, before, after), _ = self.shown()
        self.assertIn("etl2pcapng", about)
        self.assertEqual(before, "netsh trace start capture=yes report=disabled maxsize=512 "
                                 'tracefile="a b.etl"')
        self.assertEqual(after.split("\n"), [
            "netsh trace stop", 'etl2pcapng "a b.etl" "a b.pcapng"', 'rdpath analyze "a b.pcapng"',
            ""])

    def test_without_npcap_it_analyzes_and_lists_adapters(self):
        self.hide_npcap()
        done = subprocess.run([*PROGRAM, "analyze", "--format", "json", CAPTURE],
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, FAULT, done.stderr)
        done = subprocess.run([*PROGRAM, "capture", "--list"], capture_output=True, timeout=60,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    wine("wineboot", "--init")
    be_windows(BUILD)
    unittest.main(argv=sys.argv[:1])
