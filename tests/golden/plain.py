# SPDX-License-Identifier: Apache-2.0
"""What a session says inside TLS: CredSSP [MS-CSSP], then MCS to the Font Map [MS-RDPBCGR]."""

import struct

import rdp

PASSWORD = "tr0ub4dor&3"  # it must never be found in an answer
IO, SHARE = rdp.CHANNELS[1], 0x000103EA


def mcs(side, payload):
    """SendDataRequest of the client, SendDataIndication of the server: 2.2.8.1.1.1"""
    head = b"\x64\0\x08" if side == "C" else b"\x68\0\x01"
    return rdp.data(head + struct.pack("!HB", IO, 0x70) + rdp.per_length(len(payload)) + payload)


def share(side, kind, rest):
    """2.2.8.1.1.1.1"""
    return mcs(side, struct.pack("<HHH", 6 + len(rest), 0x10 | kind, 1002) + rest)


def share_data(side, kind, rest):
    """2.2.8.1.1.1.2"""
    head = struct.pack("<IBBHBBH", SHARE, 0, 1, 4 + len(rest), kind, 0, 0)
    return share(side, 7, head + rest)


def connect_response():
    """2.2.1.4, without encryption of its own"""
    blocks = rdp.user_block(0x0C01, struct.pack("<III", 0x00080004, 1, 0))
    blocks += rdp.user_block(0x0C03, struct.pack("<HHHH", IO, 2, *rdp.CHANNELS[2:]))
    blocks += rdp.user_block(0x0C02, struct.pack("<II", 0, 0))
    inner = bytes.fromhex("14760a01010001c0004d63446e") + rdp.per_length(len(blocks))
    gcc = b"\0\x05\0\x14\x7c\0\x01\x2a" + inner + blocks
    body = b"\x0a\x01\0\x02\x01\0" + rdp.domain(34, 3, 0, 1, 0, 1, 65528, 2)
    return rdp.data(rdp.ber(b"\x7f\x66", body + rdp.ber(b"\x04", gcc)))


def client_info():
    """2.2.1.11.1.1: CORP\\alice and her password"""
    texts = [text.encode("utf-16-le") for text in ("CORP", "alice", PASSWORD, "", "")]
    payload = struct.pack("<HHII", 0x0040, 0, 0x409, 0x0001_033B)
    payload += struct.pack("<HHHHH", *(len(text) for text in texts))
    return mcs("C", payload + b"".join(text + b"\0\0" for text in texts))


# Bitmap, order, pointer, input, virtual channel; bitmap cache, brush, glyph cache, offscreen cache,
# sound, font, control, activation, share, surface commands, large pointer, frame acknowledge.
OTHER_SETS = [(2, 28), (3, 88), (8, 10), (13, 88), (20, 12), (19, 40), (15, 8), (16, 52), (17, 12),
              (12, 8), (14, 8), (5, 12), (7, 12), (9, 8), (28, 12), (27, 6), (30, 8)]


def capabilities(side):
    """2.2.1.13.1 and 2.2.1.13.2: the general set, of the others (2.2.7) their kinds and sizes"""
    general = struct.pack("<HH", 1, 24) + struct.pack("<HHHHHHHHHBB", 1, 3, 0x200, 0, 0, 0x41D, 0,
                                                      0, 0, 1, 1)
    source = b"RDP\0" if side == "S" else b"MSTSC\0"
    others = OTHER_SETS if side == "C" else OTHER_SETS[:5]
    sets = struct.pack("<HH", 1 + len(others), 0) + general
    sets += b"".join(struct.pack("<HH", kind, size) + bytes(size - 4) for kind, size in others)
    head = struct.pack("<I", SHARE) + (b"" if side == "S" else struct.pack("<H", 0x3EA))
    body = head + struct.pack("<HH", len(source), len(sets)) + source + sets
    return share(side, 1 if side == "S" else 3, body + (b"\0\0\0\0" if side == "S" else b""))


def control(side, action):
    """2.2.1.15: 4 cooperate, 1 request, 2 granted"""
    return share_data(side, 20, struct.pack("<HHI", action, 0, 0))


