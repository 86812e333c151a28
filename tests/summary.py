#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The last lines of ./dev test: what ctest counted, what was skipped and why, the score.

A test is skipped where it returned 77 and wrote "skipped: REASON"; cmocka's own skip() counts too.
"""
import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path


def skips_of(case):
    """The reasons for which a test, or a part of it, was skipped."""
    output = case.findtext("system-out") or ""
    reasons = re.findall(r"^skip(?:ped)?: *(.+)$", output, re.MULTILINE)
    if case.find("skipped") is not None or case.get("status") == "notrun":
        return reasons or ["no reason given"]
    parts = sorted(set(re.findall(r"^\[  SKIPPED \] (\w+)$", output, re.MULTILINE)))
    return [f"in part ({name}), {', '.join(reasons) or 'no reason given'}" for name in parts]


def print_score(suite):
    for case in suite.iter("testcase"):
        if case.get("name") == "score":
            print((case.findtext("system-out") or "").strip())


def main(paths):
    paths = [Path(path) for path in paths]
    for path in paths:
        if not path.exists():
            print(f"{path.stem}: ctest left no result")
            continue
        suite = xml.parse(path).getroot()
        n, failed = int(suite.get("tests")), int(suite.get("failures"))
        share = 100 * (n - failed) // n if n else 0
        print(f"{path.stem}: {share}% tests passed, {failed} tests failed out of {n}")
        cases = [(case.get("name"), skips_of(case)) for case in suite.iter("testcase")]
        skipped = [(name, why) for name, reasons in cases for why in reasons]
        print(f"{path.stem}: {len(skipped)} skipped" + (":" if skipped else ""))
        for name, why in skipped:
            print(f"    {name}: {why}")
        if path is paths[0]:
            print_score(suite)


main(sys.argv[1:])
