#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sweep.py RDPATH FOLDER...: damages the folder's capture in every way and analyzes each variant.

Never a crash, never a hang, always a well-formed answer, and a `confirmed` cause never becomes
another `confirmed` cause; where frames are missing it may become what weakens_to in rules.def
says. What a shorter capture truly holds (the first of two connections, say) stands in
expected.json as "when_cut".
"""

import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
from collections import namedtuple

import capture_file
import golden
import result

EVERY_UP_TO = 60  # frames; of a longer capture as many are drawn
BATCH = 48        # variants a process
TIMEOUT = 60      # seconds for a batch
SNAPLENS = (14, 20, 34, 40, 54, 60, 68, 80, 96, 128, 200, 400, 1000)
TCP, ACK = 6, 0x10  # the protocol, the flag
RULES = os.path.join(result.PROJECT, "analyze", "rules", "rules.def")

Variant = namedtuple("Variant", "name data missing")  # missing: frames are missing


def rules_of(text):
    """{id: the ids in weakens_to} of RULE(symbol, "id", "yields_to", "weakens_to") rows."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    string = r'((?:"[^"]*"\s*)+)'
    row = re.compile(r"RULE\(\s*\w+\s*,\s*" + r"\s*,\s*".join([string] * 3) + r"\)")
    joined = [[re.sub(r'"\s*"|"', "", part).strip() for part in match.groups()]
              for match in row.finditer(text)]
    return {identity: weakens.split() for identity, _, weakens in joined}


def chosen(count, dice):
    if count <= EVERY_UP_TO:
        return list(range(count))
    return sorted(dice.sample(range(count), EVERY_UP_TO))


def later(frame, ns):
    return frame._replace(ts_ns=frame.ts_ns + ns)


def by_time(frame):
    return frame.ts_ns


