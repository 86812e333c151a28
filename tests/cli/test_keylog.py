#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--keylog and secrets inside a capture: what is wrong with them is told, and they are not."""

import os
import resource

import program
from program import FAILED, FAULT, HEALTHY, USAGE, Case, capture_file, case, case_bytes, rdpath

import plain  # of tests/golden
import result

GOOD = "healthy-tls13"
RANDOM, SECRET = "a5" * 32, "3c" * 48
LINE = f"CLIENT_RANDOM {RANDOM} {SECRET}\n".encode()
MEMORY_MAX = 200 << 20  # with room for a sanitizer, and far less than what is read


def with_secrets(name, *texts):
    """The capture of a case as pcapng, with a Decryption Secrets Block for each text."""
    frames = capture_file.read_capture(case(name)).frames()
    blocks = b"".join(capture_file.pcapng_secrets(text) for text in texts)
    return (capture_file.pcapng_head([1], 262144, {}) + blocks +
            b"".join(capture_file.pcapng_packet(frame) for frame in frames))


class KeyLog(Case):
    def problems(self, *words, status=HEALTHY):
        run = rdpath("analyze", "--format", "json", *words, case(GOOD))
        self.assert_run(run, status)
        problems = run.json()["inputs"][0]["problems"]
        for problem in problems:
            self.assertIn(problem, run.err)
        return problems

    def test_unreadable(self):
        run = rdpath("analyze", "--keylog", self.path("none.log"), case(GOOD), case(GOOD))
        self.assert_run(run, FAILED, "--keylog", "none.log", "no such file")
        self.assertEqual(len(run.err.splitlines()), 1)
        self.assert_run(rdpath("analyze", "--keylog", self.folder, case(GOOD)), FAILED, "directory")

    def test_no_value(self):
        self.assert_run(rdpath("analyze", "--keylog"), USAGE, "--keylog", "FILE")

    def test_both_commands_take_it(self):
        self.assertIn("--keylog FILE", rdpath("analyze", "--help").out)
        self.assertIn("--keylog FILE", rdpath("report", "--help").out)

    def test_nothing_is_wrong(self):
        self.assertEqual(self.problems("--keylog", self.write("keys.log", LINE)), [])

    def test_damaged_lines_are_one_problem(self):
        log = b"# keys\n" + LINE + LINE[:40] + b"\n" + LINE[:-2] + b"\n"
        log += LINE.replace(b"3c", b"zz")
        problems = self.problems("--keylog", self.write("keys.log", log))
        self.assertEqual(len(problems), 1)
        self.assertIn("keys.log", problems[0])
        self.assertIn("3 of 4", problems[0])

    def test_something_else_holds_no_secret(self):
        for data in (b"", b"hello\n", case_bytes(GOOD)):
            problems = self.problems("--keylog", self.write("keys.log", data))
            self.assertEqual(len(problems), 1)
            self.assertIn("found none", problems[0])

    def test_a_pipe(self):
        with open(self.write("keys.log", LINE), "rb") as log:
            run = rdpath("analyze", "--keylog", "/dev/stdin", case(GOOD), data=log.read())
        self.assert_run(run, HEALTHY)

    def test_damage_inside_a_capture(self):
        path = self.write("x.pcapng", with_secrets(GOOD, LINE, LINE[:50]))
        run = rdpath("analyze", "--format", "json", path)
        self.assert_run(run, HEALTHY, "1 of 2")
        self.assertIn("Decryption Secrets Block", run.json()["inputs"][0]["problems"][0])

    def test_secrets_of_an_input_are_its_own(self):
        keyed = self.write("x.pcapng", with_secrets(GOOD, LINE[:50]))
        run = rdpath("analyze", "--format", "json", keyed, case(GOOD))
        self.assertEqual([len(one["problems"]) for one in run.json()["inputs"]], [1, 0])


def secrets_in(*logs):
    """Every secret of these key logs, as hexadecimal digits."""
    words = [line.split() for log in logs for line in log.splitlines()]
    return {word[2].decode().lower() for word in words if len(word) == 3}


