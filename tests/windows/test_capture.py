#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_capture.py WINE PREFIX RDPATH CALLER NATIVE NPCAP: rdpath capture through wine's own
wpcap.dll, in network namespaces of their own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

WINE, PREFIX, RDPATH, CALLER, NATIVE, NPCAP = sys.argv[1:]
FAULT, FAILED, NO_ATTEMPT = 1, 3, 4
HERE, THERE = f"rdpath-{os.getpid()}-c", f"rdpath-{os.getpid()}-s"
VPN = "openvpn0"  # wine takes an interface's name for its description

# A server that wants NLA: RDP_NEG_FAILURE, HYBRID_REQUIRED_BY_SERVER ([MS-RDPBCGR] 2.2.1.2.2).
SERVER = """
import socket
s = socket.create_server(("10.78.1.2", 3389))
s.settimeout(60)
print("ready", flush=True)
c, _ = s.accept()
c.settimeout(10)
c.recv(100)
c.sendall(bytes.fromhex("030000130ed000001234000300080005000000"))
c.recv(100)
"""


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=20)


def why_not():
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    if not shutil.which("ip"):
        return "ip (iproute2) is not installed"
    try:
        ip("netns", "add", HERE)
        ip("netns", "add", THERE)
        ip("link", "add", "n0", "netns", HERE, "type", "veth", "peer", "n0", "netns", THERE)
        ip("link", "add", VPN, "netns", HERE, "type", "veth", "peer", "m0", "netns", THERE)
        ip("-n", HERE, "addr", "add", "10.79.1.1/24", "dev", VPN)
        ip("-n", HERE, "link", "set", VPN, "mtu", "1380", "up")
        for name, address in ((HERE, "10.78.1.1/24"), (THERE, "10.78.1.2/24")):
            ip("-n", name, "addr", "add", address, "dev", "n0")
            ip("-n", name, "link", "set", "n0", "up")
            ip("-n", name, "link", "set", "lo", "up")
    except (OSError, subprocess.SubprocessError):
        return "this machine makes no network namespaces"
    return None


def wine(*words):
    return subprocess.run(["ip", "netns", "exec", HERE, WINE, PREFIX, *words],
                          capture_output=True, timeout=90, check=False)


class Capture(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def test_records_the_attempt_of_a_client_that_it_starts(self):
        file = os.path.join(self.folder, "büro.pcapng")
        with subprocess.Popen(["ip", "netns", "exec", THERE, sys.executable, "-c", SERVER],
                              stdout=subprocess.PIPE) as server:
            self.assertEqual(server.stdout.readline(), b"ready\n")
            done = wine(RDPATH, "capture", "-i", "n0", "-w", file, "--format", "json",
                        "--duration", "60", "--run", CALLER + " 10.78.1.2")
            server.kill()
        self.assertNotIn(b"--duration is over", done.stderr)  # the attempt was
        self.assertEqual(done.returncode, FAULT, done.stderr)
        self.assertIn(b"the client got 19 bytes", done.stderr)
        self.assertIn(b"X.224 confirm", done.stderr)
        live = json.loads(done.stdout)
        self.assertEqual(live["attempts"][0]["cause"]["id"], "nla-required")
        again = subprocess.run([NATIVE, "analyze", "--format", "json", file],
                               capture_output=True, timeout=60, check=False)
        self.assertEqual(json.loads(again.stdout)["attempts"], live["attempts"])

    def test_lists_adapters(self):
        done = wine(RDPATH, "capture", "--list")
        self.assertEqual(done.returncode, 0, done.stderr)
        line = next(line for line in done.stdout.decode().splitlines() if line.startswith("n0 "))
        self.assertIn("1500", line)
        self.assertIn("10.78.1.1", line)
        line = next(line for line in done.stdout.decode().splitlines() if line.startswith(VPN))
        self.assertEqual(line.split()[1:3], ["tunnel", "1380"])
        self.assertIn("10.79.1.1", line)

    def test_names_adapters_that_npcap_does_not_see(self):
        folder = os.path.join(PREFIX, "drive_c", "windows", "system32", "Npcap")
        overrides = r"HKCU\Software\Wine\AppDefaults\rdpath.exe\DllOverrides"
        os.makedirs(folder)
        self.addCleanup(shutil.rmtree, folder)
        shutil.copy(NPCAP, os.path.join(folder, "wpcap.dll"))
        wine("reg", "add", overrides, "/v", "wpcap", "/d", "native", "/f")
        self.addCleanup(wine, "reg", "delete", overrides, "/f")
        done = wine(RDPATH, "capture", "--list")
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in done.stdout.decode().splitlines()[1:]:
            self.assertEqual(line.split()[1] != "loopback",
                             "Npcap does not see it, record with --pktmon" in line, line)
        done = wine(RDPATH, "capture", "-i", VPN, "-w", os.path.join(self.folder, "a.pcapng"))
        self.assertEqual(done.returncode, FAILED)
        self.assertIn(VPN.encode(), done.stderr)
        self.assertIn(b"--pktmon", done.stderr)

    def test_ends_after_the_duration_where_nothing_comes(self):
        done = wine(RDPATH, "capture", "-i", "n0", "--duration", "1",
                    "-w", os.path.join(self.folder, "a.pcapng"))
        self.assertEqual(done.returncode, NO_ATTEMPT, done.stderr)
        self.assertIn(b"--duration is over", done.stderr)

    def test_names_an_adapter_that_is_not_there(self):
        done = wine(RDPATH, "capture", "-i", "nowhere", "--duration", "1",
                    "-w", os.path.join(self.folder, "a.pcapng"))
        self.assertEqual(done.returncode, FAILED)
        self.assertIn(b"nowhere", done.stderr)


def main():
    reason = why_not()
    try:
        if reason:
            print(f"skipped: {reason}")
            return 77
        wine("wineboot", "--init")
        result = unittest.main(argv=sys.argv[:1], exit=False).result
        return 0 if result.wasSuccessful() else 1
    finally:
        for name in (HERE, THERE):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


sys.exit(main())
