# SPDX-License-Identifier: Apache-2.0
"""Plays one scenario: builds, records, runs the ends, tears all of it down."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import topology
from record import Recording
from topology import LabError

STOP = threading.Event()  # somebody pressed Ctrl-C
END_SECONDS = 3           # to end when asked; then it is killed


class Stopped(Exception):
    """The lab was told to stop."""


class Run:
    """One scenario under way; what fixtures and ends are given.

    net: Topology; folder: for its files; family: 4 or 6; crafts: Crafts; environment: of every
    program that it spawns."""

    def __init__(self, scenario, number, crafts, display):
        self.scenario, self.family, self.crafts = scenario, scenario.family, crafts
        self.net = topology.Topology(f"lab{os.getpid()}x{number}", scenario.offload)
        self.folder = tempfile.mkdtemp(prefix=f"rdpath-lab-{scenario.name}-")
        os.chmod(self.folder, 0o755)
        home = os.path.join(self.folder, "home")
        os.makedirs(home, mode=0o700)
        self.environment = {**os.environ, "HOME": home, "XDG_RUNTIME_DIR": home,
                            "XDG_CONFIG_HOME": home, "LC_ALL": "C"}
        if display:
            self.environment["DISPLAY"] = display
        self.processes, self.logs, self.scheduled = [], {}, []
        self.named, self.notes = {}, []  # notes: what is known of the run only at its end

    # ---- what fixtures and ends use --------------------------------------------------------------

    def path(self, name):
        return os.path.join(self.folder, name)

    def pause(self, seconds):
        if STOP.wait(seconds):
            raise Stopped

    def tool(self, argv):
        return topology.run(argv)

    def secrets(self):
        """The key log that the client wrote."""
        with open(self.path("keys.log"), "rb") as log:
            return log.read()

    def schedule(self, seconds, what):
        self.scheduled.append((seconds, what))

    def spawn(self, node, argv, name, env=None):
        """Starts a program in a node; it is ended with the run. Its output: NAME.log."""
        log = self.path(f"{name}.log")
        with open(log, "ab") as out:
            process = subprocess.Popen(  # pylint: disable=consider-using-with
                self.net.inside(node, argv), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env={**self.environment, **(env or {})}, cwd=self.folder, start_new_session=True)
        self.processes.append(process)
        self.logs[process.pid] = log
        self.named[name] = process
        return process

    def end(self, process, how=signal.SIGTERM):
        """Ends a program of this run and what it started, by its process group: what it forked
        may outlive it."""
        try:
            os.killpg(process.pid, how)
            process.wait(END_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait(END_SECONDS)

    def log_of(self, process):
        with open(self.logs[process.pid], encoding="utf-8", errors="replace") as log:
            return log.read()[-2000:].strip()

    # ---- the play --------------------------------------------------------------------------------

    def play(self):
        """Returns {vantage: its recordings, one of each interface}."""
        scenario = self.scenario
        self.net.build()
        for fixture in scenario.path:
            fixture.start(self)
        scenario.server.start(self)
        running = {}
        recordings = {name: self.recordings_at(name, running) for name in scenario.vantages()}
        self.attend(scenario.client.start(self))
        self.pause(scenario.linger)
        for recording in running.values():
            recording.stop()
        for fixture in scenario.path:
            getattr(fixture, "confirm", lambda run: None)(self)
        return recordings

    def recordings_at(self, vantage, running):
        """Of each interface of a vantage; two vantages may share one."""
        node, _, devices = vantage.partition(":")
        for device in (devices or "eth0").split("+"):
            if (node, device) not in running:
                running[node, device] = Recording(self, node, device)
        return [running[node, device] for device in (devices or "eth0").split("+")]

    def attend(self, client):
        """Waits for the client, and does meanwhile what was scheduled."""
        began = time.monotonic()
        due = sorted(self.scheduled, key=lambda entry: entry[0])
        while client.poll() is None and time.monotonic() - began < self.scenario.seconds:
            while due and time.monotonic() - began >= due[0][0]:
                due.pop(0)[1].start(self)
            self.pause(0.05)
        self.end(client)
        if due:
            raise LabError(f"the client ended before this happened: {due[0][1].words}")

    def close(self, keep=False):
        for process in reversed(self.processes):
            self.end(process)
        self.net.demolish()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


class Display:
    """One Xvfb for all runs; programs reach it by its socket file, from every namespace."""

    def __init__(self):
        self.read, write = os.pipe()
        argv = ["Xvfb", "-displayfd", str(write), "-nolisten", "tcp", "-noreset", "-screen",
                "0", "1024x768x24"]
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            argv, pass_fds=[write], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(write)
        number = os.read(self.read, 16).decode().strip()
        if not number:
            raise LabError("Xvfb does not start")
        self.name = f":{number}"

    def close(self):
        os.close(self.read)
        self.process.terminate()
        self.process.wait(END_SECONDS)
