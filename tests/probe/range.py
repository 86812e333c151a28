# SPDX-License-Identifier: Apache-2.0
"""Three hops in namespaces whose path MTU is known in each direction, and a server behind them."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

from alike import contradictions  # noqa: E402
from topology import DEVICES, SERVER, LabError, Topology, run  # noqa: E402

FORWARDER = os.path.join(HERE, "..", "lab", "actors", "forwarder.py")
READY_SECONDS, PROBE_SECONDS = 10, 60
LATE_SECONDS = 1  # longer than any packet here is under way
NEEDED = ("ip", "nft", "ethtool", "ping", "openssl")

# Everything that a filter of ICMP takes away; neighbours still find each other.
FILTER = """
table inet quiet {
    chain out {
        type filter hook output priority 0;
        ip protocol icmp drop;
        icmpv6 type { packet-too-big, destination-unreachable, echo-request, echo-reply } drop;
    }
    chain through {
        type filter hook forward priority 0;
        ip protocol icmp drop;
        meta l4proto ipv6-icmp drop;
    }
}
"""


COUNTERS = """
table inet counted {{
    counter sent {{ }}
    counter hasty {{ }}
    chain out {{
        type filter hook output priority 100;
        icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit }} accept;
        counter name sent;
        limit rate over {over} counter name hasty;
    }}
}}
"""


def why_not():
    """What keeps the tests from running here, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [name for name in NEEDED if not shutil.which(name)]
    return f"not installed: {', '.join(missing)}" if missing else None


def certificate(folder, copies=4):
    """A key, and a chain so long that the server's flight takes several packets: a certificate
    for itself, several times."""
    key, leaf, chain = (os.path.join(folder, name) for name in ("key", "leaf", f"chain{copies}"))
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", leaf,
         "-days", "30", "-subj", "/CN=rds01"])
    with open(leaf, encoding="ascii") as one, open(chain, "w", encoding="ascii") as many:
        many.write(one.read() * copies)
    return chain, key


class Range:
    """A range is built once; its path and its server change from probe to probe."""

    def __init__(self, program):
        self.program = program
        self.net = Topology(f"probe{os.getpid()}")
        self.folder = tempfile.mkdtemp(prefix="rdpath-probe-")
        self.running = []
        self.chain, self.key = certificate(self.folder)

    def __enter__(self):
        try:
            self.net.build()
        except LabError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        self.net.demolish()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self):
        for process in self.running:
            process.kill()
            process.wait()
            process.stdout.close()
        self.running = []

    def play(self, node, *words):
        """Starts played.py there and waits until it is ready."""
        argv = self.net.inside(node, [sys.executable, os.path.join(HERE, "played.py"), *words])
        process = subprocess.Popen(argv, stdout=subprocess.PIPE)
        self.running.append(process)
        end = time.monotonic() + READY_SECONDS
        if process.stdout.readline() != b"ready\n" or time.monotonic() > end:
            raise LabError(f"{' '.join(words)}: did not start")

    def serve(self, *more):
        self.stop()
        self.play("server", "server", self.chain, self.key, *more)

    def set_path(self, to_server, to_client, filtered=False):
        """What each direction lets through; routers say so, unless ICMP is filtered."""
        there = f"ip route replace 10.77.3.0/24 via 10.77.2.2 mtu lock {to_server}\n" \
                f"ip -6 route replace fd77:3::/64 via fd77:2::2 mtu lock {to_server}\n"
        back = f"ip route replace 10.77.1.0/24 via 10.77.2.1 mtu lock {to_client}\n" \
               f"ip -6 route replace fd77:1::/64 via fd77:2::1 mtu lock {to_client}\n"
        nft = "nft flush ruleset\n" + (f"nft -f - <<'END'\n{FILTER}END\n" if filtered else "")
        self.net.shell("r1", there + nft)
        self.net.shell("r2", back + nft)
        self.forget()

    def set_interfaces(self, mtu):
        """The MTU of every interface, at the ends and between."""
        for node, devices in DEVICES.items():
            self.net.shell(node, "".join(f"ip link set {d} mtu {mtu}\n" for d in devices))

    @contextlib.contextmanager
    def wire(self, *options):
        """Between the routers what delays, reorders and loses (tests/lab/actors/forwarder.py)."""
        argv = self.net.inside("r1", [sys.executable, FORWARDER, self.net.namespace("r2"),
                                      *options])
        process = subprocess.Popen(argv, stdout=subprocess.PIPE)
        try:
            if process.stdout.readline() != b"ready\n":
                raise LabError("forwarder.py: did not start")
            yield
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()

    @contextlib.contextmanager
    def counted(self, over="1000000/second burst 1 packets"):
        """Counts what leaves the client, also when the probe has ended, into the dict that it
        gives: what was sent, and of it what was over this rate."""
        self.net.shell("client", f"nft -f - <<'END'\n{COUNTERS.format(over=over)}END\n")
        counts = {}
        try:
            yield counts
            time.sleep(LATE_SECONDS)
        finally:
            listed = json.loads(self.net.shell("client", "nft -j list counters"))
            self.net.shell("client", "nft delete table inet counted")
        for item in listed["nftables"]:
            if counter := item.get("counter"):
                counts[counter["name"]] = counter["packets"], counter["bytes"]

    def forget(self):
        """Both ends forget what ICMP errors told them of the path."""
        for node in ("client", "server"):
            self.net.shell(node, "ip route flush cache; ip -6 route flush cache || true")

    def probe(self, *words, version=4, target=None):
        """The exit status, the JSON and what was said on standard error. What it recorded is read
        each time, and must not contradict it."""
        recording = os.path.join(self.folder, "probe.pcapng")
        record = () if "-w" in words else ("-w", recording)
        argv = self.net.inside("client", [self.program, "probe", "--format", "json", *words,
                                          *record, target or SERVER[version]])
        done = subprocess.run(argv, capture_output=True, text=True, timeout=PROBE_SECONDS,
                              check=False)
        result = json.loads(done.stdout) if done.stdout else None
        if record and result:
            differ = list(contradictions(result, self.analyze(recording)[1]))
            assert not differ, differ
        return done.returncode, result, done.stderr

    def analyze(self, path, *words):
        """What rdpath analyze says of a recording: the exit status and the JSON."""
        done = subprocess.run([self.program, "analyze", "--format", "json", *words, path],
                              capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
        return done.returncode, json.loads(done.stdout)
