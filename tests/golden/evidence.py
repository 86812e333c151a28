#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""evidence.py RDPATH FOLDER...: the evidence of FOLDER/capture.pcap(ng) gives the same answer, and
redacted nothing that is written tells an address or a name of it."""

import json
import os
import subprocess
import sys
import tempfile

import golden
import result
from leaks import Secrets

KEY = bytes(range(32))
USUAL_MAX = 100 * 1000  # bytes of an evidence capture
PROBE_MAX = 200 * 1000  # of rdpath probe, which sends up to 128 kB in packets of all sizes
NO_ATTEMPT = 4  # exit status
TOLD = ("start", "client.port", "cause.id", "cause.direction", "stage", "path.to_server.mtu",
        "path.to_client.mtu")


def told(attempt):
    """What the evidence of an attempt must say again."""
    return [result.member(attempt, path) for path in TOLD]


def report(program, *words):
    done = subprocess.run([program, "report", *words], capture_output=True, check=False,
                          timeout=60)
    return done.returncode, done.stdout, done.stderr


def attempts_of(program, *words):
    status, out, err = result.analyze(program, words)
    return json.loads(out)["attempts"] if status < 3 else err


def seen_decrypted(path):
    with open(path, "rb") as source:
        data = source.read()
    secrets = b"CLIENT_RANDOM" in data or b"_TRAFFIC_SECRET" in data
    return b"Seen decrypted: " in data, secrets


def check_plain(program, expected, full, words, folder):
    path = os.path.join(folder, "plain.pcapng")
    status, _, err = report(program, "--evidence", path, *words)
    if not os.path.exists(path):
        return [f"evidence: exit status {status}, {err.decode().strip()}"]
    faulty = [a for a in full if a["cause"]["id"] != "none"] or full
    found, problems = attempts_of(program, path), []
    decrypted, secrets = seen_decrypted(path)
    if secrets:
        problems.append("evidence: it holds TLS secrets")
    usual = PROBE_MAX if "lab-probe-" in words[-1] else USUAL_MAX
    if os.path.getsize(path) > usual:
        problems.append(f"evidence: {os.path.getsize(path)} bytes, usual are {usual}")
    if decrypted:
        return problems
    if [told(a) for a in found] != [told(a) for a in faulty]:
        problems.append(f"evidence: expected {[told(a) for a in faulty]}, found "
                        f"{[told(a) for a in found]}")
    for wanted, one in zip(expected, found) if len(faulty) == len(expected) else ():
        wanted = {name: wanted[name] for name in ("causes", "stages", "direction", "path_mtu")
                  if name in wanted}
        problems += result.check_attempt(wanted, one, "evidence")
    return problems


def outputs_of(folder):
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as source:
            yield name, name.encode() + b"\n" + source.read()


def check_redacted(program, capture, full, words, folder):
    key, out = os.path.join(folder, "key"), os.path.join(folder, "out", "")
    with open(key, "wb") as file:
        file.write(KEY)
    status, _, err = report(program, "--redact-key", key, "--packets", "-o", out, *words)
    if status > 1:
        return [f"redacted: exit status {status}, {err.decode().strip()}"]
    secrets, problems = Secrets(capture, {"attempts": full}), []
    outputs = [("standard error", err), *outputs_of(out)]
    for name, data in outputs:
        for what, form in sorted(secrets.told_by(data), key=repr):
            problems.append(f"redacted: {name} tells {what!r} as {form!r}")
    _, answer, _ = report(program, "--redact-key", key, "--format", "json", *words)
    found = json.loads(answer)["attempts"]
    if len(found) != len(full):
        return problems + [f"redacted: expected {len(full)} attempts, found {len(found)}"]
    for one, other in zip(found, full):
        decrypted = one["cause"]["summary"].startswith("Seen decrypted")
        if one["cause"]["id"] != other["cause"]["id"] if decrypted else told(one) != told(other):
            problems.append(f"redacted: expected {told(other)}, found {told(one)}")
        if decrypted and one["cause"]["confidence"] == "confirmed":
            problems.append("redacted: what was decrypted is told as confirmed")
    return problems


def check_none(program, words, folder):
    """Without an attempt there is no evidence."""
    status, _, err = report(program, "--evidence", os.path.join(folder, "e.pcapng"), *words)
    if status == NO_ATTEMPT and os.listdir(folder) == []:
        return 0
    print(f"    expected exit status {NO_ATTEMPT} and no file, found {status}, {err.decode()}")
    return 1


def check(program, folder):
    capture, expected = golden.capture_of(folder), golden.expected_of(folder)
    keys = os.path.join(folder, "keys.log")
    words = (["--keylog", keys] if os.path.exists(keys) else []) + [capture]
    full = attempts_of(program, *words)
    with tempfile.TemporaryDirectory(prefix="rdpath-evidence-") as aside:
        if not full:
            return check_none(program, words, aside)
        problems = check_plain(program, expected["attempts"], full, words, aside)
        problems += check_redacted(program, capture, full, words, aside)
    for problem in problems:
        print(f"    {problem}")
    return 1 if problems else 0


def main(words):
    if len(words) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    return max([check(words[0], folder) for folder in words[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
