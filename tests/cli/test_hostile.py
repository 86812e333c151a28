#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A network may write what it likes into the names of a capture. In no format do they become
markup, commands to a terminal, text that turns around, or words of a command to copy."""

import json
import os
import re
import shutil
from html.parser import HTMLParser

import program
from program import FAULT, HEALTHY, Case, case, case_bytes, rdpath

FORMATS = ("text", "json", "ndjson", "markdown", "html")

# Unicode's controls, and its marks that turn, hide or join text (UAX #9, UTS #39)
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200e\u200f\u2028-\u202e"
                    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]")

HOSTILE = (
    b"<script>alert(1)</script>",
    b"\"'><img src=x onerror=y>",
    b"--></style><b>x</b>&lt;",
    b"](javascript:x)![a](b)`c`",
    b"| a | **b** _c_ ~~d~~ # e",
    b"\x1b[2J\x1b]0;x\x07\r\x08\x7f\x9b1m",
    b"\xe2\x80\xaetxt.exe\xe2\x81\xa6\xef\xbb\xbf\xe2\x80\xa8",
    b"\xff\xfe\xc0\x80\xed\xa0\x80\xf8\x88",
    b"$(reboot);`id`&&a|b>c%TMP%",
)

# capture, what stands in it, and how it is written there
FIELDS = (
    ("pmtu-black-hole-to-client", "alice", "ascii"),  # the cookie
    ("pmtu-black-hole-to-client", "rds01.corp.example", "ascii"),  # SNI and the certificate
    ("certificate-expired", "rds01.corp.example", "ascii"),
    ("reset-by-another", "alice", "ascii"),
    ("healthy-standard-security", "CLIENT", "utf-16-le"),  # the client's name
    ("redirected", "CLIENT", "utf-16-le"),
    ("healthy-nla", "Ethernet", "ascii"),  # pcapng: the interface, and its filter
    ("healthy-nla", "tcp_port_3389", "ascii"),
    ("healthy-http-connect", "10.1.2.3:3389", "ascii"),  # what a proxy is asked for
    ("not-rdp-ssh", "SSH-2.0", "ascii"),
)


class Shape(HTMLParser):
    """The tags of a page with the names of their attributes, and where its links lead."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.n_scripts = set(), [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add((tag, tuple(sorted(name for name, _ in attrs if name != "tabindex"))))
        self.links += [value for name, value in attrs if name in ("href", "src", "action")]
        self.n_scripts += tag == "script"


def outside_code(markdown):
    """Without fences, spans of code, and what a backslash takes the meaning from."""
    markdown = re.sub(r"^(```+)\n.*?^\1$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    markdown = re.sub(r"\\[!-/:-@\[-`{-~]", "", markdown)
    return re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", markdown)


class Hostile(Case):
    def reports_of(self, path, *words):
        runs = {form: rdpath("report", "--format", form, "-v", "--packets", *words, path)
                for form in FORMATS}
        for form, run in runs.items():
            self.assertIn(run.status, (HEALTHY, FAULT), f"{form}: {run.err}")
        return runs  # valid UTF-8, else Run would have failed

    def assert_harmless(self, runs, plain):
        for form, run in runs.items():
            for text in (run.out, run.err):
                self.assertIsNone(OBEYED.search(text), form)
        shape, before = Shape(runs["html"].out), Shape(plain["html"].out)
        self.assertEqual(shape.tags - before.tags, set())
        self.assertEqual((shape.n_scripts, shape.links), (1, before.links))
        left = outside_code(runs["markdown"].out)
        for markup in ("<", "`", "](", "~~", "!["):
            self.assertNotIn(markup, left)
        self.assertEqual(left.count("**") % 2, 0)
        self.assert_commands(runs["json"].json())

    def assert_commands(self, result):
        for attempt in result["attempts"]:
            for finding in attempt["findings"]:
                for advice in finding["advice"]:
                    self.assertNotRegex(advice["command"] or "", r"reboot|\$\(|script|&&|\x1b")

    def test_every_field_of_the_wire(self):
        for name, word, coding in FIELDS:
            found, data = word.encode(coding), case_bytes(name)
            self.assertTrue(found in data, f"{name}: no {word}")
            ending = os.path.splitext(case(name))[1]
            plain = self.reports_of(case(name))
            for hostile in HOSTILE:
                with self.subTest(name=name, word=word, hostile=hostile):
                    there = hostile.decode("utf-8", "replace").encode(coding, "replace") \
                        if coding != "ascii" else hostile
                    there = (there + found)[:len(found)]
                    path = self.write("x" + ending, data.replace(found, there))
                    self.assert_harmless(self.reports_of(path), plain)

    def test_the_name_of_the_file(self):
        plain = self.reports_of(case("reset-by-another"))
        for hostile in HOSTILE:
            name = hostile.replace(b"/", b"_").replace(b"\0", b"_")
            path = os.path.join(os.fsencode(self.folder), name)
            shutil.copy(case("reset-by-another"), path)
            runs = self.reports_of(path)
            self.assert_harmless(runs, plain)

    def test_the_words_of_the_writer(self):
        plain = self.reports_of(case("reset-by-another"), "--title", "a", "--ticket", "b",
                                "--note", "c")
        for hostile in HOSTILE:
            words = [word for name in ("--title", "--ticket", "--note")
                     for word in (name, hostile.replace(b"\0", b"_"))]
            self.assert_harmless(self.reports_of(case("reset-by-another"), *words), plain)

    def test_bytes_that_are_no_text_stand_beside_it(self):
        data = case_bytes("pmtu-black-hole-to-client").replace(b"alice", b"a\xff\xfeb\xc0")
        rdp = rdpath("report", "--format", "json",
                     self.write("x.pcap", data)).json()["attempts"][0]["rdp"]
        self.assertEqual(rdp["cookie"], "a\ufffd\ufffdb\ufffd")
        self.assertEqual(rdp["cookie_hex"], "61fffe62c0")
        self.assertEqual(json.loads(json.dumps(rdp)), rdp)


if __name__ == "__main__":
    program.main()
