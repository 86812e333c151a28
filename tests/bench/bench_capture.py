#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures rdpath capture beside tcpdump and dumpcap: ./dev bench capture.

A veth pair in a network namespace of its own, fed by tcpreplay as fast as it can. The programs
record the same packets in turns; what counts is the share that each one lost and the processor time
that it took, all its processes together. A number is the median of the rounds. The machine is the
sender too: what else runs on it is told, and a busy one loses more with every program.

BENCH_ROUNDS (5), BENCH_PACKETS (1500000) a round.
"""
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import bench

BUILT, WORK = Path(sys.argv[1]), Path(sys.argv[2])
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
PACKETS = int(os.environ.get("BENCH_PACKETS", 1_500_000))
SOURCE, OUT = WORK / "wire.pcap", WORK / "recorded.pcapng"
DRAIN_S = 2  # for what still lies in buffers
PATIENCE_S = 60


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


def make_wire():
    ip("link", "add", "near", "type", "veth", "peer", "name", "far")
    for end in ("near", "far"):
        Path(f"/proc/sys/net/ipv6/conf/{end}/disable_ipv6").write_text("1", encoding="ascii")
        ip("link", "set", end, "up")


def count(path, *expression):
    """Packets of a capture, those of an expression."""
    done = subprocess.run(["tcpdump", "-r", path, "--count", *expression], check=True,
                          capture_output=True, text=True)
    return int(re.search(r"(\d+) packet", done.stdout)[1])


def own_filter():
    """What rdpath records by itself, as its own recording tells."""
    recording = start("rdpath", None)
    stop(recording)
    said = subprocess.run(["capinfos", OUT], check=True, capture_output=True, text=True).stdout
    return re.search(r"Filter string = (.*)", said)[1].strip()


def start(name, expression):
    """expression: None = rdpath's own filter, "" = every packet."""
    words = {
        "rdpath": [BUILT / "rdpath", "capture", "-i", "near", "-w", OUT,
                   *(["--all"] if expression == "" else [])],
        "tcpdump": ["tcpdump", "-i", "near", "-w", OUT, *([expression] if expression else [])],
        "dumpcap": ["dumpcap", "-q", "-i", "near", "-w", OUT,
                    *(["-f", expression] if expression else [])],
    }[name]
    OUT.unlink(missing_ok=True)
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until = time.monotonic() + PATIENCE_S
    while not (OUT.exists() and is_listening()) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)
    return process


def is_listening():
    return len(Path("/proc/net/packet").read_text(encoding="ascii").splitlines()) > 1


def stop(process):
    """Seconds of processor time of the process and all that it started."""
    process.send_signal(signal.SIGINT)
    process.stderr.read()
    process.stderr.close()
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return used.ru_utime + used.ru_stime


def play(loops):
    """(packets sent, packets a second)"""
    done = subprocess.run(["tcpreplay", "-q", "-t", "-K", "--loop", str(loops), "-i", "far",
                           SOURCE], check=True, capture_output=True, text=True)
    sent = int(re.search(r"Actual: (\d+) packets", done.stdout)[1])
    rate = float(re.search(r"([\d.]+) pps", done.stdout)[1])
    return sent, rate


def measure(name, expression, loops, share):
    """(share lost, seconds of processor time, packets a second)"""
    process = start(name, expression)
    sent, rate = play(loops)
    time.sleep(DRAIN_S)
    seconds = stop(process)
    return 1 - count(OUT) / (sent * share), seconds, rate


def compare(title, expression, share, loops):
    print(f"\n{title}")
    programs = ("rdpath", "tcpdump", "dumpcap")
    rows = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name in programs:
            rows[name].append(measure(name, None if name == "rdpath" and expression else expression,
                                      loops, share))
    told = {}
    for name, found in rows.items():
        shares, seconds, rates = zip(*found)
        told[name] = median(shares), median(seconds)
        print(f"  {name:8} {median(shares):8.3%} lost ({min(shares):.3%} to {max(shares):.3%}), "
              f"{median(seconds) * 1000:5.0f} ms of processor time "
              f"({min(seconds) * 1000:.0f} to {max(seconds) * 1000:.0f}), "
              f"{median(rates):,.0f} packets/s")
    return told


def bar(words, value, limit):
    print(f"  {'ok  ' if value <= limit else 'MISS'} {words}: {value:.4f}, bar {limit:.4f}")


def main():
    if not os.environ.get("BENCH_NAMESPACE"):
        env = dict(os.environ, BENCH_NAMESPACE="1")
        return subprocess.run(["unshare", "-n", sys.executable, *sys.argv], env=env,
                              check=False).returncode
    bench.CAPTURES["wire"] = (64, 5000, 100)
    bench.make("wire")
    make_wire()
    n = count(SOURCE)
    loops = max(1, PACKETS // n)
    expression = own_filter()
    share = count(SOURCE, expression) / n
    print(f"{n} packets sent {loops} times, {SOURCE.stat().st_size / n - 16:.0f} bytes each, "
          f"{share:.2%} of them RDP; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    own = compare("with rdpath's own filter", expression, share, loops)
    bar("share lost", own["rdpath"][0], 0)
    bar("processor time / dumpcap's", own["rdpath"][1] / own["dumpcap"][1], 1)
    all_of_them = compare("every packet", "", 1, loops)
    bar("share lost, beside tcpdump's", all_of_them["rdpath"][0], all_of_them["tcpdump"][0])
    OUT.unlink()
    return 0


sys.exit(main())
