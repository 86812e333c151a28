# SPDX-License-Identifier: Apache-2.0
"""The other end of a probe, and a router that lies.

    played.py server CERTIFICATE KEY [--no-tls] [--silent] [--greeting TEXT] [--no-udp]
        [--piecemeal] [--think SECONDS] [--close-at accept|request|hello] [--reset]
    played.py liar DEVICE MTU [--wrong-quote]
    played.py liar DEVICE 0 --of-syn CODE [--wrong-quote]

The server speaks what a probe hears: X.224, then real TLS with as long a chain as CERTIFICATE
holds, and the SYN of RDP over UDP [MS-RDPEUDP 3.1.5.1.3]. The liar answers each large echo request
that it sees with "fragmentation needed" and an MTU that nobody has, or each SYN with another
"unreachable".
"""

import argparse
import socket
import ssl
import struct
import threading
import time

PORT = 3389
SSL_REQUIRED, SSL_NOT_ALLOWED = 1, 2
SYN_PAYLOAD = 1232
LARGE = 1000  # the liar answers what is larger


def confirm(kind, value):
    """[MS-RDPBCGR] 2.2.1.2"""
    return bytes((3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, kind, 0, 8, 0)) + \
        struct.pack("<I", value)


def send_apart(peer, pieces):
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for piece in pieces:
        peer.sendall(piece)
        time.sleep(0.01)


def records(flight):
    """RFC 5246, 6.2.1"""
    while flight:
        n = 5 + int.from_bytes(flight[3:5], "big")
        yield flight[:n]
        flight = flight[n:]


def serve_piecemeal(peer, context):
    """The confirm's first header apart, and TLS a record at a time."""
    whole = confirm(2, 1)
    send_apart(peer, [whole[:4], whole[4:]])
    heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
    inside = context.wrap_bio(heard, said, server_side=True)
    while came := peer.recv(65536):
        heard.write(came)
        try:
            inside.do_handshake()
        except ssl.SSLWantReadError:
            pass
        send_apart(peer, records(said.read()))


def serve(peer, context, options):
    with peer:
        peer.settimeout(5)
        if options.reset:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if options.close_at == "accept":
            return
        if options.silent:
            peer.recv(1)
            threading.Event().wait(5)
            return
        if options.greeting:
            peer.sendall(options.greeting.encode())
            peer.recv(64)
            return
        request = peer.recv(19, socket.MSG_WAITALL)
        if len(request) < 19:
            return
        if options.close_at == "request":
            return
        asked = struct.unpack("<I", request[15:])[0]
        if options.no_tls:
            peer.sendall(confirm(3, SSL_NOT_ALLOWED) if asked else confirm(2, 0))
            return
        if asked == 0:
            peer.sendall(confirm(3, SSL_REQUIRED))
            return
        if options.piecemeal:
            serve_piecemeal(peer, context)
            return
        peer.sendall(confirm(2, 1))
        if options.close_at == "hello":
            peer.recv(1)
            return
        peer.recv(1, socket.MSG_PEEK)
        time.sleep(options.think)
        with context.wrap_socket(peer, server_side=True) as inside:
            inside.recv(1)


def serve_quietly(peer, context, options):
    try:
        serve(peer, context, options)
    except OSError:  # the probe goes before the handshake is over
        pass


def answer_datagrams():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as port:
        port.bind(("::", PORT))
        while True:
            asked, peer = port.recvfrom(4096)
            if len(asked) < 16 or asked[:4] != b"\xff\xff\xff\xff":
                continue
            sequence = struct.unpack(">I", asked[8:12])[0]
            head = struct.pack(">IHHIHHHH", sequence, 64, 0x1005, 7, SYN_PAYLOAD, SYN_PAYLOAD, 1, 2)
            port.sendto(head.ljust(SYN_PAYLOAD, b"\0"), peer)


def run_server(options):
    context = None
    if not options.no_tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
    if not options.no_udp:
        threading.Thread(target=answer_datagrams, daemon=True).start()
    with socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True,
                              backlog=64) as door:
        print("ready", flush=True)
        while True:
            peer, _ = door.accept()
            threading.Thread(target=serve_quietly, args=(peer, context, options),
                             daemon=True).start()


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def lie(packet, options):
    """RFC 792: the packet's header and 8 bytes of what it carries, from a router's address."""
    quote = bytearray(packet[:28])
    if options.wrong_quote:
        quote[24] ^= 0x55  # another echo's identifier, another SYN's number
    code = 4 if options.of_syn is None else options.of_syn
    body = struct.pack(">BBHHH", 3, code, 0, 0, options.mtu) + quote
    body = body[:2] + struct.pack(">H", checksum(body)) + body[4:]
    return body, socket.inet_ntoa(packet[12:16])


def is_lied_about(packet, options):
    if options.of_syn is None:
        return packet[9] == 1 and packet[20] == 8 and len(packet) > LARGE
    return packet[9] == 6 and packet[33] & 0x12 == 2


def run_liar(options):
    heard = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    heard.bind((options.device, 0x0800))
    said = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    print("ready", flush=True)
    while True:
        packet, where = heard.recvfrom(65535)
        if where[2] != socket.PACKET_OUTGOING and is_lied_about(packet, options):
            body, to = lie(packet, options)
            said.sendto(body, (to, 0))


def main():
    parser = argparse.ArgumentParser()
    roles = parser.add_subparsers(required=True)
    server = roles.add_parser("server")
    server.add_argument("certificate")
    server.add_argument("key")
    server.add_argument("--no-tls", action="store_true")
    server.add_argument("--silent", action="store_true")
    server.add_argument("--no-udp", action="store_true")
    server.add_argument("--piecemeal", action="store_true")
    server.add_argument("--greeting")
    server.add_argument("--think", type=float, default=0)
    server.add_argument("--close-at", choices=("accept", "request", "hello"))
    server.add_argument("--reset", action="store_true")
    server.set_defaults(run=run_server)
    liar = roles.add_parser("liar")
    liar.add_argument("device")
    liar.add_argument("mtu", type=int)
    liar.add_argument("--wrong-quote", action="store_true")
    liar.add_argument("--of-syn", type=int)
    liar.set_defaults(run=run_liar)
    options = parser.parse_args()
    options.run(options)


main()
