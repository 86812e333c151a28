# SPDX-License-Identifier: Apache-2.0
"""Sessions in plain for the target "inner": CredSSP with NTLM and with Kerberos, then MCS, and all
that a session can say in its slow path."""
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "golden"))
import rdp  # noqa: E402

UP, DOWN = 0, 1


def der(tag, content):
    length = len(content)
    head = bytes([length]) if length < 128 else b"\x82" + struct.pack("!H", length)
    return bytes([tag]) + head + content


def request(token=b"", rest=b""):
    """TSRequest [MS-CSSP] 2.2.1"""
    tokens = der(0xA1, der(0x30, der(0x30, der(0xA0, der(4, token))))) if token else b""
    return der(0x30, b"\xa0\x03\x02\x01\x06" + tokens + rest)


def ntlm(kind):
    """[MS-NLMP] 2.2.1: names in UTF-16 behind a header of places."""
    names = [name.encode("utf-16-le") for name in ("EXAMPLE", "alice", "PC7")]
    if kind == 1:
        return b"NTLMSSP\0" + struct.pack("<II", 1, 0xE20882B7) + bytes(24)
    if kind == 2:
        pairs = struct.pack("<HH", 3, 10) + "RDS01".encode("utf-16-le") + bytes(4)
        head = struct.pack("<HHI", 14, 14, 56) + struct.pack("<I", 0xE28A8235) + bytes(16)
        head += struct.pack("<HHI", len(pairs), len(pairs), 70) + bytes(8)
        return b"NTLMSSP\0" + struct.pack("<I", 2) + head + names[0] + pairs
    head, at = struct.pack("<HHIHHI", 24, 24, 88, 0, 0, 112), 112
    for name in names:
        head += struct.pack("<HHI", len(name), len(name), at)
        at += len(name)
    head += struct.pack("<HHI", 0, 0, at) + struct.pack("<I", 0xE2888235) + bytes(24)
    return b"NTLMSSP\0" + struct.pack("<I", 3) + head + bytes(24) + b"".join(names)


def kerberos():
    mechanism = bytes.fromhex("06092a864882f712010202")
    init = der(0xA0, der(0x30, der(0xA0, der(0x30, mechanism)) + der(0xA2, der(4, bytes(900)))))
    return der(0x60, bytes.fromhex("06062b0601050502") + init)


def send(side, channel, payload):
    head = b"\x64\0\x08" if side == UP else b"\x68\0\x01"
    head += struct.pack("!HB", channel, 0x70) + rdp.per_length(len(payload))
    return rdp.data(head + payload)


def share(side, kind, rest):
    return send(side, 1003, struct.pack("<HHH", len(rest) + 6, 0x10 | kind, 1002) + rest)


def share_data(side, kind, rest):
    return share(side, 7, struct.pack("<IBBHBBH", 0x103EA, 0, 1, len(rest) + 4, kind, 0, 0) + rest)


def client_info():
    texts = [text.encode("utf-16-le") for text in ("EXAMPLE", "alice", "x", "", "")]
    packet = struct.pack("<II", 0x409, 0x107FB) + b"".join(
        struct.pack("<H", len(text)) for text in texts) + b"".join(text + b"\0\0" for text in texts)
    return send(UP, 1003, struct.pack("<I", 0x40) + packet)


def nla(token):
    return [(UP, request(ntlm(1) if token is None else token)), (DOWN, request(ntlm(2))),
            (UP, request(ntlm(3), der(0xA3, der(4, bytes(32))))),
            (DOWN, request(b"", der(0xA3, der(4, bytes(32))))),
            (UP, request(b"", der(0xA2, der(4, bytes(96))))), (DOWN, bytes(4))]


def session():
    words = {"n": 1}
    yield UP, rdp.connect_initial()
    yield DOWN, rdp.connect_response(0)
    for name in ("mcs-erect", "mcs-attach"):
        yield UP, rdp.CLEAR[name]("C", words)
    yield DOWN, rdp.CLEAR["mcs-attached"]("S", words)
    yield UP, rdp.CLEAR["mcs-join"]("C", words)
    yield DOWN, rdp.CLEAR["mcs-joined"]("S", words)
    yield UP, client_info()
    yield DOWN, rdp.licence_alert(7, 2)
    yield DOWN, send(DOWN, 1003, struct.pack("<IIHH", 2, 1, 1, 0) + bytes(16))
    yield UP, send(UP, 1003, struct.pack("<III", 4, 1, 0x80004004))
    measured = bytes.fromhex("00100000" "12000500c008" "04000000" "88130000" "07000000")
    yield DOWN, send(DOWN, 1003, measured)
    yield DOWN, share(DOWN, 1, bytes(300))
    yield UP, share(UP, 3, bytes(300))
    yield DOWN, share_data(DOWN, 40, bytes(8))
    yield DOWN, b"\0\x80\x20" + bytes(29)
    yield DOWN, share_data(DOWN, 38, struct.pack("<IHIIII", 3, 22, 2, 8, 0xFFFFFFFA, 2))
    yield DOWN, share_data(DOWN, 47, struct.pack("<I", 7))
    yield DOWN, share(DOWN, 6, bytes(6))
    target = "203.0.113.21\0".encode("utf-16-le")
    packet = struct.pack("<HHHIII", 0, 0x400, 40, 1, 0x11, len(target)) + target
    yield DOWN, share(DOWN, 10, packet + struct.pack("<I", 4) + b"none")
    yield DOWN, rdp.CLEAR["disconnect"]("S", words)


def records(begin, lines):
    return bytes([begin]) + b"".join(struct.pack("!BH", side, len(line)) + line
                                     for side, line in lines)


def inputs():
    """Each one an input of fuzz_inner."""
    error = bytes.fromhex("300da003020106a4060204c000006d")
    yield records(0, session())
    yield records(1, nla(None) + list(session()))
    yield records(1, nla(None)[:3] + [(DOWN, error)])
    yield records(1, nla(kerberos())[:2] + [(DOWN, b"\5\0\0\0")])
    yield records(0, [(UP, rdp.connect_initial()), (DOWN, rdp.licence_alert(6, 1)),
                      (DOWN, rdp.error_info(9)), (DOWN, rdp.redirection())])
