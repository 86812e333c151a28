# SPDX-License-Identifier: Apache-2.0
"""Runs rdpath as a user does. What is expected stands in the manual: commands and statuses."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(PROJECT, "tests", "golden"))

import capture_file  # noqa: E402

HEALTHY, FAULT, USAGE, FAILED, NO_ATTEMPT = range(5)
SANITIZER = 99  # its own exit status would be 1, which is one of ours
PROGRAM = None


class Run:
    def __init__(self, done):
        self.status, self.raw = done.returncode, done.stdout or b""
        self.out = self.raw.decode("utf-8")
        self.err = (done.stderr or b"").decode("utf-8", "replace")

    def json(self):
        return json.loads(self.out)


def rdpath(*words, **how):
    """how: data for standard input, and what subprocess.run() takes (env: added to ours)."""
    env = dict(os.environ)
    env.pop("NO_COLOR", None)
    env.update(how.pop("env", {}))
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        before = env.get(name, "")
        env[name] = before + ":" * bool(before) + f"exitcode={SANITIZER}:halt_on_error=1"
    data = how.pop("data", None)
    how.setdefault("stdout", subprocess.PIPE)
    done = subprocess.run([PROGRAM, *words], input=data, stderr=subprocess.PIPE, env=env,
                          timeout=60, check=False, **how)
    return Run(done)


def case(name):
    folder = os.path.join(PROJECT, "pcaps", name)
    return next(os.path.join(folder, file) for file in sorted(os.listdir(folder))
                if file.startswith("capture.pcap"))


def case_bytes(name):
    with open(case(name), "rb") as source:
        return source.read()


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    maxDiff = 2000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="rdpath-cli-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as out:
            out.write(data)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as source:
            return source.read()

    def files(self):
        return sorted(os.listdir(self.folder))

    def assert_run(self, run, status, *said):
        """The exit status, and words that standard error must hold."""
        self.assertEqual(run.status, status, run.err)
        for words in said:
            self.assertIn(words, run.err)


def main():
    global PROGRAM
    if len(sys.argv) < 2:
        print(f"usage: {sys.argv[0]} RDPATH [TEST...]", file=sys.stderr)
        return 2
    module = sys.modules["__main__"]
    import program
    program.PROGRAM = os.path.abspath(sys.argv[1])
    unittest.main(module=module, argv=[sys.argv[0], *sys.argv[2:]])
    return 0
