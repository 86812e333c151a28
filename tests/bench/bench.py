#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures rdpath against a bare libpcap loop, tshark and capinfos: ./dev bench.

Ratios, not seconds: every program reads the same file in the same minute with a warm cache, in
turns, so that a busy machine slows all of them. A ratio is the median of the rounds; the smallest
and the largest stand beside it. The bars are for people who change code: no test depends on them.

BENCH_MB (256), BENCH_MB_LARGE (1024; 0 leaves it out), BENCH_ROUNDS (5).
"""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "golden"))

import crowd  # noqa: E402

BUILT, WORK = Path(sys.argv[1]), Path(sys.argv[2])
MB = int(os.environ.get("BENCH_MB", 256))
MB_LARGE = int(os.environ.get("BENCH_MB_LARGE", 1024))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
KIB, MIB = 1 << 10, 1 << 20

# name: megabytes, connections at one time, RDP connections among them
CAPTURES = {"mixed": (MB, 5000, 100), "rdp": (MB, 500, 500), "large": (MB_LARGE, 5000, 100)}

# name: clients, capture; measured for their memory alone
CROWDS = {"retries": (2000, lambda: crowd.retries(2000, 16)),
          "held open": (2000, lambda: crowd.held_open(2000, 16)),
          "behind holes": (300, lambda: crowd.behind_holes(300, 90))}


def forget(path):
    """Takes a file out of the cache that writing left, so that the first reader fills it anew:
    pages just written lie in smaller pieces, and cost every reader three times as much."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def make(name):
    """Writes the capture of that name; what make_capture says about it."""
    megabytes, connections, rdp = CAPTURES[name]
    path, certificate = WORK / f"{name}.pcap", WORK / "server.der"
    WORK.mkdir(parents=True, exist_ok=True)
    if not certificate.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "180",
                        "-subj", "/CN=rds01", "-keyout", "/dev/null", "-outform", "DER",
                        "-out", certificate], check=True, capture_output=True)
    said = subprocess.run([BUILT / "make_capture", path, str(megabytes), str(connections), str(rdp),
                           certificate], check=True, capture_output=True, text=True)
    forget(path)
    capture = json.loads(said.stdout) | {"path": path, "open": rdp}
    packet_len = capture["bytes"] / capture["frames"] - 16  # 16: the header of a pcap record
    print(f"{name:6} {capture['bytes'] / MIB:6.0f} MiB, {capture['frames']} packets of "
          f"{packet_len:.0f} bytes, {connections} connections at one time, {rdp} of them RDP")
    return capture


def make_crowd(name):
    clients, capture = CROWDS[name]
    path = WORK / f"{name.replace(' ', '-')}.pcap"
    path.write_bytes(capture().bytes())
    return {"path": path, "open": clients}


def run(command):
    """One run: seconds and peak memory in bytes."""
    said = subprocess.run([BUILT / "measure", *map(str, command)], check=True, capture_output=True)
    nanoseconds, memory_kib, status = map(int, said.stdout.split())
    if status not in (0, 1):  # 1: an attempt has a cause
        sys.exit(f"bench: {' '.join(map(str, command))} ended with {status}")
    return nanoseconds / 1e9, memory_kib * KIB


def run_in_turns(commands):
    """{name: [(seconds, memory) of each round]}"""
    results = {name: [] for name in commands}
    for command in commands.values():
        run(command)  # warms the cache
    for _ in range(ROUNDS):
        for name, command in commands.items():
            results[name].append(run(command))
    return results


def spread(values, digits=2):
    return (f"{median(values):.{digits}f} ({min(values):.{digits}f}..{max(values):.{digits}f})")


def ratios(results, name, other, scale=1.0):
    """The ratio of two programs in each round: each pair ran within the same second."""
    return [a[0] / b[0] * scale for a, b in zip(results[name], results[other])]


def show(results):
    for name, rounds in results.items():
        print(f"  {name:22} {spread([s * 1000 for s, _ in rounds], 0):>22} ms "
              f"{max(m for _, m in rounds) / MIB:8.1f} MiB")


