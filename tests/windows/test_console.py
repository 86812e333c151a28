#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_console.py PREFIX RDPATH: what a console shows: colour, and UTF-8. wine makes one of the
terminal that it was started from."""

import fcntl
import os
import pty
import select
import shutil
import struct
import sys
import tempfile
import termios
import time
import unittest

PROJECT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
CAPTURE = os.path.join(PROJECT, "pcaps", "certificate-expired", "capture.pcap")
PREFIX, RDPATH = sys.argv[1:]
SECONDS = 60
NAME = "файл-ü-捕捉.pcap"
BOLD_RED, PLAIN = "\x1b[1;31m", "\x1b[0m"


def start(argv):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(WINEPREFIX=PREFIX, WINEDEBUG="-all", DISPLAY="", TERM="xterm-256color",
                          WINEDLLOVERRIDES="mscoree,mshtml=")
        os.execvp(argv[0], argv)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 160, 0, 0))
    return pid, terminal


def shown(*words):
    """All that a terminal was sent until the program ended."""
    pid, terminal = start(["wine", RDPATH, *words])
    told, end = b"", time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            more = os.read(terminal, 65536)
        except OSError:  # nobody holds the other end any more
            break
        told += more
        if not more:
            break
        if b"\x1b[6n" in more:  # where is the cursor?
            os.write(terminal, b"\x1b[1;1R")
    os.close(terminal)
    os.waitpid(pid, 0)
    return told.decode("utf-8")


class Console(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.capture = os.path.join(self.folder, NAME)
        shutil.copy(CAPTURE, self.capture)

    def test_shows_colour(self):
        told = shown("analyze", "-q", self.capture)
        self.assertIn(BOLD_RED + "Attempt 1 failed: certificate-expired", told)
        self.assertIn(PLAIN, told)

    def test_shows_utf8(self):
        self.assertIn(NAME, shown("analyze", self.capture))

    def test_shows_none_where_none_is_wanted(self):
        told = shown("analyze", "-q", "--color", "never", self.capture)
        self.assertIn("Attempt 1 failed: certificate-expired", told)
        self.assertNotIn("\x1b[1;", told)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
