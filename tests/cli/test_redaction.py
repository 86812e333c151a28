#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--redact: no address and no name of a capture is in anything that is written, in any form."""

import glob
import ipaddress
import os
import shutil
import struct

import program
from program import FAILED, FAULT, HEALTHY, NO_ATTEMPT, USAGE, Case, case, rdpath

import capture_file  # program knows where these are
import evidence_case
import result
from leaks import Secrets, addresses_of, frames_of, macs_of, names_of

# ---- the tests ----------------------------------------------------------------------------------

class Redaction(Case):
    def setUp(self):
        super().setUp()
        self.key = self.write("key", evidence_case.KEY)

    def redact(self, capture, *options):
        """Every format and the evidence, of a capture whose own name tells something."""
        named = self.path("alice@rds01.contoso" + os.path.splitext(capture)[1])
        shutil.copy(capture, named)
        out = self.path("out")
        shutil.rmtree(out, True)
        run = rdpath("report", "--redact-key", self.key, "--packets", *options, "-o", out + "/",
                     named)
        os.remove(named)
        return run, out

    def outputs(self, run, out):
        yield "standard error", run.err.encode()
        yield "standard output", run.raw
        for folder, _, files in os.walk(out):
            for name in files:
                with open(os.path.join(folder, name), "rb") as source:
                    yield name, name.encode() + b"\n" + source.read()

    def check(self, capture, answer, *options):
        secrets = Secrets(capture, answer, ["alice@rds01.contoso"])
        run, out = self.redact(capture, *options)
        self.assertIn(run.status, (HEALTHY, FAULT), run.err)
        n = 0
        for name, data in self.outputs(run, out):
            self.assertEqual(secrets.told_by(data), set(), name)
            n += name.endswith((".html", ".md", ".json", ".txt", ".pcapng"))
        self.assertGreaterEqual(n, 5)
        return out

    def test_nothing_is_told(self):
        """Of every case, the other tests tell (evidence.CASE)."""
        for folder in evidence_case.some():
            with self.subTest(folder.name):
                self.check(folder.capture, folder.answer(), *folder.options)

    def test_nothing_is_told_of_published_captures(self):
        folder = os.path.join(result.shared(), "captures")
        if not os.path.isdir(folder):
            self.skipTest(f"{folder} is not at hand")
        n = 0
        for path in sorted(glob.glob(os.path.join(folder, "**", "*.pcap*"), recursive=True)):
            run = rdpath("analyze", "--format", "json", path)
            if run.status not in (HEALTHY, FAULT) or os.path.getsize(path) > 1 << 20:
                continue
            try:
                frames_of(path)
            except ValueError:
                continue
            with self.subTest(path):
                self.check(path, run.json())
                n += 1
        self.assertGreater(n, 20)

    def test_the_search_finds_what_is_there(self):
        """Else a search that finds nothing would prove nothing."""
        folder = evidence_case.Folder("certificate-expired")
        answer = folder.answer()
        run = rdpath("report", "--evidence", self.path("e.pcapng"), "--format", "json",
                     folder.capture)
        secrets = Secrets(folder.capture, answer)
        told = {what for what, _ in secrets.told_by(run.raw + self.read("e.pcapng"))}
        self.assertEqual(told, set(secrets.forms.values()))
        self.assertGreater(len(names_of(answer)), 1)
        self.assertGreaterEqual(len(addresses_of(folder.capture)), 2)
        self.assertGreaterEqual(len(macs_of(folder.capture)), 2)

    def test_frames_are_told_by_their_numbers_in_the_capture(self):
        name = "healthy-web-beside"
        full = rdpath("analyze", "--format", "json", case(name)).json()["attempts"][0]
        run = rdpath("report", "--format", "json", "--redact", case(name))
        one = run.json()["attempts"][0]
        self.assertEqual(one["ended"]["frame"], full["ended"]["frame"])

    def test_prefixes_are_preserved_and_the_key_decides(self):
        def ends(*options):
            run = rdpath("report", "--format", "json", *options,
                         case("pmtu-black-hole-to-client"))
            attempt = run.json()["attempts"][0]
            return [int(ipaddress.ip_address(attempt[end]["address"]))
                    for end in ("client", "server")]
        full = rdpath("analyze", "--format", "json", case("pmtu-black-hole-to-client")).json()
        client, server = (int(ipaddress.ip_address(full["attempts"][0][end]["address"]))
                          for end in ("client", "server"))
        common = (client ^ server).bit_length()
        mapped = ends("--redact-key", self.key)
        self.assertEqual((mapped[0] ^ mapped[1]).bit_length(), common)
        self.assertEqual(mapped, ends("--redact-key", self.key))
        self.assertNotEqual(mapped, ends("--redact-key", self.write("other", b"x" * 32)))
        self.assertNotEqual(ends("--redact"), ends("--redact"))

    def test_keys_that_are_none(self):
        for key, said in ((self.write("short", b"secret"), "16 bytes"),
                          (self.path("no-such-file"), "16 bytes")):
            run = rdpath("report", "--format", "json", "--redact-key", key,
                         case("healthy-tls13"))
            self.assert_run(run, FAILED, said)
            self.assertEqual(run.raw, b"")

    def test_errors_name_no_file(self):
        path = self.write("alice.pcap", b"not a capture")
        run = rdpath("report", "--format", "json", "--redact", path)
        self.assert_run(run, FAILED)
        self.assertNotIn("alice", run.err)

    def test_no_attempt(self):
        run = rdpath("report", "--format", "json", "--redact", case("no-rdp"))
        self.assert_run(run, NO_ATTEMPT, "nothing is written")
        self.assertEqual(run.raw, b"")

    def test_only_reports_are_redacted(self):
        self.assert_run(rdpath("analyze", "--redact", case("no-rdp")), USAGE, "--redact")


