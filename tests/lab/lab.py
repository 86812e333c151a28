#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lab.py [--keep] [--list] [--jobs N] [--rdpath PROGRAM] [SCENARIO...]

Plays scenarios between real programs in network namespaces, and asks rdpath about what was
recorded. SCENARIO is a name or a pattern ('black-hole-*'); none: all of them. The cases go to
build/lab, or with --keep to pcaps. Needs root."""

import argparse
import concurrent.futures
import fnmatch
import importlib
import itertools
import os
import shutil
import signal
import sys

import case
import play
from crafts import Crafts
from topology import LabError

import golden  # of tests/golden: crafts.py knows the way

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.normpath(os.path.join(HERE, "..", ".."))
PROGRAMS = ["ip", "nft", "ethtool", "tcpdump", "ping", "setpriv", "openssl", "xrdp", "xfreerdp",
            "freerdp-shadow-cli", "weston", "winpr-hash", "Xvfb"]
TRIES = 2  # a scenario whose programs did not start is played once more


def tables():
    """Every scenario of the files scenarios*.py, in order of the files' names."""
    found = {}
    for file in sorted(os.listdir(HERE)):
        if not (file.startswith("scenarios") and file.endswith(".py")):
            continue
        for scenario in importlib.import_module(file[:-3]).SCENARIOS:
            if scenario.name in found:
                raise LabError(f"{file}: there are two scenarios '{scenario.name}'")
            found[scenario.name] = scenario
    return found


def chosen(words):
    known = tables()
    names = []
    for word in words or ["*"]:
        matching = fnmatch.filter(known, word)
        if not matching:
            raise LabError(f"no scenario '{word}'; --list names them")
        names += [name for name in matching if name not in names]
    return [known[name] for name in names]


class Lab:
    def __init__(self, options):
        self.options = options
        self.top = os.path.join(PROJECT, "pcaps" if options.keep else os.path.join("build", "lab"))
        self.crafts, self.display = Crafts(), play.Display()
        self.numbers = itertools.count(1)

    def record(self, scenario):
        """Plays the scenario; returns the folders of its cases."""
        for left in reversed(range(TRIES)):
            now = play.Run(scenario, next(self.numbers), self.crafts, self.display.name)
            try:
                return case.keep(self.top, scenario, now.play())
            except LabError as error:
                if not left:
                    raise
                print(f"{scenario.name}: once more: {error}", flush=True)
            finally:
                now.close(self.options.leave)
                if self.options.leave:
                    print(f"{scenario.name}: its files are in {now.folder}")
        return []

    def one(self, scenario):
        """Returns whether rdpath says the truth."""
        if play.STOP.is_set():
            return False
        try:
            folders = self.record(scenario)
        except play.Stopped:
            return False
        except LabError as error:
            print(f"{scenario.name}: {error}", flush=True)
            return False
        if not self.options.rdpath:
            print(f"{scenario.name}: recorded", flush=True)
            return True
        return all([golden.check(self.options.rdpath, folder) for folder in folders])

    def close(self):
        self.display.close()


def options_of(words):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--leave", action="store_true", help="leave the programs' logs")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rdpath")
    parser.add_argument("scenario", nargs="*")
    return parser.parse_args(words)


def play_all(lab, scenarios, jobs):
    stop = lambda *_: play.STOP.set()  # noqa: E731
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            right = list(pool.map(lab.one, scenarios))
    finally:
        lab.close()
    names = [scenario.name for scenario, good in zip(scenarios, right) if not good]
    print(f"{len(scenarios)} scenarios, {len(names)} with differences: {' '.join(names)}".strip())
    return 1 if names or play.STOP.is_set() else 0


def main(words):
    options = options_of(words)
    try:
        scenarios = chosen(options.scenario)
        if options.list:
            for scenario in scenarios:
                print(f"{scenario.name:40} {scenario.story}")
            return 0
        missing = [name for name in PROGRAMS if not shutil.which(name)]
        if os.geteuid() != 0 or missing:
            raise LabError("run it as root" if not missing else f"not here: {' '.join(missing)}")
        return play_all(Lab(options), scenarios, options.jobs)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
