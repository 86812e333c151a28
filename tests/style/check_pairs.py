#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What depends on the system stands in pairs of files behind one header: x_posix.c, x_linux.c or
x_openssl.c here, x_windows.c there. Windows' own headers are included nowhere else."""
import re

from house import files, finish, name_of

HERE, THERE = ("_posix.c", "_linux.c", "_openssl.c"), "_windows.c"

# A file without its other half, and the reason.
ALONE = {
    "analyze/proto/digest_windows.c": "here x509_openssl.c has it, with what it loaded",
    "analyze/proto/x509_text_windows.c": "OpenSSL words a certificate itself",
    "base/wide_windows.c": "only Windows has UTF-16",
    "capture/probe_path_windows.c": "what two other halves have in common",
    "capture/process_windows.c": "here crew_linux.c forks, and gives up rights in between",
}

SYSTEMS = {
    THERE: r"windows\.h|winsock2\.h|ws2tcpip\.h|iphlpapi\.h|bcrypt\.h|wincrypt\.h|io\.h",
    HERE: r"sys/(?!types)|linux/|netinet/|arpa/|net/|openssl/|(?:unistd|dlfcn|pthread|poll)\.h",
}


def others_of(name):
    """The names of which one must stand beside this half; None where it is no half."""
    if name.endswith(THERE):
        return [name.removesuffix(THERE) + ending for ending in HERE]
    for ending in HERE:
        if name.endswith(ending):
            return [name.removesuffix(ending) + THERE]
    return None


def main():
    breaches, n_halves = [], 0
    names = {name_of(path): path for path in files(".c")
             if not name_of(path).startswith("tests/")}
    for name, path in names.items():
        others = others_of(name)
        n_halves += others is not None
        if others and not names.keys() & set(others) and name not in ALONE:
            breaches.append(f"{name}: no {' or '.join(others)} beside it: write it, or say in "
                            "ALONE why there is none")
        for ending, headers in SYSTEMS.items():
            found = re.search(rf"^ *# *include <({headers})", path.read_text(), re.MULTILINE)
            if found and not name.endswith(ending):
                breaches.append(f"{name}: includes <{found.group(1)}>, which only one system has")
    for name in ALONE.keys() - names.keys():
        breaches.append(f"{name}: is excused, and is not there")
    print(f"{n_halves} files of one system")
    finish(breaches)


main()
