# SPDX-License-Identifier: Apache-2.0
"""A wire of two ends in a network namespace of the test's own, and recordings of it."""

import os
import select
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cli"))

import program  # noqa: E402
from program import Case  # noqa: E402

SKIPPED = 77
NEEDED = ("unshare", "ip", "tcpreplay", "mount")
PATIENCE = 30  # seconds; everything here takes a few


def main():
    """Runs the tests of the module in a namespace that vanishes with them."""
    missing = [tool for tool in NEEDED if not shutil.which(tool)]
    if os.geteuid() != 0 or missing:
        print("skipped:", f"needs {', '.join(missing)}" if missing else "needs root for namespaces")
        return SKIPPED
    if os.environ.get("RDPATH_NAMESPACE"):
        return program.main()
    env = dict(os.environ, RDPATH_NAMESPACE="1")
    inside = subprocess.run(["unshare", "-n", "-m", sys.executable, *sys.argv], env=env,
                            check=False)
    return inside.returncode


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as source:
        return [int(word) for word in source.read().split()]


def status(pid):
    """The lines of /proc/PID/status by their name."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as source:
        return dict(line.rstrip("\n").split(":\t", 1) for line in source if ":\t" in line)


class Recording:
    """rdpath capture, and what it says as it says it."""

    def __init__(self, *words, **how):
        self.process = subprocess.Popen([program.PROGRAM, "capture", *words],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
        self.err = ""

    def read_error(self):
        ready, _, _ = select.select([self.process.stderr], [], [], PATIENCE)
        chunk = os.read(self.process.stderr.fileno(), 65536) if ready else b""
        self.err += chunk.decode()
        return chunk

    def wait_for(self, words):
        while words not in self.err:
            if not self.read_error():
                raise AssertionError(f"never said {words!r}, but: {self.err}")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def end(self):
        """(status, standard output); standard error is in err."""
        while self.read_error():
            pass
        out = self.process.stdout.read().decode()
        self.process.stderr.close()
        self.process.stdout.close()
        return self.process.wait(PATIENCE), out

    def child_named(self, name):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for pid in children(self.process.pid):
                if status(pid)["Name"] == name:
                    return pid
            time.sleep(0.01)
        raise AssertionError(f"no such process: {name}")

    def process_of(self, confined):
        """The id of the one that parses (confined) or of the one that records."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for pid in children(self.process.pid):
                if status(pid)["NoNewPrivs"] == "1" and (status(pid)["Seccomp"] == "2") == confined:
                    return pid
            time.sleep(0.01)
        raise AssertionError("no such process")


class Wire(Case):
    """The tests look at "near"; what is sent at "far" arrives there."""

    def setUp(self):
        super().setUp()
        ip("link", "set", "lo", "up")
        ip("link", "add", "near", "type", "veth", "peer", "name", "far")
        self.addCleanup(subprocess.run, ["ip", "link", "del", "near"], capture_output=True,
                        check=False)
        for end in ("near", "far"):
            with open(f"/proc/sys/net/ipv6/conf/{end}/disable_ipv6", "w", encoding="ascii") as off:
                off.write("1")
            ip("link", "set", end, "up")
        ip("addr", "add", "198.51.100.2/24", "dev", "near")
        ip("route", "replace", "default", "via", "198.51.100.1")

    def record(self, *words, ready="recording", **how):
        recording = Recording(*words, "-w", self.path("x.pcapng"), **how)
        self.addCleanup(recording.process.kill)
        recording.wait_for(ready)
        return recording

    def play(self, capture, *words):
        subprocess.run(["tcpreplay", "-q", "-i", "far", *words, capture], check=True,
                       capture_output=True, timeout=PATIENCE)

    def problems(self, *files):
        """What analyze finds wrong with the recording."""
        run = program.rdpath("analyze", "--join", "--format", "json",
                             *(files or [self.path("x.pcapng")]))
        return [problem for one in run.json()["inputs"] for problem in one["problems"]]
