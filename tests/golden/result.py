# SPDX-License-Identifier: Apache-2.0
"""Runs rdpath and compares its JSON result with what is known to be true."""

import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.normpath(os.path.join(HERE, "..", ".."))
SKIPPED = 77  # ctest: SKIP_RETURN_CODE

STAGES = ["none", "tcp-syn", "tcp-open", "x224-request", "x224-confirm", "tls-hello",
          "tls-server-flight", "tls-done", "credssp", "mcs", "licensing", "active"]
DIRECTIONS = ["to-server", "to-client", "both", None]
TEXT, NUMBER, TRUTH, LIST, THING = str, (int, float), bool, list, dict
NULL = type(None)

# What every attempt must have (docs: the JSON result). A tuple holds types, a list holds values.
ATTEMPT = {
    "id": int, "input": int, "vantage": ["client", "server", "middle", None], "related": LIST,
    "client.address": TEXT, "client.port": int, "client.name": (str, NULL),
    "server.address": TEXT, "server.port": int, "server.name": (str, NULL),
    "start": TEXT, "duration": NUMBER,
    "outcome": ["connected", "degraded", "failed", "undetermined"],
    "stage": STAGES, "stage_inferred": TRUTH, "waiting_for": ["client", "server", None],
    "ended.by": ["client", "server", "middlebox", "nobody"],
    "ended.how": ["fin", "rst", "alert", "icmp", "silence", "capture-end"],
    "ended.frame": (int, NULL, dict), "ended.quiet_before": (int, float, NULL),
    "cause.id": TEXT, "cause.direction": DIRECTIONS,
    "cause.confidence": ["confirmed", "likely", "possible"], "cause.summary": TEXT,
    "cause.frames": LIST, "path": (dict, NULL), "rdp": (dict, NULL), "tls": (dict, NULL),
    "udp": (dict, NULL), "connections": LIST, "observations": LIST, "findings": LIST,
    "ruled_out": LIST, "undecided": LIST,
}
WAY = {"mss": (int, NULL), "largest_delivered": (int, NULL), "smallest_lost": (int, NULL),
       "mtu.at_least": (int, NULL), "mtu.below": (int, NULL), "rtt": (int, float, NULL),
       "retransmitted": int}
INPUT = {"path": TEXT, "format": ["pcap", "pcapng"], "packets": int, "bytes": int,
         "first": (str, NULL), "last": (str, NULL), "vantage": ["client", "server", "middle", None],
         "interfaces": LIST, "observations": LIST, "problems": LIST}
MISSING = object()


def shared():
    return os.environ.get("RDPATH_SHARED", os.path.normpath(os.path.join(PROJECT, "..", "shared")))


def analyze(program, paths, output="json", timeout=60):
    """Returns (exit status, standard output, standard error)."""
    # A sanitizer's own exit status would be 1, which is one of ours.
    environment = dict(os.environ)
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        before = environment.get(name, "")
        environment[name] = before + ":" * bool(before) + "exitcode=99:halt_on_error=1"
    done = subprocess.run([program, "analyze", "--format", output, *paths], timeout=timeout,
                          capture_output=True, check=False, env=environment)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8", "replace")


def member(thing, path):
    for name in path.split("."):
        if isinstance(thing, list) and name.isdigit() and int(name) < len(thing):
            thing = thing[int(name)]
        elif isinstance(thing, dict) and name in thing:
            thing = thing[name]
        else:
            return MISSING
    return thing


def shown(value):
    return "nothing" if value is MISSING else json.dumps(value)


# ---- is it well formed --------------------------------------------------------------------------

def check_members(thing, wanted, where):
    problems = []
    for path, kind in wanted.items():
        value = member(thing, path)
        if value is MISSING:
            problems.append(f"{where}.{path}: expected to be present, found nothing")
        elif isinstance(kind, list):
            if value not in kind:
                problems.append(f"{where}.{path}: expected one of {kind}, found {shown(value)}")
        elif not isinstance(value, kind) or isinstance(value, bool) and kind is not TRUTH:
            problems.append(f"{where}.{path}: found {shown(value)}, which is of another type")
    return problems


