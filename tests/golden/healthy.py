#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""healthy.py RDPATH FOLDER...: what a recording may do to a healthy attempt accuses nobody.

Of the folders whose every attempt is healthy: every snaplen from 40 to 256; every share from 1 % to
20 % of the frames missing; every frame or some doubled; out of order within 5 ms; merged as a
network card merges them, and with the checksums that it leaves; every number of frames cut off at
the front and at the end. The cause of every attempt that is found must be `none` or `undetermined`,
or what a shorter capture truly holds ("when_cut" in expected.json).
"""

import os
import random
import struct
import sys
import tempfile
from collections import namedtuple

import capture_file
import golden
import result
import sweep
import wire

ACQUITTED = {"none", "undetermined"}
ACK_PSH = sweep.ACK | 0x08
SNAPLENS, PERCENTS = range(40, 257), range(1, 21)
APART_US = (0, 4, 50, 900)       # of a frame and its double
LATE_MS = (0.1, 0.5, 1, 2, 3, 5)
DRAWS = 3
ETHERNET_LEN, MERGE_WITHIN_NS = 14, 2 * 10**6
MERGED_MAX = (3000, 9000, 60000)  # bytes of payload: of a pair, of what some cards make, of Linux

Segment = namedtuple("Segment", "flow seq payload ip_at tcp_at end flags")


# ---- missing, doubled, out of order -------------------------------------------------------------

def snapped(frames, _):
    for snaplen in SNAPLENS:
        yield f"snaplen {snaplen}", [each._replace(data=each.data[:snaplen]) for each in frames]


def thinned(frames, dice):
    for percent in PERCENTS:
        for draw in range(DRAWS):
            kept = [each for each in frames if dice.randrange(100) >= percent]
            yield f"{percent} % missing, draw {draw}", kept


def doubled(frames, dice):
    for us in APART_US:
        copies = [copy for each in frames for copy in (each, sweep.later(each, us * 1000))]
        yield f"every frame twice, {us} us apart", sorted(copies, key=sweep.by_time)
    some = [copy for each in frames for copy in [each] * (1 + (dice.randrange(5) == 0))]
    yield "every fifth frame twice", some


def shuffled(frames, dice):
    for ms in LATE_MS:
        for draw in range(DRAWS):
            late = [sweep.later(each, dice.randrange(int(ms * 10**6))) for each in frames]
            yield f"out of order within {ms} ms, draw {draw}", sorted(late, key=sweep.by_time)


def begun_late(frames, _):
    for n in range(1, len(frames)):
        yield f"the first {n} frames missing", frames[n:]


def stopped_early(frames):
    for n in range(1, len(frames)):
        yield f"stopped {n} frames early", frames[:-n]


def unsummed(frames, _):
    """A card that fills checksums in later leaves them unfinished in what is recorded."""
    out = []
    for frame in frames:
        segment = segment_of(frame.data)
        data = bytearray(frame.data)
        if segment:
            data[segment.tcp_at + 16:segment.tcp_at + 18] = b"\xbe\xef"
        out.append(frame._replace(data=bytes(data)))
    yield "wrong TCP checksums", out


# ---- merged -------------------------------------------------------------------------------------

def segment_of(data):
    """A TCP segment of plain Ethernet; None: something else."""
    at = ETHERNET_LEN
    kind = data[12:14]
    if kind == b"\x08\0" and data[at] == 0x45 and data[at + 9] == sweep.TCP:
        tcp_at, end = at + 20, at + struct.unpack_from("!H", data, at + 2)[0]
    elif kind == b"\x86\xdd" and data[at + 6] == sweep.TCP:
        tcp_at, end = at + 40, at + 40 + struct.unpack_from("!H", data, at + 4)[0]
    else:
        return None
    if end > len(data):
        return None
    ports, seq = struct.unpack_from("!II", data, tcp_at)
    flow = (data[at + 12:tcp_at] if kind == b"\x08\0" else data[at + 8:tcp_at]) + \
        struct.pack("!I", ports)
    payload = data[tcp_at + (data[tcp_at + 12] >> 4) * 4:end]
    return Segment(flow, seq, payload, at, tcp_at, end, data[tcp_at + 13])


def grown(frame, first, more):
    """The frame of the segment with the next one's payload and flags; its IPv4 checksum is right
    again."""
    data = bytearray(frame.data[:first.end] + more.payload)
    data[first.tcp_at + 13] |= more.flags
    if data[12:14] == b"\x08\0":
        struct.pack_into("!H", data, first.ip_at + 2, len(data) - first.ip_at)
        struct.pack_into("!H", data, first.ip_at + 10, 0)
        header = bytes(data[first.ip_at:first.ip_at + 20])
        struct.pack_into("!H", data, first.ip_at + 10, wire.checksum(header))
    else:
        struct.pack_into("!H", data, first.ip_at + 4, len(data) - first.tcp_at)
    return frame._replace(data=bytes(data), wire_len=len(data))


def follows(before, last, frame, segment):
    return (last is not None and segment is not None and last.payload and segment.payload and
            last.flow == segment.flow and last.flags == sweep.ACK and
            segment.flags in (sweep.ACK, ACK_PSH) and
            (last.seq + len(last.payload)) % 2**32 == segment.seq and
            frame.ts_ns - before.ts_ns < MERGE_WITHIN_NS)


def merged_frames(frames, most, with_last):
    """Segments of a burst as one frame; with_last: the burst's last segment, which has PSH, too."""
    out, last = [], None
    for frame in frames:
        segment = segment_of(frame.data)
        if (out and follows(out[-1], last, frame, segment) and
                len(last.payload) + len(segment.payload) < most and
                (with_last or segment.flags == sweep.ACK)):
            out[-1] = grown(out[-1], last, segment)
            segment = segment_of(out[-1].data)
        else:
            out.append(frame)
        last = segment
    return out


