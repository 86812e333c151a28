# SPDX-License-Identifier: Apache-2.0
"""The RDP messages that travel in clear: X.224, and MCS with Standard RDP Security."""

import os
import struct

# [MS-RDPBCGR] 2.2.1.1.1
PROTOCOLS = {"rdp": 0, "tls": 1, "hybrid": 2, "rdstls": 4, "hybrid-ex": 8, "rdsaad": 16}
CHANNELS = (0x03EF, 0x03EB, 0x03EC, 0x03ED)  # user, I/O, two static virtual channels


def bits(names):
    total = 0
    for name in names.split(","):
        total |= PROTOCOLS[name]
    return total


def tpkt(payload):
    return struct.pack("!BBH", 3, 0, 4 + len(payload)) + payload


def x224(code, rest):
    return tpkt(struct.pack("!BBHHB", 6 + len(rest), code, 0, 0, 0) + rest)


def correlation_id():
    """[MS-RDPBCGR] 2.2.1.1.2: no byte of it is 0x0D."""
    return bytes(byte if byte != 13 else 14 for byte in b"\x21" + os.urandom(15))


def request(words):
    """[MS-RDPBCGR] 2.2.1.1. words: cookie NAME, protocols A,B, correlation, identity."""
    rest = b""
    if "cookie" in words:
        rest += b"Cookie: mstshash=" + words["cookie"].encode() + b"\r\n"
    if "token" in words:
        rest += b"Cookie: msts=" + words["token"].encode() + b"\r\n"
    if "protocols" in words:
        flags = 8 if "correlation" in words else 0
        rest += struct.pack("<BBHI", 1, flags, 8, bits(words["protocols"]))
    if "correlation" in words:
        rest += struct.pack("<BBH", 6, 0, 36) + words["identity"] + bytes(16)
    return x224(0xE0, rest)


def confirm(protocol):
    """[MS-RDPBCGR] 2.2.1.2.1"""
    return x224(0xD0, struct.pack("<BBHI", 2, 0x1F, 8, PROTOCOLS[protocol]))


def failure(code):
    """[MS-RDPBCGR] 2.2.1.2.2"""
    return x224(0xD0, struct.pack("<BBHI", 3, 0, 8, int(code)))


def data(payload):
    return tpkt(b"\x02\xf0\x80" + payload)


# ---- MCS [T.125], BER for the connect messages, PER behind them ---------------------------------

def ber(tag, payload):
    return tag + b"\x82" + struct.pack("!H", len(payload)) + payload


def ber_integer(value):
    size = 1 if value < 128 else 2 if value < 32768 else 3
    return bytes([2, size]) + value.to_bytes(size, "big")


def domain(*values):
    body = b"".join(ber_integer(value) for value in values)
    return bytes([0x30, len(body)]) + body


def per_length(length):
    return struct.pack("!H", 0x8000 | length)


def user_block(kind, payload):
    return struct.pack("<HH", kind, 4 + len(payload)) + payload


def connect_initial():
    name = "CLIENT-PC".encode("utf-16-le").ljust(32, b"\0")
    core = struct.pack("<IHHHHII", 0x00080004, 1280, 800, 0xCA01, 0xAA03, 0x407, 19041) + name
    core += struct.pack("<III", 4, 0, 12) + bytes(64)
    core += struct.pack("<HHIHHH", 0xCA01, 1, 0, 24, 7, 1) + bytes(64)
    core += struct.pack("<BBI", 0, 0, 0)
    blocks = user_block(0xC001, core) + user_block(0xC004, struct.pack("<II", 13, 0))
    blocks += user_block(0xC002, struct.pack("<II", 0x1B, 0))
    blocks += user_block(0xC003, struct.pack("<I8sI8sI", 2, b"rdpdr", 0x80800000, b"cliprdr",
                                             0xC0A00000))
    inner = bytes.fromhex("000800100001c00044756361") + per_length(len(blocks))
    gcc = b"\0\x05\0\x14\x7c\0\x01" + per_length(len(inner) + len(blocks)) + inner + blocks
    body = b"\x04\x01\x01\x04\x01\x01\x01\x01\xff" + domain(34, 2, 0, 1, 0, 1, 65535, 2)
    body += domain(1, 1, 1, 1, 0, 1, 1056, 2) + domain(65535, 64535, 65535, 1, 0, 1, 65535, 2)
    return data(ber(b"\x7f\x65", body + ber(b"\x04", gcc)))