# ---- CredSSP ------------------------------------------------------------------------------------

def der(tag, content):
    length = len(content)
    head = bytes([length]) if length < 128 else b"\x82" + struct.pack("!H", length)
    return bytes([tag]) + head + content


def request(token=b"", rest=b""):
    """TSRequest of version 6 [MS-CSSP] 2.2.1"""
    tokens = der(0xA1, der(0x30, der(0x30, der(0xA0, der(4, token))))) if token else b""
    return der(0x30, b"\xa0\x03\x02\x01\x06" + tokens + rest)


def sealed(field, content):
    """pubKeyAuth [3] or authInfo [2]; here nothing is encrypted a second time."""
    return der(0xA0 | field, der(4, content))


def error(code):
    return request(b"", der(0xA4, der(2, struct.pack("!I", code))))


def places(at, *lengths):
    """The fields of a message of NTLM: length, its maximum, offset [MS-NLMP] 2.2.1."""
    out = b""
    for length in lengths:
        out += struct.pack("<HHI", length, length, at)
        at += length
    return out


def ntlm(kind):
    """Of CORP\\alice on CLIENT-PC, with rds01.corp.example."""
    names = [name.encode("utf-16-le") for name in ("CORP", "alice", "CLIENT-PC")]
    head = b"NTLMSSP\0" + struct.pack("<I", kind)
    if kind == 1:
        return head + struct.pack("<I", 0xE20882B7) + bytes(24)
    if kind == 2:
        server = "rds01.corp.example".encode("utf-16-le")
        pairs = struct.pack("<HH", 3, len(server)) + server + bytes(4)
        return head + places(56, len(names[0])) + struct.pack("<I", 0xE28A8235) + bytes(16) + \
            places(56 + len(names[0]), len(pairs)) + bytes(8) + names[0] + pairs
    response = bytes(24)
    lengths = (len(response), 0, *(len(name) for name in names), 0)
    return head + places(88, *lengths) + struct.pack("<I", 0xE2888235) + bytes(24) + response + \
        b"".join(names)


def kerberos():
    """SPNEGO with a Kerberos token that nobody can read: RFC 4178 4.2.1"""
    mechanism = bytes.fromhex("06092a864882f712010202")
    init = der(0xA0, der(0x30, der(0xA0, der(0x30, mechanism)) + der(0xA2, der(4, bytes(900)))))
    return request(der(0x60, bytes.fromhex("06062b0601050502") + init))


MESSAGES = {
    **rdp.CLEAR,
    "mcs-connect-response": lambda side, words: connect_response(),
    "client-info": lambda side, words: client_info(),
    "capabilities": lambda side, words: capabilities(side),
    "synchronize": lambda side, words: share_data(side, 31, struct.pack("<HH", 1, 1002)),
    "control": lambda side, words: control(side, words["n"]),
    "font-list": lambda side, words: share_data(side, 39, struct.pack("<HHHH", 0, 0, 3, 50)),
    "font-map": lambda side, words: share_data(side, 40, struct.pack("<HHHH", 0, 0, 3, 4)),
    "error-info": lambda side, words: share_data(side, 47, struct.pack("<I", words["n"])),
    "ntlm-negotiate": lambda side, words: request(ntlm(1)),
    "ntlm-challenge": lambda side, words: request(ntlm(2)),
    "ntlm-authenticate": lambda side, words: request(ntlm(3), sealed(3, bytes(48))),
    "public-key": lambda side, words: request(b"", sealed(3, bytes(48))),
    "credentials": lambda side, words: request(b"", sealed(2, PASSWORD.encode("utf-16-le"))),
    "kerberos": lambda side, words: kerberos(),
    "credssp-error": lambda side, words: error(words["n"]),
    "authorization": lambda side, words: struct.pack("<I", words["n"]),
    "picture": lambda side, words: struct.pack("!BH", 0, 0x8000 | words["n"]) +
    bytes(words["n"] - 3),
    "key": lambda side, words: b"\x04\x05\0\0\x1e",  # fast-path input, one scan code
}
