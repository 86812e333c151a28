#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_same.py NATIVE WINDOWS...: for every capture of pcaps/ both programs write the same files
into a folder, in every format and the evidence among them, byte for byte, with the same messages
and the same status."""

import glob
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor


def answers(program, case, folder):
    """What a program writes for a case: status, messages, and the files by name."""
    capture = glob.glob(os.path.join(case, "capture.pcap*"))[0]
    keys = os.path.join(case, "keys.log")
    options = ["--keylog", keys] if os.path.exists(keys) else []
    done = subprocess.run([*program, "report", "--packets", "-o", folder + "/", *options, capture],
                          capture_output=True, timeout=60, check=False)
    found = {"status": done.returncode, "messages": done.stderr, "output": done.stdout}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as source:
            found[name] = source.read()
    return found


def missing(found):
    """What a folder has to hold: a page and an overview, and where there is an attempt all the
    formats of it and the evidence."""
    wanted = ["index.html", "overview.ndjson"]
    if any(name.endswith(".json") for name in found):
        wanted += [".html", ".md", ".txt", ".pcapng"]
    return [what for what in wanted
            if not any(name.endswith(what) and content for name, content in found.items()
                       if name != "index.html" or what == name)]


def never_ran(found):
    """rdpath writes a file or a message, whatever it is given; wine that cannot start it, not."""
    return len(found) == 3 and not found["messages"] and not found["output"]


def check(native, windows, case):
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
        ours, theirs = answers(native, case, here), answers(windows, case, there)
        if never_ran(theirs):
            print(f"{case}: wine did not start rdpath.exe; once more")
            theirs = answers(windows, case, there)
    problems = [f"{what} is not the same" for what in ours.keys() & theirs.keys()
                if ours[what] != theirs[what]]
    problems += [f"{what}: rdpath.exe did not write it" for what in ours.keys() - theirs.keys()]
    problems += [f"{what}: only rdpath.exe wrote it" for what in theirs.keys() - ours.keys()]
    problems += [f"no {what}" for what in missing(ours)]
    for what in problems:
        print(f"{case}: {what}")
    return not problems


def main(native, *windows):
    if not os.path.exists(native):
        print(f"skipped: {native} is not built, and there is nothing to compare with")
        return 77
    cases = sorted(glob.glob("pcaps/*/"))
    with ThreadPoolExecutor(os.cpu_count()) as some:
        good = sum(some.map(lambda case: check([native], windows, case.rstrip("/")), cases))
    print(f"{good} of {len(cases)} captures have the same answers")
    return 0 if cases and good == len(cases) else 1


sys.exit(main(*sys.argv[1:]))
