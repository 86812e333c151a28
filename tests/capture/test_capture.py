#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rdpath capture between two ends of a wire: what it records, when it stops, and with what rights.
What is expected stands in docs/contract.md; the attempts are those of pcaps/."""

import json
import os
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

import wire  # finds the modules of tests/cli
import injected
import program
from program import FAILED, FAULT, HEALTHY, NO_ATTEMPT, USAGE, case, rdpath
from wire import Recording, Wire, ip, status

# 192.0.2.10 asks 203.0.113.20 for RDP, which insists on NLA: pcaps/nla-required/about.md
REFUSED, SERVER = case("nla-required"), "203.0.113.20"

# From 192.0.2.1 to 198.51.100.2 in Ethernet and IPv4: UDP to WireGuard's port, TCP to port 80.
HEADERS = "020000000001" "020000000002" "0800" "4500002800010000{:02x}{:02x}0000c0000201c6336402"
WIREGUARD = bytes.fromhex(HEADERS.format(64, 17) + "c350ca6c00140000" + "00" * 12)
WEB = bytes.fromhex(HEADERS.format(64, 6) + "c3500050" + "00" * 8 + "50020000" + "00" * 4)

# From the client of REFUSED to its server, in a session that is up: TLS application data.
OLD_SESSION = bytes.fromhex(
    "020000000001" "020000000002" "0800" "45000032000100004006" "0000" "c000020a" "cb007114"
    "c3510d3d" "0000000100000001" "5018ffff" "00000000" "1703030005" "0102030405")

NO_CAPABILITIES = {f"Cap{kind}": "0000000000000000" for kind in ("Inh", "Prm", "Eff", "Amb")}

SERVER_THAT_REFUSES = """
import socket
listener = socket.create_server(("127.0.0.1", 3389))
peer, _ = listener.accept()
peer.recv(100)
peer.sendall(bytes.fromhex("030000130ed000001234000300080005000000"))  # [MS-RDPBCGR] 2.2.1.2.2
peer.recv(100)
"""
CLIENT_WITHOUT_NLA = """
import socket
server = socket.create_connection(("127.0.0.1", 3389))
server.sendall(bytes.fromhex("030000130ee00000000000010008000100000000")[:19])
server.recv(100)
"""


def as_nobody():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


class Attempts(Wire):
    def test_stops_by_itself_and_answers_as_analyze_does(self):
        recording = self.record("--host", SERVER, "--format", "json", "--report",
                                self.path("x.html"))
        self.play(REFUSED)
        code, out = recording.end()
        self.assertEqual(code, FAULT, recording.err)
        for rung in ("TCP SYN", "X.224 request", "X.224 confirm", "the attempt has failed"):
            self.assertIn(rung, recording.err)
        again = rdpath("analyze", "--format", "json", "--hash", self.path("x.pcapng"))
        self.assertEqual(again.status, FAULT)
        self.assertEqual(json.loads(out), again.json())
        self.assertEqual(again.json()["attempts"][0]["cause"]["id"], "nla-required")
        self.assertIn(b"nla-required", self.read("x.html"))
        self.assertEqual(self.problems(), [])

    def test_tells_the_interface_and_what_was_lost(self):
        recording = self.record("--host", SERVER)
        self.play(REFUSED)
        recording.interrupt()
        recording.end()
        told = rdpath("analyze", "--format", "json", self.path("x.pcapng")).json()["inputs"][0]
        near = told["interfaces"][0]
        self.assertEqual((near["name"], near["received"], near["dropped"]), ("near", 6, 0))
        bytes_of_file = self.read("x.pcapng")
        for words in (b"rdpath 0.1.0", b"MTU 1500", b"port 3389", bytes([198, 51, 100, 2])):
            self.assertIn(words, bytes_of_file)

    def test_a_client_that_has_a_session_already(self):
        recording = self.record("--host", SERVER)
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as far:
            far.bind(("far", 0))
            far.send(OLD_SESSION)
        self.play(REFUSED)
        code, out = recording.end()
        self.assertEqual(code, FAULT, recording.err)
        self.assertIn("the attempt has failed", recording.err)
        self.assertIn("nla-required", out)

    def test_the_client_is_started(self):
        server = subprocess.Popen([sys.executable, "-c", SERVER_THAT_REFUSES])
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        client = self.write("client.py", CLIENT_WITHOUT_NLA.encode())
        # the server listens a moment after it was started: a refused client is an attempt, too
        recording = self.record("--host", "127.0.0.1", "--run",
                                f"sleep 0.5; exec {sys.executable} {client}")
        code, out = recording.end()
        self.assertEqual(code, FAULT, recording.err)
        self.assertIn("nla-required", out)

    def test_the_name_of_the_host_is_recorded(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = str(unused.getsockname()[1])
        recording = self.record("--host", "localhost", "--port", port, "--run",
                                f"exec {sys.executable} -c 'import socket; "
                                f'socket.create_connection(("127.0.0.1", {port}))\'')
        self.assertEqual(recording.end()[0], FAULT, recording.err)
        for host, found in (("localhost", FAULT), ("LocalHost", FAULT), ("other", NO_ATTEMPT)):
            run = rdpath("analyze", "--port", port, "--host", host, self.path("x.pcapng"))
            self.assert_run(run, found)

    def test_a_tunnel_and_what_carries_it(self):
        ip("tuntap", "add", "vpn", "mode", "tun")
        self.addCleanup(subprocess.run, ["ip", "tuntap", "del", "vpn", "mode", "tun"], check=False)
        ip("link", "set", "vpn", "up")
        ip("addr", "add", "10.99.0.1/24", "dev", "vpn")
        recording = self.record("--host", "10.99.0.5")
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as far:
            far.bind(("far", 0))
            far.send(WIREGUARD)
            far.send(WEB)
        recording.interrupt()
        recording.end()
        told = rdpath("analyze", "--format", "json", self.path("x.pcapng")).json()["inputs"][0]
        self.assertEqual([one["name"] for one in told["interfaces"]], ["vpn", "near"])
        self.assertEqual([one["link_type_name"] for one in told["interfaces"]], ["RAW", "EN10MB"])
        self.assertEqual(told["interfaces"][1]["received"], 1)

    def test_an_attempt_within_the_machine(self):
        """Where no host is named it is seen as well, and each of its packets once."""
        server = subprocess.Popen([sys.executable, "-c", SERVER_THAT_REFUSES])
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        client = self.write("client.py", CLIENT_WITHOUT_NLA.encode())
        recording = self.record("--format", "json", "--run",
                                f"sleep 0.5; exec {sys.executable} {client}")
        code, out = recording.end()
        self.assertEqual(code, FAULT, recording.err)
        attempt, = json.loads(out)["attempts"]
        self.assertEqual(attempt["cause"]["id"], "nla-required")
        seen = [one["id"] for one in attempt["observations"]]
        self.assertNotIn("duplicate-frames", seen)

    def test_another_name_of_an_interface(self):
        name = "the-network-card-on-the-left-of-the-server"
        ip("link", "property", "add", "dev", "near", "altname", name)
        recording = self.record("-i", name, "-i", "near")
        self.assertIn("recording near (virtual, MTU 1500) to", recording.err)
        self.play(REFUSED)
        self.assertEqual(recording.end()[0], FAULT, recording.err)

    def test_a_launcher_that_returns_at_once(self):
        server = subprocess.Popen([sys.executable, "-c", SERVER_THAT_REFUSES])
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        client = self.write("client.py", CLIENT_WITHOUT_NLA.encode())
        recording = self.record("--host", "127.0.0.1", "--run",
                                f"(sleep 4; exec {sys.executable} {client}) &")
        code, out = recording.end()
        self.assertEqual(code, FAULT, recording.err)
        self.assertIn("waiting for that of a client which it started, until 120 s", recording.err)
        self.assertIn("nla-required", out)

    def test_a_launcher_and_no_attempt(self):
        recording = self.record("-i", "near", "--run", "true", "--duration", "4")
        code, _ = recording.end()
        self.assertEqual(code, NO_ATTEMPT, recording.err)
        self.assertIn("until --duration is over", recording.err)
        self.assertIn("rdpath: --duration is over", recording.err)

    def test_a_client_at_another_port(self):
        recording = self.record("--host", "127.0.0.1", "--port", "3391", "--run",
                                f"{sys.executable} -c 'import socket; "
                                "socket.create_connection((\"127.0.0.1\", 3390))' "
                                "2>/dev/null || exit 5")
        self.assertEqual(recording.end()[0], NO_ATTEMPT, recording.err)
        self.assertIn("no attempt to 127.0.0.1 was seen on port 3389 or 3391: if the client "
                      "connects to another port, name it with --port N", recording.err)

    def test_a_client_that_fails_before_any_attempt(self):
        for command, told in (("exit 3", "ended with status 3"),
                              ("kill -9 $$", "was ended by signal 9")):
            recording = self.record("-i", "near", "--run", command)
            self.assertEqual(recording.end()[0], NO_ATTEMPT, recording.err)
            self.assertIn(f"the client {told} before any attempt was seen", recording.err)

    def test_the_status_of_a_client_that_had_an_attempt(self):
        recording = self.record("--host", "127.0.0.1", "--run",
                                f"{sys.executable} -c 'import socket; "
                                "socket.create_connection((\"127.0.0.1\", 3389))' "
                                "2>/dev/null || exit 5")
        self.assertEqual(recording.end()[0], FAULT, recording.err)
        self.assertIn("the attempt has failed", recording.err)
        self.assertEqual(recording.err.count("the client ended with status 5\n"), 1)

    def test_the_client_is_left_alone(self):
        recording = self.record("-i", "near", "--run", "exec sleep 30 2>&-")
        client = recording.child_named("sleep")
        self.addCleanup(os.kill, client, signal.SIGKILL)
        recording.process.terminate()
        recording.end()
        self.assertIn(f"the client still runs (process {client})", recording.err)
        self.assertEqual(status(client)["Name"], "sleep")

    def test_a_command_that_is_not_there(self):
        recording = self.record("-i", "near", "--run", "/no/such/client")
        self.assertEqual(recording.end()[0], NO_ATTEMPT)
        self.assertIn("--run: expected a command that can be started", recording.err)

    def test_a_command_that_fails_is_one_that_was_started(self):
        recording = self.record("-i", "near", "--run", "exit 131")  # as FreeRDP's do
        self.assertEqual(recording.end()[0], NO_ATTEMPT)
        self.assertNotIn("can be started", recording.err)

    def test_a_name_of_its_own(self):
        """What bears the name of the second in which it begins is another recording."""
        now = int(time.time())
        taken = [time.strftime("rdpath-%Y%m%d-%H%M%S.pcapng", time.gmtime(now + i))
                 for i in range(600)]
        for name in taken:
            self.write(name, b"precious")
        recording = Recording("-i", "near", "--run", "exit 1", cwd=self.folder)
        self.addCleanup(recording.process.kill)
        self.assertEqual(recording.end()[0], NO_ATTEMPT, recording.err)
        new, = [name for name in self.files() if name not in taken]
        self.assertIn(new.replace("_2", ""), taken)
        self.assertIn(new, recording.err)
        self.assertEqual({self.read(name) for name in taken}, {b"precious"})

    def test_a_ring_that_cannot_be(self):
        self.write("x-1.pcapng", b"precious")
        os.mkdir(self.path("x-2.pcapng"))
        run = rdpath("capture", "-i", "near", "-w", self.path("x.pcapng"), "--ring", "3",
                     "--max-size", "1M")
        self.assert_run(run, FAILED, "x-2.pcapng: expected a file to record to")
        self.assertEqual(self.read("x-1.pcapng"), b"precious")
        self.assertEqual(self.files(), ["x-1.pcapng", "x-2.pcapng"])

    def test_duration(self):
        recording = self.record("-i", "near", "--duration", "1")
        self.assertEqual(recording.end()[0], NO_ATTEMPT)
        self.assertIn("--duration is over", recording.err)


class Ends(Wire):
    """A recording is whole however it ends, and the end is named."""

    def test_control_c(self):
        recording = self.record("--host", SERVER)
        self.play(REFUSED)
        recording.wait_for("X.224 confirm")
        recording.interrupt()
        code, out = recording.end()
        self.assertEqual(code, FAULT, recording.err)
        self.assertIn("nla-required", out)
        self.assertIn("stopped by you", recording.err)
        self.assertIn("kept: 6 packets", recording.err)
        self.assertEqual(self.problems(), [])

    def test_what_was_to_be_ignored_is(self):
        def as_nohup_does():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

        recording = self.record("--host", SERVER, preexec_fn=as_nohup_does)
        recording.process.send_signal(signal.SIGHUP)
        self.play(REFUSED)
        recording.wait_for("X.224 confirm")
        recording.interrupt()
        self.assertEqual(recording.end()[0], FAULT, recording.err)
        self.assertIn("kept: 6 packets", recording.err)

    def test_a_parent_that_wants_to_hear_of_no_child(self):
        def ignore_children():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)

        recording = self.record("--host", SERVER, preexec_fn=ignore_children)
        self.play(REFUSED)
        self.assertEqual(recording.end()[0], FAULT, recording.err)

    def test_nobody_reads_what_is_said(self):
        recording = self.record("--host", SERVER, "--report", self.path("x.html"))
        recording.process.stderr.close()
        self.play(REFUSED)
        self.assertIn(b"nla-required", recording.process.stdout.read())
        recording.process.stdout.close()
        self.assertEqual(recording.process.wait(wire.PATIENCE), FAULT)
        self.assertIn(b"nla-required", self.read("x.html"))

    def test_the_answer_cannot_be_said_but_the_report_is_written(self):
        def full():
            os.dup2(os.open("/dev/full", os.O_WRONLY), 1)

        recording = self.record("--host", SERVER, "--report", self.path("x.html"), preexec_fn=full)
        self.play(REFUSED)
        self.assertEqual(recording.end()[0], FAILED)
        self.assertIn("standard output did not take the whole result", recording.err)
        self.assertIn(b"nla-required", self.read("x.html"))

    def test_the_recorder_is_killed(self):
        recording = self.record("--host", SERVER)
        self.play(REFUSED)
        recording.wait_for("X.224 confirm")
        os.kill(recording.process_of(confined=False), signal.SIGKILL)
        code, out = recording.end()
        self.assertEqual(code, FAULT, recording.err)
        self.assertIn("ended from outside", recording.err)
        self.assertIn("kept: at least 6 packets", recording.err)
        self.assertEqual(self.problems(), [])

    def test_the_parser_is_killed(self):
        recording = self.record("--host", SERVER)
        self.play(REFUSED)
        recording.wait_for("X.224 confirm")
        os.kill(recording.process_of(confined=True), signal.SIGKILL)
        code, _ = recording.end()
        self.assertEqual(code, FAILED)
        self.assertIn("the recording is whole", recording.err)
        self.assertIn(f"kept: {os.path.getsize(self.path('x.pcapng'))} bytes", recording.err)
        self.assertEqual(self.problems(), [])

    def test_who_started_all_is_killed(self):
        recording = self.record("--host", SERVER)
        self.play(REFUSED)
        recording.wait_for("X.224 confirm")
        recording.process.kill()
        recording.end()
        self.assertIn("was ended from outside", recording.err)
        self.assertNotIn("stopped by you", recording.err)
        self.assertIn("kept: 6 packets", recording.err)
        self.assertEqual(self.problems(), [])

    def test_all_are_killed(self):
        recording = self.record("--host", SERVER)
        self.play(REFUSED)
        recording.wait_for("X.224 confirm")
        others = wire.children(recording.process.pid)
        self.assertEqual(len(others), 2)
        for pid in (recording.process.pid, *others):
            os.kill(pid, signal.SIGKILL)
        self.assertEqual(recording.end()[0], -signal.SIGKILL)
        self.assertEqual(self.problems(), [])
        self.assertEqual(rdpath("analyze", self.path("x.pcapng")).status, FAULT)

    def test_the_interface_goes_away(self):
        recording = self.record("-i", "near")
        self.play(REFUSED)
        recording.wait_for("X.224 confirm")
        ip("link", "del", "near")
        code, out = recording.end()
        self.assertEqual(code, FAULT, recording.err)
        self.assertIn("near: no more packets from this interface", recording.err)
        self.assertIn("kept: 6 packets", recording.err)
        self.assertEqual(self.problems(), [])

    def test_the_interface_goes_down_and_comes_up_again(self):
        recording = self.record("-i", "near", "--all")
        begun = os.path.getsize(self.path("x.pcapng"))
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as far:
            far.bind(("far", 0))
            far.send(WEB)
        while os.path.getsize(self.path("x.pcapng")) == begun:
            time.sleep(0.01)
        ip("link", "set", "near", "down")
        recording.wait_for("near: this interface is down: no packets come from it until it is up "
                           "again; kept so far: 1 packets\n")
        ip("link", "set", "near", "up")
        recording.wait_for("near: this interface is up again and is recorded")
        self.play(REFUSED)
        self.assertEqual(recording.end()[0], FAULT, recording.err)
        self.assertIn("kept: 7 packets", recording.err)

    def test_the_interface_goes_down_before_it_goes_away(self):
        recording = self.record("-i", "near")
        self.play(REFUSED)
        recording.wait_for("X.224 confirm")
        ip("link", "set", "near", "down")
        time.sleep(1)  # so that the two are told apart
        ip("link", "del", "near")
        self.assertEqual(recording.end()[0], FAULT, recording.err)
        self.assertIn("near: no more packets from this interface", recording.err)

    def test_a_full_disk(self):
        os.mkdir(self.path("disk"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", self.path("disk")],
                       check=True)
        self.addCleanup(subprocess.run, ["umount", self.path("disk")], check=False)
        file = self.path("disk/x.pcapng")
        recording = Recording("-i", "near", "--all", "-w", file)
        self.addCleanup(recording.process.kill)
        recording.wait_for("recording")
        self.play(REFUSED)
        recording.wait_for("X.224 confirm")
        self.play(case("healthy-nla"), "--loop", "20", "--topspeed")
        code, _ = recording.end()
        self.assertIn(code, (HEALTHY, FAULT), recording.err)
        self.assertIn("the disk took no more", recording.err)
        self.assertGreater(os.path.getsize(file), 100_000)
        self.assertEqual(self.problems(file), [])
        packets = rdpath("analyze", "--format", "json", file).json()["inputs"][0]["packets"]
        self.assertIn(f"kept: {packets} packets", recording.err)

    def test_a_limit_on_files(self):
        def small_files():
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

        recording = self.record("-i", "near", "--all", preexec_fn=small_files)
        self.play(case("healthy-nla"), "--loop", "20", "--topspeed")
        recording.end()
        self.assertIn("the disk took no more", recording.err)
        self.assertEqual(self.problems(), [])

    def test_max_size(self):
        recording = self.record("-i", "near", "--all", "--max-size", "64k")
        self.play(case("healthy-nla"), "--loop", "20", "--topspeed")
        recording.end()
        self.assertIn("--max-size is reached", recording.err)
        size = os.path.getsize(self.path("x.pcapng"))
        self.assertLessEqual(size, 65536 + 128)  # and the counts at the end
        self.assertGreater(size, 60_000)
        self.assertEqual(self.problems(), [])

    def test_a_ring_keeps_the_last(self):
        recording = self.record("-i", "near", "--all", "--max-size", "64k", "--ring", "2")
        self.play(case("healthy-nla"), "--loop", "20", "--topspeed")
        self.play(REFUSED)
        recording.wait_for(" s  ")
        recording.interrupt()
        recording.end()
        ring = [self.path(f"x-{i}.pcapng") for i in (1, 2)]
        self.assertEqual(self.problems(*ring), [])
        last = rdpath("analyze", "--join", "--format", "json", "--host", SERVER, *ring).json()
        causes = [attempt["cause"]["id"] for attempt in last["attempts"]]
        self.assertEqual(causes[-1], "nla-required")


class Rights(Wire):
    def test_nobody_holds_a_right(self):
        recording = self.record("--host", SERVER)
        recorder, parser = recording.process_of(False), recording.process_of(True)
        for pid in (recorder, parser, recording.process.pid):
            held = status(pid)
            self.assertEqual({name: held[name] for name in NO_CAPABILITIES}, NO_CAPABILITIES)
            self.assertEqual(held["NoNewPrivs"], "1")
        self.assertEqual(status(parser)["Seccomp"], "2")  # a filter is in force
        recording.interrupt()
        recording.end()

    @unittest.skipUnless(injected.IS_KNOWN_MACHINE, "registers are known of x86_64 only")
    def test_who_parses_ends_when_it_asks_for_more(self):
        wanted = {"getpid": (), "socket": (socket.AF_INET, socket.SOCK_STREAM, 0),
                  "openat": (0, 0, os.O_RDONLY), "execve": (0, 0, 0), "ptrace": (0, 0, 0)}
        ends = {}
        for name, arguments in wanted.items():
            recording = self.record("--host", SERVER)
            parser = recording.process_of(True)
            ends[name] = injected.signal_that_ends(parser, name, *arguments)
            if not ends[name]:
                recording.interrupt()
            code, _ = recording.end()
            self.assertEqual(code, FAILED if ends[name] else NO_ATTEMPT, recording.err)
        self.assertEqual(ends, {name: signal.SIGSYS for name in wanted} | {"getpid": None})

    def test_who_parses_gives_way(self):
        recording = self.record("--host", SERVER)
        recorder, parser = recording.process_of(False), recording.process_of(True)
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, recorder),
                         os.getpriority(os.PRIO_PROCESS, 0))
        self.assertGreater(os.getpriority(os.PRIO_PROCESS, parser),
                           os.getpriority(os.PRIO_PROCESS, recorder))
        recording.interrupt()
        recording.end()

    def test_the_client_holds_none(self):
        told = self.path("told")
        recording = self.record("-i", "near", "--duration", "2", "--run",
                                "grep -E 'Cap|NoNew' /proc/self/status >" + told)
        recording.end()
        held = dict(line.split(":\t") for line in self.read("told").decode().splitlines())
        self.assertEqual({name: held[name] for name in NO_CAPABILITIES}, NO_CAPABILITIES)
        self.assertEqual(held["NoNewPrivs"], "1")

    def test_with_sudo_all_belongs_to_who_called_it(self):
        nobody = 65534
        os.chown(self.path(""), nobody, nobody)
        recording = self.record("--host", SERVER, "--report", self.path("x.html"),
                                env=dict(os.environ, SUDO_UID=str(nobody)))
        for pid in (recording.process_of(False), recording.process_of(True), recording.process.pid):
            self.assertEqual(status(pid)["Uid"].split(), [str(nobody)] * 4)
        self.play(REFUSED)
        self.assertEqual(recording.end()[0], FAULT, recording.err)
        for name in ("x.pcapng", "x.html"):
            self.assertEqual(os.stat(self.path(name)).st_uid, nobody)

    def test_with_sudo_where_the_user_may_not_write(self):
        recording = self.record("--host", SERVER, env=dict(os.environ, SUDO_UID="65534"))
        self.play(REFUSED)
        self.assertEqual(recording.end()[0], FAULT, recording.err)
        self.assertEqual(os.stat(self.path("x.pcapng")).st_uid, 0)

    def test_without_the_right(self):
        run = rdpath("capture", "-i", "near", "-w", "/tmp/never-written.pcapng",
                     preexec_fn=as_nobody)
        self.assert_run(run, FAILED, "CAP_NET_RAW", "setcap cap_net_raw=ep", "sudo")
        self.assertEqual(run.err.count("\n"), 1)

    def test_the_command_that_gives_the_right_can_be_pasted(self):
        os.chmod(self.folder, 0o755)
        copy = shutil.copy(program.PROGRAM, self.path("it's rdpath; $(true)"))
        run = subprocess.run([copy, "capture", "-i", "near", "-w", "/tmp/never-written.pcapng"],
                             stderr=subprocess.PIPE, text=True, check=False, preexec_fn=as_nobody)
        command = run.stderr.rpartition("sudo ")[2]
        self.assertEqual(shlex.split(command), ["setcap", "cap_net_raw=ep", copy])


class Confined(Wire):
    def test_every_attempt_can_be_judged_there(self):
        """What is loaded only for some of them (certificates, keys) was loaded before. Their
        addresses are the same, so that they become few attempts with many connections."""
        recording = self.record("-i", "near", "--all", "--format", "json", "--report",
                                self.path("x.html"))
        folder = os.path.join(program.PROJECT, "pcaps")
        for name in sorted(os.listdir(folder)):  # some are of no Ethernet: tcpreplay refuses them
            subprocess.run(["tcpreplay", "-q", "-t", "-i", "far", case(name)], check=False,
                           capture_output=True, timeout=wire.PATIENCE)
        recording.interrupt()
        code, out = recording.end()
        self.assertEqual(code, FAULT, recording.err)
        tls = [attempt["tls"] for attempt in json.loads(out)["attempts"]]
        self.assertTrue(any(one and one.get("certificate") for one in tls))


class BadInput(Wire):
    def test_no_such_interface(self):
        run = rdpath("capture", "-i", "no-such", "-w", self.path("x.pcapng"))
        self.assert_run(run, FAILED, "no-such", "--list")
        self.assertEqual(self.files(), [])

    def test_no_such_host(self):
        run = rdpath("capture", "--host", "no-such.invalid", "-w", self.path("x.pcapng"))
        self.assert_run(run, FAILED, "no-such.invalid")
        self.assertEqual(self.files(), [])

    def test_a_port_in_the_name_of_the_host(self):
        for given, expected in (("rds01:3390", "--host rds01 --port 3390"),
                                ("192.0.2.1:3390", "--host 192.0.2.1 --port 3390"),
                                ("[::1]:3390", "--host ::1 --port 3390"),
                                ("[::1]", "--host ::1,"),
                                ("rds01:rdp", "the address or the name of a host"),
                                ("", "the address or the name of a host")):
            run = rdpath("capture", "--host", given, "-w", self.path("x.pcapng"))
            self.assert_run(run, USAGE, "--host: expected the ", expected)
            self.assertEqual(run.err.count("\n"), 1)
        self.assert_run(rdpath("analyze", "--host", "2001:db8::20", REFUSED), NO_ATTEMPT)

    def test_no_such_folder(self):
        run = rdpath("capture", "-i", "near", "-w", self.path("no/x.pcapng"))
        self.assert_run(run, FAILED, "no/x.pcapng", "No such file")

    def test_what_contradicts(self):
        self.assert_run(rdpath("capture", "--ring", "3"), USAGE, "--max-size")
        self.assert_run(rdpath("capture", "x.pcapng"), USAGE, "--host")
        self.assert_run(rdpath("capture", "--max-size", "1T"), USAGE, "500k")
        self.assert_run(rdpath("capture", "--max-size", "17179869185G"), USAGE, "500k")
        for blank in ("", " \t"):
            self.assert_run(rdpath("capture", "--run", blank), USAGE, "--run: expected the command")
        self.assert_run(rdpath("capture", "-w", "x.html", "--report", "x.html"), USAGE, "-w")
        self.assert_run(rdpath("capture", "-o", "x.txt", "--report", "x.txt"), USAGE, "-w")
        self.assert_run(rdpath("capture", "-w", "x.txt", "--ring", "2", "--max-size", "1M", "-o",
                               "x-2.txt"), USAGE, "-w")

    def test_one_file_by_two_paths(self):
        os.mkdir(self.path("in"))
        os.symlink(self.path("in"), self.path("there"))
        os.symlink(self.write("old.html", b"precious"), self.path("link.html"))
        os.link(self.path("old.html"), self.path("hard.html"))
        for one, other in (("new.html", "./new.html"), ("new.html", "in/../new.html"),
                           ("new.html", self.path("new.html")), ("in/x.html", "there/x.html"),
                           ("old.html", "link.html"), ("hard.html", "old.html")):
            for words in (("-w", one, "--report", other), ("-o", other, "--report", one),
                          ("-w", one, "-o", other)):
                run = rdpath("capture", "-i", "none", *words, cwd=self.folder)
                self.assert_run(run, USAGE, "expected a file of its own")
        for other in ("in/new.html", "no/new.html", "old.html"):
            run = rdpath("capture", "-i", "none", "-w", "new.html", "-o", other, cwd=self.folder)
            self.assert_run(run, FAILED, "expected an interface")

    def test_list(self):
        run = rdpath("capture", "--list")
        self.assert_run(run, HEALTHY)
        near = next(line for line in run.out.splitlines() if line.startswith("near"))
        for words in ("virtual", "1500", "198.51.100.2", "default route"):
            self.assertIn(words, near)


if __name__ == "__main__":
    sys.exit(wire.main())
