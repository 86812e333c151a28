#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a report says beyond the analysis: the words of its writer, in lines that a mail keeps."""

import html
import json
import os
import pty
import re
import subprocess

import program
from program import FAILED, FAULT, Case, capture_file, case, rdpath
from crowd import ACK, CLIENT, RST, Capture, retries

BAD = case("pmtu-black-hole-to-client")
WORDS = {"title": "Sales cannot log on", "ticket": "INC-48213", "note": "Since the VPN update."}
OPTIONS = [word for name, value in WORDS.items() for word in (f"--{name}", value)]
FORMATS = ("html", "markdown", "text", "json", "ndjson")
MAIL_COLUMNS = 76


def report(form, *words):
    run = rdpath("report", "--format", form, *words)
    assert run.status == FAULT, run.err
    return run.out


class Words(Case):
    def test_in_every_format(self):
        for form in FORMATS:
            text = html.unescape(report(form, *OPTIONS, BAD)).replace("\\", "")
            for value in WORDS.values():
                self.assertEqual(text.count(value), 2 if form == "html" and value in (
                    WORDS["title"], WORDS["ticket"]) else 1, f"{form}: {value}")

    def test_none_where_none_were_given(self):
        self.assertNotIn("report", rdpath("report", "--format", "json", BAD).json())
        for form in FORMATS:
            self.assertNotIn("Note", report(form, BAD))

    def test_members_of_the_json(self):
        self.assertEqual(rdpath("report", "--format", "json", *OPTIONS, BAD).json()["report"],
                         WORDS)
        first = json.loads(report("ndjson", *OPTIONS, BAD).splitlines()[0])
        self.assertEqual((first["type"], first["report"]), ("report", WORDS))
        only = rdpath("report", "--format", "json", "--ticket", "7", BAD).json()["report"]
        self.assertEqual(only, {"title": None, "ticket": "7", "note": None})

    def test_markup_in_them_stays_text(self):
        hostile = "<script>x</script> **bold** [a](http://b) | `c`\n# head"
        for form in ("html", "markdown"):
            text = report(form, "--title", hostile, "--ticket", hostile, "--note", hostile, BAD)
            self.assertNotIn("<script>x", text)
            self.assertNotIn("**bold**", text) if form == "markdown" else None
            self.assertNotIn("\n# head", text) if form == "markdown" else None


class Mail(Case):
    def test_lines_fit_a_mail_but_for_commands(self):
        command = re.compile(r"^     (run|undo|   ) ")
        lines = [line for line in report("text", *OPTIONS, "-v", BAD).splitlines()
                 if len(line) > MAIL_COLUMNS and not command.match(line)]
        self.assertEqual(lines, [])
        self.assertTrue(any(len(line) > MAIL_COLUMNS for line in
                            rdpath("analyze", "-v", BAD).out.splitlines()))


