#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""golden.py RDPATH FOLDER...: analyzes FOLDER/capture.pcap(ng), compares with expected.json."""

import glob
import json
import os
import sys

import capture_file
import result


def capture_of(folder):
    found = glob.glob(os.path.join(folder, "capture.pcap*"))
    if len(found) != 1:
        raise FileNotFoundError(f"expected one capture.pcap or .pcapng in {folder}, "
                                f"found {len(found)}")
    return found[0]


def expected_of(folder):
    with open(os.path.join(folder, "expected.json"), encoding="utf-8") as source:
        return json.load(source)


def has_case(folder):
    return os.path.exists(os.path.join(folder, "expected.json"))


def problems_of(expected, answer, n_frames):
    problems = []
    if answer.get("schema") != "rdpath.analysis/1":
        problems.append(f"schema: expected rdpath.analysis/1, found {answer.get('schema')}")
    attempts, inputs = answer.get("attempts", []), answer.get("inputs", [])
    if len(attempts) != len(expected["attempts"]):
        causes = [result.member(attempt, "cause.id") for attempt in attempts]
        problems.append(f"attempts: expected {len(expected['attempts'])}, found {len(attempts)} "
                        f"{causes}")
    for index, (wanted, found) in enumerate(zip(expected["attempts"], attempts)):
        where = f"attempts[{index}]"
        problems += result.check_well_formed(found, n_frames, where)
        problems += result.check_attempt(wanted, found, where)
    if len(inputs) != 1:
        return problems + [f"inputs: expected 1, found {len(inputs)}"]
    problems += result.check_members(inputs[0], result.INPUT, "inputs[0]")
    problems += result.check_one_of(inputs[0], "packets", [n_frames], "inputs[0]")
    problems += result.check_attempt(expected.get("input", {}), inputs[0], "inputs[0]")
    return problems


def check(program, folder):
    capture, expected = capture_of(folder), expected_of(folder)
    n_frames = len(capture_file.read_capture(capture).records)
    keys = os.path.join(folder, "keys.log")
    options = ["--keylog", keys] if os.path.exists(keys) else []
    status, out, err = result.analyze(program, [*options, capture])
    problems = []
    if status not in expected["exit"]:
        problems.append(f"exit status: expected {expected['exit']}, found {status}")
    try:
        answer = json.loads(out)
    except json.JSONDecodeError as error:
        problems.append(f"standard output: expected JSON, found {error}")
    else:
        problems += problems_of(expected, answer, n_frames)
    name = os.path.basename(os.path.normpath(folder))
    print(f"{name}: " + ("as expected" if not problems else f"{len(problems)} differences"))
    for problem in problems:
        print(f"    {problem}")
    if problems and err:
        print(f"    standard error: {err.strip()[:2000]}")
    return not problems


def main(words):
    if len(words) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    return 0 if all([check(words[0], folder) for folder in words[1:]]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
