#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The borders of the rooms: who may include whom (ARCHITECTURE.md)."""
import re

from house import files, finish, name_of

# A room and the rooms whose headers it may include, beside its own and include/. The folder with
# the longest matching name is the room of a file.
MAY_KNOW = {
    "include": (),
    "base": (),
    "analyze/file": ("base",),
    "analyze/net": ("base",),
    "analyze/flow": ("analyze/net", "base"),
    "analyze/attempt": ("base",),
    "analyze/proto": ("analyze/attempt", "base"),
    "analyze/rules": ("analyze/attempt", "base"),
    "analyze": ("analyze/file", "analyze/net", "analyze/flow", "analyze/proto", "analyze/attempt",
                "analyze/rules", "base"),
    "report/render": ("base",),
    "report/excerpt": ("analyze/file", "analyze/net", "analyze/flow", "analyze/proto", "base"),
    "capture": ("base",),
    "cli": ("report/render", "report/excerpt", "analyze", "capture", "base"),
}

# A library of the system and the rooms that may include its headers.
LIBRARIES = {
    r"pcap": ("capture",),
    r"libnet": ("capture",),
    r"cap-ng|seccomp": ("capture",),
    r"jansson": ("report/render",),
    r"zlib|zstd": ("analyze/file",),
    r"openssl/": ("analyze/file", "analyze/proto"),
    r"cmocka": (),
}


def room_of(path):
    """The room of a file or of an included header; None for a header of the system or a test."""
    while "/" in path:
        path = path.rsplit("/", 1)[0]
        if path in MAY_KNOW:
            return path
    return None


def crossing(room, kind, header):
    """What is wrong with an include, or None."""
    if kind == '"':
        other = "include" if "/" not in header else room_of(header)
        if other is None:
            return "is in no room: write the path from the project's top"
        if other not in (room, "include", *MAY_KNOW[room]):
            return f"belongs to {other}, which {room} may not know"
    for library, rooms in LIBRARIES.items():
        if kind == "<" and re.match(library, header) and room not in rooms:
            return f"belongs to a library that {room} may not know"
    return None


def main():
    breaches, n_includes = [], 0
    for path in files(".c", ".h", ".def"):
        room = room_of(name_of(path))
        if room is None:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            include = re.match(r'\s*#\s*include\s+(["<])([^">]+)', line)
            if not include:
                continue
            n_includes += 1
            if wrong := crossing(room, *include.groups()):
                breaches.append(f"{name_of(path)}:{number}: {include.group(2)} {wrong}")
    print(f"{n_includes} includes, {len(MAY_KNOW)} rooms")
    finish(breaches)


main()
