#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Evidence captures: the same answer from fewer bytes, with a comment on each deciding frame."""

import contextlib
import os
import shutil
import subprocess
import threading

import program
from program import FAILED, FAULT, HEALTHY, NO_ATTEMPT, USAGE, Case, case, case_bytes, rdpath

import capture_file  # program knows where these are
import evidence
import evidence_case

BAD = case("pmtu-black-hole-to-client")


def answers_of(path):
    return rdpath("analyze", "--format", "json", path).json()["attempts"]


def frames_of(path):
    """(time, length on the wire, bytes) of each frame: what is kept of it begins the original."""
    with open(path, "rb") as source:
        capture = capture_file.Capture(source.read())
    return [frame_of(record, capture.kind) for record in capture.records]


def frame_of(record, kind):
    if kind == "pcap":
        seconds, micros, held, wire = (int.from_bytes(record[i:i + 4], "little")
                                       for i in range(0, 16, 4))
        return seconds * 10**9 + micros * 1000, wire, record[16:16 + held]
    high, low, held, wire = (int.from_bytes(record[i:i + 4], "little") for i in range(12, 28, 4))
    return high << 32 | low, wire, record[28:28 + held]


def pour(pipe, first, again):
    """To whoever opens it: the first time, and each time after that another pipe's."""
    for n in range(10):
        with contextlib.suppress(OSError), open(pipe, "wb") as target:
            os.remove(pipe)
            os.mkfifo(pipe)
            target.write(again if n else first)


