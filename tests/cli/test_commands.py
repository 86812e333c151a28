#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line: what is accepted, what is refused and in which words, every exit status."""

import os
import re

import program
from program import FAILED, FAULT, HEALTHY, NO_ATTEMPT, USAGE, Case, case, rdpath

GOOD, BAD, EMPTY = case("healthy-tls13"), case("pmtu-black-hole-to-client"), case("no-rdp")
ANALYZE = ["--format", "--output", "--port", "--host", "--attempt", "--vantage", "--join", "--hash",
           "--packets", "--color", "--quiet", "--verbose", "--help", "--version", "-o", "-q", "-v",
           "-h"]


class Statuses(Case):
    def test_healthy(self):
        self.assert_run(rdpath("analyze", GOOD), HEALTHY)

    def test_another_cause(self):
        self.assert_run(rdpath("analyze", BAD), FAULT)

    def test_one_fault_among_healthy_ones(self):
        self.assert_run(rdpath("analyze", GOOD, BAD, GOOD), FAULT)

    def test_no_attempt(self):
        self.assert_run(rdpath("analyze", EMPTY), NO_ATTEMPT)

    def test_no_attempt_in_one_of_several(self):
        self.assert_run(rdpath("analyze", EMPTY, GOOD), HEALTHY)

    def test_missing_file(self):
        self.assert_run(rdpath("analyze", self.path("none.pcap")), FAILED, "none.pcap")

    def test_unreadable_input_leaves_the_others_answered(self):
        for words in ([self.path("none.pcap"), BAD], [BAD, self.path("none.pcap")],
                      [BAD, self.path("none.pcap"), GOOD]):
            run = rdpath("analyze", "--format", "json", *words)
            self.assert_run(run, FAILED, "none.pcap")
            causes = [attempt["cause"]["id"] for attempt in run.json()["attempts"]]
            self.assertIn("pmtu-black-hole", causes)
            self.assertEqual("none" in causes, GOOD in words)

    def test_unreadable_input_of_a_join(self):
        missing = [self.path("none.pcap"), self.path("neither.pcap")]
        for words in ([BAD, *missing], [missing[0], BAD, missing[1]]):
            run = rdpath("analyze", "--join", "--format", "json", *words)
            self.assert_run(run, FAILED, "none.pcap", "neither.pcap")
            self.assertEqual([one["path"] for one in run.json()["inputs"]], [BAD])
            self.assertEqual(run.json()["attempts"][0]["cause"]["id"], "pmtu-black-hole")
        run = rdpath("analyze", "--join", "--format", "json", *missing)
        self.assert_run(run, FAILED, "none.pcap", "neither.pcap")
        self.assertEqual(run.json()["inputs"], [])

    def test_ids_run_on_in_the_order_of_the_inputs(self):
        result = rdpath("analyze", "--format", "json", GOOD, BAD).json()
        self.assertEqual([attempt["id"] for attempt in result["attempts"]], [1, 2])
        self.assertEqual([attempt["input"] for attempt in result["attempts"]], [0, 1])
        self.assertEqual([one["path"] for one in result["inputs"]], [GOOD, BAD])


class Refusals(Case):
    def refused(self, words, *said):
        run = rdpath(*words)
        self.assert_run(run, USAGE, *said)
        self.assertEqual(run.out, "")

    def test_no_command(self):
        self.assertEqual(rdpath().status, USAGE)

    def test_unknown_command(self):
        self.refused(["analyse", BAD], "analyse", "analyze")

    def test_no_capture(self):
        self.refused(["analyze"], "capture")
        self.refused(["report", "--format", "html"], "capture")

    def test_unknown_option(self):
        self.refused(["analyze", "--frobnicate", BAD], "--frobnicate")
        self.refused(["analyze", "-Z", BAD], "-Z")

    def test_values(self):
        for option, given, expected in (
                ("--format", "xml", "ndjson"), ("--vantage", "moon", "middle"),
                ("--port", "0", "65535"), ("--port", "65536", "65535"), ("--port", "-1", "65535"),
                ("--port", "rdp", "65535"), ("--port", "3389x", "65535"), ("--port", "", "65535"),
                ("--port", "99999999999999999999", "65535"), ("--attempt", "0", "attempt"),
                ("--attempt", "x", "attempt"), ("--color", "blue", "never")):
            with self.subTest(option=option, given=given):
                self.refused(["analyze", option, given, BAD], option, expected, f'"{given}"')
                self.refused(["analyze", f"{option}={given}", BAD], option, expected, f'"{given}"')

    def test_missing_value(self):
        self.refused(["analyze", BAD, "--format"], "--format", "nothing")
        self.refused(["analyze", BAD, "-o"], "-o", "nothing")

    def test_value_for_a_flag(self):
        self.refused(["analyze", "--hash=yes", BAD], "--hash", "yes")

    def test_report_needs_a_format(self):
        self.refused(["report", BAD], "--format", "-o")
        self.refused(["report", "-o", self.path("x.docx"), BAD], "x.docx", ".html")
        self.assertEqual(self.files(), [])

    def test_words_behind_two_dashes_are_captures(self):
        self.assert_run(rdpath("analyze", "--", "--help"), FAILED, "--help")