def frames_of(thing):
    """Every frame number that stands anywhere in a result."""
    if isinstance(thing, dict):
        for name, value in thing.items():
            if name == "frames":
                yield from value
            elif name == "frame" and value is not None:
                yield value
            else:
                yield from frames_of(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from frames_of(value)


def check_well_formed(attempt, n_frames, where):
    """n_frames: how many the capture has; None: not known."""
    problems = check_members(attempt, ATTEMPT, where)
    if isinstance(attempt.get("path"), dict):
        for way in ("to_server", "to_client"):
            problems += check_members(member(attempt, f"path.{way}"), WAY, f"{where}.path.{way}")
            low, high = (member(attempt, f"path.{way}.mtu.{end}") for end in ("at_least", "below"))
            if isinstance(low, int) and isinstance(high, int) and low >= high:
                problems.append(f"{where}.path.{way}.mtu: expected at_least < below, found "
                                f"{low} and {high}")
    for number in frames_of(attempt):
        if n_frames is not None and not (isinstance(number, int) and 1 <= number <= n_frames):
            problems.append(f"{where}: frame {shown(number)} is cited, the capture has 1 to "
                            f"{n_frames}")
            break
    decisive = [c for c in attempt.get("connections", []) if c.get("decisive")]
    if len(decisive) != 1:
        problems.append(f"{where}.connections: expected one decisive, found {len(decisive)}")
    if member(attempt, "cause.id") == "undetermined" and not attempt.get("undecided"):
        problems.append(f"{where}.undecided: nothing says what would decide")
    return problems


# ---- is it right --------------------------------------------------------------------------------

def check_one_of(attempt, path, wanted, where):
    value = member(attempt, path)
    if value in wanted:
        return []
    wanted = " or ".join(shown(each) for each in wanted)
    return [f"{where}.{path}: expected {wanted}, found {shown(value)}"]


def check_mtu(attempt, way, mtu, where):
    """The true path MTU lies in the bracket: at_least <= mtu < below."""
    low, high = (member(attempt, f"path.{way}.mtu.{end}") for end in ("at_least", "below"))
    if low is MISSING or high is MISSING:
        return [f"{where}.path.{way}.mtu: expected to be present, found nothing"]
    if (low or 0) <= mtu and (high is None or mtu < high):
        return []
    return [f"{where}.path.{way}.mtu: the truth is {mtu}, found {low} <= mtu < {high}"]


PLURALS = {"causes": "cause.id", "confidences": "cause.confidence", "outcomes": "outcome",
           "stages": "stage"}


def check_attempt(expected, attempt, where):
    problems = []
    for name, path in PLURALS.items():
        if name in expected:
            problems += check_one_of(attempt, path, expected[name], where)
    if "direction" in expected:
        problems += check_one_of(attempt, "cause.direction", [expected["direction"]], where)
    for way, mtu in expected.get("path_mtu", {}).items():
        problems += check_mtu(attempt, way, mtu, where)
    for path, value in expected.get("members", {}).items():
        problems += check_one_of(attempt, path, [value], where)
    for path, values in expected.get("one_of", {}).items():
        problems += check_one_of(attempt, path, values, where)
    seen = {each.get("id") for each in attempt.get("observations", [])}
    for name in expected.get("observed", []):
        if name not in seen:
            problems.append(f"{where}.observations: expected {name}, found {sorted(seen)}")
    for name in expected.get("not_observed", []):
        if name in seen:
            problems.append(f"{where}.observations: expected no {name}, found it")
    if "connections" in expected and len(attempt["connections"]) != expected["connections"]:
        problems.append(f"{where}.connections: expected {expected['connections']}, found "
                        f"{len(attempt['connections'])}")
    return problems
