#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is asked for: which attempts, which ports, which vantage, several captures as one."""

import hashlib

import program
from program import FAULT, HEALTHY, NO_ATTEMPT, USAGE, Case, capture_file, case, case_bytes, rdpath

GOOD, BAD = case("healthy-tls13"), case("pmtu-black-hole-to-client")


def answer(*words):
    return rdpath("analyze", "--format", "json", *words).json()


def mapped(thing, number_of):
    """The result with every {"input": i, "frame": n} replaced by number_of(i, n). Frames are listed
    input by input, and of a list that is not whole there may be others."""
    if isinstance(thing, list):
        return [mapped(one, number_of) for one in thing]
    if isinstance(thing, dict) and "frames" in thing:
        thing = dict(thing)
        frames = mapped(thing.pop("frames"), number_of)
        shown = len(frames) if "frames_total" in thing else sorted(frames)
        return {**mapped(thing, number_of), "frames": shown}
    if isinstance(thing, dict) and set(thing) == {"input", "frame"}:
        return number_of(thing["input"], thing["frame"])
    if isinstance(thing, dict):
        return {name: mapped(one, number_of) for name, one in thing.items()}
    return thing


class Attempts(Case):
    def setUp(self):
        super().setUp()
        self.all = answer(GOOD, BAD)["attempts"]
        self.assertEqual([one["cause"]["id"] for one in self.all], ["none", "pmtu-black-hole"])

    def test_by_number(self):
        for number, status in ((1, HEALTHY), (2, FAULT), (3, NO_ATTEMPT)):
            run = rdpath("analyze", "--format", "json", "--attempt", str(number), GOOD, BAD)
            self.assert_run(run, status)
            self.assertEqual(run.json()["attempts"], self.all[number - 1:number])

    def test_by_host(self):
        for host in (self.all[1]["client"]["address"], self.all[1]["server"]["name"],
                     self.all[1]["server"]["name"].upper()):
            found = answer("--host", host, GOOD, BAD)["attempts"]
            wanted = [one for one in self.all
                      if host.lower() in (one["client"]["address"], one["server"]["name"])]
            self.assertEqual(found, wanted)
        self.assert_run(rdpath("analyze", "--host", "198.51.100.254", GOOD, BAD), NO_ATTEMPT,
                        "--host 198.51.100.254: of 2 RDP attempts none is of that host")

    def test_by_a_name_that_the_capture_has(self):
        """draft-ietf-opsawg-pcapng, 4.5: nrb_record_ipv4 is 1, nrb_record_ipv6 2. The server of
        nla-required is 203.0.113.20, and nothing on the wire tells its name."""
        def records(*rows):
            return capture_file.block(4, b"".join(
                capture_file.option(code, bytes.fromhex(address) + b"\0".join(names) + b"\0")
                for code, address, *names in rows) + bytes(4))

        v4, v6 = (1, "cb007114", b"other", b"RDS01"), (2, "20010db8" + "00" * 12, b"rds01")
        many = [(1, f"0a00{i:04x}", b"many") for i in range(1, 1000)]
        head = capture_file.pcapng_head([1], 0, {})
        frames = capture_file.read_capture(case("nla-required")).frames()
        packets = b"".join(map(capture_file.pcapng_packet, frames))
        named = self.write("named.pcapng", head + records(v6, *many) + records(v4) + packets)
        plain = self.write("plain.pcapng", head + packets)
        for host in ("rds01", "Other", "203.0.113.20"):
            self.assertEqual(len(answer("--host", host, named)["attempts"]), 1, host)
        for host in ("rds0", "rds01.example", "many", "localhost"):
            self.assert_run(rdpath("analyze", "--host", host, named), NO_ATTEMPT)
        found = answer("--host", "rds01", named, plain)["attempts"]
        self.assertEqual([one["input"] for one in found], [0])
        self.assertEqual(len(answer("--host", "rds01", "--join", named, plain)["attempts"]), 1)
        run = rdpath("report", "--redact", "--host", "rds01", "--format", "json", "--evidence",
                     self.path("e.pcapng"), named)
        self.assertEqual(len(run.json()["attempts"]), 1)
        self.assertNotIn("rds01", run.out.lower())
        self.assertNotIn(b"rds01", self.read("e.pcapng").lower())

    def test_by_ipv6_host_however_it_is_written(self):
        path = case("pmtu-black-hole-ipv6")
        address = answer(path)["attempts"][0]["server"]["address"]
        self.assertIn("::", address)
        missing = 8 - len([part for part in address.split(":") if part])
        full = address.replace("::", ":" + "0000:" * missing)
        for host in (address, address.upper(), full):
            self.assertEqual(len(answer("--host", host, path)["attempts"]), 1, host)

    def test_packets(self):
        self.assertNotIn("packets", self.all[1])
        packets = answer("--packets", BAD)["attempts"][0]["packets"]
        self.assertTrue(0 < len(packets) <= 2000)
        for packet in packets:
            self.assertLessEqual(packet["frame"], 24)  # the capture has so many

    def test_hash(self):
        self.assertNotIn("sha256", answer(BAD)["inputs"][0])
        for path in (BAD, "-"):
            run = rdpath("analyze", "--format", "json", "--hash", path,
                         data=program.case_bytes("pmtu-black-hole-to-client"))
            with open(BAD, "rb") as source:
                digest = hashlib.sha256(source.read()).hexdigest()
            self.assertEqual(run.json()["inputs"][0]["sha256"], digest)


