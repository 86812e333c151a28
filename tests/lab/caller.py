#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""caller.py ADDRESS [options]: begins an RDP connection as an odd client would.

It says the X.224 request and shakes hands in TLS, sends an MCS Connect Initial and waits for the
end. --hello N makes the ClientHello some N bytes longer; --authority FILE trusts that certificate
alone; --tls 1.2 and --oldest 1.3 bound the version; --ciphers LIST goes to OpenSSL; --impatient
resets the connection after so many seconds without an answer, as Windows does."""

import argparse
import os
import socket
import ssl
import struct
import sys

PORT = 3389
VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1,
            "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
ALPN_LEN = 250
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))

import rdp  # noqa: E402


def context_of(options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if options.authority:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(options.authority)
    if options.ciphers:
        context.set_ciphers(options.ciphers)
    if options.tls:
        context.maximum_version = VERSIONS[options.tls]
    if options.oldest:
        context.minimum_version = VERSIONS[options.oldest]
    if options.hello:
        context.set_alpn_protocols(["x" * ALPN_LEN] * -(-options.hello // (ALPN_LEN + 1)))
    return context


def call(options):
    with socket.create_connection((options.address, PORT), timeout=options.impatient) as plain:
        plain.sendall(rdp.request({"cookie": "lab", "protocols": options.protocols}))
        if not plain.recv(1024):
            return
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with context_of(options).wrap_socket(plain, server_hostname="rds01.corp.example") as sealed:
            sealed.sendall(rdp.connect_initial())
            while sealed.recv(16384):
                pass


def main(words):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("address")
    parser.add_argument("--protocols", default="tls")
    parser.add_argument("--hello", type=int, default=0)
    parser.add_argument("--authority")
    parser.add_argument("--tls")
    parser.add_argument("--oldest")
    parser.add_argument("--ciphers")
    parser.add_argument("--impatient", type=float, default=30)
    try:
        call(parser.parse_args(words))
    except OSError as error:
        print(f"caller: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
