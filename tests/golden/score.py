#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""score.py RDPATH FOLDER...: how many answers are right, over all cases at once.

The truth is what a case was made from: "truth" in its expected.json where its maker wrote one, else
the first of the answers that are right. A vantage that cannot see the truth has more of them; such
an answer is right but not decided. A reset that an end sent itself must never be called a device's,
and where a black hole is seen by who sends into it, its bracket has two ends.
"""

import json
import os
import re
import sys
from collections import Counter, namedtuple
from statistics import median

import golden
import result

UNKNOWN = "not told"
DEVICE = "middlebox"
SENDERS = {"to-server": "client", "to-client": "server"}

# sent: the direction that suffers, where it is recorded at its sender
# reset: (who sent it, who is said to have), None where none ended the attempt or nobody knows
Row = namedtuple("Row", "case vantage offload truth said cause direction stage brackets reset sent")
Bracket = namedtuple("Bracket", "way holds width")  # width None: no upper end


# ---- one attempt --------------------------------------------------------------------------------

def vantage_of(folder, expected):
    told = expected.get("truth", {}).get("vantage")
    script = os.path.join(folder, "packets.txt")
    if not told and os.path.exists(script):
        with open(script, encoding="utf-8") as source:
            told = re.search(r"^vantage +(\w+)", source.read(), re.MULTILINE)
            told = told and told[1]
    return told or UNKNOWN


def truth_of(expected, wanted):
    return expected.get("truth", {}).get("cause") or wanted["causes"][0]


def directions_of(wanted):
    if "direction" in wanted:
        return [wanted["direction"]]
    return wanted.get("one_of", {}).get("cause.direction", result.DIRECTIONS)


def brackets_of(wanted, found):
    for way, truth in wanted.get("path_mtu", {}).items():
        low, high = (result.member(found, f"path.{way}.mtu.{end}") for end in ("at_least", "below"))
        if low is result.MISSING:
            continue
        holds = (low or 0) <= truth and (high is None or truth < high)
        yield Bracket(way, holds, None if high is None else high - (low or 0))


def reset_of(expected, found):
    if "truth" not in expected or result.member(found, "ended.how") != "rst":
        return None
    return expected["truth"]["reset_by"], found["ended"]["by"]


def sent_of(folder, expected, wanted):
    truth = expected.get("truth", {})
    way = truth.get("direction") or wanted.get("direction")
    return way if SENDERS.get(way) == vantage_of(folder, expected) else None


def row_of(folder, expected, wanted, found):
    offload = expected.get("truth", {}).get("offload")
    if offload is None:
        seen = {each["id"] for each in found["observations"]}
        offload = "segmentation-offload" in seen
    return Row(os.path.basename(os.path.normpath(folder)), vantage_of(folder, expected), offload,
               truth_of(expected, wanted), found["cause"]["id"],
               found["cause"]["id"] in wanted["causes"],
               found["cause"]["direction"] in directions_of(wanted),
               found["stage"] in wanted.get("stages", result.STAGES),
               list(brackets_of(wanted, found)), reset_of(expected, found),
               sent_of(folder, expected, wanted))


def rows_of(program, folder):
    """A row for each attempt; one with nothing right where an attempt is missing."""
    expected = golden.expected_of(folder)
    keys = os.path.join(folder, "keys.log")
    options = ["--keylog", keys] if os.path.exists(keys) else []
    _, out, _ = result.analyze(program, [*options, golden.capture_of(folder)])
    attempts = json.loads(out)["attempts"]
    nothing = {"cause": {"id": "no attempt", "direction": UNKNOWN}, "stage": UNKNOWN, "ended": {},
               "observations": [], "path": None}
    for index, wanted in enumerate(expected["attempts"]):
        found = attempts[index] if index < len(attempts) else nothing
        yield row_of(folder, expected, wanted, found)


# ---- all of them --------------------------------------------------------------------------------

def share(rows, right):
    return f"{sum(map(right, rows))}/{len(rows)}"


def width_of(brackets):
    closed = [each.width for each in brackets if each.width is not None]
    return f"{median(closed):.0f} bytes" if closed else "-"


def print_group(name, rows):
    brackets = [each for row in rows for each in row.brackets]
    closed = sum(each.width is not None for each in brackets)
    print(f"  {name:22} {share(rows, lambda row: row.cause):>9} "
          f"{share(rows, lambda row: row.direction):>9} {share(rows, lambda row: row.stage):>9} "
          f"{share(brackets, lambda each: each.holds):>9} {closed:>7} {width_of(brackets):>12}")


def print_groups(rows):
    print(f"  {'right:':22} {'cause':>9} {'direction':>9} {'stage':>9} {'bracket':>9} "
          f"{'closed':>7} {'median width':>12}")
    groups = {"all": rows}
    for vantage in sorted({row.vantage for row in rows}):
        groups[f"vantage {vantage}"] = [row for row in rows if row.vantage == vantage]
    groups["offload on"] = [row for row in rows if row.offload]
    groups["offload off"] = [row for row in rows if not row.offload]
    for name, group in groups.items():
        print_group(name, group)


def print_confusion(rows):
    """Every pair of truth and answer that differ; the diagonal is one number."""
    pairs = Counter((row.truth, row.said, row.cause) for row in rows)
    same = sum(n for (truth, said, _), n in pairs.items() if truth == said)
    print(f"  the truth itself was named in {same} of {len(rows)}; else:")
    for (truth, said, right), n in sorted(pairs.items()):
        if truth != said:
            why = "all that its vantage shows" if right else "WRONG"
            print(f"    {truth:28} -> {said:28} {n:>3}  {why}")


def print_resets(rows):
    resets = [row.reset for row in rows if row.reset]
    devices = [said for sender, said in resets if sender == DEVICE]
    ends = [said for sender, said in resets if sender != DEVICE]
    print(f"  resets: {devices.count(DEVICE)} of {len(devices)} that a device sent are called so, "
          f"the others look as an end's own do; {ends.count(DEVICE)} of {len(ends)} that an end "
          "sent")


def seen_where_sent(row):
    """The direction of a black hole that is recorded at its sender, as a member of path."""
    way = row.truth == "pmtu-black-hole" and not row.offload and row.sent
    return way.replace("-", "_") if way else None


def problems_of(rows):
    for row in rows:
        if row.reset and row.reset[0] != DEVICE and row.reset[1] == DEVICE:
            yield f"{row.case}: a reset of the {row.reset[0] or 'end itself'} is called a device's"
        for bracket in row.brackets:
            if bracket.way == seen_where_sent(row) and bracket.width is None:
                yield f"{row.case}: the bracket {bracket.way} has no upper end at the sender"
        if not row.cause:
            yield f"{row.case}: the truth is {row.truth}, the answer {row.said}"
        if not row.direction:
            yield f"{row.case}: the direction is wrong"
        if not row.stage:
            yield f"{row.case}: the stage is wrong"
        for bracket in row.brackets:
            if not bracket.holds:
                yield f"{row.case}: the bracket {bracket.way} excludes the true path MTU"


def main(words):
    if len(words) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    rows = [row for folder in words[1:] if golden.has_case(folder)
            for row in rows_of(words[0], folder)]
    healthy = [row for row in rows if row.truth == "none"]
    accused = [row for row in healthy if row.said not in ("none", "undetermined")]
    print(f"score: {len(rows)} attempts of {len({row.case for row in rows})} captures")
    print_groups(rows)
    print_confusion(rows)
    print_resets(rows)
    print(f"  healthy: {len(healthy)}, accused: {len(accused)}")
    problems = list(problems_of(rows))
    for problem in problems:
        print(f"  WRONG {problem}")
    return 1 if problems or accused or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