def grown(data, at, more):
    """A frame of IPv4 in Ethernet with more bytes at a place; its length says so, no checksum."""
    data = data[:at] + more + data[at:]
    return data[:16] + struct.pack(">H", len(data) - 14) + data[18:]


def with_tcp_option(data, option):
    """Behind the options that are there (RFC 9293, section 3.1: the offset counts words)."""
    words = data[46] >> 4
    data = grown(data, 34 + 4 * words, option)
    return data[:46] + bytes([words + len(option) // 4 << 4 | data[46] & 15]) + data[47:]


def with_ip_option(data, option):
    data = grown(data, 34, option)
    return data[:14] + bytes([0x45 + len(option) // 4]) + data[15:]


class Planted(Case):
    """Words where no decoder reads: none may be in what is written."""

    def frames(self, name):
        """The frames, with a word in options of TCP and IP that are none, or longer than theirs."""
        frames = frames_of(case(name))
        for i, kind in enumerate((2, 30, 3, 8, 4)):
            word = b"ZoeTcp%02d" % kind
            frames[i] = with_tcp_option(frames[i], bytes([kind, 12]) + word + bytes(2))
        frames[5] = with_ip_option(frames[5], b"\x94\x0cZoeIpOpt\0\0")
        return frames

    def capture(self, frames):
        """A pcapng with a word in each place that says something of its capture."""
        option, block = capture_file.option, capture_file.block
        ends = {data[at:at + 4] for data in frames for at in (26, 30) if data[12:14] == b"\x08\0"}
        names = b"".join(struct.pack("<HH", 1, 13) + end + b"ZoeNames\0" + bytes(3)
                         for end in sorted(ends))
        parts = [
            block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) +
                  option(1, b"ZoeSection") + option(2, b"ZoeHardware") + option(3, b"ZoeSystem") +
                  option(4, b"ZoeProgram") + option(0, b"")),
            block(1, struct.pack("<HHI", 1, 0, 262144) + option(2, b"ZoeInterface") +
                  option(3, b"ZoeDescription") + option(4, bytes((198, 18, 7, 9, 255, 255, 0, 0))) +
                  option(6, b"ZoeMac") + option(11, b"\0ZoeFilter") + option(0, b"")),
            block(4, names + bytes(4) + option(2, b"ZoeResolver") + option(0, b"")),
            block(0xBAD, struct.pack("<I", 32473) + b"ZoeCustom..."),
        ]
        for i, data in enumerate(frames):
            at = 1767604443000000 + 20000 * i
            parts.append(block(6, struct.pack("<5I", 0, at >> 32, at & 0xffffffff, len(data),
                                              len(data)) + data + bytes(-len(data) % 4) +
                               option(1, b"ZoeComment") +
                               option(2988, struct.pack("<I", 32473) + b"ZoeOption") +
                               option(0, b"")))
        parts.append(block(5, struct.pack("<III", 0, 0, 0) + option(1, b"ZoeStatistics") +
                           option(0, b"")))
        return self.write("zoe.pcapng", b"".join(parts))

    def test_no_planted_word_is_told(self):
        out = self.path("out/")
        key = self.write("key", evidence_case.KEY)
        run = rdpath("report", "--redact-key", key, "--packets", "-o", out,
                     self.capture(self.frames("certificate-expired")))
        self.assert_run(run, FAULT)
        written = {name: name.encode() + self.read("out/" + name) for name in os.listdir(out)}
        self.assertGreaterEqual(len(written), 6)
        for name, data in [*written.items(), ("standard error", run.err.encode())]:
            for form in (b"zoe", b"z\0o\0e\0", bytes((198, 18, 7, 9)), b"198.18.7.9"):
                self.assertNotIn(form, data.lower(), name)

    def test_unused_bytes_of_an_icmp_error_are_not_told(self):
        frames = [data[:38] + b"Zoe!" + data[42:] if data[23] == 1 else data
                  for data in frames_of(case("firewall-reject"))]
        self.assertTrue(any(b"Zoe!" in data for data in frames))
        run = rdpath("report", "--redact", "--evidence", self.path("e.pcapng"),
                     self.capture(frames))
        self.assert_run(run, FAULT)
        self.assertTrue(any(data[23] == 1 for data in frames_of(self.path("e.pcapng"))))
        self.assertNotIn(b"Zoe!", self.read("e.pcapng"))


class Checksums(Case):
    def test_they_are_right_again(self):
        """RFC 1071: what is summed up together with its checksum gives all ones."""
        key = self.write("key", evidence_case.KEY)
        n = 0
        for name in ("server-silent", "firewall-reject", "udp-blocked", "certificate-expired"):
            rdpath("report", "--redact-key", key, "--evidence", self.path("e.pcapng"), case(name))
            for data in frames_of(self.path("e.pcapng")):
                if data[12:14] != b"\x08\x00":
                    continue
                header = data[14:14 + 4 * (data[14] & 15)]
                self.assertEqual(ones(header), 0xffff)
                total = int.from_bytes(data[16:18], "big")
                payload = data[14 + len(header):14 + total]
                payload += bytes(total - len(header) - len(payload))
                if data[23] in (6, 17):
                    pseudo = data[26:34] + struct.pack(">HH", data[23], len(payload))
                    self.assertEqual(ones(pseudo + payload), 0xffff, (name, data.hex()))
                    n += 1
        self.assertGreater(n, 20)


def ones(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return total


program.main()
