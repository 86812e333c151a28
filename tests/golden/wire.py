# SPDX-License-Identifier: Apache-2.0
"""Headers of packets as bytes: link layer, IP, TCP, UDP, ICMP. Knows no connection and no time."""

import socket
import struct

ETHERTYPE = {4: 0x0800, 6: 0x86DD}
TCP, UDP, ICMP4, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

# LINKTYPE_ values: https://www.tcpdump.org/linktypes.html
LINK_TYPES = {"ethernet": 1, "vlan": 1, "raw": 101, "radiotap": 127, "sll2": 276}


def version(address):
    return 6 if ":" in address else 4


def packed(address):
    family = socket.AF_INET6 if version(address) == 6 else socket.AF_INET
    return socket.inet_pton(family, address)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(src, dst, protocol, length):
    if version(src) == 4:
        return packed(src) + packed(dst) + struct.pack("!BBH", 0, protocol, length)
    return packed(src) + packed(dst) + struct.pack("!IHBB", length, 0, 0, protocol)


def ip(packet, payload):
    """The IP packet around payload. packet has src, dst, protocol, ttl, ip_id, df."""
    if version(packet.src) == 6:
        head = struct.pack("!IHBB", 6 << 28, len(payload), packet.protocol, packet.ttl)
        return head + packed(packet.src) + packed(packet.dst) + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), packet.ip_id,
                       0x4000 if packet.df else 0, packet.ttl, packet.protocol, 0)
    head += packed(packet.src) + packed(packet.dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def fragments(ip_bytes, mtu):
    """What an IPv4 host makes of a packet without DF that is too large for its link (RFC 791)."""
    head, rest, step = ip_bytes[:20], ip_bytes[20:], (mtu - 20) // 8 * 8
    for at in range(0, len(rest), step):
        piece, more = rest[at:at + step], at + step < len(rest)
        new = (head[:2] + struct.pack("!H", 20 + len(piece)) + head[4:6]
               + struct.pack("!H", (0x2000 if more else 0) | at // 8) + head[8:10] + b"\0\0"
               + head[12:])
        yield new[:10] + struct.pack("!H", checksum(new)) + new[12:] + piece


def tcp_options(options):
    """options: a list of (name, value); padded with NOPs the way Windows and Linux do."""
    out = b""
    for name, value in options:
        if name == "mss":
            out += struct.pack("!BBH", 2, 4, value)
        elif name == "wscale":
            out += struct.pack("!BBBB", 1, 3, 3, value)
        elif name == "sackok":
            out += bytes([1, 1, 4, 2])
        elif name == "timestamps":
            out += struct.pack("!BBBBII", 1, 1, 8, 10, *value)
        elif name == "sack":
            out += struct.pack("!BBBB", 1, 1, 5, 2 + 8 * len(value))
            for left, right in value:
                out += struct.pack("!II", left & 0xFFFFFFFF, right & 0xFFFFFFFF)
    assert len(out) % 4 == 0 and len(out) <= 40
    return out


def tcp(segment):
    options = tcp_options(segment.options)
    head = struct.pack("!HHIIBBHHH", segment.sport, segment.dport, segment.seq & 0xFFFFFFFF,
                       segment.ack & 0xFFFFFFFF, (20 + len(options)) << 2, segment.flags,
                       segment.window, 0, 0) + options
    pseudo = pseudo_header(segment.src, segment.dst, TCP, len(head) + len(segment.payload))
    check = checksum(pseudo + head + segment.payload)
    return head[:16] + struct.pack("!H", check) + head[18:] + segment.payload


def udp(packet):
    head = struct.pack("!HHHH", packet.sport, packet.dport, 8 + len(packet.payload), 0)
    pseudo = pseudo_header(packet.src, packet.dst, UDP, len(head) + len(packet.payload))
    check = checksum(pseudo + head + packet.payload) or 0xFFFF
    return head[:6] + struct.pack("!H", check) + packet.payload


def icmp(packet):
    """packet has type, code, rest (the four bytes after the checksum) and payload (the quote)."""
    head = struct.pack("!BBH", packet.type, packet.code, 0) + packet.rest
    data = head + packet.payload
    if version(packet.src) == 6:
        check = checksum(pseudo_header(packet.src, packet.dst, ICMP6, len(data)) + data)
    else:
        check = checksum(data)
    return data[:2] + struct.pack("!H", check) + data[4:]


LAYERS = {TCP: tcp, UDP: udp, ICMP4: icmp, ICMP6: icmp}


def packet_bytes(packet):
    return ip(packet, LAYERS[packet.protocol](packet))


def frame(link, ip_bytes, macs, outgoing):
    """ip_bytes inside the link's header. macs: (source, destination)."""
    kind = ETHERTYPE[ip_bytes[0] >> 4]
    if link == "raw":
        return ip_bytes
    if link == "sll2":
        return struct.pack("!HHIHBB6s2x", kind, 0, 2, 1, 4 if outgoing else 0, 6,
                           macs[0]) + ip_bytes
    if link == "radiotap":
        # flags and rate; a QoS data frame to the access point, or from it; LLC and SNAP
        head = struct.pack("<BBHIBB", 0, 0, 10, 0x6, 0, 0x30)
        between = (macs[1], macs[0], macs[1]) if outgoing else (macs[1], macs[0], macs[0])
        control = 0x0188 if outgoing else 0x0288
        dot11 = struct.pack("<HH", control, 44) + b"".join(between) + bytes(4)
        return head + dot11 + b"\xaa\xaa\x03\0\0\0" + struct.pack("!H", kind) + ip_bytes
    tag = struct.pack("!HH", 0x8100, 120) if link == "vlan" else b""
    data = macs[1] + macs[0] + tag + struct.pack("!H", kind) + ip_bytes
    return data


def padded(data):
    """Received Ethernet frames are at least 60 bytes long (IEEE 802.3 3.2.8)."""
    return data + bytes(max(0, 60 - len(data)))
