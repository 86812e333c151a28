# SPDX-License-Identifier: Apache-2.0
"""The programs of actors/ as what a declaration is made of: ends, and fixtures of the path."""

import os
import re
import sys
import time
from dataclasses import dataclass

from ends import wait_for_port
from topology import SERVER, LabError

ACTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "actors")
READY_SECONDS = 10
IDENTITY = "21" + "5a" * 15  # correlation id [MS-RDPBCGR] 2.2.1.1.2


def command(name, *words):
    return [sys.executable, os.path.join(ACTORS, f"{name}.py"), *words]


def wait_until_ready(run, process):
    until = time.monotonic() + READY_SECONDS
    while "ready" not in run.log_of(process):
        if process.poll() is not None or time.monotonic() > until:
            raise LabError(f"it does not start: {run.log_of(process)}")
        run.pause(0.05)


def script_of(run, text):
    path = run.path("script.txt")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


# ---- ends ----------------------------------------------------------------------------------------

@dataclass(frozen=True)
class PlayedServer:
    """Says the server's lines of a script (player.py)."""

    title: str
    script: str
    certificate: str = "rsa"

    @property
    def words(self):
        return f"the lab's player, which {self.title}"

    def start(self, run):
        argv = command("player", "server", script_of(run, self.script),
                       *run.crafts.made(self.certificate))
        wait_for_port(run, run.spawn("server", argv, "player-server"))


@dataclass(frozen=True)
class PlayedClient:
    """Says the client's lines of a script (player.py)."""

    title: str
    script: str

    @property
    def words(self):
        return f"the lab's player, which {self.title}"

    def start(self, run):
        argv = command("player", "client", script_of(run, self.script), SERVER[run.family], "3389",
                       run.path("keys.log"))
        return run.spawn("client", argv, "player-client")


def both_play(script, server="plays the other side", client="plays its side"):
    """The two ends of one script."""
    return PlayedServer(server, script), PlayedClient(client, script)


@dataclass(frozen=True)
class WithUdp:
    """A server that speaks RDP over UDP too (datagrams.py)."""

    server: object
    options: tuple = ()

    @property
    def words(self):
        return " ".join([f"{self.server.words}, with RDP over UDP", *self.options])

    def start(self, run):
        argv = command("datagrams", "server", *run.crafts.made("rsa"), *self.options)
        wait_until_ready(run, run.spawn("server", argv, "datagrams-server"))
        self.server.start(run)


@dataclass(frozen=True)
class UdpLeg:
    """The client's side of RDP over UDP, to be started while its TCP session is under way."""

    options: tuple = ()

    @property
    def words(self):
        return " ".join(["the client opens RDP over UDP", *self.options])

    def start(self, run):
        argv = command("datagrams", "client", SERVER[run.family], *self.options)
        run.spawn("client", argv, "datagrams-client")


# ---- on the way ----------------------------------------------------------------------------------

@dataclass(frozen=True)
class Forwarder:
    """A wire between the routers that delays, loses, doubles ... packets (forwarder.py)."""

    options: tuple

    @property
    def words(self):
        return f"between r1 and r2: {' '.join(self.options)} (actors/forwarder.py)"

    def start(self, run):
        argv = command("forwarder", run.net.namespace("r2"), *self.options)
        wait_until_ready(run, run.spawn("r1", argv, "forwarder"))

    def confirm(self, run):
        process = run.named["forwarder"]
        run.end(process)
        counts = [line for line in run.log_of(process).splitlines() if line.startswith("to-")]
        run.notes.extend(f"counted between r1 and r2: {line}" for line in counts)
        if "loss=" in " ".join(self.options) and not re.search(r"lost=[1-9]", " ".join(counts)):
            raise LabError(f"no packet was lost: {counts}")


@dataclass(frozen=True)
class Forger:
    """A device at r1 that resets connections in the name of their ends (forger.py). alike: its
    resets arrive with the TTL that the packets of the ends themselves arrive with."""

    when: str
    to: str = "both"
    alike: bool = False
    ip_id: int = 0

    @property
    def words(self):
        like = "as the ends' own packets have it" if self.alike else "of 255, as it leaves r1"
        return f"a device at r1 forges resets to {self.to} ({self.when}), with a TTL {like} and " \
               f"IP id {self.ip_id:#06x}"

    def start(self, run):
        to_client, to_server = (62, 63) if self.alike else (255, 255)
        argv = command("forger", "c0", self.when, self.to, f"ttl={to_client}",
                       f"ttl-to-server={to_server}", f"id={self.ip_id}")
        wait_until_ready(run, run.spawn("r1", argv, "forger"))

    def confirm(self, run):
        if "reset" not in run.log_of(run.named["forger"]):
            raise LabError("the device never had to reset anything")
