# SPDX-License-Identifier: Apache-2.0
"""What the tests of evidence and redaction share: a capture of pcaps/ and its options."""

import glob
import os

from program import PROJECT, rdpath

KEY = bytes(range(32))
SOME = ("pmtu-black-hole-to-client", "certificate-expired", "nla-required", "udp-dtls-alert",
        "firewall-reject-ipv6", "pmtu-black-hole-vxlan", "healthy-http-connect", "healthy-radiotap",
        "server-denied", "healthy-tls12-keys", "not-rdp-ssh", "redirected")


class Folder:
    """A case: its capture and what is said of it in full."""

    def __init__(self, name):
        self.name, folder = name, os.path.join(PROJECT, "pcaps", name)
        self.capture = glob.glob(os.path.join(folder, "capture.pcap*"))[0]
        keys = os.path.join(folder, "keys.log")
        self.options = ["--keylog", keys] if os.path.exists(keys) else []

    def answer(self):
        return rdpath("analyze", "--format", "json", "--hash", *self.options, self.capture).json()


def some():
    """One of each kind; every other one has a test of its own, evidence.CASE."""
    return [Folder(name) for name in SOME]
