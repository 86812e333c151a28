#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""corpus.py PCAPS OUT: cuts the corpus of every fuzz target from the captures in pcaps/.

OUT/file, OUT/analyze   whole captures
OUT/excerpt             whole captures, of the small ones
OUT/scrub               which message (1 byte), then its bytes
OUT/net                 frames: which link type (1 byte), 0 (one frame), then the frame
OUT/dialog, OUT/proto   TCP conversations: for each segment its direction (1 byte, 0 = from the
                        client), length (2 bytes) and payload
OUT/datagrams           RDP over UDP: the same of its datagrams
OUT/rdpeudp             each of those alone
OUT/x509                certificates, in DER
OUT/probe               frames: which link type (1 byte), then the frame; answers of a server
OUT/keylog              TLS key logs
OUT/keyed               TLS 1.3 records before they are sealed, as in fuzz_keyed.c
OUT/context             DNS and Kerberos, a message each
OUT/inner               sessions in plain (sessions.py)

What the readers here cannot read is left out: a corpus needs to be good, not whole.
"""
import hashlib
import struct
import sys
from pathlib import Path

import sessions

INPUT_MAX = 1 << 20  # as in replay.c
LINK_TYPES = (1, 0, 9, 12, 14, 51, 101, 108, 113, 228, 229, 276, 105, 6, 10, 50, 107, 104, 109, 117,
              119, 127, 138, 163, 166, 192, 206, 226, 239, 258)  # as in fuzz_net.c
PROBE_LINK_TYPES = (1, 0, 12, 101, 113)  # as in fuzz_probe.c
FRAMES_OF_EACH = 12  # of one capture; the first ones hold the handshakes
EXCERPT_MAX = 2500  # bytes: each is read three times
SNAP4 = bytes.fromhex("aaaa030000000800")
DOT11 = bytes.fromhex("0801 2c00 020000000002 020000000001 020000000003 1000") + SNAP4
LINK_HEADERS = {  # in front of IPv4
    6: bytes.fromhex("1040 020000000002 020000000001") + SNAP4,
    10: bytes.fromhex("57 020000000002 020000000001") + SNAP4,
    50: bytes.fromhex("ff030021"), 104: bytes.fromhex("0f000800"), 105: DOT11,
    107: bytes.fromhex("184103cc"), 109: bytes.fromhex("000000021122334400000003"),
    117: bytes.fromhex("3d020000") + bytes(60), 119: bytes.fromhex("44000000") + bytes(140) + DOT11,
    127: bytes.fromhex("0000080000000000") + DOT11,
    138: bytes(16) + bytes.fromhex("0800"), 163: bytes.fromhex("80211001 00000008") + DOT11,
    166: bytes.fromhex("01030021"), 192: bytes.fromhex("0000080069000000") + DOT11,
    206: bytes.fromhex("00184103cc"), 226: bytes.fromhex("0102") + bytes(22),
    239: bytes.fromhex("02000001 2c000900"),
    258: bytes.fromhex("28000000010000000c000000") + bytes(24) + bytes.fromhex("01000000"),
}
ETHERNET = bytes.fromhex("020000000002 020000000001 0800")
TUNNEL_HEADERS = (  # IP protocol, UDP port, header in front of IPv4
    (4, 0, b""), (47, 0, bytes.fromhex("00000800")),
    (47, 0, bytes.fromhex("300008000000002a00000007")),
    (47, 0, bytes.fromhex("00006558") + ETHERNET),
    (47, 0, bytes.fromhex("3001880b002c000100000005ff030021")),
    (47, 0, bytes.fromhex("100088be000000011064000100000002") + ETHERNET),
    (47, 0, bytes.fromhex("100022eb00000001206400010000000200000006") + ETHERNET),
    (17, 4789, bytes.fromhex("0800000000002a00") + ETHERNET),
    (17, 4790, bytes.fromhex("0c00000100002a00")),
    (17, 6081, bytes.fromhex("0200655800002a000108010100000009") + ETHERNET),
    (17, 1701, bytes.fromhex("000200050006ff030021")),
    (17, 2152, bytes.fromhex("34ff00440000002a0000008501000900")),
    # over TCP: from a packet of OpenVPN, and a record of TLS
    (6, 0, bytes.fromhex("c35004aa000000010000000150182000000000000040 48000001")),
    (6, 0, bytes.fromhex("01bbc35000000001000000015018200000000000 1703030040")),
)


def pcap_frames(data):
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">",
             b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}.get(data[:4])
    if order is None:
        return
    link_type, at = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF, 24
    while at + 16 <= len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        yield link_type, data[at + 16:at + 16 + length]
        at += 16 + length


def pcapng_frames(data):
    at, order, link_types = 0, "<", []
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            link_types = []
        kind, length = struct.unpack_from(order + "II", data, at)
        if length < 12:
            return
        if kind == 1:
            link_types.append(struct.unpack_from(order + "H", data, at + 8)[0])
        elif kind == 6:
            interface, _, _, n = struct.unpack_from(order + "IIII", data, at + 8)
            yield link_types[interface], data[at + 28:at + 28 + n]
        at += length


def frames(path):
    data = path.read_bytes()
    return list(pcapng_frames(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else pcap_frames(data))


TCP, UDP = 6, 17


def segment_of(protocol, link_type, frame):
    """((address, port), (address, port), payload) of TCP or UDP over IP; None: anything else."""
    at = {1: 14, 101: 0, 113: 16, 276: 20}.get(link_type)
    if at is None or len(frame) < at + 40:
        return None
    if frame[at] >> 4 == 4 and frame[at + 9] == protocol:
        ends, tcp = (frame[at + 12:at + 16], frame[at + 16:at + 20]), at + 4 * (frame[at] & 15)
        end = at + struct.unpack_from("!H", frame, at + 2)[0]
    elif frame[at] >> 4 == 6 and frame[at + 6] == protocol and len(frame) >= at + 60:
        ends, tcp = (frame[at + 8:at + 24], frame[at + 24:at + 40]), at + 40
        end = tcp + struct.unpack_from("!H", frame, at + 4)[0]
    else:
        return None
    ports = struct.unpack_from("!HH", frame, tcp)
    head = 8 if protocol == UDP else 4 * (frame[tcp + 12] >> 4)
    return (ends[0], ports[0]), (ends[1], ports[1]), frame[tcp + head:end]


def conversations(all_frames, protocol=TCP):
    """{both ends: [(0 from the client or 1, payload)]}: who speaks first is the client."""
    found = {}
    for link_type, frame in all_frames:
        segment = segment_of(protocol, link_type, frame)
        if segment is None or not segment[2]:
            continue
        talk = found.setdefault(frozenset(segment[:2]), (segment[0], []))
        talk[1].append((0 if segment[0] == talk[0] else 1, segment[2]))
    return [segments for _, segments in found.values()]


def certificates(segments):
    """The first certificate of each Certificate message (RFC 5246 7.4.2) that the server sent."""
    stream, at = b"".join(payload for side, payload in segments if side == 1), 0
    while (at := stream.find(b"\x0b\x00", at)) >= 0:
        length = int.from_bytes(stream[at + 7:at + 10], "big")
        der = stream[at + 10:at + 10 + length]
        if der[:2] == b"\x30\x82" and len(der) == length:
            yield der
        at += 2


def in_tunnel(protocol, port, data):
    """An Ethernet frame with IPv4 that carries data."""
    if port:
        data = struct.pack("!HHHH", 50000, port, 8 + len(data), 0) + data
    head = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(data), 1, 0, 64, protocol, 0, 1, 2)
    return ETHERNET + head + data


def wrapped(frame):
    """(link type, frame): this Ethernet frame's IPv4 packet behind every header."""
    for link_type, header in LINK_HEADERS.items():
        yield link_type, header + frame[14:]
    for protocol, port, header in TUNNEL_HEADERS:
        yield 1, in_tunnel(protocol, port, header + frame[14:])


