# SPDX-License-Identifier: Apache-2.0
"""Reads a packets.txt and plays it. README.md in this folder describes the notation."""

import os
import re
from dataclasses import replace

import beside
import layers
import plain
import rdp
import tls
import udp
import wire
from endpoint import Endpoint, Host
from network import Network, Packet, PathRule

HERE = os.path.dirname(os.path.abspath(__file__))
LINE = re.compile(r"^(\S+)\s+(C|S|R\d+)\s+([<>])\s+(C|S)\s+(.*)$")
THINK = 0.0004  # an application's time to answer
SOON = 0.00005  # between two messages that an application sends at once


class ScriptError(Exception):
    pass


def words_of(text):
    """"cookie alice correlation" -> {"cookie": "alice", "correlation": True}"""
    values = {"cookie", "token", "protocols", "version", "certificate", "tls", "name", "from"}
    words, out = iter(text.split()), {}
    for word in words:
        out[word] = next(words) if word in values else True
    return out


def lines_of(path):
    with open(path, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            if line.startswith("include "):
                yield from lines_of(os.path.join(HERE, "parts", line.split()[1] + ".txt"))
            else:
                yield f"{os.path.basename(path)}:{number}", line


class Player:
    def __init__(self, path):
        self.settings = {"vantage": "client", "hops": 3, "delay": 0.005, "seed": 1,
                         "link": "ethernet", "format": "pcap", "start": "2026-01-05T09:14:03",
                         "rules": {"to-server": PathRule(), "to-client": PathRule()},
                         "snaplen": 262144, "about": {}}
        self.capture = {}
        self.hosts = {}
        self.network = self.tls = self.udp = None
        self.identity = rdp.correlation_id()
        self.last = None  # (sender, arrival) of the last line
        self.end = None
        self.last_sent = None
        for where, line in lines_of(path):
            try:
                self.play(line)
            except (ScriptError, ValueError, KeyError, IndexError) as error:
                raise ScriptError(f"{where}: {line!r}: {error}") from error
        if self.end is None:
            raise ScriptError(f"{path}: expected a line 'TIME end' at the bottom, found none")

    # ---- one line -----------------------------------------------------------------------------

    def play(self, line):
        match = LINE.match(line)
        if match:
            left, sign, right = match.group(2, 3, 4)
            sender, receiver = (left, right) if sign == ">" else (right, left)
            if sender in "CS" and receiver.startswith("R"):
                raise ScriptError("expected an end as the receiver, found a router")
            self.say(match.group(1), sender, receiver, match.group(5))
            return
        words = line.split()
        if words[-1] == "end":
            self.start_network()
            self.wait_for(words[0])
            self.end = self.network.now
            return
        getattr(self, "set_" + words[0].replace("-", "_"))(words[1:])

    def set_vantage(self, words):
        self.settings["vantage"] = words[0]
        if len(words) > 1:
            self.settings["middle"] = int(words[1])

    def set_link(self, words):
        self.settings["link"] = words[0]

    def set_tunnel(self, words):
        """tunnel vxlan 198.51.100.1 198.51.100.2 both: what carries every packet."""
        self.settings["tunnel"] = layers.Tunnel(words)
        self.settings["inside_link"] = "ethernet" if words[0] == "vxlan" else "raw"

    def set_components(self, words):
        """components 4 0.000003: each packet so often, so much later each time."""
        self.settings["components"] = int(words[0]), float(words[1])

    def set_start(self, words):
        self.settings["start"] = words[0]

    def set_hops(self, words):
        self.settings["hops"] = int(words[0])

    def set_delay(self, words):
        self.settings["delay"] = float(words[0])

    def set_seed(self, words):
        self.settings["seed"] = int(words[0])

    def set_snaplen(self, words):
        self.settings["snaplen"] = int(words[0])

    def set_format(self, words):
        """format pcapng name eth0 dropped 3"""
        self.settings["format"] = words[0]
        for name, value in zip(words[1::2], words[2::2]):
            self.settings["about"][name] = int(value) if value.isdigit() else value

    def set_comment(self, words):
        self.settings["about"]["comment"] = " ".join(words)

    def set_client(self, words):
        self.set_host("C", words)

    def set_server(self, words):
        self.set_host("S", words)

    def set_host(self, side, words):
        address, port = words[0].rsplit(":", 1)
        host = Host(address.strip("[]"), int(port))
        rest = iter(words[1:])
        for word in rest:
            if word in ("timestamps", "deaf"):
                setattr(host, word, True)
            else:
                name = {"gives-up": "gives_up", "shrinks-after": "shrinks_after",
                        "shrinks-to": "shrinks_to"}.get(word, word)
                setattr(host, name, int(next(rest)))
        if wire.version(host.address) == 6 and "mss" not in words:
            host.mss = 1440
        self.hosts[side] = host

    def set_path(self, words):
        """path to-client mtu 1400 at 2 from 1.5 silent | both loss 10 | closed-from 3.0 ..."""
        names = ["to-server", "to-client"] if words[0] == "both" else [words[0]]
        for name in names:
            rule, rest = self.settings["rules"][name], iter(words[1:])
            for word in rest:
                if word in ("silent", "signals"):
                    rule.signals = word == "signals"
                elif word == "late":
                    rule.late_percent, rule.late_by = int(next(rest)), float(next(rest))
                else:
                    field, kind = {"mtu": ("mtu", int), "at": ("hop", int),
                                   "from": ("mtu_from", float),
                                   "loss": ("loss_percent", int),
                                   "closed-from": ("closed_from", float)}[word]
                    setattr(rule, field, kind(next(rest)))

    def set_capture(self, words):
        """capture doubles 0.000004 | misses 9 12 | merges | from 1.2 | until 3 | side C"""
        numbers = words[0] != "side"
        self.capture[words[0]] = [float(word) if numbers else word for word in words[1:]]

    def set_tls(self, words):
        """tls version 1.2 certificate self|leaf|chain|expired name rds01.corp.example"""
        self.tls = tls.Session(**words_of(" ".join(words)))

    def set_keys(self, words):
        """keys beside | inside: the secrets of TLS in keys.log, or in the capture"""
        self.settings["keys"] = words[0]

    def set_udp(self, words):
        """udp 52100 version 2 tls 1.3 lossy from 198.51.100.7: a new flow from that client port,
        and from another address of the client"""
        self.start_network()
        settings = words_of(" ".join(words[1:]))
        client = self.hosts["C"]
        hosts = dict(self.hosts, C=replace(client, port=int(words[0]),
                                           address=settings.get("from", client.address)))
        self.udp = udp.Flow(self.network, hosts, settings, self.identity)

    def set_connection(self, words):
        """connection 50113: from here on, a new connection from that client port."""
        self.start_network()
        self.hosts["C"] = replace(self.hosts["C"], port=int(words[0]))
        self.open_ends()

    def start_network(self):
        if self.network:
            return
        self.network = Network(self.settings)
        self.open_ends()

    def open_ends(self):
        client, server = self.hosts["C"], self.hosts["S"]
        self.ends = {"C": Endpoint(self.network, "C", client, server),
                     "S": Endpoint(self.network, "S", server, client)}
        self.last = None

    # ---- when -----------------------------------------------------------------------------------

    def wait_for(self, time, sender=None):
        if time == ".":
            self.wait_for_last(sender)
        elif time.startswith("+"):
            self.network.run_until((self.last[2] if self.last else 0.0) + float(time[1:]))
        else:
            if float(time) < self.network.now:
                raise ScriptError(f"it is {self.network.now:.6f} already")
            self.network.run_until(float(time))

    def wait_for_last(self, sender):
        """Until what the line above said has arrived where this line comes from."""
        if self.last is None:
            return
        said, arrival, _ = self.last
        if said == "udp":
            self.network.run_until((arrival or self.network.now) + THINK)
            return
        if said == sender:
            self.network.run_until(self.network.now + SOON)
            return
        goal = self.ends[said].snd_nxt
        while self.ends[sender].rcv_nxt < goal or (arrival or 0) > self.network.now:
            if self.network.now > 600 or not self.network.step():
                raise ScriptError("what the line above says never arrives")
        self.network.run_until(self.network.now + THINK)

    # ---- what -----------------------------------------------------------------------------------

    def say(self, time, sender, receiver, text):
        self.start_network()
        self.wait_for(time, sender if sender in "CS" else None)
        text, lost = self.fate(text)
        text, changes = self.changes(text)
        at = self.network.now
        if sender.startswith("R"):
            self.from_router(int(sender[1:]), receiver, text.split(), changes)
            return
        end = self.ends[sender]
        end.changes = changes
        verb = text.split()[0]
        if verb == "udp":
            self.last = ("udp", self.udp.say(sender, text.split()[1:], lost), at)
            return
        if verb == "icmp":
            self.from_router(self.settings["hops"] + 1, receiver, text.split(), changes)
            return
        plain = {"syn": lambda: end.send_flags(wire.SYN, bool(lost)),
                 "syn-ack": lambda: end.send_flags(wire.SYN | wire.ACK, bool(lost)),
                 "fin": lambda: end.send_flags(wire.FIN | wire.ACK, bool(lost)),
                 "ack": end.send_ack, "keepalive": end.keepalive,
                 "window": lambda: end.set_window(int(text.split()[1])),
                 "rst": lambda: end.reset(False), "rst-ack": lambda: end.reset(True),
                 "dns": lambda: self.dns(sender, text.split()[1:]),
                 "kerberos": lambda: self.kerberos(sender, *text.split()[1:])}
        if verb in plain:
            arrival = plain[verb]()
        else:
            arrival = end.write(self.message(sender, text), lost)
        end.changes = {}
        if verb not in ("dns", "kerberos"):
            self.last = (sender, arrival, at)

    def fate(self, text):
        """"... [lost 1 2]" -> the text, and the numbers of the segments that get lost."""
        match = re.search(r"\[lost([ \d]*)\]$", text)
        if not match:
            return text, ()
        numbers = [int(word) for word in match.group(1).split()] or range(1, 99)
        return text[:match.start()].strip(), tuple(numbers)

    def changes(self, text):
        """"... [ttl 250 id 0]" -> the text, and what differs in the packets of this line."""
        match = re.search(r"\[((?:(?:ttl|id|window|port) \d+ ?)+)\]$", text)
        if not match:
            return text, {}
        words = match.group(1).split()
        names = {"id": "ip_id"}
        values = {names.get(name, name): int(value) for name, value in zip(words[::2], words[1::2])}
        return text[:match.start()].strip(), values

    def message(self, side, text):
        return b"".join(self.one_message(side, part.strip()) for part in text.split(" + "))

    def one_message(self, side, text):
        verb, _, rest = text.partition(" ")
        if verb == "tls":
            return self.tls_message(side, rest.split())
        if verb == "x224-request":
            return rdp.request(dict(words_of(rest), identity=self.identity))
        if verb == "x224-confirm":
            return rdp.confirm(rest)
        if verb == "x224-failure":
            return rdp.failure(rest)
        if verb == "text":
            return rest.strip('"').encode().decode("unicode_escape").encode("latin-1")
        number = {"n": int(rest)} if rest else {}
        return rdp.CLEAR[verb](side, number)

    def tls_message(self, side, words):
        if words[0] == "say":
            number = {"n": int(words[2], 0)} if words[2:] else {}
            return self.tls.say(side, plain.MESSAGES[words[1]](side, number))
        if words[0] == "sealed":
            return self.tls.sealed(side, int(words[1]))
        if words[0] == "alert":
            return tls.alert(int(words[1]))
        if words[0] == "close-notify":
            return self.tls.close_notify(side)
        if words[-1] == "post-quantum":
            return tls.post_quantum_hello()
        if words[0] not in ("client-hello", "server-flight", "client-finish", "server-finish"):
            raise ScriptError(f"expected a TLS message, found {words[0]!r}")
        return self.tls.handshake(side)

    def from_router(self, hop, receiver, words, changes):
        """R2 > C icmp host-unreachable | R2 > C rst-ack (in the name of the other end)"""
        other = "S" if receiver == "C" else "C"
        if words[0] == "icmp":
            mtu = int(words[2]) if words[2:] and words[2].isdigit() else 0
            quoted = self.quoted(receiver, words[-1])
            if "port" in changes:  # a NAT on the way: the client's port as the router knows it
                ports = {"C": "sport", "S": "dport"}
                quoted = replace(quoted, **{ports[receiver]: changes["port"]})
            self.network.icmp(words[1], hop, quoted, mtu)
            return
        end = self.ends[other]
        end.rcv_nxt = end.rcv_nxt or self.ends[receiver].snd_nxt
        flags = wire.RST | (wire.ACK if words[0] == "rst-ack" else 0)
        forged = replace(end.packet(flags, end.snd_nxt if end.opened else 0),
                         **{"ttl": 64, "ip_id": 0, **changes})
        if flags & wire.ACK:  # of all that the other end has sent, whether it arrived or not
            forged.ack = self.ends[receiver].snd_nxt
        self.network.send(forged, origin=hop)

    def quoted(self, side, word):
        if word == "udp":
            return self.udp.last_packet(side)
        last = [packet for _, _, packet in self.network.seen
                if packet.side == side and packet.protocol == wire.TCP][-1]
        return replace(last, ttl=self.hosts[side].ttl)

    def dns(self, side, words):
        """dns: something else that this host does, so that the capture goes on. dns NAME SECONDS
        [ADDRESS]: a name that is answered so much later, without ADDRESS as unknown."""
        if not words:
            return self.beside(side, beside.dns("time.corp.example", None)._replace(answer=None), 0)
        name, later, address = [*words, None][:3]
        return self.beside(side, beside.dns(name, address), float(later))

    def kerberos(self, side, code, name):
        """kerberos 7 TERMSRV/rds01.corp.example: the domain controller refuses that ticket."""
        service, host = name.split("/")
        return self.beside(side, beside.kerberos(int(code), service, host), 0.004)

    def beside(self, side, exchange, later):
        """A host asks another one near it; the answer is seen where the question is."""
        host = self.hosts[side]
        four = wire.version(host.address) == 4
        near = 1 if side == "C" else self.settings["hops"]
        question = Packet(side=side, src=host.address, dst="192.0.2.53" if four else "2001:db8::53",
                          protocol=wire.UDP, ttl=host.ttl, ip_id=777, df=False, sport=53411,
                          dport=exchange.port, payload=exchange.question, lost_at=near)
        self.network.send(question)
        if exchange.answer:
            answer = replace(question, side="S" if side == "C" else "C", src=question.dst,
                             dst=question.src, sport=exchange.port, dport=question.sport, ttl=64,
                             payload=exchange.answer)
            self.network.at(self.network.now + later, lambda: self.network.tell(answer, near))
