# SPDX-License-Identifier: Apache-2.0
"""Writes and reads pcap and pcapng, little-endian, as much as the tests need."""

import struct
from collections import namedtuple

# ts_ns: nanoseconds since 1970; interface: of a pcapng file
Frame = namedtuple("Frame", "ts_ns data wire_len interface", defaults=[0])


# ---- writing ------------------------------------------------------------------------------------

def pcap_header(link_type, snaplen):
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link_type)


def pcap_record(frame):
    seconds, rest = divmod(frame.ts_ns, 10**9)
    return struct.pack("<IIII", seconds, rest // 1000, len(frame.data), frame.wire_len) + frame.data


def write_pcap(path, link_type, frames, snaplen=262144):
    with open(path, "wb") as out:
        out.write(pcap_header(link_type, snaplen))
        for frame in frames:
            out.write(pcap_record(frame))


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def block(kind, body):
    length = 12 + len(body)
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def pcapng_head(link_types, snaplen, about):
    """Section header and interfaces (nanoseconds). about: name (of the last one), filter, comment;
    may lack any."""
    text = {key: value.encode() for key, value in about.items() if isinstance(value, str)}
    options = option(4, b"rdpath tests/golden")
    if "comment" in text:
        options = option(1, text["comment"]) + options
    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + options + option(0, b"")
    out = block(0x0A0D0D0A, section)
    for number, link_type in enumerate(link_types):
        last = number == len(link_types) - 1
        name = text.get("name", b"eth0") if last else b"inside%d" % number
        options = option(2, name) + option(9, b"\x09")
        if "filter" in text:
            options += option(11, b"\0" + text["filter"])
        out += block(1, struct.pack("<HHI", link_type, 0, snaplen) + options + option(0, b""))
    return out


def pcapng_secrets(key_log):
    return block(10, struct.pack("<II", 0x544C534B, len(key_log)) + key_log +
                 bytes(-len(key_log) % 4))


def pcapng_packet(frame):
    body = struct.pack("<IIIII", frame.interface, frame.ts_ns >> 32, frame.ts_ns & 0xFFFFFFFF,
                       len(frame.data), frame.wire_len)
    return block(6, body + frame.data + bytes(-len(frame.data) % 4))


def pcapng_statistics(first_ns, end_ns, received, dropped):
    body = struct.pack("<III", 0, end_ns >> 32, end_ns & 0xFFFFFFFF)
    for code, at in ((2, first_ns), (3, end_ns)):
        body += option(code, struct.pack("<II", at >> 32, at & 0xFFFFFFFF))
    body += option(4, struct.pack("<Q", received)) + option(5, struct.pack("<Q", dropped))
    return block(5, body + option(0, b""))


def write_pcapng(path, link_types, frames, about, snaplen=262144):
    """link_types: of the interfaces. about: name, filter, comment, dropped, key_log, and end_ns:
    when the capture was stopped."""
    with open(path, "wb") as out:
        out.write(pcapng_head(link_types, snaplen, about))
        if "key_log" in about:
            out.write(pcapng_secrets(about["key_log"]))
        for frame in frames:
            out.write(pcapng_packet(frame))
        if "end_ns" in about:
            first = frames[0].ts_ns if frames else about["end_ns"]
            dropped = about.get("dropped", 0)
            out.write(pcapng_statistics(first, about["end_ns"], len(frames) + dropped, dropped))


# ---- reading ------------------------------------------------------------------------------------

class Capture:
    """A capture in parts, so that a variant of it can be put together again.

    head: the bytes before the first frame; records: the bytes of each frame's record; tail: the
    bytes after the last; kind: "pcap" or "pcapng"."""

    def __init__(self, data):
        self.data, self.records = data, []
        if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
            self.kind = "pcap"
            self._split_pcap()
        elif data[:4] == b"\x0a\x0d\x0d\x0a":
            self.kind = "pcapng"
            self._split_pcapng()
        else:
            raise ValueError("expected a little-endian pcap or pcapng file")

    def _split_pcap(self):
        self.head, self.tail = self.data[:24], b""
        at = 24
        while at + 16 <= len(self.data):
            length = struct.unpack_from("<I", self.data, at + 8)[0]
            self.records.append(self.data[at:at + 16 + length])
            at += 16 + length

    def _split_pcapng(self):
        self.head, self.tail = b"", b""
        at = 0
        while at + 12 <= len(self.data):
            kind, length = struct.unpack_from("<II", self.data, at)
            part = self.data[at:at + length]
            if kind == 6:
                self.records.append(part)
            elif self.records:
                self.tail += part
            else:
                self.head += part
            at += length

    def frame(self, index):
        record = self.records[index]
        if self.kind == "pcap":
            seconds, fraction, captured, wire = struct.unpack_from("<IIII", record, 0)
            unit = 1 if self.data[0] == 0x4D else 1000
            return Frame(seconds * 10**9 + fraction * unit, record[16:16 + captured], wire)
        interface, high, low, captured, wire = struct.unpack_from("<IIIII", record, 8)
        return Frame(high << 32 | low, record[28:28 + captured], wire, interface)

    def with_frames(self, frames):
        """The same file with other frames: a list of Frame."""
        write = pcap_record if self.kind == "pcap" else pcapng_packet
        return self.head + b"".join(write(frame) for frame in frames) + self.tail

    def stopped_after(self, frames):
        """The same, and nothing says that the recording went on behind the last of them."""
        return self.with_frames(frames)[:-len(self.tail) or None]

    def frames(self):
        return [self.frame(index) for index in range(len(self.records))]


def read_capture(path):
    with open(path, "rb") as source:
        return Capture(source.read())
