#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""player.py server SCRIPT CERTIFICATE KEY [PORT]
player.py client SCRIPT ADDRESS [PORT [KEYLOG]]

One end of a conversation that no real program can be told to have, over a real TCP socket. Both
ends are given the same script and each says its own lines; the other's are waited for. A line is
one of tests/golden (README.md there): what is said is made by the same code. Also known here:

    tls version 1.3           of the handshake that follows; 1.2 without it
    C > S  any                whatever a real client says: one message
    C < S  tls sealed 900 times 40
    C < S  fin                closes its side;  rst: aborts
    C > S  stall 8            reads nothing for so many seconds (with a small receive buffer)
    C > S  hang 8             the same, and is ended then
    +8     end                both stay for so long, and say nothing
"""

import os
import re
import socket
import ssl
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "..", "golden")
sys.path.insert(0, GOLDEN)

import plain  # noqa: E402
import rdp  # noqa: E402
import tls  # noqa: E402

PORT = 3389
PATIENCE = 100      # seconds that an end waits for the other
SMALL_BUFFER = 16384
LINE = re.compile(r"(\S+)\s+C\s*([<>])\s*S\s+(.+)")
TCP_ONLY = ("syn", "syn-ack", "ack", "fin", "rst", "stall", "hang")
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Gone(Exception):
    """The other end closed."""


def lines_of(text):
    """(seconds to wait, speaker, what is said), the parts of tests/golden included."""
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("include "):
            with open(os.path.join(GOLDEN, "parts", f"{line.split()[1]}.txt"),
                      encoding="utf-8") as part:
                yield from lines_of(part.read())
        elif match := LINE.match(line):
            pause, sign, said = match.groups()
            yield float(pause.lstrip("+")) if pause != "." else 0, "CS"[sign == "<"], said.strip()
        elif line.endswith(" end"):
            yield float(line.split()[0].lstrip("+")), None, "end"


def pairs_of(text):
    """"cookie alice correlation" -> {"cookie": "alice", "correlation": ""}"""
    words, found = text.split(), {}
    while words:
        name = words.pop(0)
        found[name] = words.pop(0) if words and name in ("cookie", "token", "protocols") else ""
    return found


class End:
    """One end of one connection."""

    def __init__(self, side, sock, context, identity=b""):
        self.side, self.sock, self.identity = side, sock, identity
        self.inward, self.outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.inward, self.outward, server_side=side == "S",
                                    server_hostname="rds01.corp.example" if side == "C" else None)
        self.sealed = self.agreed = False  # TLS is spoken; its handshake is over
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def play(self, lines):
        for pause, speaker, said in lines:
            if speaker in (self.side, None):
                time.sleep(pause)
            said, _, times = said.partition(" times ")
            for _ in range(int(times or 1)):
                if speaker == self.side:
                    self.say(said)
                elif speaker:
                    self.hear(said)

    # ---- saying ----------------------------------------------------------------------------------

    def say(self, said):
        verb, _, rest = said.partition(" ")
        if verb == "fin":
            self.sock.shutdown(socket.SHUT_WR)
        elif verb == "rst":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sock.close()
            raise Gone
        elif verb in ("stall", "hang"):
            time.sleep(float(rest))
            if verb == "hang":
                raise Gone
        elif verb not in TCP_ONLY:
            self.sock.sendall(b"".join(self.message(part) for part in said.split(" + ")))

    def message(self, said):
        verb, _, rest = said.strip().partition(" ")
        if verb == "tls":
            return self.tls_message(rest.split())
        if verb == "x224-request":
            return rdp.request(dict(pairs_of(rest), identity=self.identity))
        if verb == "text":
            return rest.strip('"').encode().decode("unicode_escape").encode("latin-1")
        makers = {"x224-confirm": rdp.confirm, "x224-failure": rdp.failure}
        if verb in makers:
            return makers[verb](rest)
        return rdp.CLEAR[verb](self.side, {"n": int(rest, 0)} if rest else {})

    def tls_message(self, words):
        self.sealed = True
        if words[0] == "say":
            number = {"n": int(words[2], 0)} if words[2:] else {}
            self.tls.write(plain.MESSAGES[words[1]](self.side, number))
        elif words[0] == "sealed":
            self.tls.write(os.urandom(int(words[1])))
        elif words[0] == "alert":
            return tls.alert(int(words[1]))
        elif words[0] == "close-notify":
            self.step(self.tls.unwrap)
        else:
            self.agreed = self.step(self.tls.do_handshake) or self.agreed
        return self.outward.read()

    @staticmethod
    def step(what):
        """Whether it came to its end."""
        try:
            what()
            return True
        except (ssl.SSLWantReadError, ssl.SSLSyscallError):
            return False

    # ---- hearing ---------------------------------------------------------------------------------

    def hear(self, said):
        verb = said.split()[0]
        if verb == "any":
            self.hear_message(said)
        elif verb in ("fin", "rst") or said == "tls close-notify":
            self.hear_end()
        elif verb not in TCP_ONLY:
            for part in said.split(" + "):
                self.hear_message(part.strip())

    def hear_message(self, part):
        words = part.split()
        if words[0] == "tls" and words[1] not in ("say", "sealed", "alert"):
            self.sealed = True
            self.hear_flight()
        elif self.sealed and words[1:2] != ["alert"]:
            self.hear_record()
        else:
            self.unit()

    def hear_flight(self):
        while not self.agreed and not self.outward.pending:
            self.inward.write(self.unit())
            self.agreed = self.step(self.tls.do_handshake)

    def hear_record(self):
        while True:
            try:
                return self.tls.read(65536)
            except ssl.SSLWantReadError:
                self.inward.write(self.unit())

    def hear_end(self):
        while self.sock.recv(65536):
            pass

    def unit(self):
        """One TLS record, or one message behind a TPKT header, or whatever else comes."""
        first = self.exactly(1)
        if 20 <= first[0] <= 23:
            head = first + self.exactly(4)
            return head + self.exactly(int.from_bytes(head[3:5], "big"))
        if first[0] == 3:
            head = first + self.exactly(3)
            return head + self.exactly(int.from_bytes(head[2:4], "big") - 4)
        return first + self.sock.recv(65536)

    def exactly(self, length):
        data = b""
        while len(data) < length:
            more = self.sock.recv(length - len(data))
            if not more:
                raise Gone
            data += more
        return data


def play(end, lines):
    try:
        end.play(lines)
    except (Gone, OSError, ssl.SSLError) as error:
        print(f"{end.side}: {type(error).__name__} {error}", flush=True)
    finally:
        end.sock.close()


def version_of(text):
    match = re.search(r"^tls version (\S+)", text, re.M)
    return VERSIONS[match.group(1) if match else "1.2"]


def server(text, certificate, key, port=PORT):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.maximum_version = version_of(text)
    context.options |= ssl.OP_NO_TICKET if context.maximum_version == VERSIONS["1.2"] else 0
    listening = socket.create_server(("::", int(port)), family=socket.AF_INET6,
                                     dualstack_ipv6=True)
    if re.search("< S +(stall|hang)", text):
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    while True:
        end = End("S", listening.accept()[0], context)
        threading.Thread(target=play, args=(end, list(lines_of(text))), daemon=True).start()


def client(text, address, port=PORT, keylog=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = version_of(text)
    context.keylog_filename = keylog
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    if re.search("> S +(stall|hang)", text):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    sock.settimeout(PATIENCE)
    sock.connect((address, int(port)))
    play(End("C", sock, context, rdp.correlation_id()), list(lines_of(text)))


def main(words):
    if len(words) < 3 or words[0] not in ("server", "client"):
        print(__doc__, file=sys.stderr)
        return 2
    with open(words[1], encoding="utf-8") as script:
        text = script.read()
    (server if words[0] == "server" else client)(text, *words[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
