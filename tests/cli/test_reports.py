#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a report says beyond the analysis: the words of its writer, in lines that a mail keeps."""

import html
import json
import re

import program
from program import FAULT, Case, case, rdpath

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


if __name__ == "__main__":
    program.main()
