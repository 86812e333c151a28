#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""shared.py RDPATH: captures that are no part of the project, read where they are at hand.

They stand in the folder that RDPATH_SHARED names (default: ../shared beside the project):
captures/lab with truth.tsv, recorded from real programs in a network whose faults are known, and
captures/public, of which public.tsv here says what is known: a file without a row there holds no
RDP, so nothing may be said of it. What tshark reads of those with RDP stands beside them and is
compared as well (readings.py). Where a key log stands beside a capture of the lab, it is read once
more with it, and then nothing may be inferred.
"""

import json
import os
import re
import struct
import sys
import tempfile

import readings
import result

CAPTURES = os.path.join(result.shared(), "captures")
MIDDLE_ONLY = "exit status 4"  # truth.tsv says so where a capture holds no attempt
NO_RDP = {"exit": "4", "attempts": "0-0", "causes": "none"}
SECRETS_BLOCK = 10  # pcapng: Decryption Secrets Block
TIMEOUT_S = 60  # the slowest takes less than a second, a hundred times as long under a sanitizer
# HTTPS to a gateway: its connections need not be found. Of the other the section calls client who
# sends the X.224 confirm, which is the server (RFC 905 section 6.5).
GATEWAY = "awakecoding_wireshark-rdp/rdp-rdg-"
UNSEEN = (GATEWAY, "awakecoding_FreeRDP-pcap/sfb_rdp.pcap")


def rows_of(path):
    with open(path, encoding="utf-8") as source:
        lines = [line.rstrip("\n") for line in source if line.strip() and not line.startswith("#")]
    names = lines[0].split("\t")
    for line in lines[1:]:
        cells = line.split("\t")
        yield dict(zip(names, cells + [""] * (len(names) - len(cells))))


def analyzed(program, *words):
    """(status, attempts, number of frames or None, problems)"""
    status, out, err = result.analyze(program, words, timeout=TIMEOUT_S)
    if status == 3:
        return status, [], None, []
    try:
        answer = json.loads(out)
    except json.JSONDecodeError as error:
        return status, [], None, [f"expected JSON, found {error}; {err.strip()[-500:]}"]
    frames = answer["inputs"][0]["packets"] if answer.get("inputs") else None
    return status, answer.get("attempts", []), frames, []


def shown(attempts):
    return [f"{result.member(a, 'cause.id')} ({result.member(a, 'cause.confidence')}, "
            f"{result.member(a, 'stage')}, {result.member(a, 'outcome')})" for a in attempts]


def lab_expected(row):
    expected = {"causes": row["causes (any)"].split("|"), "path_mtu": {}}
    if row["direction"]:
        expected["direction"] = row["direction"]
    for way in ("to_server", "to_client"):
        mtu = row["path MTU " + way.replace("_", " ")]
        if mtu:
            expected["path_mtu"][way] = int(mtu)
    return expected


def check_lab(program, row):
    path = os.path.join(CAPTURES, "lab", row["file"])
    keys = re.sub(r"[.]\w+[.]pcap$", ".keys", path)
    problems = check_lab_with(program, row, [path])
    if os.path.exists(keys):
        problems += [f"with its keys: {problem}"
                     for problem in check_lab_with(program, row, ["--keylog", keys, path])]
    return problems


def check_lab_with(program, row, words):
    status, attempts, frames, problems = analyzed(program, *words)
    if row["causes (any)"].startswith(MIDDLE_ONLY):
        if status != 4:
            problems.append(f"exit status: expected 4, found {status} {shown(attempts)}")
        return problems
    if not attempts:
        return problems + [f"attempts: expected at least one, found none (exit status {status})"]
    expected = lab_expected(row)
    if "--keylog" in words:
        expected["members"] = {"stage_inferred": False}
    for index, attempt in enumerate(attempts):
        where = f"attempts[{index}]"
        problems += result.check_well_formed(attempt, frames, where)
        problems += result.check_attempt(expected, attempt, where)
    right = {0} if expected["causes"] == ["none"] else {0, 1} if "none" in expected["causes"] \
        else {1}
    if status not in right:
        problems.append(f"exit status: expected {sorted(right)}, found {status}")
    return problems


def public_rows():
    """A row for every file, with its section of what tshark reads where there is one."""
    folder = os.path.join(CAPTURES, "public")
    known = {row["file"]: row for row in rows_of(os.path.join(result.HERE, "public.tsv"))}
    with open(os.path.join(CAPTURES, "README.md"), encoding="utf-8") as source:
        read = dict(readings.sections(source.read()))
    names = [os.path.relpath(os.path.join(where, name), folder)
             for where, _, files in os.walk(folder) for name in files]
    missing = set(known) | set(read)
    for name in sorted(names):
        missing.discard(name)
        yield {"file": name, **NO_RDP, **known.get(name, {}), "read": read.get(name, [])}
    for name in sorted(missing):
        print(f"{name}: left out, it is not at hand")


def without_secrets(path, folder):
    """A copy of a pcapng without its blocks of secrets; None where there are none in it."""
    kept = b""
    with open(path, "rb") as source:
        data = source.read()
    at = 0
    if data[:4] != b"\x0a\x0d\x0d\x0a" or data[8:12] != b"\x4d\x3c\x2b\x1a":
        return None
    while at + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        kept += b"" if kind == SECRETS_BLOCK else data[at:at + size]
        at += max(size, 12)
    if len(kept) == len(data):
        return None
    copy = os.path.join(folder, "without-secrets.pcapng")
    with open(copy, "wb") as target:
        target.write(kept)
    return copy


def check_public(program, row):
    path = os.path.join(CAPTURES, "public", row["file"])
    problems = check_answer(program, row, path)
    if row["file"].startswith(GATEWAY):
        problems += check_gateway(program, path)
    with tempfile.TemporaryDirectory() as folder:
        copy = without_secrets(path, folder) if row["read"] else None
        if copy:
            problems += ["without secrets: " + each for each in check_answer(program, row, copy)]
    return problems


# What that section says of its session, read the right way round; and the request of frame 6.
CALLED = {"arkime_arkime/socks5-rdp.pcap": {
    "observations.1.id": "proxy-seen", "observations.1.values.target": "10.0.0.1:3389"},
    "awakecoding_FreeRDP-pcap/sfb_rdp.pcap": {
    "client.port": 9402, "server.port": 9506, "session.client.name": "PETER-PC",
    "session.client.build": 8308, "session.server.encryption_method": 0,
    "session.server.encryption_level": 0, "stage": "active"}}


def check_gateway(program, path):
    """A gateway is told as possible by its name, two channels or one; on a port that is named its
    HTTPS is accused of nothing, however it ends."""
    _, out, _ = result.analyze(program, [path])
    seen = [each["id"] for each in json.loads(out)["inputs"][0]["observations"]]
    by_name = [] if "gateway-seen" in seen else [
        f"gateway: expected it in inputs[0].observations, found {seen}"]
    return by_name + check_gateway_port(program, path)


def check_gateway_port(program, path):
    _, attempts, frames, problems = analyzed(program, "--port", "443", path)
    expected = {"causes": ["none", "undetermined"], "observed": ["gateway-seen"]}
    for index, attempt in enumerate(attempts):
        problems += result.check_well_formed(attempt, frames, f"gateway[{index}]")
        problems += result.check_attempt(expected, attempt, f"gateway[{index}]")
    return problems if attempts else problems + ["gateway: expected an attempt, found none"]


def check_answer(program, row, path):
    status, attempts, frames, problems = analyzed(program, path)
    if str(status) not in row["exit"].split():
        problems.append(f"exit status: expected {row['exit']}, found {status} {shown(attempts)}")
    least, most = (int(number) for number in row["attempts"].split("-"))
    if not least <= len(attempts) <= most:
        problems.append(f"attempts: expected {row['attempts']}, found {len(attempts)} "
                        f"{shown(attempts)}")
    causes = [each.split("|") for each in row["causes"].split(";")]
    for index, attempt in enumerate(attempts):
        where = f"attempts[{index}]"
        problems += result.check_well_formed(attempt, frames, where)
        expected = {"causes": causes[min(index, len(causes) - 1)],
                    "members": CALLED.get(row["file"], {})}
        problems += result.check_attempt(expected, attempt, where)
    return problems + readings.check(row["read"], attempts, not row["file"].startswith(UNSEEN))


def main(words):
    if len(words) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if not os.path.isdir(CAPTURES):
        print(f"skipped: no folder {os.path.basename(CAPTURES)} in RDPATH_SHARED")
        return result.SKIPPED
    wrong = count = 0
    tables = ((rows_of(os.path.join(CAPTURES, "lab", "truth.tsv")), check_lab),
              (public_rows(), check_public))
    for rows, check in tables:
        for row in rows:
            problems = check(words[0], row)
            count += 1
            wrong += bool(problems)
            if problems or "why" in row or "note" in row:
                print(f"{row['file']}: " + ("as expected" if not problems else "differs"))
            for problem in problems:
                print(f"    {problem}")
    print(f"{count} captures, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
