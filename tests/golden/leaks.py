# SPDX-License-Identifier: Apache-2.0
"""What a capture tells of somebody, in every form in which it could stand in a file."""

import base64
import ipaddress
import re
import struct

import capture_file
import result

NAME_MIN = 4  # shorter ones stand by chance in any file
# Words of the lab's own captures that are words of a report as well, or of every session.
COMMON = {"client", "server", "none", "user", "administr", "administrator", "rdpdr", "rdpsnd",
          "cliprdr", "drdynvc"}


# ---- what may not be told -----------------------------------------------------------------------

def names_of(answer):
    """Names as the answer in full tells them: from the wire, from the file, from certificates."""
    found = set()
    for attempt in answer["attempts"]:
        for path in ("client.name", "server.name", "rdp.cookie", "rdp.routing_token",
                     "rdp.correlation_id", "tls.server_name", "tls.certificate.sha256"):
            found.add(result.member(attempt, path))
        for path in ("tls.certificate.subject", "tls.certificate.issuer"):
            name = result.member(attempt, path)
            found.update(part.split("=", 1)[1] for part in re.split(r"[,+] ?", name)
                         if "=" in part) if isinstance(name, str) else None
        session = attempt.get("session") or {}
        for path in ("client.name", "user", "domain", "credssp.user", "credssp.domain",
                     "credssp.workstation", "credssp.target", "credssp.server",
                     "redirected.name", "redirected.address"):
            found.add(result.member(session, path))
    found = {name for name in found if isinstance(name, str)}
    return {name for name in found if len(name) >= NAME_MIN and name.lower() not in COMMON}


def frames_of(capture):
    with open(capture, "rb") as source:
        parts = capture_file.Capture(source.read())
    at = 16 if parts.kind == "pcap" else 28
    return [record[at:at + int.from_bytes(record[at - 8:at - 4], "little")]
            for record in parts.records]


def addresses_of(capture):
    """IP and link-layer addresses of the frames that are Ethernet; others begin otherwise."""
    found, macs = set(), set()
    for data in frames_of(capture):
        kind = data[12:14]
        if kind == b"\x81\x00":
            data = data[4:]
            kind = data[12:14]
        if kind == b"\x08\x00" and data[14] >> 4 == 4:
            found.update((data[26:30], data[30:34]))
        elif kind == b"\x86\xdd" and data[14] >> 4 == 6:
            found.update((data[22:38], data[38:54]))
        else:
            continue
    found -= {b"\xff\xff\xff\xff"}
    return {packed for packed in found if not (ipaddress.ip_address(packed).is_multicast or
                                               ipaddress.ip_address(packed).is_loopback or
                                               ipaddress.ip_address(packed).is_unspecified)}


def macs_of(capture):
    return {mac for data in frames_of(capture) if data[12:14] in (b"\x08\x00", b"\x86\xdd")
            for mac in (data[0:6], data[6:12]) if not mac[0] & 1 and any(mac)}


def coded(data):
    """Hexadecimal, and base64 at each of its three places in a group."""
    yield data.hex().encode()
    yield data.hex().upper().encode()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data + bytes(2))
        begin = (before * 8 + 5) // 6
        yield whole[begin:begin + (len(data) * 8 - 6) // 6]


def forms_of_name(name):
    for text in {name, name.lower(), name.upper()}:
        yield text.encode()
        yield text.encode("utf-16-le")
        yield text.encode("utf-16-be")
        yield from coded(text.encode())


def forms_of_address(packed):
    address = ipaddress.ip_address(packed)
    yield packed
    yield str(address).encode()
    yield str(address).encode("utf-16-le")
    yield address.exploded.encode()
    yield packed.hex().encode()
    if address.version == 4:
        yield packed[::-1]
        yield str(struct.unpack("<I", packed)[0]).encode()
    else:
        yield from coded(packed)


def forms_of_mac(mac):
    yield mac
    yield mac.hex().encode()
    for mark in ":-":
        yield mark.join(f"{byte:02x}" for byte in mac).encode()


def holds(data, form):
    """Digits that go on are another address."""
    at = data.find(form)
    while at >= 0:
        around = data[at - 1:at] if at else b"", data[at + len(form):at + len(form) + 1]
        if not form.replace(b".", b"").isdigit() or not any(one.isdigit() for one in around):
            return True
        at = data.find(form, at + 1)
    return False


class Secrets:
    """All that a capture tells of somebody."""

    def __init__(self, capture, answer, words=()):
        self.forms = {}
        for name in names_of(answer) | set(words):
            self.forms.update({form: name for form in forms_of_name(name)})
        for packed in addresses_of(capture):
            self.forms.update({form: packed for form in forms_of_address(packed)})
        for mac in macs_of(capture):
            self.forms.update({form: mac for form in forms_of_mac(mac)})

    def told_by(self, data):
        return {(told, form) for form, told in self.forms.items() if holds(data, form)}