class Evidence(Case):
    def make(self, *words):
        run = rdpath("report", "--evidence", self.path("e.pcapng"), *words)
        self.assertEqual(run.err, "")
        return run

    def test_frames_are_original_ones_in_order(self):
        for name in ("pmtu-black-hole-to-client", "healthy-nla", "udp-fine", "firewall-reject-ipv6",
                     "pmtu-black-hole-wireguard", "packet-loss-degraded", "snaplen-96"):
            with self.subTest(name):
                self.make(case(name))
                original = iter(frames_of(case(name)))
                for ts_ns, wire, kept in frames_of(self.path("e.pcapng")):
                    self.assertTrue(any(one[0] == ts_ns and one[1] == wire and
                                        one[2].startswith(kept) for one in original))

    def test_another_answer_is_not_published(self):
        """A named pipe holds the capture for the report, and its first half for the evidence."""
        whole, pipe = case_bytes("pmtu-black-hole-to-client"), self.path("pipe")
        os.mkfifo(pipe)
        threading.Thread(target=pour, args=(pipe, whole, whole[:len(whole) // 2]),
                         daemon=True).start()
        run = rdpath("report", "--evidence", self.path("e.pcapng"), "--format", "json", pipe)
        self.assert_run(run, FAILED, "expected the answer of the capture", "nothing is published")
        self.assertEqual(self.files(), ["pipe"])

    def test_session_data_is_cut(self):
        self.make(case("pmtu-black-hole-mid-stream"))
        frames = frames_of(self.path("e.pcapng"))
        held = sum(len(kept) for _, _, kept in frames)
        self.assertLess(held, sum(wire for _, wire, _ in frames) / 10)

    def test_what_was_decrypted_is_said_and_no_secret_is_in(self):
        for name in ("credentials-rejected-secrets", "certificate-rejected-secrets",
                     "not-authorized-secrets", "server-denied-secrets", "healthy-tls12-keys"):
            with self.subTest(name):
                folder = evidence_case.Folder(name)
                self.make(*folder.options, case(name))
                data = self.read("e.pcapng")
                self.assertNotIn(b"CLIENT_RANDOM", data)
                self.assertNotIn(b"TRAFFIC_SECRET", data)
                cause = folder.answer()["attempts"][0]["cause"]["id"]
                again = answers_of(self.path("e.pcapng"))[0]["cause"]["id"]
                if cause != again:
                    self.assertIn(f"Seen decrypted: {cause}, likely.".encode(), data)

    def test_the_section_says_answer_and_source(self):
        self.make(BAD)
        data = self.read("e.pcapng")
        answer = rdpath("analyze", "--format", "json", "--hash", BAD).json()
        self.assertIn(answer["attempts"][0]["cause"]["summary"].encode(), data)
        self.assertIn(answer["inputs"][0]["sha256"].encode(), data)

    def test_from_standard_input(self):
        self.make(BAD)
        expected = self.read("e.pcapng")
        folder = self.path("tmp")
        os.mkdir(folder)
        run = rdpath("report", "--format", "json", "--evidence", self.path("e.pcapng"), "-",
                     data=case_bytes("pmtu-black-hole-to-client"), env={"TMPDIR": folder})
        self.assert_run(run, FAULT)
        self.assertEqual(self.read("e.pcapng"), expected)
        self.assertEqual(run.json()["inputs"][0]["path"], "-")
        self.assertEqual(os.listdir(folder), [])

    def test_same_input_same_bytes(self):
        self.make(BAD)
        first = self.read("e.pcapng")
        self.make(BAD)
        self.assertEqual(self.read("e.pcapng"), first)

    def test_beside_a_report(self):
        run = rdpath("report", "-o", self.path("r.json"), "--evidence", self.path("e.pcapng"), BAD)
        self.assert_run(run, FAULT)
        self.assertEqual(self.files(), ["e.pcapng", "r.json"])

    def test_one_attempt_of_two_captures(self):
        two = (BAD, case("server-silent"))
        run = rdpath("report", "--evidence", self.path("e.pcapng"), *two)
        self.assert_run(run, USAGE, "--attempt")
        self.make("--attempt", "2", *two)
        self.assertEqual([a["cause"]["id"] for a in answers_of(self.path("e.pcapng"))],
                         ["server-silent"])

    def test_joined_captures(self):
        whole = capture_file.Capture(case_bytes("pmtu-black-hole-to-client"))
        parts = [self.write(f"{i}.pcap", whole.head + b"".join(records) + whole.tail)
                 for i, records in enumerate((whole.records[::2], whole.records[1::2]))]
        run = self.make("--join", *parts)
        self.assertEqual(run.status, FAULT)
        self.assertEqual([evidence.told(a) for a in answers_of(self.path("e.pcapng"))],
                         [evidence.told(a) for a in answers_of(BAD)])

    def test_nothing_where_nothing_was_found(self):
        run = rdpath("report", "--evidence", self.path("e.pcapng"), case("no-rdp"))
        self.assert_run(run, NO_ATTEMPT)
        self.assertEqual(self.files(), [])

    def test_no_folder(self):
        run = rdpath("report", "--evidence", self.path("no/e.pcapng"), BAD)
        self.assert_run(run, FAILED, "no/e.pcapng")

    def test_healthy(self):
        self.assertEqual(self.make(case("healthy-tls13")).status, HEALTHY)


class InWireshark(Case):
    def test_the_comments_are_there(self):
        if not shutil.which("tshark"):
            self.skipTest("tshark is not installed")
        n = 0
        for folder in evidence_case.some():
            with self.subTest(folder.name):
                self.write("e.pcapng", b"")
                rdpath("report", "--evidence", self.path("e.pcapng"), *folder.options,
                       folder.capture)
                cited = self.cited()
                shown = self.comments()
                for frame, text in cited:
                    self.assertIn(text, shown.get(frame, ""))
                n += len(cited)
        self.assertGreater(n, 20)

    def cited(self):
        """Frames and texts of the evidence behind the answers."""
        for attempt in answers_of(self.path("e.pcapng")):
            for finding in attempt["findings"][:1]:
                return [(frame, evidence["text"]) for evidence in finding["evidence"]
                        for frame in evidence["frames"]]
        return []

    def comments(self):
        done = subprocess.run(
            ["tshark", "-r", self.path("e.pcapng"), "-Y", "frame.comment", "-T", "fields", "-e",
             "frame.number", "-e", "frame.comment", "-E", "occurrence=a"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=60)
        rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
        return {int(row[0]): row[1] for row in rows}


program.main()
