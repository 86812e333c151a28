# SPDX-License-Identifier: Apache-2.0
"""What a client says to others beside its session: DNS (RFC 1035) and Kerberos (RFC 4120)."""

import socket
import struct
from collections import namedtuple

# port: of the server that is asked; answer: None where it never answers
Exchange = namedtuple("Exchange", "port question answer")

DNS_PORT, KERBEROS_PORT = 53, 88
ASKS, ANSWERS, NO_SUCH_NAME = 0x0100, 0x8180, 0x8183
PVNO, ERROR_TYPE, AS_REQ_TYPE = 5, 30, 10


# ---- DNS ----------------------------------------------------------------------------------------

def labels(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def dns(name, address):
    """The question for a name and its answer; without an address there is no such name."""
    asked = labels(name) + struct.pack("!HH", 1, 1)
    question = struct.pack("!HHHHHH", 0x5A12, ASKS, 1, 0, 0, 0) + asked
    if not address:
        return Exchange(DNS_PORT, question,
                        struct.pack("!HHHHHH", 0x5A12, NO_SUCH_NAME, 1, 0, 0, 0) + asked)
    record = struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address)
    return Exchange(DNS_PORT, question,
                    struct.pack("!HHHHHH", 0x5A12, ANSWERS, 1, 1, 0, 0) + asked + record)


# ---- Kerberos -----------------------------------------------------------------------------------

def der(tag, content):
    size = bytes([len(content)]) if len(content) < 128 else b"\x81" + bytes([len(content)])
    return bytes([tag]) + size + content


def member(number, content):
    return der(0xA0 + number, content)


def integer(value):
    return der(0x02, bytes([value]))


def principal(service, host):
    """PrincipalName of the type "service and host"."""
    parts = b"".join(der(0x1B, part.encode()) for part in (service, host))
    return der(0x30, member(0, integer(2)) + member(1, der(0x30, parts)))


def kerberos(code, service, host):
    """A request for a ticket, and the error that answers it."""
    body = member(7, der(0x30, member(3, principal(service, host))))
    asks = member(1, integer(PVNO)) + member(2, integer(AS_REQ_TYPE)) + body
    error = (member(0, integer(PVNO)) + member(1, integer(ERROR_TYPE)) + member(6, integer(code)) +
             member(9, der(0x1B, b"CORP.EXAMPLE")) + member(10, principal(service, host)))
    return Exchange(KERBEROS_PORT, der(0x6A, der(0x30, asks)), der(0x7E, der(0x30, error)))
