# SPDX-License-Identifier: Apache-2.0
"""Records what passes an interface of a node, with tcpdump."""

import os
import time

from topology import LabError

READY_SECONDS = 5
BUFFER_KIB = "32768"  # a slot is as large as the snaplen: the usual 2 MiB are eight packets


class Recording:
    def __init__(self, run, node, device):
        self.run, self.device = run, device
        self.path = os.path.join(run.folder, f"{node}-{device}.pcap")
        self.end_ns = None
        argv = ["tcpdump", "-Z", "root", "-U", "--immediate-mode", "-n", "-s", "262144",
                "-B", BUFFER_KIB,
                "--time-stamp-precision=nano", "-i", device, "-w", self.path]
        self.process = run.spawn(node, argv, f"tcpdump-{node}-{device}")
        self._wait()

    def _wait(self):
        """tcpdump writes the file's header once it listens."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if os.path.exists(self.path) and os.path.getsize(self.path) >= 24:
                return
            self.run.pause(0.02)
        raise LabError(f"tcpdump does not start: {self.run.log_of(self.process)}")

    def link_type(self):
        with open(self.path, "rb") as file:
            return int.from_bytes(file.read(24)[20:24], "little")

    def stop(self):
        self.end_ns = time.time_ns()
        self.run.end(self.process)
