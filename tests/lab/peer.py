#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""peer.py ROLE: a server on port 3389 that does what no real one can be told to.

    silent    takes every connection and never says a word
    stuck     selects TLS, then never says a word again
    closing   selects TLS, then closes as soon as the ClientHello is there
"""

import os
import selectors
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))

import rdp  # noqa: E402

PORT = 3389
CLIENT_HELLO = b"\x16"


def listener():
    found = socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True)
    found.setblocking(False)
    return found


def takes(role, connection):
    """Does what the role does with what has arrived; returns whether the connection stays."""
    data = connection.recv(65536)
    if data.startswith(CLIENT_HELLO):
        return role != "closing"
    if data:
        connection.sendall(rdp.confirm("tls"))
    return bool(data)


def serve(role, watch, server, unread):
    for key, _ in watch.select():
        if key.fileobj is server:
            connection, _ = server.accept()
            if role == "silent":  # what arrives is never read
                unread.append(connection)
            else:
                watch.register(connection, selectors.EVENT_READ)
        elif not takes(role, key.fileobj):
            watch.unregister(key.fileobj)
            key.fileobj.close()


def main(role):
    if role not in ("silent", "stuck", "closing"):
        print(__doc__, file=sys.stderr)
        return 2
    watch, server = selectors.DefaultSelector(), listener()
    watch.register(server, selectors.EVENT_READ)
    unread = []
    while True:
        serve(role, watch, server, unread)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