class Bars:
    def __init__(self):
        self.failed = 0

    def at_most(self, what, values, bar):
        self._line(what, spread(values), f"at most {bar:g}", median(values) <= bar)

    def at_least(self, what, values, bar):
        self._line(what, spread(values, 0), f"at least {bar:g}", median(values) >= bar)

    def memory(self, what, rounds, capture):
        used = max(m for _, m in rounds)
        bar = 32 * MIB + 32 * KIB * capture["open"] + KIB * capture["reported"]
        self._line(what, f"{used / MIB:.1f} MiB", f"at most {bar / MIB:.1f}", used <= bar)

    def _line(self, what, value, bar, passed):
        self.failed += not passed
        print(f"{'pass' if passed else 'FAIL'}  {what:46} {value:>22}  {bar}")


def count_attempts(rdpath, capture):
    said = subprocess.run([rdpath, "analyze", "--format", "ndjson", capture["path"]],
                          stdout=subprocess.PIPE, check=False)
    return sum(b'"type": "attempt"' in line or b'"type":"attempt"' in line
               for line in said.stdout.splitlines())


def room_for_large():
    """Why the large capture cannot be measured here; None where it can."""
    if MB_LARGE == 0:
        return "BENCH_MB_LARGE=0"
    if shutil.disk_usage(WORK).free < 1.5 * MB_LARGE * MIB:
        return f"less than {1.5 * MB_LARGE:.0f} MiB of disk are free"
    if os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") < 2 * (MB_LARGE + 2 * MB) * MIB:
        return "the memory is too small to keep it cached"
    return None


def main():
    rdpath, loop = BUILT / "rdpath", BUILT / "pcap_loop"
    if not rdpath.exists():
        sys.exit(f"bench: {rdpath} is not there")
    skipped = room_for_large()
    captures = {name: make(name) for name in CAPTURES if name != "large" or not skipped}
    crowds = {name: make_crowd(name) for name in CROWDS}
    for capture in (captures | crowds).values():
        capture["reported"] = count_attempts(rdpath, capture)

    def analyze(name):
        return [rdpath, "analyze", captures[name]["path"]]

    mixed, rdp = captures["mixed"]["path"], captures["rdp"]["path"]
    commands = {"rdpath mixed": analyze("mixed"), "libpcap loop mixed": [loop, mixed]}
    if not skipped:
        commands["rdpath large"] = analyze("large")
    commands |= {"rdpath rdp": analyze("rdp"), "libpcap loop rdp": [loop, rdp]}
    if shutil.which("capinfos"):
        commands["capinfos mixed"] = ["capinfos", mixed]
    print(f"\nwall time, median of {ROUNDS} (smallest..largest), and peak memory")
    results = run_in_turns(commands)
    if shutil.which("tshark"):
        results["tshark mixed (once)"] = [run(["tshark", "-q", "-z", "expert", "-r", mixed])]
    show(results)

    print("\nbars")
    bars = Bars()
    bars.at_most("rdpath / libpcap loop, mixed",
                 ratios(results, "rdpath mixed", "libpcap loop mixed"), 0.5)
    bars.at_most("rdpath / libpcap loop, all RDP",
                 ratios(results, "rdpath rdp", "libpcap loop rdp"), 3)
    if "tshark mixed (once)" in results:
        seconds = results["tshark mixed (once)"][0][0]
        bars.at_least("tshark / rdpath, mixed",
                      [seconds / s for s, _ in results["rdpath mixed"]], 40)
    if not skipped:
        scale = captures["mixed"]["bytes"] / captures["large"]["bytes"]
        bars.at_most("cost of a byte, large / mixed",
                     ratios(results, "rdpath large", "rdpath mixed", scale), 1.15)
    for name, capture in captures.items():
        bars.memory(f"peak memory, {name} ({capture['open']} open, {capture['reported']} reported)",
                    results[f"rdpath {name}"], capture)
    for name, capture in crowds.items():
        bars.memory(f"peak memory, {name} ({capture['open']} open, {capture['reported']} reported)",
                    [run([rdpath, "analyze", capture["path"]])], capture)
    if "capinfos mixed" in results:
        print(f"      {'rdpath / capinfos, mixed':46} "
              f"{spread(ratios(results, 'rdpath mixed', 'capinfos mixed')):>22}")
    for program in ("tshark", "capinfos"):
        if not shutil.which(program):
            print(f"skip  {program} is not installed")
    if skipped:
        print(f"skip  the large capture: {skipped}")
    for name, capture in captures.items():
        if capture["reported"] == 0:
            bars.failed += 1
            print(f"FAIL  {name}: rdpath found no attempt; its times mean nothing")
    sys.exit(1 if bars.failed else 0)


if __name__ == "__main__":
    main()