class Places(Case):
    def test_vantage(self):
        for where in ("client", "server", "middle"):
            result = answer("--vantage", where, BAD)
            self.assertEqual(result["attempts"][0]["vantage"], where)
        self.assertEqual(answer("--vantage", "auto", BAD), answer(BAD))

    def test_port(self):
        """Nothing but a SYN says RDP on another port only where the port is named."""
        data = case_bytes("connect-unanswered")
        self.assertIn(b"\x0d\x3d", data)  # 3389
        path = self.write("x.pcap", data.replace(b"\x0d\x3d", b"\x1f\x91"))  # 8081
        self.assert_run(rdpath("analyze", path), NO_ATTEMPT)
        run = rdpath("analyze", "--format", "json", "--port", "99", "--port", "8081", path)
        self.assert_run(run, FAULT)
        attempt = run.json()["attempts"][0]
        self.assertEqual((attempt["server"]["port"], attempt["cause"]["id"]),
                         (8081, "connect-unanswered"))

    def test_other_ports_are_recognised_by_content(self):
        attempt = answer(case("healthy-port-13389"))["attempts"][0]
        self.assertEqual((attempt["server"]["port"], attempt["cause"]["id"]), (13389, "none"))


class Joined(Case):
    CASES = ("pmtu-black-hole-to-client", "pmtu-signal-ignored", "connect-refused", "nla-required",
             "pmtu-black-hole-to-server", "client-retried", "healthy-nla-ipv6")

    def split(self, name, which):
        """Writes each frame to the file that which(rank, of) names, 0 or 1; returns the paths and
        the function from (input, frame) to the frame's number in the whole. rank: of its time
        among all times, since two files do not tell the order of frames of one time.
        """
        capture = capture_file.read_capture(case(name))
        frames = capture.frames()
        times = [frame.ts_ns for frame in frames]
        self.assertEqual(times, sorted(times))
        ranks = {time: rank for rank, time in enumerate(sorted(set(times)))}
        parts = [[i for i, time in enumerate(times) if which(ranks[time], len(ranks)) == n]
                 for n in (0, 1)]
        paths = [self.write(f"{n}.pcap", capture.with_frames([frames[i] for i in part]))
                 for n, part in enumerate(parts)]
        return paths, lambda given, frame: parts[given][frame - 1] + 1

    def test_the_same_answer_as_from_the_whole(self):
        for name in self.CASES:
            whole = mapped(answer(case(name))["attempts"], None)
            for way, which in (("halves", lambda i, n: int(i >= n // 2)),
                               ("alternately", lambda i, n: i % 2)):
                with self.subTest(name=name, way=way):
                    paths, number_of = self.split(name, which)
                    parts = answer("--join", *paths)
                    self.assertEqual(mapped(parts["attempts"], number_of), whole)
                    self.assertEqual([one["path"] for one in parts["inputs"]], paths)

    def test_order_of_the_inputs_does_not_matter(self):
        paths, number_of = self.split(self.CASES[0], lambda i, n: int(i >= n // 2))
        turned = answer("--join", *paths[::-1])["attempts"]
        whole = mapped(answer(case(self.CASES[0]))["attempts"], None)
        for attempt in turned:
            attempt["input"] = 0  # it began in the second
        self.assertEqual(mapped(turned, lambda given, n: number_of(1 - given, n)), whole)

    def test_without_join_each_is_analyzed_alone(self):
        paths, _ = self.split(self.CASES[0], lambda i, n: int(i >= n // 2))
        self.assertEqual({one["input"] for one in answer(*paths)["attempts"]}, {0, 1})

    def test_one_capture_keeps_plain_frame_numbers(self):
        self.assertEqual(answer("--join", BAD), answer(BAD))


if __name__ == "__main__":
    program.main()