class Catalogue(Case):
    def test_lists_every_cause_and_observation(self):
        run = rdpath("explain")
        self.assert_run(run, HEALTHY)
        rows = os.path.join(program.PROJECT, "analyze", "rules", "rules.def")
        with open(rows, encoding="utf-8") as source:
            ids = re.findall(r'^RULE\(\w+,\s*"([a-z-]+)"', source.read(), re.M)
        self.assertGreater(len(ids), 20)
        for name in [*ids, "mss-clamped", "limit-reached"]:
            self.assertRegex(run.out, rf"(?m)^ +{name} ")

    def test_explains_each(self):
        names = re.findall(r"(?m)^  ([a-z-]+)  ", rdpath("explain").out)
        for name in names:
            run = rdpath("explain", name)
            self.assert_run(run, HEALTHY)
            self.assertTrue(run.out.startswith(name), run.out[:60])
            self.assertGreater(len(run.out.splitlines()), 2)
            for step in run.out.split("What to do\n")[1:]:
                names = re.findall(r"(?m)^   (run|verify|undo|risk) ", step)
                self.assertEqual(names, ["run", "verify", "undo", "risk"] * (len(names) // 4), name)
                self.assertEqual(len(names) // 4, len(re.findall(r"(?m)^\d+\. ", step)), name)

    def test_the_page_is_what_the_catalogue_says(self):
        run = rdpath("explain", "--format", "markdown")
        self.assert_run(run, HEALTHY)
        with open(os.path.join(program.PROJECT, "docs", "causes.md"), encoding="utf-8") as source:
            self.assertEqual(source.read(), run.out, "docs/causes.md is stale: run ./dev docs")

    def test_the_page_has_every_entry_with_its_steps(self):
        page = rdpath("explain", "--format", "markdown").out
        for name in re.findall(r"(?m)^  ([a-z-]+)  ", rdpath("explain").out):
            self.assertIn(f"### `{name}`\n", page)
        for step in page.split("```text\n")[1:]:
            self.assertRegex(step, r"(?s)^run .*\nverify .*\nundo .*\nrisk ")

    def test_other_formats_are_refused(self):
        self.assert_run(rdpath("explain", "--format", "json"), USAGE, "json")

    def test_unknown_id(self):
        self.assert_run(rdpath("explain", "gremlins"), USAGE, "gremlins")

    def test_one_id_at_a_time(self):
        self.assert_run(rdpath("explain", "none", "packet-loss"), USAGE, "packet-loss")


class Help(Case):
    def test_program(self):
        for words in (["--help"], ["-h"]):
            run = rdpath(*words)
            self.assert_run(run, HEALTHY)
            for command in ("analyze", "report", "explain"):
                self.assertIn(command, run.out)

    def test_version(self):
        for words in (["--version"], ["analyze", "--version"], ["explain", "--version"]):
            run = rdpath(*words)
            self.assert_run(run, HEALTHY)
            self.assertRegex(run.out, r"\Ardpath \d+\.\d+\.\d+\n\Z")

    def test_commands(self):
        for command, options in (("analyze", ANALYZE), ("report", ANALYZE),
                                 ("explain", ["--help", "--version"])):
            run = rdpath(command, "--help")
            self.assert_run(run, HEALTHY)
            for option in options:
                self.assertRegex(run.out, rf"(?m)^ .*(?<![\w-]){option}\b")
            self.assertIn(f"rdpath {command} ", run.out.split("examples:")[1])

    def test_examples_are_accepted(self):
        for command in ("analyze", "report", "explain"):
            for line in rdpath(command, "--help").out.split("examples:")[1].splitlines():
                words = line.strip().partition("rdpath ")[2].split()
                if words:
                    with self.subTest(line=line):
                        run = rdpath(*words, cwd=self.folder, data=b"")
                        self.assertNotEqual(run.status, USAGE, run.err)

    def test_fits_a_terminal(self):
        for words in (["--help"], ["analyze", "--help"], ["report", "--help"], ["explain"],
                      ["explain", "--help"]):
            for line in rdpath(*words).out.splitlines():
                self.assertLessEqual(len(line), 80, line)


if __name__ == "__main__":
    program.main()
