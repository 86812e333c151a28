#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The packets that reports draw: TCP and UDP beside each other, ICMP errors, what marks a sender.
Expected are the packets.txt of each capture, and the frames as tshark numbers them."""

import program
from program import FAULT, Case, case, rdpath


def packets(name):
    run = rdpath("analyze", "--packets", "--format", "json", case(name))
    assert run.status == FAULT, run.err
    return run.json()["attempts"][0]["packets"]


class Packets(Case):
    def test_udp_stands_beside_tcp(self):
        # frames 41 and 43 to 45 carry the same piece of UDP payload, which nobody acknowledges
        found = packets("udp-data-lost")
        udp = [p for p in found if p["protocol"] == "udp"]
        self.assertEqual([(p["frame"], p["note"], p["again"], p["fate"]) for p in udp[:6]],
                         [(39, "hello", 0, "delivered"), (40, "hello", 0, "delivered"),
                          (41, "data", 0, "lost"), (43, "data", 1, "lost"),
                          (44, "data", 2, "lost"), (45, "data", 3, "lost")])
        self.assertEqual([p["frame"] for p in found], sorted(p["frame"] for p in found))

    def test_an_icmp_error_comes_from_its_router(self):
        errors = [p for p in packets("pmtu-signal-ignored") if p["protocol"] == "icmp"]
        self.assertEqual(len(errors), 1)
        self.assertEqual((errors[0]["from"], errors[0]["direction"]),
                         ("10.255.0.2", "to-server"))
        self.assertEqual(errors[0]["mtu"], 1400)

    def test_what_marks_the_sender_of_a_reset(self):
        # about.md: the reset comes from a device whose packets have another TTL and IP id 0
        reset = [p for p in packets("reset-by-another") if "rst" in p["flags"]]
        others = [p for p in packets("reset-by-another")
                  if p["direction"] == "to-client" and "rst" not in p["flags"]]
        self.assertEqual(len(reset), 1)
        self.assertEqual(reset[0]["ip_id"], 0)
        self.assertTrue(all(p["ttl"] != reset[0]["ttl"] for p in others))


if __name__ == "__main__":
    program.main()