def cuts(capture, dice):
    """The file cut off: between frames, within a frame, within its header."""
    start = len(capture.head)
    ends = [start]
    for record in capture.records:
        ends.append(ends[-1] + len(record))
    lengths = {0, 1, 4, 10, start - 1, start}
    for index in chosen(len(capture.records), dice):
        lengths |= {ends[index], ends[index] + 9, (ends[index] + ends[index + 1]) // 2}
    for length in sorted(lengths):
        yield Variant(f"cut at {length} bytes", capture.data[:length], True)


def snapped(capture):
    frames = capture.frames()
    for snaplen in SNAPLENS:
        cut = [frame._replace(data=frame.data[:snaplen]) for frame in frames]
        yield Variant(f"snaplen {snaplen}", capture.with_frames(cut), False)


def rearranged(capture, dice):
    frames = capture.frames()
    doubled = [copy for frame in frames for copy in (frame, later(frame, 3000))]
    yield Variant("every frame twice", capture.with_frames(doubled), False)
    for index in chosen(len(frames), dice):
        frame, before, after = frames[index], frames[:index], frames[index + 1:]
        yield Variant(f"frame {index + 1} twice",
                      capture.with_frames(before + [frame, later(frame, 3000)] + after), False)
        yield Variant(f"frame {index + 1} missing", capture.with_frames(before + after), True)
        if after:
            yield Variant(f"frames {index + 1} and {index + 2} swapped",
                          capture.with_frames(before + [after[0], frame] + after[1:]), False)


def bare_ack(frame):
    """(sport, dport) of a TCP segment that does nothing but acknowledge; None: something else."""
    data = frame.data
    for at in (0, 14, 18, 20):  # raw, Ethernet, VLAN, SLL2
        ip = data[at:]
        if len(ip) >= 40 and ip[0] == 0x45 and ip[9] == TCP:
            tcp, length = ip[20:], struct.unpack_from("!H", ip, 2)[0] - 20
        elif len(ip) >= 60 and ip[0] >> 4 == 6 and ip[6] == TCP:
            tcp, length = ip[40:], struct.unpack_from("!H", ip, 4)[0]
        else:
            continue
        if tcp[13] == ACK and length == tcp[12] >> 4 << 2:
            return struct.unpack_from("!HH", tcp)
    return None


def without_acks(capture):
    """What merges, offloads or samples on the recording machine may leave out: the ends got it."""
    frames = capture.frames()
    acks = [bare_ack(frame) for frame in frames]
    ways = {"": lambda ack: True, " to the server": lambda ack: ack[0] > ack[1],
            " to the client": lambda ack: ack[0] < ack[1]}  # the server's port is the lower one
    for way, goes in ways.items():
        kept = [frame for frame, ack in zip(frames, acks) if not (ack and goes(ack))]
        if len(kept) == len(frames):
            continue
        name = f"all bare acknowledgements{way} missing"
        yield Variant(name, capture.with_frames(kept), True)
        for ms in (1, 30):
            late = [later(frame, ms * 10**6) for frame in kept]
            third = late[::3] + kept[1::3] + kept[2::3]
            yield Variant(f"{name}, every frame twice, {ms} ms apart",
                          capture.with_frames(sorted(kept + late, key=by_time)), True)
            yield Variant(f"{name}, every third {ms} ms late",
                          capture.with_frames(sorted(third, key=by_time)), True)


def variants(capture):
    dice = random.Random(len(capture.data))
    yield from cuts(capture, dice)
    yield from snapped(capture)
    yield from rearranged(capture, dice)
    yield from without_acks(capture)


# ---- running ------------------------------------------------------------------------------------

def answers(program, paths):
    """(exit status, {path: its attempts}, problem or None)"""
    try:
        status, out, err = result.analyze(program, paths, "ndjson", TIMEOUT)
    except subprocess.TimeoutExpired:
        return None, {}, f"no answer within {TIMEOUT} s"
    if status not in (0, 1, 3, 4):
        return status, {}, f"exit status {status}: {err.strip()[-2000:]}"
    attempts = {}
    try:
        for line in out.splitlines():
            thing = json.loads(line)
            if thing.get("type") == "attempt":
                attempts.setdefault(thing["input_path"], []).append(thing)
    except (json.JSONDecodeError, KeyError) as error:
        return status, {}, f"expected lines of JSON, found {error}"
    return status, attempts, None


def confirmed(attempts):
    return {attempt["cause"]["id"] for attempt in attempts
            if attempt["cause"]["confidence"] == "confirmed"} - {"undetermined"}


class Sweep:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.capture_path = golden.capture_of(folder)
        self.capture = capture_file.read_capture(self.capture_path)
        self.expected = golden.expected_of(folder)
        with open(RULES, encoding="utf-8") as source:
            self.weakens = rules_of(source.read())
        self.problems, self.count = [], 0

    def allowed(self, variant):
        names = set(self.base)
        if variant.missing:
            names |= set(self.expected.get("when_cut", []))
            for name in self.base:
                names |= set(self.weakens.get(name, []))
        return names

    def judge(self, variant, attempts):
        try:
            n_frames = len(capture_file.Capture(variant.data).records)
        except ValueError:
            n_frames = 0
        for index, attempt in enumerate(attempts):
            for problem in result.check_well_formed(attempt, n_frames, f"attempts[{index}]"):
                self.problems.append(f"{variant.name}: {problem}")
        if self.base:
            for name in confirmed(attempts) - self.allowed(variant):
                self.problems.append(f"{variant.name}: confirmed {' or '.join(sorted(self.base))} "
                                     f"became confirmed {name}")

    def run_batch(self, batch, folder):
        paths = []
        for number, variant in enumerate(batch):
            paths.append(os.path.join(folder, f"{number}.pcap"))
            with open(paths[-1], "wb") as out:
                out.write(variant.data)
        self.count += len(batch)
        _, attempts, problem = answers(self.program, paths)
        if problem is None:
            for variant, path in zip(batch, paths):
                self.judge(variant, attempts.get(path, []))
            return
        alone = [(variant, answers(self.program, [path])[2]) for variant, path in zip(batch, paths)]
        found = [f"{variant.name}: {why}" for variant, why in alone if why]
        self.problems += found or [f"{batch[0].name} to {batch[-1].name}, read as one: {problem}"]

    def run(self):
        _, attempts, problem = answers(self.program, [self.capture_path])
        if problem:
            self.problems.append(f"as it is: {problem}")
            return
        self.base = confirmed(attempts.get(self.capture_path, []))
        batch = []
        with tempfile.TemporaryDirectory(prefix="rdpath-sweep-") as folder:
            for variant in variants(self.capture):
                batch.append(variant)
                if len(batch) == BATCH:
                    self.run_batch(batch, folder)
                    batch = []
            if batch:
                self.run_batch(batch, folder)


def check(program, folder):
    sweep = Sweep(program, folder)
    sweep.run()
    name = os.path.basename(os.path.normpath(folder))
    print(f"{name}: {sweep.count} variants, {len(sweep.problems)} problems")
    for problem in sweep.problems[:40]:
        print(f"    {problem}")
    return not sweep.problems


def main(words):
    if len(words) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    return 0 if all([check(words[0], folder) for folder in words[1:]]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