class Silence(Case):
    """No secret, and no password that they open, comes out by any door."""

    def assert_silent(self, secrets, passwords, *words):
        folder = self.path("report")
        outputs = []
        for run in [rdpath("analyze", "--format", name, "-v", "--packets", *words)
                    for name in ("text", "json", "ndjson")] + \
                [rdpath("report", "-v", "-o", folder + "/", *words)]:
            self.assertIn(run.status, (HEALTHY, FAULT), run.err)
            outputs += [run.raw, run.err.encode()]
        for name in os.listdir(folder):
            outputs += [self.read(os.path.join("report", name)), name.encode()]
        self.assertGreaterEqual(len(outputs), 8 + 2 * (2 + 4))  # index, overview, four an attempt
        for output in outputs:
            lower = output.lower()
            for secret in secrets:
                raw = bytes.fromhex(secret)
                self.assertNotIn(secret[:32].encode(), lower)
                self.assertNotIn(raw[:16], output)
            for password in passwords:
                self.assertNotIn(password.encode(), output)
                self.assertNotIn(password.encode("utf-16-le"), output)
                self.assertNotIn(password.encode("utf-16-le").hex().encode(), lower)

    def test_a_key_log(self):
        log = os.path.join(os.path.dirname(case("healthy-tls12-keys")), "keys.log")
        with open(log, "rb") as source:
            secrets = secrets_in(source.read())
        self.assertEqual(len(secrets), 1)
        self.assert_silent(secrets, [plain.PASSWORD], "--keylog", log, case("healthy-tls12-keys"))

    def test_secrets_of_a_capture(self):
        data = case_bytes("healthy-tls13-secrets")
        start = data.index(b"SERVER_HANDSHAKE_TRAFFIC_SECRET")
        secrets = secrets_in(data[start:start + 1200])
        self.assertGreaterEqual(len(secrets), 4)
        self.assert_silent(secrets, [plain.PASSWORD], case("healthy-tls13-secrets"))

    def test_a_delegated_password(self):
        for name in ("not-authorized-secrets", "server-denied-secrets"):
            self.assert_silent(set(), [plain.PASSWORD], case(name))

    def test_captures_of_real_programs(self):
        lab = os.path.join(result.shared(), "captures", "lab")
        if not os.path.isdir(lab):
            self.skipTest("no folder captures in RDPATH_SHARED")
        for name in ("ok_tls12_v4", "ok_nla_v4", "nla_badpw"):
            with self.subTest(name=name):
                log = os.path.join(lab, name + ".keys")
                with open(log, "rb") as source:
                    secrets = secrets_in(source.read())
                self.assert_silent(secrets, [], "--keylog", log,
                                   os.path.join(lab, name + ".client.pcap"))


class Size(Case):
    """However much there is to read, memory has its limit."""

    def assert_small(self, *words):
        run = rdpath("analyze", "--format", "json", *words)
        self.assert_run(run, HEALTHY)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        self.assertLess(peak, MEMORY_MAX)
        return run.json()["inputs"][0]["problems"]

    def test_a_line_of_a_gigabyte(self):
        path = self.write("keys.log", LINE)
        os.truncate(path, 1 << 30)
        self.assertEqual(self.assert_small("--keylog", path, case(GOOD)), [])

    def test_many_secrets(self):
        log = b"".join(b"CLIENT_RANDOM %064x %s\n" % (n * 0x9E3779B97F4A7C15, SECRET.encode())
                       for n in range(150000))
        problems = self.assert_small("--keylog", self.write("keys.log", log), case(GOOD))
        self.assertEqual(len(problems), 1)
        self.assertIn("65536", problems[0])

    def test_sixteen_megabytes_inside_a_capture(self):
        text = b"CLIENT_RANDOM " * ((16 << 20) // 14)
        path = self.write("x.pcapng", with_secrets(GOOD, LINE, text))
        self.assertEqual(len(self.assert_small(path)), 1)


if __name__ == "__main__":
    program.main()
