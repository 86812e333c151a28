#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual, the table of options and --help say the same; what the manual shows is what happens.

test_manual.py RDPATH [TEST...]"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import options

CAPTURE = options.TOP / "pcaps" / "pmtu-black-hole-to-client" / "capture.pcap"
RDPATH = None
ELSEWHERE = ("outdated mandoc.db", "referenced manual not found")  # about other manuals


def run(words, **how):
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, **how)


def examples():
    """(command, lines that it writes) for each line of the manual with a prompt."""
    text = options.MANUAL.read_text().split(".Sh EXAMPLES", 1)[1].split("\n.Sh ", 1)[0]
    found = []
    for block in re.findall(r"^\.Bd -literal\n(.*?)^\.Ed$", text, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\&", "").replace("\\e", "\\").splitlines():
            if line[:2] in ("$ ", "# "):
                found.append((line, []))
            else:
                found[-1][1].append(line)
    return found


def as_pattern(lines):
    """A line "..." stands for any lines."""
    return "".join("(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in lines)


class Manual(unittest.TestCase):
    def test_options_come_from_the_table(self):
        held = options.MANUAL.read_text()
        self.assertIn("\n".join(options.section()) + "\n", held,
                      "run python3 tests/manual/options.py --write")

    def test_help_comes_from_the_table(self):
        for command in options.commands():
            said = run([RDPATH, command["name"], "--help"]).stdout
            self.assertIn(f"usage: rdpath {command['name']} {command['arguments']}\n", said)
            listed = re.findall(r"^  (?:-(\w), |    )--([\w-]+)(?: (\S+))? +(.*)$", said,
                                re.MULTILINE)
            taken = [(one["letter"] or "", one["name"], one["argument"] or "", one["help"])
                     for one in options.options() if command["name"] in one["commands"]]
            self.assertGreater(len(taken), 0)
            self.assertEqual(listed, taken, command["name"])
        for command in options.commands():
            self.assertRegex(run([RDPATH, "--help"]).stdout,
                             rf"(?m)^  {command['name']} +{re.escape(command['does'])}$")

    def test_every_option_is_taken_where_it_is_listed(self):
        for one in options.options():
            if one["argument"]:  # without its value: told what is missing, so it is known
                for command in one["commands"]:
                    said = run([RDPATH, command, "--" + one["name"]])
                    self.assertEqual(said.returncode, 2)
                    self.assertIn(f"--{one['name']}: expected", said.stderr)

    def test_it_is_well_formed(self):
        if not shutil.which("mandoc"):
            self.skipTest("no mandoc here")
        said = run(["mandoc", "-Tlint", str(options.MANUAL)]).stdout.splitlines()
        self.assertEqual([line for line in said if not any(part in line for part in ELSEWHERE)],
                         [])

    def test_examples_do_what_they_show(self):
        folder = tempfile.mkdtemp(prefix="rdpath-manual-")
        self.addCleanup(shutil.rmtree, folder, True)
        shutil.copy(CAPTURE, os.path.join(folder, "attempt.pcapng"))
        env = dict(os.environ, PATH=f"{os.path.dirname(RDPATH)}:{os.environ['PATH']}", LC_ALL="C")
        env.pop("NO_COLOR", None)
        n = 0
        for command, lines in examples():
            if command.startswith("# "):  # needs a network or rights
                self.assertEqual(lines, [])
                continue
            said = run(["sh", "-c", command[2:]], cwd=folder, env=env)
            self.assertIn(said.returncode, (0, 1), command + "\n" + said.stderr)
            self.assertEqual(said.stderr, "", command)
            self.assertRegex(said.stdout, rf"\A{as_pattern(lines)}\Z", command)
            n += 1
        self.assertGreater(n, 5)


if __name__ == "__main__":
    RDPATH = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
