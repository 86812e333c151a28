# SPDX-License-Identifier: Apache-2.0
"""What a session says inside TLS, from the Client Info to the Font Map [MS-RDPBCGR]."""

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


def capabilities(side):
    """2.2.1.13.1 and 2.2.1.13.2, with the general set alone"""
    general = struct.pack("<HH", 1, 24) + struct.pack("<HHHHHHHHHBB", 1, 3, 0x200, 0, 0, 0x41D, 0,
                                                      0, 0, 1, 1)
    source = b"RDP\0" if side == "S" else b"MSTSC\0"
    sets = struct.pack("<HH", 1, 0) + general
    head = struct.pack("<I", SHARE) + (b"" if side == "S" else struct.pack("<H", 0x3EA))
    body = head + struct.pack("<HH", len(source), len(sets)) + source + sets
    return share(side, 1 if side == "S" else 3, body + (b"\0\0\0\0" if side == "S" else b""))


def control(side, action):
    """2.2.1.15: 4 cooperate, 1 request, 2 granted"""
    return share_data(side, 20, struct.pack("<HHI", action, 0, 0))


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
    "picture": lambda side, words: struct.pack("!BH", 0, 0x8000 | words["n"]) +
    bytes(words["n"] - 3),
    "key": lambda side, words: b"\x04\x05\0\0\x1e",  # fast-path input, one scan code
}
