#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_files.py WINDOWS...: what files are called, how long their paths and how large they are."""

import gzip
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

PROJECT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(PROJECT, "tests", "golden"))

import capture_file  # noqa: E402

PROGRAM = []
CAPTURE = os.path.join(PROJECT, "pcaps", "nla-required", "capture.pcap")
FAULT, USAGE, FAILED = 1, 2, 3
NAMES = ("büro", "файл", "捕捉 失敗", "\U0001f600 lächelt", "a'b&c %d")


def rdpath(*words, **how):
    return subprocess.run([*PROGRAM, *words], capture_output=True, timeout=120, check=False, **how)


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def place(self, *parts):
        return os.path.join(self.folder, *parts)

    def copy(self, *parts):
        path = self.place(*parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(CAPTURE, path)
        return path

    def analyzed(self, path):
        done = rdpath("analyze", "--format", "json", path)
        self.assertEqual(done.returncode, FAULT, done.stderr)
        answer = json.loads(done.stdout.decode("utf-8"))
        self.assertEqual(answer["attempts"][0]["cause"]["id"], "nla-required")
        return answer["inputs"][0]["path"]

    def test_any_name_is_read_and_told_in_utf8(self):
        for name in NAMES:
            path = self.copy(name, name + ".pcap")
            self.assertEqual(self.analyzed(path), path)

    def test_any_name_is_written(self):
        for name in NAMES:
            path = self.place(name + ".html")
            done = rdpath("report", "-o", path, "--title", name, CAPTURE)
            self.assertEqual(done.returncode, FAULT, done.stderr)
            with open(path, encoding="utf-8") as source:
                html = source.read()
            self.assertIn(name.replace("&", "&amp;").replace("'", "&#39;"), html)
            self.assertEqual(os.listdir(self.folder), [name + ".html"])
            os.remove(path)

    def test_a_finished_report_replaces_the_one_before(self):
        path = self.place("report.html")
        with open(path, "w", encoding="utf-8") as old:
            old.write("old")
        rdpath("report", "-o", path, CAPTURE)
        with open(path, encoding="utf-8") as source:
            self.assertIn("<html", source.read())

    def test_one_file_by_two_paths(self):
        """The answer may not take the recording's place: that is said before anything begins."""
        os.mkdir(self.place("in"))
        self.copy("old.pcapng")
        os.link(self.place("old.pcapng"), self.place("hard.txt"))
        for one, other in (("new.txt", ".\\new.txt"), ("new.txt", "in\\..\\NEW.txt"),
                           ("new.txt", self.place("new.txt")), ("old.pcapng", "in/../hard.txt")):
            done = rdpath("capture", "-w", one, "-o", other, cwd=self.folder)
            self.assertEqual(done.returncode, USAGE, done.stderr)
            self.assertIn(b"expected a file of its own", done.stderr)
        done = rdpath("capture", "-i", "none", "-w", "new.txt", "-o", "in\\new.txt",
                      cwd=self.folder)
        self.assertNotEqual(done.returncode, USAGE, done.stderr)

    def test_paths_longer_than_260_characters(self):
        parts = ["ordner" * 12] * 6
        path = self.copy(*parts, "aufnahme.pcap")
        self.assertGreater(len(path), 400)
        self.assertEqual(self.analyzed(path), path)
        out = self.place(*parts, "neu")
        done = rdpath("report", "-o", out + "/", path)
        self.assertEqual(done.returncode, FAULT, done.stderr)
        self.assertIn("index.html", os.listdir(out))
        self.assertTrue(any(name.endswith(".pcapng") for name in os.listdir(out)))

    def test_stars_are_opened_by_the_program(self):
        self.copy("a.pcap")
        self.copy("b.pcap")
        done = rdpath("analyze", "--format", "json", self.place("*.pcap"))
        self.assertEqual(len(json.loads(done.stdout)["inputs"]), 2)

    def test_the_same_bytes_through_a_pipe(self):
        with open(CAPTURE, "rb") as source:
            done = rdpath("analyze", "--format", "json", "-", input=source.read())
        self.assertEqual(done.returncode, FAULT, done.stderr)
        self.assertNotIn(b"\r", done.stdout)

    def test_a_compressed_file(self):
        path = self.place("capture.pcap.gz")
        with open(CAPTURE, "rb") as source, gzip.open(path, "wb") as out:
            out.write(source.read())
        self.analyzed(path)

    def test_what_cannot_be_read_is_said(self):
        for path, words in ((self.place("nothing.pcap"), b"no such file; check the path"),
                            (self.folder, b"expected a file, found a directory")):
            done = rdpath("analyze", path)
            self.assertEqual(done.returncode, FAILED)
            self.assertIn(words, done.stderr)

    def test_beyond_4_gib(self):
        """16 MiB a frame of another protocol, 257 of them, as holes of the file; RDP behind."""
        path, payload = self.place("large.pcap"), 16 * 1024 * 1024
        record = struct.pack("<IIII", 1, 0, payload, payload)
        with open(CAPTURE, "rb") as source:
            small = source.read()
        with open(path, "wb") as out:
            out.write(small[:24])
            for _ in range(257):
                out.write(record)
                out.seek(payload, os.SEEK_CUR)
            out.write(small[24:])
        self.assertGreater(os.path.getsize(path), 2 ** 32)
        done = rdpath("analyze", "--format", "json", path)
        self.assertEqual(done.returncode, FAULT, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["inputs"][0]["bytes"], os.path.getsize(path))
        self.assertEqual(answer["attempts"][0]["cause"]["id"], "nla-required")
        frames = len(capture_file.read_capture(CAPTURE).records)
        self.assertEqual(answer["inputs"][0]["packets"], 257 + frames)


if __name__ == "__main__":
    PROGRAM += sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
