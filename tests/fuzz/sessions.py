# SPDX-License-Identifier: Apache-2.0
"""Sessions in plain for the target "inner": CredSSP with NTLM and with Kerberos, then MCS, and all
that a session can say in its slow path."""
import struct
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "golden"))
import plain  # noqa: E402
import rdp  # noqa: E402


def say(side, *names):
    """"control 4" and the like, of one side."""
    for name in names:
        verb, _, number = name.partition(" ")
        yield side, plain.MESSAGES[verb](side, {"n": int(number or "0", 0)})


def nla():
    yield from say("C", "ntlm-negotiate")
    yield from say("S", "ntlm-challenge")
    yield from say("C", "ntlm-authenticate")
    yield from say("S", "public-key")
    yield from say("C", "credentials")
    yield from say("S", "authorization 0")


def redirection():
    target = "203.0.113.21\0".encode("utf-16-le")
    packet = struct.pack("<HHHIII", 0, 0x400, 40, 1, 0x11, len(target)) + target
    return plain.share("S", 10, packet + struct.pack("<I", 4) + b"none")


def session():
    yield from say("C", "mcs-connect-initial")
    yield from say("S", "mcs-connect-response")
    yield from say("C", "mcs-erect", "mcs-attach")
    yield from say("S", "mcs-attached")
    yield from say("C", "mcs-join 1")
    yield from say("S", "mcs-joined 1")
    yield from say("C", "client-info")
    yield from say("S", "licence-valid")
    yield "S", plain.mcs("S", struct.pack("<IIHH", 2, 1, 1, 0) + bytes(16))
    yield "C", plain.mcs("C", struct.pack("<III", 4, 1, 0x80004004))
    measured = bytes.fromhex("00100000" "12000500c008" "04000000" "88130000" "07000000")
    yield "S", plain.mcs("S", measured)
    yield from say("S", "capabilities")
    yield from say("C", "capabilities", "synchronize", "font-list")
    yield from say("S", "font-map", "picture 40")
    yield "S", plain.share_data("S", 38, struct.pack("<IHIIII", 3, 22, 2, 8, 0xFFFFFFFA, 2))
    yield from say("S", "error-info 7")
    yield "S", plain.share("S", 6, bytes(6))
    yield "S", redirection()
    yield from say("S", "disconnect")


def records(begin, lines):
    return bytes([begin]) + b"".join(struct.pack("!BH", side == "S", len(line)) + line
                                     for side, line in lines)


def inputs():
    """Each one an input of fuzz_inner."""
    yield records(0, session())
    yield records(1, [*nla(), *session()])
    yield records(1, [*list(nla())[:3], *say("S", "credssp-error 0xC000006D")])
    yield records(1, [*say("C", "kerberos"), *say("S", "authorization 5")])
    yield records(0, [("C", rdp.connect_initial()), ("S", rdp.licence_alert(6, 1)),
                      ("S", rdp.error_info(9)), ("S", rdp.redirection())])
