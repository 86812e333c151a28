# SPDX-License-Identifier: Apache-2.0
"""rdpath probe and targets that are not well, or not there, and routers that lie."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from range import SERVER, Range, certificate, why_not  # noqa: E402

WELL, FAULT, USAGE, FAILED, SILENT = range(5)
NOBODY = 65534

# What a router does to spare itself (RFC 1812, 4.3.2.8; RFC 4443, 2.4 f).
ONE_ERROR_A_SECOND = """
table inet rare {
    chain out {
        type filter hook output priority 0;
        icmp type destination-unreachable limit rate 1/second burst 1 packets accept;
        icmpv6 type packet-too-big limit rate 1/second burst 1 packets accept;
        icmp type destination-unreachable drop;
        icmpv6 type packet-too-big drop;
    }
}
"""

# What an interface loses when it is set down.
CLIENT_UP = """
ip link set eth0 up; ip -6 addr replace fd77:1::2/64 dev eth0 nodad
ip route replace default via 10.77.1.1; ip -6 route replace default via fd77:1::1
"""

# Drops what is more than so many bytes a second, and large packets first; all sizes pass.
POLICER = """
table inet policer {{
    chain through {{
        type filter hook forward priority 10;
        {whither} limit rate over {rate} bytes/second burst 2000 bytes drop;
    }}
}}
"""


class Targets(unittest.TestCase):
    range = None

    def setUp(self):
        self.range.set_path(1500, 1500)
        self.range.stop()

    def found(self, heard):
        return [finding["id"] for finding in heard["findings"]]

    def assert_one_line(self, said, *words):
        self.assertEqual(1, said.count("\n"), said)
        self.assertTrue(said.startswith("rdpath: "), said)
        for word in words:
            self.assertIn(word, said)

    # ---- targets ----

    def test_a_server_that_is_well(self):
        self.range.serve()
        status, heard, said = self.range.probe()
        self.assertEqual((WELL, "", "well"), (status, said, heard["status"]))
        self.assertEqual("rdpath.probe/1", heard["schema"])
        self.assertEqual("1.3", heard["tls"]["version"])
        self.assertEqual("CN=rds01", heard["tls"]["certificate"]["subject"])
        self.assertEqual("rsa-2048", heard["tls"]["certificate"]["key"])
        self.assertTrue(heard["udp"]["answered"])
        self.assertEqual((1232, 1232, "2"), (heard["udp"]["mtu_up"], heard["udp"]["mtu_down"],
                                             heard["udp"]["version"]))
        answers = {",".join(p["requested"]): p["selected"] or p["failure"]["name"]
                   for p in heard["rdp"]["protocols"]}
        self.assertEqual({"tls,hybrid": "tls", "tls": "tls", "rdp": "SSL_REQUIRED_BY_SERVER"},
                         answers)

    def test_a_server_that_writes_piece_by_piece(self):
        self.range.serve("--piecemeal")
        status, heard, said = self.range.probe()
        self.assertEqual((WELL, "", "well"), (status, said, heard["status"]))
        self.assertEqual("CN=rds01", heard["tls"]["certificate"]["subject"])
        self.assertEqual("1.3", heard["tls"]["version"])

    def test_a_port_that_is_closed(self):
        status, heard, _ = self.range.probe()
        self.assertEqual((FAULT, ["connect-refused"]), (status, self.found(heard)))
        self.assertTrue(heard["udp"]["refused"])

    def test_nobody_at_all(self):
        status, heard, _ = self.range.probe("--timeout", "1", target="10.77.3.98")
        self.assertEqual((SILENT, "unanswered", []), (status, heard["status"], heard["findings"]))

    def test_a_host_whose_port_is_dropped(self):
        self.range.net.shell("server", "nft -f - <<'END'\ntable inet t { chain c { type filter "
                             "hook input priority 0; tcp dport 3389 drop; }; }\nEND\n")
        try:
            status, heard, _ = self.range.probe("--timeout", "1")
        finally:
            self.range.net.shell("server", "nft flush ruleset")
        self.assertEqual((FAULT, ["connect-unanswered"]), (status, self.found(heard)))
        self.assertTrue(heard["icmp"]["echo"])

    def test_a_server_that_is_not_rdp(self):
        self.range.serve("--greeting", "SSH-2.0-OpenSSH_9.2\r\n")
        status, heard, _ = self.range.probe()
        self.assertEqual((FAULT, ["not-rdp"]), (status, self.found(heard)))

    def test_a_server_that_takes_the_connection_and_says_nothing(self):
        self.range.serve("--silent")
        status, heard, _ = self.range.probe("--timeout", "1")
        self.assertEqual((FAULT, ["server-silent"]), (status, self.found(heard)))

    def test_a_server_that_takes_two_seconds_to_answer(self):
        self.range.serve("--think", "2")
        status, heard, _ = self.range.probe()
        self.assertEqual((WELL, []), (status, self.found(heard)), heard)
        self.assertEqual("CN=rds01", heard["tls"]["certificate"]["subject"])
        for way in heard["path"].values():
            self.assertIsNone(way["mtu"]["below"], heard)

    def test_a_server_that_thinks_for_longer_than_the_probe_waits_is_not_said_to_fail(self):
        self.range.serve("--think", "30")
        status, heard, _ = self.range.probe("--timeout", "1")
        self.assertEqual((FAULT, "undetermined", ["tls-unanswered"]),
                         (status, heard["status"], self.found(heard)), heard)
        self.assertIn("within 1 s", heard["findings"][0]["text"])
        self.assertIn("--timeout", heard["findings"][0]["text"])

    def test_a_server_that_closes_is_said_to_close(self):
        for words in (("accept",), ("accept", "--reset"), ("request",), ("request", "--reset")):
            self.range.serve("--close-at", *words)
            status, heard, _ = self.range.probe("--timeout", "1")
            with self.subTest(words=words):
                self.assertEqual((FAULT, ["server-closes"]), (status, self.found(heard)), heard)

    def test_a_server_that_closes_instead_of_tls_is_said_to_close(self):
        for words in (("hello",), ("hello", "--reset")):
            self.range.serve("--close-at", *words)
            status, heard, _ = self.range.probe("--timeout", "1")
            with self.subTest(words=words):
                self.assertEqual((FAULT, ["tls-handshake-failed"]), (status, self.found(heard)))
                self.assertIn("closes the connection", heard["findings"][0]["text"])

    def test_a_server_without_tls_leaves_a_bracket_that_says_why(self):
        self.range.serve("--no-tls")
        self.range.set_path(1400, 1300, filtered=True)
        _, heard, _ = self.range.probe()
        for way, truth in (("to_server", 1400), ("to_client", 1300)):
            path = heard["path"][way]
            self.assertFalse(path["exact"])
            self.assertTrue(path["why"])
            self.assertLessEqual(path["mtu"]["at_least"] or 0, truth)

    def test_replies_in_fragments_are_no_black_hole(self):
        self.range.serve("--no-tls")
        for version in (4, 6):
            self.range.set_path(1400, 1300)
            status, heard, _ = self.range.probe(version=version)
            self.assertEqual((FAULT, ["path-limit"] * 2), (status, self.found(heard)), heard)
            for way, truth in (("to_server", 1400), ("to_client", 1300)):
                path = heard["path"][way]
                self.assertEqual((truth, truth + 1), (path["mtu"]["at_least"],
                                                      path["mtu"]["below"]), heard)

    def test_one_error_is_enough(self):
        self.range.serve()
        for version in (4, 6):
            self.range.set_path(1400, 1300)  # a lost echo alone may be a lost reply
            self.range.net.shell("r1", "nft -f - <<'END'\n" + ONE_ERROR_A_SECOND + "END\n")
            time.sleep(1)  # since the last one of the path before
            status, heard, _ = self.range.probe(version=version)
            way = heard["path"]["to_server"]
            self.assertEqual((True, 1400), (way["exact"], way["mtu"]["at_least"]), heard)
            self.assertEqual((FAULT, ["path-limit"] * 2), (status, self.found(heard)), heard)
            self.assertEqual(["confirmed"], [e["verdict"] for e in heard["icmp"]["errors"]])

    def test_a_short_flight_leaves_a_bracket_that_says_why(self):
        self.range.set_path(1500, 1500, filtered=True)
        chain, key = certificate(self.range.folder, copies=1)
        self.range.play("server", "server", chain, key)
        status, heard, _ = self.range.probe()
        self.range.chain, self.range.key = certificate(self.range.folder)
        back = heard["path"]["to_client"]
        self.assertEqual((WELL, "open", False), (status, heard["status"], back["exact"]))
        self.assertIn("TLS flight has only", back["why"])
        self.assertTrue(1000 < back["mtu"]["at_least"] < 1500 and back["mtu"]["below"] is None)

    # ---- what the JSON says of what was not measured ----

    def test_each_kind_is_told_for_itself(self):
        """The server answers datagrams with 1232 bytes, and no echo."""
        self.range.serve()
        self.rule("server", "input", "icmp type echo-request drop; icmpv6 type echo-request drop")
        for version, headers in ((4, 28), (6, 48)):
            heard = self.range.probe(version=version)[1]
            back = heard["path"]["to_client"]["by"]
            self.assertIsNone(back["icmp"], heard)
            self.assertEqual((1232 + headers, None), (back["udp"]["at_least"],
                                                      back["udp"]["below"]), heard)

    def test_no_more_is_delivered_than_was_sent(self):
        self.range.serve()
        for filtered, words in ((False, ()), (True, ()), (True, ("--max-packets", "60"))):
            self.range.set_path(1400, 1300, filtered=filtered)
            heard = self.range.probe(*words)[1]
            for way in heard["path"].values():
                for kind in filter(None, way["by"].values()):
                    self.assertLessEqual(kind["delivered"], kind["sent"], heard)

    def why(self, way, *words, **more):
        heard = self.range.probe(*words, **more)[1]
        self.assertFalse(heard["path"][way]["exact"], heard)
        self.assertNotEqual("well", heard["status"])
        return heard["path"][way]["why"]

    def test_why_a_closed_port_leaves_it_open(self):
        self.range.set_path(1500, 1500, filtered=True)
        for way in ("to_server", "to_client"):
            self.assertIn("no connection came about", self.why(way))

    def test_why_a_lost_flight_leaves_it_open(self):
        self.range.serve()
        self.range.set_path(1500, 1500, filtered=True)
        self.rule("server", "output", "tcp sport 3389 meta length > 400 drop")
        self.assertIn("did not arrive whole", self.why("to_client", "--timeout", "2"))

    def test_why_a_lost_echo_leaves_it_open(self):
        self.range.serve("--no-tls")
        self.rule("r1", "forward", "ip daddr 10.77.3.2 meta length > 1400 drop")
        why = self.why("to_server")
        self.assertIn("echo of more than 1400 bytes is lost", why)
        self.assertIn("TLS was not reached", why)

    def test_why_a_clamp_leaves_it_open(self):
        self.range.serve()
        self.rule("r1", "forward", "icmp type echo-request drop; "
                  "tcp flags syn tcp option maxseg size set 1200")
        for way in ("to_server", "to_client"):
            self.assertRegex(self.why(way), "1240 bytes.*MSS.*clamped")

    def test_why_an_error_that_nothing_confirms_leaves_it_open(self):
        self.range.serve()
        self.rule("server", "input", "icmp type echo-request drop")
        self.range.set_path(1399, 1500)
        self.assertIn("follows an ICMP error that names 1399", self.why("to_server"))

    # ---- what only looks like a limit, or hides one ----

    def rule(self, node, hook, words):
        """A rule of nftables there, until the test has ended."""
        self.range.net.shell(node, "nft -f - <<'END'\ntable inet t { chain c { type filter hook "
                             f"{hook} priority -10; {words}; }}; }}\nEND\n")
        self.addCleanup(self.range.net.shell, node, "nft flush ruleset")

    def bracket(self, heard, way="to_server"):
        return heard["path"][way]["mtu"]["at_least"], heard["path"][way]["mtu"]["below"]

    def test_a_card_that_cuts_segments(self):
        """What is sent again after an ICMP error is seen in one piece and leaves in two."""
        self.range.serve()
        self.range.net.shell("client", "ethtool -K eth0 tx on sg on tso on gso on >/dev/null")
        self.addCleanup(self.range.net.shell, "client",
                        "ethtool -K eth0 tso off gso off tx off sg off >/dev/null")
        for there, version in ((1400, 4), (1400, 6), (1399, 4)):
            self.range.set_path(there, 1500)
            status, heard, _ = self.range.probe(version=version)
            self.assertEqual((FAULT, ["path-limit"]), (status, self.found(heard)), heard)
            self.assertEqual((there, there + 1), self.bracket(heard))

    def test_a_router_that_says_so_where_no_echo_is_answered(self):
        self.range.serve()
        self.rule("server", "input", "icmp type echo-request drop; icmpv6 type echo-request drop")
        for version in (4, 6):
            self.range.set_path(1399, 1500)
            status, heard, _ = self.range.probe(version=version)
            self.assertEqual((FAULT, ["path-limit"]), (status, self.found(heard)), heard)
            self.assertEqual(1399, heard["set"]["mtu"])

    def test_two_routers_with_limits(self):
        self.range.serve()
        self.range.set_path(1450, 1500)
        behind = "ip route replace 10.77.3.0/24 dev s0 src 10.77.3.1"
        self.range.net.shell("r2", f"{behind} mtu lock 1399")
        self.addCleanup(self.range.net.shell, "r2", behind)
        status, heard, _ = self.range.probe()
        self.assertEqual((FAULT, ["path-limit"]), (status, self.found(heard)), heard)
        self.assertEqual((1399, 1400), self.bracket(heard))

    def test_a_clamp_is_no_limit_of_the_path(self):
        self.range.serve()
        self.rule("r2", "forward", "tcp flags syn tcp option maxseg size set 1300")
        status, heard, _ = self.range.probe()
        self.assertEqual((WELL, ["mss-clamped"]), (status, self.found(heard)), heard)
        self.assertEqual((1500, None), self.bracket(heard, "to_client"))
        self.assertIsNone(heard["set"])

    def test_large_datagrams_that_vanish(self):
        self.range.serve()
        self.rule("r2", "forward", "udp dport 3389 meta length > 1200 drop")
        status, heard, _ = self.range.probe()
        self.assertEqual((FAULT, ["udp-large-dropped"]), (status, self.found(heard)), heard)
        udp = heard["path"]["to_server"]["by"]["udp"]
        self.assertTrue(udp["at_least"] <= 1200 < udp["below"], udp)
        path = os.path.join(self.range.folder, "datagrams.pcapng")
        self.range.probe("-w", path)
        self.assertEqual([("udp-large-dropped", "to-server")], self.causes(self.read(path)[1]))

    # ---- routers that answer in the server's place ----

    def test_a_router_that_answers_the_syn(self):
        self.range.serve()
        for kind, says, finding in (("admin-prohibited", "prohibited", "firewall-reject"),
                                    ("host-unreachable", "host-unreachable", "host-unreachable"),
                                    ("no-route", "net-unreachable", "host-unreachable"),
                                    ("port-unreachable", "port-unreachable", "host-unreachable")):
            for version, router in ((4, "10.77.1.1"), (6, "fd77:1::1")):
                self.range.net.shell("r1", "nft flush ruleset")
                self.rule("r1", "forward", f"tcp dport 3389 reject with icmpx type {kind}")
                status, heard, _ = self.range.probe(version=version)
                self.assertEqual((FAULT, "fault", [finding]),
                                 (status, heard["status"], self.found(heard)), heard)
                told = [(e["from"], e["says"], e["about"], e["mtu"], e["verdict"])
                        for e in heard["icmp"]["errors"]]
                self.assertEqual([(router, says, ["tcp"], None, "stands")], told)
                self.assertIn(router, heard["findings"][0]["text"])

    def test_a_router_that_answers_everything(self):
        """Echo and UDP, too: nothing of the host is heard, and that is told."""
        self.rule("r1", "forward", "ip daddr 10.77.3.2 reject with icmp type host-unreachable")
        status, heard, _ = self.range.probe("--timeout", "1")
        self.assertEqual((FAULT, ["host-unreachable"]), (status, self.found(heard)), heard)
        (error,) = heard["icmp"]["errors"]
        self.assertEqual(["icmp", "udp", "tcp"], error["about"])
        self.assertGreater(error["count"], 2)
        self.assertFalse(heard["icmp"]["echo"])

    def test_a_route_that_goes_round(self):
        self.range.net.shell("r2", "ip route replace 10.77.3.2/32 via 10.77.2.1")
        self.addCleanup(self.range.net.shell, "r2", "ip route del 10.77.3.2/32")
        status, heard, _ = self.range.probe("--timeout", "1")
        self.assertEqual((FAULT, ["host-unreachable"]), (status, self.found(heard)), heard)
        self.assertIn("time-exceeded", {e["says"] for e in heard["icmp"]["errors"]})

    def test_a_router_that_finds_nobody(self):
        """It asks for the neighbour three times, a second apart, before it says so."""
        status, heard, _ = self.range.probe(target="10.77.3.99")
        self.assertEqual((FAULT, ["host-unreachable"]), (status, self.found(heard)), heard)

    def test_a_router_that_forbids_udp_alone(self):
        self.range.serve()
        self.rule("r1", "forward", "udp dport 3389 reject with icmpx type admin-prohibited")
        status, heard, _ = self.range.probe()
        self.assertEqual((WELL, []), (status, self.found(heard)), heard)
        self.assertEqual((False, False), (heard["udp"]["answered"], heard["udp"]["refused"]))
        self.assertEqual([("prohibited", ["udp"])],
                         [(e["says"], e["about"]) for e in heard["icmp"]["errors"]])

    def test_an_unreachable_that_quotes_another_syn(self):
        self.range.serve()
        self.range.play("r1", "liar", "c0", "0", "--of-syn", "13", "--wrong-quote")
        status, heard, _ = self.range.probe()
        self.assertEqual((WELL, ["icmp-lies"]), (status, self.found(heard)), heard)
        self.assertEqual([("prohibited", [], "wrong-quote")],
                         [(e["says"], e["about"], e["verdict"]) for e in heard["icmp"]["errors"]])

    def test_the_recording_holds_the_error(self):
        path = os.path.join(self.range.folder, "barred.pcapng")
        self.rule("r1", "forward", "tcp dport 3389 reject with icmpx type admin-prohibited")
        for version in (4, 6):
            heard = self.range.probe("-w", path, version=version)[1]
            done = subprocess.run([self.range.program, "analyze", "--format", "json", path],
                                  capture_output=True, text=True, check=False, timeout=20)
            causes = {a["cause"]["id"] for a in json.loads(done.stdout)["attempts"]}
            self.assertEqual({"firewall-reject"}, causes)
            self.assertEqual(["firewall-reject"], self.found(heard))

    # ---- routers that lie ----

    def lied(self, *words, status=FAULT):
        self.range.serve()
        self.range.play("r1", "liar", "c0", *words)
        ended, heard, _ = self.range.probe()
        self.assertEqual((1500, True), (heard["path"]["to_server"]["mtu"]["at_least"],
                                        heard["path"]["to_server"]["exact"]), heard)
        self.assertEqual((status, ["icmp-lies"]), (ended, self.found(heard)), heard)
        return {error["verdict"] for error in heard["icmp"]["errors"]}

    def test_an_error_that_quotes_another_packet(self):
        self.assertEqual({"wrong-quote"}, self.lied("1300", "--wrong-quote", status=WELL))

    def test_an_error_that_names_more_than_the_packet_has(self):
        self.assertEqual({"not-smaller"}, self.lied("9000"))

    def test_an_error_that_names_less_than_any_link_has(self):
        self.assertEqual({"too-small"}, self.lied("67"))

    def test_an_error_that_could_be_true_and_is_not(self):
        self.assertEqual({"contradicted"}, self.lied("1300"))

    def test_an_echo_that_passes_where_tcp_does_not(self):
        self.range.serve()
        self.range.net.shell("r1", "nft -f - <<'END'\ntable inet t { chain c { type filter hook "
                             "forward priority 5; meta l4proto tcp meta length > 1400 drop; }; }\n"
                             "END\n")
        for version in (4, 6):
            status, heard, _ = self.range.probe(version=version)
            self.assertEqual((FAULT, ["pmtu-black-hole"] * 2), (status, self.found(heard)))
            self.assertEqual(1500, heard["path"]["to_server"]["by"]["icmp"]["at_least"])
            for way in heard["path"].values():
                self.assertEqual((1400, 1401), (way["mtu"]["at_least"], way["mtu"]["below"]))

    # ---- progress ----

    def said_to_terminal(self, *words):
        """What a terminal gets on standard error while a server that is silent is waited for."""
        argv = self.range.net.inside("client", [self.range.program, "probe", "--timeout", "2",
                                                *words, SERVER[4]])
        leader, follower = pty.openpty()
        subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=follower, check=False, timeout=30)
        os.close(follower)
        os.set_blocking(leader, False)
        try:
            return os.read(leader, 65536).decode()
        except OSError:  # nothing, and the other end is closed
            return ""
        finally:
            os.close(leader)

    def test_long_work_shows_on_a_terminal_how_far_it_is(self):
        self.range.serve("--silent")
        said = self.said_to_terminal()
        self.assertIn(f"\rrdpath: probing {SERVER[4]}: 1 s, ", said)
        self.assertRegex(said, r"packets sent\r +\r$")
        self.assertEqual("", self.said_to_terminal("--quiet"))
        self.assertEqual("", self.range.probe("--timeout", "2")[2])

    # ---- Ctrl-C ----

    def interrupted(self, interrupt, path, ready):
        """Its answer after that signal or call, which comes when ready() is true."""
        argv = self.range.net.inside("client", [self.range.program, "probe", "--format", "json",
                                                "--timeout", "20", "-w", path, SERVER[4]])
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
            while process.poll() is None and not ready():
                time.sleep(0.02)
            if callable(interrupt):
                interrupt()
            else:
                process.send_signal(interrupt)
            said = process.communicate(timeout=15)[0]
        self.assertTrue(said, process.returncode)
        heard = json.loads(said)
        self.assertTrue(heard["interrupted"])
        done = subprocess.run([self.range.program, "analyze", "--format", "json", path],
                              capture_output=True, text=True, check=False, timeout=20)
        self.assertEqual([], json.loads(done.stdout)["inputs"][0]["problems"])
        return process.returncode, heard

    def test_an_interrupted_probe_tells_what_it_knows(self):
        """Of a server that took the connection and has not answered yet."""
        self.range.serve("--silent")
        for number in (signal.SIGINT, signal.SIGTERM):
            path = os.path.join(self.range.folder, f"interrupted{number}.pcapng")
            status, heard = self.interrupted(
                number, path, ready=lambda: "3389" in self.range.net.shell(
                    "client", "ss -Htn state established"))
            self.assertEqual((WELL, "open", []), (status, heard["status"], self.found(heard)))
            self.assertIsNotNone(heard["rdp"]["connect"])

    def test_an_interrupted_probe_accuses_nobody(self):
        """Nobody answers, and it was not waited for."""
        path = os.path.join(self.range.folder, "nobody.pcapng")
        self.rule("server", "input", "drop")
        status, heard = self.interrupted(
            signal.SIGINT, path, ready=lambda: "3389" in self.range.net.shell(
                "client", "ss -Htn state syn-sent"))
        self.assertEqual((SILENT, "unanswered", []), (status, heard["status"], self.found(heard)))
        for way in heard["path"].values():
            self.assertEqual("it was interrupted", way["why"])

    def test_an_interrupted_probe_takes_no_load_for_a_limit(self):
        """What a policer drops was to be asked once more; all sizes pass."""
        self.range.serve()
        path = os.path.join(self.range.folder, "policed.pcapng")
        rules = POLICER.format(whither="ip daddr 10.77.1.0/24", rate=6000)
        for seconds in (0.7, 1):
            self.range.set_path(1500, 1500, filtered=True)
            self.range.net.shell("r2", f"nft -f - <<'END'\n{rules}END\n")
            end = time.monotonic() + seconds
            status, heard = self.interrupted(signal.SIGINT, path,
                                             ready=lambda end=end: time.monotonic() > end)
            self.assertEqual((WELL, "open", []), (status, heard["status"], self.found(heard)),
                             heard)

    def test_an_interface_that_goes_down_is_no_fault_of_the_server(self):
        self.range.serve("--silent")
        path = os.path.join(self.range.folder, "down.pcapng")
        self.addCleanup(self.range.net.acquaint)
        self.addCleanup(self.range.net.shell, "client", CLIENT_UP)

        def ready():
            return "3389" in self.range.net.shell("client", "ss -Htn state established")

        def set_down():
            self.range.net.shell("client", "ip link set eth0 down")

        status, heard = self.interrupted(set_down, path, ready)
        self.assertEqual((WELL, "open", []), (status, heard["status"], self.found(heard)))
        self.assertIn("eth0 went down", heard["problems"][0])

    # ---- what the user gets wrong ----

    def test_no_such_host(self):
        status, _, said = self.range.probe(target="no-such-host.invalid")
        self.assertEqual(FAILED, status)
        self.assert_one_line(said, "no-such-host.invalid")

    def test_an_address_that_is_of_no_host(self):
        """Nothing leaves: a counter at the client's own output sees no packet."""
        count = "counter packets 0"
        self.range.net.shell("client", "nft -f - <<'END'\ntable inet t { chain c { type filter "
                             "hook output priority 0; ip daddr { 224.0.0.0/4, 255.255.255.255, "
                             "0.0.0.0, 10.77.1.255 } counter; ip6 daddr { ff02::1, :: } "
                             "icmpv6 type echo-request counter; }; }\nEND\n")
        self.addCleanup(self.range.net.shell, "client", "nft flush ruleset")
        for target in ("224.0.0.1", "255.255.255.255", "0.0.0.0", "[::]", "[ff02::1]", "ff0e::7",
                       "10.77.1.255", "[::ffff:10.77.3.2]:3389"):
            status, heard, said = self.range.probe(target=target)
            self.assertEqual((USAGE, None), (status, heard), target)
            self.assert_one_line(said, "one host", target.strip("[]").split("]")[0][:4])
        counted = self.range.net.shell("client", "nft list ruleset")
        self.assertEqual(2, counted.count(count), counted)

    def test_no_such_interface(self):
        status, _, said = self.range.probe("-i", "wlan7")
        self.assertEqual(FAILED, status)
        self.assert_one_line(said, "wlan7", "eth0")

    def test_an_interface_that_does_not_lead_there(self):
        status, _, said = self.range.probe("-i", "lo")
        self.assertEqual(FAILED, status)
        self.assert_one_line(said, "lo", "eth0")

    def test_no_route(self):
        self.range.net.shell("client", "ip route del default")
        try:
            status, _, said = self.range.probe()
        finally:
            self.range.net.shell("client", "ip route add default via 10.77.1.1")
        self.assertEqual(FAILED, status)
        self.assert_one_line(said, "route")

    def test_no_right(self):
        argv = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups",
                "--bounding-set", "-all", self.range.program, "probe", SERVER[4]]
        done = subprocess.run(self.range.net.inside("client", argv), capture_output=True,
                              text=True, check=False, timeout=20)
        self.assertEqual((FAILED, ""), (done.returncode, done.stdout))
        self.assert_one_line(done.stderr, "CAP_NET_RAW", "setcap")

    def test_a_file_that_cannot_be_written(self):
        """It is told before anything is sent, and nothing of the other one stays."""
        other = os.path.join(self.range.folder, "other")
        self.range.net.shell("client", "nft -f - <<'END'\ntable inet t { chain c { type filter "
                             "hook output priority 0; counter; }; }\nEND\n")
        self.addCleanup(self.range.net.shell, "client", "nft flush ruleset")
        for one, its_own in (("-w", "-o"), ("-o", "-w")):
            status, heard, said = self.range.probe(one, "/no-such-folder/x", its_own, other)
            self.assertEqual((FAILED, None), (status, heard))
            self.assert_one_line(said, "/no-such-folder/x")
            self.assertFalse([name for name in os.listdir(self.range.folder)
                              if name.startswith("other")])
        self.assertIn("counter packets 0", self.range.net.shell("client", "nft list ruleset"))

    # ---- limits, rights, the recording ----

    def test_a_second_probe_finds_what_the_first_one_did(self):
        self.range.serve()
        self.range.set_path(1500, 1300)
        for _ in range(2):  # the server has learned from the first
            status, heard, _ = self.range.probe()
            self.assertEqual((FAULT, ["path-limit"]), (status, self.found(heard)))

    def test_the_limits_hold_and_leave_a_bracket(self):
        self.range.serve()
        self.range.set_path(1400, 1300, filtered=True)
        status, heard, _ = self.range.probe("--max-packets", "60")
        self.assertEqual(FAULT if heard["findings"] else WELL, status)
        self.assertLessEqual(heard["sent"]["packets"], 60)
        for way, truth in (("to_server", 1400), ("to_client", 1300)):
            mtu = heard["path"][way]["mtu"]
            self.assertLessEqual(mtu["at_least"] or 0, truth)
            self.assertTrue(mtu["below"] is None or mtu["below"] > truth, heard)

    def test_no_more_is_on_the_wire_than_was_promised_where_packets_are_late(self):
        self.range.serve()
        with self.range.wire("delay=5", "reorder=500", "late=120", "to-server:largest=1371",
                             "to-client:largest=1300"):
            for most in (80, 100, 110, 120):
                with self.range.counted() as counts:
                    self.range.probe("--max-packets", str(most))
                self.assertLessEqual(counts["sent"][0], most)

    def test_no_more_bytes_are_on_the_wire_than_was_promised_with_jumbo_frames(self):
        self.range.serve()
        self.range.set_interfaces(9000)
        self.addCleanup(self.range.set_interfaces, 1500)
        for there, back in ((4000, 8000), (8900, 4000), (2000, 9000)):
            self.range.set_path(there, back, filtered=True)
            for most in (20000, 40000, 60000, 131072):
                with self.range.counted() as counts:
                    self.range.probe("--max-bytes", str(most))
                self.assertLessEqual(counts["sent"][1], most)

    def test_the_rate_holds_for_connections_too(self):
        self.range.serve()
        self.range.set_path(1400, 1300, filtered=True)
        with self.range.counted("20/second burst 20 packets") as counts:
            _, heard, _ = self.range.probe("--rate", "20")
        self.assertLess(counts["hasty"][0], 4, counts)  # nothing but what the system repeated
        self.assertTrue(heard["path"]["to_server"]["exact"], heard)

    def test_a_limit_that_leaves_no_room_to_connect_is_said_to(self):
        self.range.serve()
        for words in (("--max-packets", "5"), ("--max-bytes", "300")):
            status, heard, _ = self.range.probe(*words)
            self.assertEqual((FAULT, "undetermined", ["not-asked"]),
                             (status, heard["status"], self.found(heard)), heard)
            self.assertIn(words[0], heard["findings"][0]["text"])

    def test_a_limit_of_the_rate_is_none_of_the_size(self):
        self.range.serve()
        ways = ("r1", "ip daddr 10.77.3.0/24"), ("r2", "ip daddr 10.77.1.0/24")
        for router, whither in ways:
            for rate in (6000, 10000, 14000):
                with self.subTest(router=router, rate=rate):
                    self.range.set_path(1500, 1500, filtered=True)
                    rules = POLICER.format(whither=whither, rate=rate)
                    self.range.net.shell(router, f"nft -f - <<'END'\n{rules}END\n")
                    status, heard, _ = self.range.probe()
                    belows = [heard["path"][way]["mtu"]["below"] for way in heard["path"]]
                    self.assertEqual((WELL, [], [None, None]),
                                     (status, self.found(heard), belows), heard)

    def test_what_one_direction_takes_leaves_room_for_the_other(self):
        """Fewer packets are left than a whole round of sizes takes, and enough for a few sizes."""
        self.range.serve()
        self.range.set_path(1500, 1300, filtered=True)
        _, heard, _ = self.range.probe("--max-packets", "100")
        to_server = heard["path"]["to_server"]
        self.assertEqual((1500, True), (to_server["mtu"]["at_least"], to_server["exact"]), heard)

    def test_loss_falsifies_nothing(self):
        self.range.serve()
        self.range.set_path(1400, 1300, filtered=True)
        self.range.net.shell("r1", "nft -f - <<'END'\ntable inet loss { chain c { type filter hook "
                             "forward priority 5; numgen random mod 100 < 10 drop; }; }\nEND\n")
        for version in (4, 6):
            _, heard, _ = self.range.probe(version=version)
            for way, truth in (("to_server", 1400), ("to_client", 1300)):
                mtu = heard["path"][way]["mtu"]
                self.assertLessEqual(mtu["at_least"] or 0, truth, heard)
                self.assertTrue(mtu["below"] is None or mtu["below"] > truth, heard)

    def test_no_right_is_held_while_packets_are_read(self):
        argv = self.range.net.inside("client", [self.range.program, "probe", "--timeout", "3",
                                                "10.77.3.99"])
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
        held, confined = None, ""
        try:
            end = time.monotonic() + 2
            while time.monotonic() < end and (held != 0 or confined != "2"):
                with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                    lines = dict(line.split(":", 1) for line in status)
                if lines["Name"].strip() == "rdpath":
                    held = int(lines["CapEff"], 16) | int(lines["CapPrm"], 16)
                    confined = lines["Seccomp"].strip()  # 2: by a filter, proc(5)
                time.sleep(0.02)
        finally:
            process.kill()
            process.wait()
        self.assertEqual((0, "2"), (held, confined))

    def read(self, path):
        status, read = self.range.analyze(path)
        self.assertEqual([], read["inputs"][0]["problems"])
        return status, read

    def causes(self, read):
        return [(a["cause"]["id"], a["cause"]["direction"]) for a in read["attempts"]]

    def assert_read_alike(self, heard, read):
        """One attempt, the probe's brackets, and for each of its findings the cause."""
        self.assertEqual(1, len(read["attempts"]), read["attempts"])
        attempt = read["attempts"][0]
        for way in ("to_server", "to_client"):
            self.assertEqual(heard["path"][way]["mtu"], attempt["path"][way]["mtu"], way)
        found = {f["id"]: f["direction"] for f in attempt["findings"]}
        for finding in heard["findings"]:
            self.assertIn(found.get(finding["id"]), (finding["direction"], "both"), found)

    def test_analyze_reads_the_recording_to_the_same_answer(self):
        path = os.path.join(self.range.folder, "session.pcapng")
        self.range.serve()
        for filtered in (True, False):
            for there, back in ((1400, 1300), (1500, 1280), (1371, 1500)):
                for version in (4, 6):
                    with self.subTest(there=there, back=back, filtered=filtered, version=version):
                        self.range.set_path(there, back, filtered)
                        status, heard, _ = self.range.probe("-w", path, version=version)
                        self.assertEqual(path, heard["capture"])
                        again, read = self.read(path)
                        self.assertEqual(status, again)
                        self.assert_read_alike(heard, read)
                        self.assertEqual("eth0", read["inputs"][0]["interfaces"][0]["name"])
                        certificate = read["attempts"][0]["tls"]["certificate"]["sha256"]
                        self.assertEqual(heard["tls"]["certificate"]["sha256"], certificate)

    def test_what_decides_is_drawn(self):
        """What was asked alone at the end, beside the connection that got furthest."""
        path = os.path.join(self.range.folder, "drawn.pcapng")
        self.range.serve()
        self.range.set_path(1400, 1500, filtered=True)
        self.range.probe("-w", path)
        attempt = self.range.analyze(path, "--packets")[1]["attempts"][0]
        ports = {packet["client_port"] for packet in attempt["packets"]}
        lost = [p for p in attempt["packets"] if (p["length"], p["fate"]) == (1401, "lost")]
        self.assertIn(attempt["client"]["port"], ports)
        self.assertGreater(len(lost), 0)
        self.assertNotIn(attempt["client"]["port"], {packet["client_port"] for packet in lost})

    def test_analyze_knows_a_wire_that_carries_less_each_way_from_afar(self):
        path = os.path.join(self.range.folder, "far.pcapng")
        self.range.serve()
        self.range.set_path(1500, 1500, filtered=True)
        with self.range.wire("delay=80", "to-server:largest=1400", "to-client:largest=1300"):
            _, heard, _ = self.range.probe("-w", path)
        self.assertGreater(heard["rtt"], 0.1)
        self.assert_read_alike(heard, self.read(path)[1])
        self.assertEqual(2, len(heard["findings"]), heard)

    def test_analyze_accuses_no_recording_of_a_probe_that_went_well(self):
        path = os.path.join(self.range.folder, "well.pcapng")
        self.range.serve()
        self.assertEqual(WELL, self.range.probe("-w", path)[0])
        status, read = self.read(path)
        self.assertEqual((0, [("none", None)]), (status, self.causes(read)))

    def test_analyze_takes_no_rate_limit_for_a_limit_of_size(self):
        path = os.path.join(self.range.folder, "policed.pcapng")
        self.range.serve()
        for router, whither in (("r1", "ip daddr 10.77.3.0/24"), ("r2", "ip daddr 10.77.1.0/24")):
            for rate in (4000, 14000):
                with self.subTest(router=router, rate=rate):
                    self.range.set_path(1500, 1500, filtered=True)
                    rules = POLICER.format(whither=whither, rate=rate)
                    self.range.net.shell(router, f"nft -f - <<'END'\n{rules}END\n")
                    _, heard, _ = self.range.probe("-w", path)
                    read = self.read(path)[1]
                    self.assertEqual([], self.found(heard))
                    for attempt in read["attempts"]:
                        self.assertIn(attempt["cause"]["id"], ("none", "undetermined"))
                    self.assert_read_alike(heard, read)

    def test_analyze_lets_silence_prove_nothing_in_what_was_broken_off(self):
        path = os.path.join(self.range.folder, "broken.pcapng")
        self.range.serve()
        rules = POLICER.format(whither="ip daddr 10.77.1.0/24", rate=6000)
        for seconds in (0.7, 1):
            with self.subTest(seconds=seconds):
                self.range.set_path(1500, 1500, filtered=True)
                self.range.net.shell("r2", f"nft -f - <<'END'\n{rules}END\n")
                end = time.monotonic() + seconds
                self.interrupted(signal.SIGINT, path, ready=lambda end=end: time.monotonic() > end)
                for cause, _ in self.causes(self.read(path)[1]):
                    self.assertIn(cause, ("none", "undetermined"))

    def test_analyze_tells_a_client_from_a_probe_before_it(self):
        """Both within a minute, from one address: two attempts, and the client's is no probe's."""
        path = os.path.join(self.range.folder, "both.pcapng")
        recorded = os.path.join(self.range.folder, "recorded.pcap")
        self.range.serve()
        tcpdump = subprocess.Popen(
            self.range.net.inside("client", ["tcpdump", "-Z", "root", "-U", "--immediate-mode",
                                             "-w", recorded, "port 3389 or icmp"]),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 10
            while time.monotonic() < end and not (os.path.exists(recorded) and
                                                  os.path.getsize(recorded) >= 24):
                time.sleep(0.02)
            self.assertEqual(WELL, self.range.probe("-w", path)[0])
            caller = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab",
                                  "caller.py")
            subprocess.run(self.range.net.inside(
                "client", [sys.executable, caller, "10.77.3.2", "--impatient", "2"]),
                           check=False, timeout=30, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            time.sleep(0.5)
        finally:
            tcpdump.terminate()
            tcpdump.wait()
        attempts = self.range.analyze(recorded)[1]["attempts"]
        self.assertEqual(2, len(attempts), [a["cause"] for a in attempts])
        self.assertIn("rdpath probe", attempts[0]["cause"]["summary"])
        self.assertEqual(1, len(attempts[1]["connections"]))
        self.assertNotIn("rdpath probe", attempts[1]["cause"]["summary"])


class Usage(unittest.TestCase):
    range = None

    def test_wrong_command_lines(self):
        for words in ((), ("a", "b"), (":3389",), ("[::1",), ("host:0",), ("host:99999",),
                      ("--format", "html", "host"), ("--rate", "0", "host"),
                      ("-w", "-", "host"), ("-w", "same", "-o", "same", "host")):
            done = subprocess.run([self.range.program, "probe", *words], capture_output=True,
                                  text=True, check=False, timeout=20)
            self.assertEqual((USAGE, ""), (done.returncode, done.stdout), words)
            self.assertEqual(1, done.stderr.count("\n"), done.stderr)


def main():
    if reason := why_not():
        print(f"skipped: {reason}")
        sys.exit(77)
    with Range(sys.argv.pop(1)) as ground:
        Targets.range = Usage.range = ground
        result = unittest.main(exit=False, verbosity=1).result
    sys.exit(0 if result.wasSuccessful() else 1)


main()
