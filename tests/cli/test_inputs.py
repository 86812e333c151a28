#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes in: files, pipes, compressed captures, damage, files that are no captures."""

import gzip
import os
import shutil
import struct
import subprocess

import program
import capture_file
from program import FAILED, FAULT, HEALTHY, NO_ATTEMPT, Case, case, case_bytes, rdpath

GOOD, BAD = "healthy-tls13", "pmtu-black-hole-to-client"


class Pipes(Case):
    def assert_black_hole(self, run):
        self.assert_run(run, FAULT)
        self.assertEqual(run.json()["attempts"][0]["cause"]["id"], "pmtu-black-hole")

    def test_standard_input(self):
        self.assert_black_hole(rdpath("analyze", "--format", "json", "-", data=case_bytes(BAD)))

    def test_gzip(self):
        packed = gzip.compress(case_bytes(BAD), mtime=0)
        self.assert_black_hole(rdpath("analyze", "--format", "json", "-", data=packed))
        self.assert_black_hole(rdpath("analyze", "--format", "json", self.write("x", packed)))

    def test_zstd(self):
        if not shutil.which("zstd"):
            self.skipTest("zstd is not installed")
        packed = subprocess.run(["zstd", "-q", "-c"], input=case_bytes(BAD), check=True,
                                stdout=subprocess.PIPE).stdout
        self.assert_black_hole(rdpath("analyze", "--format", "json", "-", data=packed))
        self.assert_black_hole(rdpath("analyze", "--format", "json", self.write("x", packed)))

    def test_named_pipe(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        with subprocess.Popen(["cp", case(BAD), pipe]):
            self.assert_black_hole(rdpath("analyze", "--format", "json", pipe))

    def test_pipe_and_file(self):
        run = rdpath("analyze", "--format", "json", case(GOOD), "-", data=case_bytes(BAD))
        self.assert_run(run, FAULT)
        self.assertEqual([one["cause"]["id"] for one in run.json()["attempts"]],
                         ["none", "pmtu-black-hole"])

    def test_pipe_and_file_say_the_same(self):
        piped = rdpath("analyze", "--format", "json", "-", data=case_bytes(BAD)).json()
        filed = rdpath("analyze", "--format", "json", case(BAD)).json()
        self.assertEqual(piped["attempts"], filed["attempts"])


class LinkTypes(Case):
    """A link type that is not read is named, and the rest of the file is read."""

    def capture_of(self, links, frames):
        path = self.path("links.pcapng")
        capture_file.write_pcapng(path, links, frames, {"name": "eth0"})
        return path

    def test_beside_ethernet(self):
        frames = capture_file.read_capture(case(BAD)).frames()
        usb = [capture_file.Frame(frame.ts_ns, bytes(64), 64, 0) for frame in frames[:3]]
        path = self.capture_of([220, 1], usb + [frame._replace(interface=1) for frame in frames])
        run = rdpath("analyze", "--format", "json", path)
        self.assert_run(run, FAULT, "220")
        problem, = run.json()["inputs"][0]["problems"]
        for words in ("220 (USB_LINUX_MMAPPED)", "interface 0, inside0", "3 frames"):
            self.assertIn(words, problem)
        self.assertEqual(run.json()["attempts"][0]["cause"]["id"], "pmtu-black-hole")

    def test_alone(self):
        frames = [capture_file.Frame(10**18 + number, bytes(64), 64, 0) for number in range(5)]
        run = rdpath("analyze", "--format", "json", self.capture_of([147], frames))
        self.assert_run(run, NO_ATTEMPT, "147 (no name is known)")


class Damage(Case):
    """Analyzed up to the damage, which is named twice; the status is that of the attempts."""

    def assert_told(self, data, status):
        path = self.write("damaged.pcap", data)
        run = rdpath("analyze", "--format", "json", path)
        self.assert_run(run, status, "damaged.pcap")
        problems = run.json()["inputs"][0]["problems"]
        self.assertGreater(len(problems), 0)
        self.assertIn(problems[0], run.err)
        return run.json()

    def test_cut_within_a_frame(self):
        data = case_bytes(BAD)
        self.assertEqual(len(self.assert_told(data[:-7], FAULT)["attempts"]), 1)

    def test_cut_within_the_first_frame(self):
        self.assertEqual(self.assert_told(case_bytes(BAD)[:50], NO_ATTEMPT)["attempts"], [])

    def test_a_frame_of_impossible_length(self):
        data = case_bytes(GOOD) + struct.pack("<IIII", 0, 0, 0x7FFFFFFF, 0x7FFFFFFF) + bytes(40)
        self.assert_told(data, HEALTHY)

    def test_cut_gzip(self):
        packed = gzip.compress(case_bytes(BAD), mtime=0)
        self.assertGreater(len(self.assert_told(packed[:-9], FAULT)["attempts"]), 0)

    def test_text_tells_it_on_standard_error(self):
        path = self.write("damaged.pcap", case_bytes(BAD)[:-7])
        run = rdpath("analyze", path)
        self.assert_run(run, FAULT, "damaged.pcap")


class Foreign(Case):
    """What is not read is named, and how to convert it."""

    def test_kinds(self):
        trace = bytearray(4096)
        struct.pack_into("<I", trace, 0, 4096)
        struct.pack_into("<HBB", trace, 72, 2, 2, 0xC0)
        for data, *said in (
                (b"snoop\0\0\0\0\0\0\2\0\0\0\4", "snoop", "editcap"),
                (b"GMBU\0\2" + bytes(200), "Network Monitor", "editcap"),
                (bytes(trace), "ETL", "etl2pcap"),
                (b"IP 10.0.0.1.5000 > 10.0.0.2.3389: Flags [S]\n" * 3, "text", "tcpdump"),
                (b"PK\3\4" + bytes(60), "zip", "unpack"),
                (b"", "empty"),
                (b"\x01\x02\x03\x04" * 10, "01 02 03 04")):
            with self.subTest(said=said):
                run = rdpath("analyze", self.write("strange", data))
                self.assert_run(run, FAILED, "strange", "expected a pcap or pcapng", *said)
                piped = rdpath("analyze", "-", data=data)
                self.assert_run(piped, FAILED, "standard input", *said)

    def test_directory(self):
        self.assert_run(rdpath("analyze", self.folder), FAILED, self.folder, "directory")

    def test_capture_without_frames(self):
        self.assert_run(rdpath("analyze", self.write("x", case_bytes(BAD)[:24])), NO_ATTEMPT)

    def test_unreadable(self):
        path = self.write("secret.pcap", case_bytes(BAD))
        os.chmod(path, 0)
        if os.access(path, os.R_OK):
            self.skipTest("this user may read everything")
        self.assert_run(rdpath("analyze", path), FAILED, "secret.pcap")


if __name__ == "__main__":
    program.main()