def key_logs():
    """One line of each kind, and what damage looks like."""
    random, secret = "a5" * 32, "3c" * 48
    lines = [f"{label} {random} {secret}" for label in (
        "CLIENT_RANDOM", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET")]
    yield "\n".join(["# made by hand", *lines, ""]).encode()
    yield "\r\n".join([lines[0][:-1], lines[1], lines[2] + "0" * 300, lines[3][:40]]).encode()


def der(tag, *parts):
    content = b"".join(parts)
    return bytes([tag, 0x82]) + struct.pack("!H", len(content)) + content


def principal(tag, *words):
    strings = der(0x30, *(der(0x1B, word) for word in words))
    return der(tag, der(0x30, bytes.fromhex("a003020102"), der(0xA1, strings)))


def context_messages():
    """A question to DNS and its answer (RFC 1035); a KRB-ERROR and a TGS-REP (RFC 4120)."""
    name = b"\x05rds01\x04corp\x07example\0"
    record = bytes.fromhex("c00c 0001 0001 0000003c 0004 0a000002")
    yield bytes.fromhex("1a2b 0100 0001 0000 0000 0000") + name + b"\0\x1c\0\1"
    yield bytes.fromhex("1a2b 8180 0001 0001 0000 0000") + name + b"\0\1\0\1" + record
    head, service = bytes.fromhex("a003020105 a10302011e"), (b"TERMSRV", b"rds01")
    error = der(0x7E, der(0x30, head, bytes.fromhex("a603020107"), principal(0xAA, *service)))
    ticket = der(0x61, der(0x30, head[:5], principal(0xA2, *service)))
    yield error
    yield struct.pack("!I", len(error)) + error
    yield der(0x6D, der(0x30, head, der(0xA5, ticket)))


def keyed_steps(segments):
    """The end of a handshake, a KeyUpdate of each side, then what a conversation says."""
    handshake, application, second = 2 << 5, 3 << 5, 2
    finished = b"\x14\0\0\x20" + bytes(32)
    steps = [(handshake | 1, b"\x08\0\0\x02\0\0" + finished), (handshake, finished)]
    for side in (0, 1):
        steps.append((handshake | second | side, b"\x18\0\0\x01\0"))
    steps += [(application | second | side, payload) for side, payload in segments]
    return b"".join(struct.pack("!BH", kind, len(content)) + content for kind, content in steps)


def scrubbed(payload):
    """Segments as each of the messages that they may be (fuzz_scrub.c)."""
    for which in (0, 5) if payload[:1] == b"\x03" else ():
        yield bytes([which]) + payload
    if payload[:2] == b"\x16\x03":
        yield b"\x07" + payload[5:6] + payload[9:]
    if payload[:4] in (b"CONN", b"HTTP", b"SSH-"):
        yield from (bytes([which]) + payload for which in (2, 4))
    if payload[:1] in (b"\x04", b"\x05"):
        yield b"\x03" + payload


def write(folder, data):
    folder.mkdir(parents=True, exist_ok=True)
    if len(data) <= INPUT_MAX:
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def main(pcaps, out):
    for log in key_logs():
        write(out / "keylog", log)
    for path in sorted(pcaps.glob("*/capture.*")):
        for target in ("file", "analyze"):
            write(out / target, path.read_bytes())
        if path.stat().st_size < EXCERPT_MAX:
            write(out / "excerpt", path.read_bytes())
        all_frames = frames(path)
        seeds = all_frames[:FRAMES_OF_EACH]
        if path.parent.name == "connect-refused":  # small frames
            seeds += wrapped(all_frames[0][1])
        for link_type, frame in seeds:
            if link_type in LINK_TYPES:
                write(out / "net", bytes([LINK_TYPES.index(link_type), 0]) + frame)
            if link_type in PROBE_LINK_TYPES:
                write(out / "probe", bytes([PROBE_LINK_TYPES.index(link_type)]) + frame)
        for segments in conversations(all_frames):
            talk = b"".join(struct.pack("!BH", side, len(payload)) + payload
                            for side, payload in segments)
            for target in ("dialog", "proto"):
                write(out / target, talk)
            if "security" in path.parent.name:  # in plain
                write(out / "keyed", keyed_steps(segments))
            for _, payload in segments[:FRAMES_OF_EACH]:
                for message in scrubbed(payload):
                    write(out / "scrub", message)
            for der in certificates(segments):
                write(out / "x509", der)
                write(out / "scrub", b"\x06" + der)
        for datagrams in conversations(all_frames, UDP):
            write(out / "datagrams", b"".join(struct.pack("!BH", side, len(payload)) + payload
                                              for side, payload in datagrams))
            for _, payload in datagrams[:FRAMES_OF_EACH]:
                write(out / "rdpeudp", payload)
                for which in (8, 9):
                    write(out / "scrub", bytes([which]) + payload)
    for message in context_messages():
        write(out / "context", message)
    for records in sessions.inputs():
        write(out / "inner", records)
    for folder in sorted(out.iterdir()) if out.exists() else ():
        print(f"{folder.name}: {len(list(folder.iterdir()))} inputs")


main(Path(sys.argv[1]), Path(sys.argv[2]))
