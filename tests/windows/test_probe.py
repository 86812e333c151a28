#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_probe.py WINE PREFIX RDPATH NATIVE: rdpath probe through the calls of Windows, in network
namespaces of their own. wine sends echo requests without DF and none over IPv6, and does not tell
that a UDP port is closed, so what follows from such answers is tested against scripts
(tests/unit/test_probe_calls.c)."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "probe"))

from range import Range, why_not  # noqa: E402

WINE, PREFIX, RDPATH, NATIVE = sys.argv[1:]
WELL, FAULT, USAGE, FAILED, SILENT = 0, 1, 2, 3, 4
TARGET = {4: "10.77.3.2", 6: "fd77:3::2"}


class Probe(unittest.TestCase):
    range = None

    def run_inside(self, *words):
        return subprocess.run(self.range.net.inside("client", words), capture_output=True,
                              timeout=30, check=False)

    def wine(self, *words):
        return self.run_inside(WINE, PREFIX, *words)

    def probe(self, target, *words, status):
        done = self.wine(RDPATH, "probe", "--format", "json", *words, target)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return json.loads(done.stdout)

    def test_tells_what_linux_tells(self):
        for version, target in TARGET.items():
            with self.subTest(version=version):
                self.range.forget()
                heard = self.probe(target, status=WELL)
                self.range.forget()
                there = json.loads(self.run_inside(NATIVE, "probe", "--format", "json",
                                                   target).stdout)
                self.assertEqual(heard.keys(), there.keys())
                for what in ("schema", "tool", "target", "findings", "set", "advice", "capture",
                             "problems", "interrupted", "udp"):
                    self.assertEqual(heard[what], there[what], what)
                self.assertEqual(("open", "well"), (heard["status"], there["status"]))
                for what in ("version", "cipher", "certificate"):
                    self.assertEqual(heard["tls"][what], there["tls"][what], what)
                self.assertEqual({str(p) for p in heard["rdp"]["protocols"]},
                                 {str(p) for p in there["rdp"]["protocols"]})
                self.assertEqual(heard["local"], there["local"])

    def test_says_what_it_measured_and_what_not(self):
        heard = self.probe(TARGET[4], status=WELL)
        there, back = heard["path"]["to_server"], heard["path"]["to_client"]
        self.assertTrue(heard["icmp"]["echo"])
        self.assertEqual((there["mtu"]["at_least"], there["exact"]), (1500, True))
        self.assertGreater(there["by"]["icmp"]["delivered"], 0)
        self.assertGreater(there["by"]["udp"]["delivered"], 0)
        self.assertIsNone(back["mtu"]["at_least"])
        self.assertIn("Windows does not show in packets of what size", back["why"])
        self.assertGreater(heard["rdp"]["connect"], 0)
        self.assertGreater(heard["rtt"], 0)
        self.assertIsNone(there["by"]["tcp"])  # wine does not tell the size of segments
        self.assertLessEqual(heard["sent"]["packets"], 200)

    def test_closed_port(self):
        heard = self.probe(TARGET[4] + ":3390", status=FAULT)
        self.assertEqual([f["id"] for f in heard["findings"]], ["connect-refused"])

    def test_nobody_there(self):
        heard = self.probe("10.77.3.9", "--timeout", "1", status=SILENT)
        self.assertEqual(heard["status"], "unanswered")

    def test_router_that_says_there_is_no_way(self):
        self.range.net.shell("r1", "nft -f - <<'END'\ntable ip t { chain c { type filter hook "
                             "forward priority 0; ip daddr 10.77.3.2 reject with icmp type "
                             "host-unreachable; }; }\nEND\n")
        self.addCleanup(self.range.net.shell, "r1", "nft flush ruleset")
        heard = self.probe(TARGET[4], "--timeout", "1", status=FAULT)
        self.assertEqual([("10.77.1.1", "host-unreachable", ["icmp"])],
                         [(e["from"], e["says"], e["about"]) for e in heard["icmp"]["errors"]])
        self.assertEqual([f["id"] for f in heard["findings"]], ["host-unreachable"])

    def test_text(self):
        done = self.wine(RDPATH, "probe", TARGET[4])
        self.assertEqual(done.returncode, WELL, done.stderr)
        self.assertIn(b"OPEN", done.stdout)
        self.assertIn(b"certificate of CN=rds01", done.stdout)

    def test_what_cannot_be_is_said(self):
        done = self.wine(RDPATH, "probe", "-w", "a.pcapng", TARGET[4])
        self.assertEqual(done.returncode, USAGE)
        self.assertIn(b"rdpath capture", done.stderr)
        done = self.wine(RDPATH, "probe", "-i", "nowhere", TARGET[4])
        self.assertEqual(done.returncode, FAILED)
        self.assertIn(b"leaves by eth0", done.stderr)


def main():
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        return 77
    with Range(RDPATH) as there:
        Probe.range = there
        there.serve()
        subprocess.run(there.net.inside("client", [WINE, PREFIX, "wineboot", "--init"]),
                       check=True, capture_output=True, timeout=120)
        result = unittest.main(argv=sys.argv[:1], exit=False, failfast=True).result
        return 0 if result.wasSuccessful() else 1


sys.exit(main())
