#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_cases.py: pcaps/lab-* are what the declarations say, each from each of its vantages.

A declaration that was changed and not played again, a capture that nobody can make again, an
expected.json that was bent until it fitted: each of them is a difference between the two.
"""

import json
import os
import sys

import case
import lab

PCAPS = os.path.join(lab.PROJECT, "pcaps")
PREFIX = "lab-"


def declared():
    """{folder: what its expected.json has to be}"""
    cases = {}
    for scenario in lab.tables().values():
        for vantage, sees in scenario.vantages().items():
            folder = os.path.basename(case.folder_of(PCAPS, scenario, vantage))
            cases[folder] = json.loads(json.dumps(case.expected_of(scenario, vantage, sees)))
    return cases


def kept(folder):
    with open(os.path.join(PCAPS, folder, "expected.json"), encoding="utf-8") as source:
        return json.load(source)


def main():
    wanted = declared()
    found = {name for name in os.listdir(PCAPS) if name.startswith(PREFIX)}
    problems = [f"{name}: declared and not recorded" for name in sorted(set(wanted) - found)]
    problems += [f"{name}: no declaration makes it" for name in sorted(found - set(wanted))]
    problems += [f"{name}: expected.json is not what its declaration says"
                 for name in sorted(found & set(wanted)) if kept(name) != wanted[name]]
    for problem in problems:
        print(problem)
    print(f"{len(lab.tables())} scenarios, {len(found)} captures, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