def connect_response(level=2):
    """Encryption level 1 is "low": the server's side is in clear [MS-RDPBCGR] 5.3.1."""
    key = b"RSA1" + struct.pack("<IIII", 264, 2048, 255, 65537) + os.urandom(256) + bytes(8)
    certificate = struct.pack("<III", 1, 1, 1) + struct.pack("<HH", 6, len(key)) + key
    certificate += struct.pack("<HH", 8, 72) + os.urandom(64) + bytes(8)
    security = struct.pack("<IIII", 2, level, 32, len(certificate)) + os.urandom(32) + certificate
    blocks = user_block(0x0C01, struct.pack("<III", 0x00080004, 0, 0))
    blocks += user_block(0x0C03, struct.pack("<HHHH", CHANNELS[1], 2, *CHANNELS[2:]))
    blocks += user_block(0x0C02, security)
    inner = bytes.fromhex("14760a01010001c0004d63446e") + per_length(len(blocks))
    gcc = b"\0\x05\0\x14\x7c\0\x01\x2a" + inner + blocks
    body = b"\x0a\x01\0\x02\x01\0" + domain(34, 3, 0, 1, 0, 1, 65528, 2) + ber(b"\x04", gcc)
    return data(ber(b"\x7f\x66", body))


def encrypted(side, flags, length):
    """A security header, its MAC and length bytes that nobody can read: 2.2.8.1.1.2.2."""
    payload = struct.pack("<HH", flags, 0) + os.urandom(8 + length)
    head = b"\x64" if side == "C" else b"\x68"
    initiator = b"\0\x08" if side == "C" else b"\0\x01"
    return data(head + initiator + struct.pack("!HB", CHANNELS[1], 0x70) +
                per_length(len(payload)) + payload)


def security_exchange():
    payload = struct.pack("<HHI", 0x0201, 0, 264) + os.urandom(256) + bytes(8)
    return data(b"\x64\0\x08" + struct.pack("!HB", CHANNELS[1], 0x70) +
                per_length(len(payload)) + payload)


def in_clear(flags, content):
    """From the server, behind a basic security header: 2.2.8.1.1.2.1."""
    payload = struct.pack("<HH", flags, 0) + content
    return data(b"\x68\0\x01" + struct.pack("!HB", CHANNELS[1], 0x70) +
                per_length(len(payload)) + payload)


def licence_alert(code, transition):
    """License Error PDU: 2.2.1.12. STATUS_VALID_CLIENT is 7, ST_TOTAL_ABORT 1."""
    return in_clear(0x0080, struct.pack("<BBHIIHH", 0xFF, 3, 16, code, transition, 4, 0))


def error_info(code):
    """Set Error Info: 2.2.5.1, with a server whose encryption level is low."""
    return in_clear(0, struct.pack("<HHHIBBHBBHI", 22, 0x17, 0x3EA, 0x103EA, 0, 1, 8, 47, 0, 0,
                                   code))


def redirection():
    """Server Redirection to 203.0.113.21: 2.2.13.2."""
    target = "203.0.113.21\0".encode("utf-16-le")
    packet = struct.pack("<III", 1, 1, len(target)) + target  # session, flags, TargetNetAddress
    return in_clear(0x0400, struct.pack("<HH", 0x0400, 4 + len(packet)) + packet)


CLEAR = {
    "mcs-connect-initial": lambda side, words: connect_initial(),
    "mcs-connect-response": lambda side, words: connect_response(words.get("n", 2)),
    "mcs-erect": lambda side, words: data(b"\x04\x01\0\x01\0"),
    "mcs-attach": lambda side, words: data(b"\x28"),
    "mcs-attached": lambda side, words: data(b"\x2e\0\0\x08"),
    "mcs-join": lambda side, words: data(struct.pack("!BHH", 0x38, 8, CHANNELS[words["n"]])),
    "mcs-joined": lambda side, words: data(struct.pack("!BBHHH", 0x3E, 0, 8, CHANNELS[words["n"]],
                                                       CHANNELS[words["n"]])),
    "security-exchange": lambda side, words: security_exchange(),
    "client-info": lambda side, words: encrypted(side, 0x0048, 338),
    "licence-valid": lambda side, words: licence_alert(7, 2),
    "licence-error": lambda side, words: licence_alert(words["n"], 1),
    "error-info": lambda side, words: error_info(words["n"]),
    "redirection": lambda side, words: redirection(),
    "encrypted": lambda side, words: encrypted(side, 0x0808, words["n"]),
    "disconnect": lambda side, words: data(b"\x21\x80"),
}
