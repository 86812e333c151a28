#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What comes out: result files whole or absent, formats, colour, nothing of the wire's own."""

import json
import os
import pty
import resource
import signal
import subprocess
import time

import program
from program import FAILED, FAULT, HEALTHY, USAGE, Case, case, case_bytes, rdpath

GOOD, BAD = case("healthy-tls13"), case("pmtu-black-hole-to-client")


def small_disk():
    """Files may have 1,000 bytes: what a full disk looks like to the program."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


def on_terminal(*words, **how):
    """(status, what the terminal got) with standard output on a terminal."""
    leader, follower = pty.openpty()
    run = rdpath(*words, stdout=follower, **how)
    os.close(follower)
    got = b""
    try:
        while chunk := os.read(leader, 65536):
            got += chunk
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    return run.status, got


class Files(Case):
    def test_the_same_as_on_standard_output(self):
        for form in ("text", "json", "ndjson"):
            run = rdpath("analyze", "--format", form, "-o", self.path("x"), BAD)
            self.assert_run(run, FAULT)
            self.assertEqual(run.raw, b"")
            self.assertEqual(self.read("x"), rdpath("analyze", "--format", form, BAD).raw)
        self.assertEqual(self.files(), ["x"])

    def test_what_is_read_is_not_written_over(self):
        capture, keys = self.path("x.pcap"), self.path("keys.log")
        link = self.path("link.html")
        for path, content in ((capture, case_bytes("pmtu-black-hole-to-client")), (keys, b"")):
            with open(path, "wb") as target:
                target.write(content)
        os.symlink(capture, link)
        before = self.read("x.pcap")
        for words in (("analyze", "-o", capture, capture),
                      ("analyze", "-o", self.path("./x.pcap"), GOOD, capture),
                      ("analyze", "-o", keys, "--keylog", keys, capture),
                      ("report", "-o", link, capture),
                      ("report", "-o", self.path("x.html"), "--evidence", capture, capture)):
            self.assert_run(rdpath(*words), USAGE, "expected a file that may be written over")
        page = self.path("x.html")
        run = rdpath("report", "-o", page, "--evidence", self.path("./x.html"), capture)
        self.assert_run(run, USAGE, "a file of its own")
        self.assertEqual((before, b""), (self.read("x.pcap"), self.read("keys.log")))
        self.assertEqual(["keys.log", "link.html", "x.pcap"], sorted(self.files()))

    def test_devices_may_be_read_and_written(self):
        run = rdpath("report", "--format", "text", "-o", "/dev/null", "--evidence", "/dev/null",
                     BAD)
        self.assert_run(run, FAULT)

    def test_missing_folder(self):
        target = self.path("no/such/x.json")
        self.assert_run(rdpath("analyze", "-o", target, BAD), FAILED, target)

    def test_a_folder_in_its_place(self):
        os.mkdir(self.path("x.json"))
        run = rdpath("analyze", "--format", "json", "-o", self.path("x.json"), BAD)
        self.assert_run(run, FAILED, "x.json")
        self.assertEqual(self.files(), ["x.json"])

    def test_killed_in_the_middle_leaves_nothing(self):
        """Half a capture keeps it waiting, with its output open; nothing can be tidied after."""
        folder = os.path.realpath(self.path("."))
        try:
            os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY))
        except OSError:
            self.skipTest("the file system has no files without a name")
        words = [program.PROGRAM, "report", "-", "-o", self.path("x.html")]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
            run.stdin.write(case_bytes("pmtu-black-hole-to-client")[:1000])
            run.stdin.flush()
            for _ in range(1000):
                if self.is_writing(run.pid, folder):
                    break
                time.sleep(0.01)
            self.assertTrue(self.is_writing(run.pid, folder))
            run.kill()
        self.assertEqual(self.files(), [])

    @staticmethod
    def is_writing(pid, folder):
        names = (os.path.join(f"/proc/{pid}/fd", name) for name in os.listdir(f"/proc/{pid}/fd"))
        return any(os.readlink(name).startswith(folder) for name in names)

    def test_full_disk_leaves_nothing(self):
        run = rdpath("report", "-o", self.path("x.html"), BAD, preexec_fn=small_disk)
        self.assert_run(run, FAILED, "x.html")
        self.assertEqual(self.files(), [])

    def test_full_disk_is_said_once_for_a_folder(self):
        run = rdpath("report", "-o", self.path("out/"), *[BAD] * 40, preexec_fn=small_disk)
        self.assert_run(run, FAILED, ".html: could not be written whole")
        said = [line for line in run.err.splitlines() if "could not be written whole" in line]
        self.assertLessEqual(len(said), 3, run.err)  # a page, the index and the overview
        self.assertFalse([name for name in os.listdir(self.path("out")) if "part" in name])

    def test_full_disk_keeps_what_was_there(self):
        self.write("x.html", b"before")
        run = rdpath("report", "-o", self.path("x.html"), BAD, preexec_fn=small_disk)
        self.assert_run(run, FAILED, "x.html")
        self.assertEqual(self.read("x.html"), b"before")
        self.assertEqual(self.files(), ["x.html"])

    def test_a_file_beside_it_is_the_users(self):
        for name in ("x.html.part", "x.html.part2"):
            self.write(name, b"precious")
        self.assert_run(rdpath("report", "-o", self.path("x.html"), BAD), FAULT)
        run = rdpath("report", "-o", self.path("x.html"), BAD, preexec_fn=small_disk)
        self.assert_run(run, FAILED, "x.html")
        self.assertEqual(self.files(), ["x.html", "x.html.part", "x.html.part2"])
        self.assertEqual(self.read("x.html.part"), b"precious")
        self.assertEqual(self.read("x.html.part2"), b"precious")

    def test_unreadable_input_and_the_others_in_the_file(self):
        run = rdpath("analyze", "--format", "json", "-o", self.path("x"), self.path("none"), BAD)
        self.assert_run(run, FAILED, "none")
        self.assertEqual(len(json.loads(self.read("x"))["attempts"]), 1)

    def test_full_standard_output(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        with open("/dev/full", "wb") as full:
            for words in (["analyze", GOOD], ["analyze", "--format", "json", GOOD], ["explain"],
                          ["explain", "none"]):
                run = rdpath(*words, stdout=full)
                self.assert_run(run, FAILED, "standard output")

    def test_a_link_stays_one(self):
        with open(self.path("x.json"), "wb") as file:
            file.write(b"old")
        os.symlink("x.json", self.path("link"))
        run = rdpath("analyze", "--format", "json", "-o", self.path("link"), BAD)
        self.assert_run(run, FAULT)
        self.assertTrue(os.path.islink(self.path("link")))
        self.assertEqual(json.loads(self.read("x.json"))["schema"], "rdpath.analysis/1")
        self.assertEqual(self.files(), ["link", "x.json"])

    def test_what_is_no_file_is_written_to_and_not_replaced(self):
        os.mkfifo(self.path("pipe"))
        reader = os.open(self.path("pipe"), os.O_RDONLY | os.O_NONBLOCK)
        run = rdpath("analyze", "--format", "json", "-o", self.path("pipe"), BAD)
        self.assert_run(run, FAULT)
        self.assertEqual(json.loads(os.read(reader, 1 << 20))["schema"], "rdpath.analysis/1")
        os.close(reader)
        self.assertEqual(self.files(), ["pipe"])


class Reports(Case):
    STARTS = {"html": b"<!doctype html", "md": b"# ", "json": b"{", "txt": b"Attempt 1"}

    def test_by_extension(self):
        for extension, start in self.STARTS.items():
            run = rdpath("report", BAD, "-o", self.path(f"x.{extension}"))
            self.assert_run(run, FAULT)
            self.assertTrue(self.read(f"x.{extension}").lower().startswith(start.lower()))
        self.assertEqual(self.files(), sorted(f"x.{extension}" for extension in self.STARTS))

    def test_by_name(self):
        for name, extension in (("html", "html"), ("markdown", "md"), ("json", "json"),
                                ("text", "txt")):
            run = rdpath("report", "--format", name, BAD)
            self.assert_run(run, FAULT)
            self.assertTrue(run.raw.lower().startswith(self.STARTS[extension].lower()))

    def test_the_name_outranks_the_extension(self):
        self.assert_run(rdpath("report", "--format", "json", "-o", self.path("x.md"), BAD), FAULT)
        json.loads(self.read("x.md"))

    def test_folder(self):
        for name in ("new/", "new/"):  # made, then used again
            run = rdpath("report", "-o", self.path(name), BAD)
            self.assert_run(run, FAULT)
        name = "192.0.2.10-rds01.corp.example-20260105T091403Z-pmtu-black-hole-1"
        self.assertEqual(sorted(os.listdir(self.path("new"))),
                         [f"{name}.html", f"{name}.json", f"{name}.md", f"{name}.pcapng",
                          f"{name}.txt", "index.html", "overview.ndjson"])

    def test_folder_without_names(self):
        """The evidence is called as its page is; no name of the capture is in either."""
        self.assert_run(rdpath("report", "--redact", "-o", self.path("new/"), BAD), FAULT)
        stems = [name.removesuffix(".pcapng") for name in os.listdir(self.path("new"))
                 if name.endswith(".pcapng")]
        self.assertEqual(len(stems), 1)
        self.assertIn(f"{stems[0]}.html", os.listdir(self.path("new")))
        self.assertNotIn("rds01", stems[0])

    def test_folder_of_several_attempts(self):
        several = case("gateway-refused"), BAD
        run = rdpath("report", "--join", "-o", self.path("new/"), *several)
        self.assert_run(run, FAULT)
        self.assertEqual([name for name in os.listdir(self.path("new"))
                          if name.endswith(".pcapng")], ["evidence.pcapng"])

    def test_folder_that_cannot_be_made(self):
        self.assert_run(rdpath("report", "-o", self.path("a/b/c/"), BAD), FAILED, "a/b/c/")

    def test_always_hash(self):
        one = rdpath("report", "--format", "json", BAD).json()["inputs"][0]
        self.assertRegex(one["sha256"], r"\A[0-9a-f]{64}\Z")


class Lines(Case):
    def test_the_same_bytes_again(self):
        for form in ("text", "json", "ndjson", "markdown", "html"):
            words = ["report" if form in ("markdown", "html") else "analyze", "--format", form]
            self.assertEqual(rdpath(*words, BAD, GOOD).raw, rdpath(*words, BAD, GOOD).raw)

    def test_ndjson(self):
        run = rdpath("analyze", "--format", "ndjson", BAD, GOOD)
        things = [json.loads(line) for line in run.out.splitlines()]
        self.assertTrue(run.out.endswith("\n"))
        self.assertEqual([thing["type"] for thing in things],
                         ["attempt", "input", "attempt", "input"])
        whole = rdpath("analyze", "--format", "json", BAD, GOOD).json()
        for line, attempt in zip(things[::2], whole["attempts"]):
            self.assertEqual(line["schema"], "rdpath.analysis/1")
            self.assertEqual({name: line[name] for name in attempt}, attempt)

    def test_text_fits_80_columns_but_for_commands(self):
        wide = [line for line in rdpath("analyze", GOOD).out.splitlines() if len(line) > 80]
        self.assertEqual(wide, [])

    def test_nothing_on_standard_error_when_all_is_well(self):
        self.assertEqual(rdpath("analyze", "-q", BAD).err, "")
        self.assertEqual(rdpath("analyze", BAD).err, "")  # no progress bar into a pipe


class Colour(Case):
    def test_piped(self):
        self.assertNotIn(b"\x1b", rdpath("analyze", BAD).raw)
        self.assertNotIn(b"\x1b", rdpath("analyze", "--color", "never", BAD).raw)
        self.assertIn(b"\x1b[", rdpath("analyze", "--color", "always", BAD).raw)

    def test_terminal(self):
        self.assertIn(b"\x1b[", on_terminal("analyze", BAD)[1])
        self.assertNotIn(b"\x1b", on_terminal("analyze", "--color=never", BAD)[1])
        self.assertNotIn(b"\x1b", on_terminal("analyze", BAD, env={"NO_COLOR": "1"})[1])

    def test_files_have_none(self):
        on_terminal("analyze", "-o", self.path("x"), BAD)
        self.assertNotIn(b"\x1b", self.read("x"))

    def test_json_never(self):
        self.assertNotIn(b"\x1b", on_terminal("analyze", "--format", "json", BAD)[1])


class Wire(Case):
    """A network may write what it likes into names; none of it reaches the terminal as it is."""

    HOSTILE = (b"\x1b[2J\x1b]0;x\x07", b"\x9b31m\xff\xfe\xc0\x80", b"\xc2\x9b31m\r\b\x7f\x00",
               b"<script>1</script>", b"\xe2\x80\xae\xe2\x80\xa8\xe2\x81\xa6")

    def hostile(self, text):
        data = case_bytes("pmtu-black-hole-to-client")
        name = b"rds01.corp.example"
        self.assertGreaterEqual(data.count(name), 1)
        return self.write("hostile.pcap", data.replace(name, text.ljust(len(name), b"a")[:18]))

    def test_no_control_characters(self):
        for text in self.HOSTILE:
            path = self.hostile(text)
            for form in ("text", "json", "ndjson", "markdown", "html"):
                run = rdpath("report" if form in ("markdown", "html") else "analyze", "--format",
                             form, path)
                self.assertEqual(run.status, FAULT)  # and valid UTF-8, else Run would have failed
                for sign in run.out + run.err:
                    plain = sign == "\n" or (sign >= " " and not "\x7f" <= sign <= "\x9f")
                    self.assertTrue(plain, f"{form}: {sign!r}")
                self.assertNotIn("<script>1", run.out if form in ("html", "markdown") else "")

    def test_no_turned_text_in_a_terminal(self):
        run = rdpath("analyze", self.hostile(self.HOSTILE[-1]))
        for sign in "\u202e\u2028\u2066":
            self.assertNotIn(sign, run.out)

    def test_reports_show_what_turns_text(self):
        for form, shown in (("html", "\\u202e"), ("markdown", "\\\\u202e")):
            run = rdpath("report", "--format", form, self.hostile("a\u202eb".encode()))
            self.assertNotIn("\u202e", run.out)
            self.assertIn(shown, run.out, form)


if __name__ == "__main__":
    program.main()