def one_a_second(clients):
    """Attempts that end long before the last one begins."""
    capture = Capture()
    for client in range(clients):
        _, down = capture.ask(CLIENT + client, 40000)
        capture.tcp(down, (501, 101), RST | ACK)
    each = len(capture.frames) // clients
    capture.frames = [capture_file.Frame(frame[0] + i // each * 10**9, *frame[1:])
                      for i, frame in enumerate(capture.frames)]
    return capture.bytes()


class Folder(Case):
    def test_index_and_overview_lead_to_every_page(self):
        run = rdpath("report", *OPTIONS, "-o", self.path("d/"), BAD, case("healthy-nla"))
        self.assert_run(run, FAULT)
        index = self.read("d/index.html").decode()
        lines = [json.loads(line) for line in self.read("d/overview.ndjson").splitlines()]
        attempts = [line for line in lines if line["type"] == "overview"]
        pages = re.findall(r'href="([^"]*)"', index)
        self.assertEqual([one["file"] + ".html" for one in attempts], pages)
        self.assertEqual([one["id"] for one in attempts], [1, 2])
        self.assertIn("2 attempts, 1 of them healthy", index)
        for one, cause in zip(attempts, ("pmtu-black-hole", "none")):
            self.assertIn(cause, one["file"])
            whole = json.loads(self.read(f"d/{one['file']}.json"))
            self.assertEqual(whole["attempts"][0]["id"], one["id"])
            self.assertEqual(len(whole["inputs"]), 1)
            self.assertRegex(self.read(f"d/{one['file']}.html").decode(), "SHA-256 [0-9a-f]{64}")

    def test_names_are_safe_whatever_the_wire_says(self):
        data = program.case_bytes("pmtu-black-hole-to-client")
        name = b"rds01.corp.example"
        for hostile in (b"../../../../etc/xy",
                        b"C:\\a|b?<*>\"\n\0rds",
                        b"\xff\xe2\x80\xaeabcdefghijklm"):
            path = self.write("x.pcap", data.replace(name, hostile.ljust(len(name), b"a")[:18]))
            self.assert_run(rdpath("report", "-o", self.path("d/"), path), FAULT)
        for file in os.listdir(self.path("d")):
            self.assertRegex(file, r"\A[A-Za-z0-9_][A-Za-z0-9._-]*\Z")
        self.assertEqual(self.files(), ["d", "x.pcap"])

    def test_a_page_that_cannot_be_written(self):
        os.makedirs(self.path("d/192.0.2.10-rds01.corp.example-20260105T091403Z-"
                              "pmtu-black-hole-1.md/x"))
        self.assert_run(rdpath("report", "-o", self.path("d/"), BAD), FAILED, ".md")

    def test_memory_does_not_grow_with_the_number_of_attempts(self):
        with open(program.PROGRAM, "rb") as binary:
            if b"__asan_init" in binary.read():
                self.skipTest("the sanitizer keeps what was freed")
        peaks = []
        for n in (100, 2000):
            path = self.write("x.pcap", one_a_second(n))
            child = subprocess.Popen([program.PROGRAM, "report", "-o", self.path("d/"), path])
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(child.returncode, FAULT)
            peaks.append(usage.ru_maxrss)
        pages = [file for file in os.listdir(self.path("d")) if file.endswith("-closed-2000.html")]
        self.assertEqual(len(pages), 1)
        self.assertLess(peaks[1] - peaks[0], 8 * 1024)  # 2,000 pages have 40 MB


class Limits(Case):
    """What a mail, a tracker and a mailbox take, for each kind of attempt."""

    def test_of_every_capture(self):
        captures = [case(name) for name in sorted(os.listdir(f"{program.PROJECT}/pcaps"))]
        kept = [path for path in captures if "lab-" not in path]
        run = rdpath("report", "-q", "-o", self.path("d/"), *kept)
        self.assertEqual(run.status, FAULT, run.err)
        command, n = re.compile(r"^     (run|undo|   ) "), 0
        for file in sorted(os.listdir(self.path("d"))):
            text = self.read(f"d/{file}").decode()
            wide = [line for line in text.splitlines()
                    if len(line) > MAIL_COLUMNS and not command.match(line)]
            if file.endswith(".txt"):
                self.assertEqual(wide, [], file)
            elif file.endswith(".md"):
                self.assertLessEqual(text.count("\n"), 60, file)
            elif file.endswith(".html") and file != "index.html":
                self.assertLessEqual(len(text.encode()), 300 * 1024, file)
                n += 1
        self.assertGreater(n, 50)


class Progress(Case):
    def test_a_bar_on_a_terminal(self):
        path = self.write("x.pcap", retries(4000, 1).bytes())
        leader, follower = pty.openpty()
        child = subprocess.Popen([program.PROGRAM, "report", "-o", self.path("x.html"), path],
                                 stderr=follower)
        os.close(follower)
        said = b""
        try:
            while chunk := os.read(leader, 65536):
                said += chunk
        except OSError:  # the other end is closed
            pass
        os.close(leader)
        self.assertEqual(child.wait(), FAULT)
        self.assertRegex(said, rb"rdpath: \[#+\.*\] +\d+ %, \d+ of \d+ MB, \d+ attempts")
        self.assertTrue(said.endswith(b" \r"))  # and it was taken away


if __name__ == "__main__":
    program.main()
