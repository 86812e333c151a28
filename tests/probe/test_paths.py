# SPDX-License-Identifier: Apache-2.0
"""rdpath probe on paths whose MTU is known: exact in both directions, with and without ICMP."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from range import Range, why_not  # noqa: E402

MTUS = (1280, 1300, 1400, 1420, 1492, 1500)
# Each with itself, and each beside another one: what is true of one direction is not of the other.
# The last lie between the common sizes, where a search takes the most packets.
PATHS = [(m, m) for m in MTUS] + [(m, MTUS[(i + 2) % 6]) for i, m in enumerate(MTUS)] + \
    [(1492, 1398), (1280, 1480), (1354, 1398), (1371, 1459)]
PACKETS_MAX, BYTES_MAX = 200, 128 * 1024


class Paths(unittest.TestCase):
    range = None

    def assert_way(self, way, truth, heard):
        self.assertTrue(way["exact"], heard)
        self.assertEqual(truth, way["mtu"]["at_least"], heard)
        self.assertIn(way["mtu"]["below"], (None, truth + 1), heard)

    def assert_all(self, filtered, version):
        slowest = 0
        for there, back in PATHS:
            with self.subTest(there=there, back=back, filtered=filtered, version=version):
                self.range.set_path(there, back, filtered)
                recording = os.path.join(self.range.folder, "path.pcapng")
                status, heard, said = self.range.probe("-w", recording, version=version)
                self.assertEqual("", said)
                self.assert_way(heard["path"]["to_server"], there, heard)
                self.assert_way(heard["path"]["to_client"], back, heard)
                self.assertEqual(0 if there == back == 1500 else 1, status, heard)
                self.assertLessEqual(heard["sent"]["packets"], PACKETS_MAX)
                self.assertLessEqual(heard["sent"]["bytes"], BYTES_MAX)
                self.assert_findings(heard, there, back, filtered)
                self.assert_read(recording, there, back, filtered)
                slowest = max(slowest, heard["duration"])
        print(f"IPv{version}, ICMP {'filtered' if filtered else 'delivered'}: "
              f"the slowest of {len(PATHS)} took {slowest:.2f} s")

    def assert_findings(self, heard, there, back, filtered):
        kind = "pmtu-black-hole" if filtered else "path-limit"
        wanted = {(kind, way) for mtu, way in ((there, "to-server"), (back, "to-client"))
                  if mtu < 1500}
        found = {(f["id"], f["direction"]) for f in heard["findings"]}
        self.assertEqual(wanted, found, heard)
        least = min(there, back)
        self.assertEqual(None if least == 1500 else least, heard["set"] and heard["set"]["mtu"])

    def assert_read(self, recording, there, back, filtered):
        """The recording alone leads to the same answer."""
        status, read = self.range.analyze(recording)
        ways = [way for mtu, way in ((there, "to-server"), (back, "to-client")) if mtu < 1500]
        kind = "pmtu-black-hole" if filtered else "path-limit"
        wanted = (kind, {0: None, 1: ways[-1] if ways else None, 2: "both"}[len(ways)])
        self.assertEqual(1, len(read["attempts"]))
        attempt = read["attempts"][0]
        self.assertEqual(wanted if ways else ("none", None),
                         (attempt["cause"]["id"], attempt["cause"]["direction"]), attempt["cause"])
        self.assertEqual(1 if ways else 0, status)
        # a server that was told to send no more leaves open what else would pass
        for way, mtu, sure in (("to_server", there, True), ("to_client", back, filtered)):
            below = mtu + 1 if mtu < 1500 and sure else None
            self.assertEqual({"at_least": mtu, "below": below}, attempt["path"][way]["mtu"], way)

    def test_icmp_delivered_ipv4(self):
        self.assert_all(False, 4)

    def test_icmp_delivered_ipv6(self):
        self.assert_all(False, 6)

    def test_icmp_filtered_ipv4(self):
        self.assert_all(True, 4)

    def test_icmp_filtered_ipv6(self):
        self.assert_all(True, 6)


def main():
    if reason := why_not():
        print(f"skipped: {reason}")
        sys.exit(77)
    with Range(sys.argv.pop(1)) as ground:
        ground.serve()
        Paths.range = ground
        result = unittest.main(exit=False, verbosity=1).result
    sys.exit(0 if result.wasSuccessful() else 1)


main()