def merged(frames, _):
    for most in MERGED_MAX:
        for with_last in (False, True):
            out = merged_frames(frames, most, with_last)
            if len(out) < len(frames):
                yield f"merged up to {most} bytes{', the last one too' if with_last else ''}", out


# ---- running ------------------------------------------------------------------------------------

def variants(capture):
    dice = random.Random(len(capture.data))
    frames = capture.frames()
    for damage in (snapped, thinned, doubled, shuffled, begun_late, unsummed, merged):
        for name, damaged in damage(frames, dice):
            yield name, capture.with_frames(damaged)
    for name, damaged in stopped_early(frames):
        yield name, capture.stopped_after(damaged)


def accusations(name, attempts, allowed):
    for attempt in attempts:
        cause = attempt["cause"]
        if cause["id"] not in allowed:
            yield f"{name}: {cause['confidence']} {cause['id']}: {cause['summary']}"


def problems_of(program, batch, folder, allowed):
    paths = []
    for number, (_, data) in enumerate(batch):
        paths.append(os.path.join(folder, f"{number}.pcap"))
        with open(paths[-1], "wb") as out:
            out.write(data)
    _, attempts, problem = sweep.answers(program, paths)
    if problem:
        return [f"{batch[0][0]} to {batch[-1][0]}: {problem}"]
    return [said for (name, _), path in zip(batch, paths)
            for said in accusations(name, attempts.get(path, []), allowed)]


def is_healthy(folder):
    attempts = golden.expected_of(folder)["attempts"]
    return attempts and all(set(each["causes"]) <= ACQUITTED for each in attempts)


def check(program, folder):
    every = list(variants(capture_file.read_capture(golden.capture_of(folder))))
    allowed = ACQUITTED | set(golden.expected_of(folder).get("when_cut", []))
    problems = []
    with tempfile.TemporaryDirectory(prefix="rdpath-healthy-") as work:
        for start in range(0, len(every), sweep.BATCH):
            problems += problems_of(program, every[start:start + sweep.BATCH], work,
                                    allowed)
    name = os.path.basename(os.path.normpath(folder))
    print(f"{name}: {len(every)} variants, {len(problems)} accused")
    for problem in problems[:40]:
        print(f"    {problem}")
    return len(every), len(problems)


def main(words):
    if len(words) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    healthy = [folder for folder in words[1:] if golden.has_case(folder) and is_healthy(folder)]
    if not healthy:
        print("skipped: the truth of this capture is a fault")
        return result.SKIPPED
    checked = [check(words[0], folder) for folder in healthy]
    accused = sum(problems for _, problems in checked)
    print(f"{len(checked)} captures, {sum(n for n, _ in checked)} variants, {accused} accused")
    return 1 if accused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
