#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes pcaps/CASE/capture.pcap(ng) from pcaps/CASE/packets.txt: generate.py CASE... | --all"""

import calendar
import os
import sys
import time
from dataclasses import replace

import capture_file
import layers
import wire
from capture_file import Frame
from script import Player, ScriptError

HERE = os.path.dirname(os.path.abspath(__file__))
PCAPS = os.path.join(HERE, "..", "..", "pcaps")
MACS = {"C": b"\x02\0\0\0\0\x0c", "S": b"\x02\0\0\0\0\x05", "near": b"\x02\0\0\0\0\xa1",
        "far": b"\x02\0\0\0\0\xa2"}
MERGE_WITHIN = 0.0002  # an offload engine waits no longer for the next segment


def macs_of(vantage, side):
    """Source and destination on the wire where the tap is."""
    if vantage == "client":
        pair = ("C", "near")
    elif vantage == "server":
        pair = ("near", "S")
    else:
        pair = ("near", "far")
    source, destination = pair if side == "C" else pair[::-1]
    return MACS[source], MACS[destination]


def merged(seen):
    """What a network card with segmentation offload hands over: segments of a burst as one."""
    out = []
    for when, outgoing, packet in seen:
        if out and packet.payload and packet.protocol == wire.TCP:
            before, _, last = out[-1]
            follows = (last.payload and last.side == packet.side and last.dport == packet.dport
                       and last.seq + len(last.payload) == packet.seq
                       and when - before < MERGE_WITHIN
                       and not packet.options and not last.options
                       and not last.flags & wire.PSH)
            if follows and len(last.payload) + len(packet.payload) < 60000:
                out[-1] = (before, outgoing,
                           replace(last, payload=last.payload + packet.payload,
                                   flags=last.flags | packet.flags))
                continue
        out.append((when, outgoing, packet))
    return out


def frames_of(player):
    settings, capture = player.settings, player.capture
    seen = sorted(player.network.seen, key=lambda entry: entry[0])
    seen = [entry for entry in seen if entry[2].side in capture.get("side", "CS")]
    if "merges" in capture:
        seen = merged(seen)
    start = calendar.timegm(time.strptime(settings["start"], "%Y-%m-%dT%H:%M:%S")) * 10**9
    frames = []
    first = capture.get("from", [0.0])[0]
    last = min(player.end, capture.get("until", [player.end])[0])
    for when, outgoing, packet in seen:
        if not first <= when <= last:
            continue
        macs = macs_of(settings["vantage"], packet.side)
        for later, interface, data in layers.recorded(settings, macs, outgoing, packet):
            ts_ns = start + 100_000_000 + round((when + later) * 10**6) * 1000
            frames.append(Frame(ts_ns, data, len(data), interface))
            if "doubles" in capture:
                ts_ns += round(capture["doubles"][0] * 10**9)
                frames.append(Frame(ts_ns, data, len(data), interface))
    missed = {int(number) for number in capture.get("misses", [])}
    frames.sort(key=lambda frame: frame.ts_ns)
    frames = [frame for number, frame in enumerate(frames, 1) if number not in missed]
    snaplen = settings["snaplen"]
    frames = [frame._replace(data=frame.data[:snaplen]) for frame in frames]
    return frames, start + 100_000_000 + round(last * 10**6) * 1000


def generate(case):
    folder = os.path.join(PCAPS, case)
    player = Player(os.path.join(folder, "packets.txt"))
    frames, end_ns = frames_of(player)
    settings = player.settings
    links = [settings["link"]]
    if settings.get("tunnel") and settings["tunnel"].both:
        links.insert(0, settings["inside_link"])
    link_types = [wire.LINK_TYPES[link] for link in links]
    for name in ("capture.pcap", "capture.pcapng", "keys.log"):
        if os.path.exists(os.path.join(folder, name)):
            os.remove(os.path.join(folder, name))
    path = os.path.join(folder, "capture." + settings["format"])
    keys = settings.get("keys")
    if keys == "inside":
        settings["about"]["key_log"] = player.tls.secrets()
    elif keys == "beside":
        with open(os.path.join(folder, "keys.log"), "wb") as out:
            out.write(player.tls.secrets())
    if settings["format"] == "pcapng":
        about = dict(settings["about"], end_ns=end_ns)
        capture_file.write_pcapng(path, link_types, frames, about, settings["snaplen"])
    else:
        capture_file.write_pcap(path, link_types[0], frames, settings["snaplen"])
    print(f"{case}: {len(frames)} frames, {os.path.getsize(path)} bytes")


def main(cases):
    if cases == ["--all"]:
        cases = sorted(name for name in os.listdir(PCAPS)
                       if os.path.exists(os.path.join(PCAPS, name, "packets.txt")))
    if not cases:
        print(__doc__, file=sys.stderr)
        return 2
    for case in cases:
        try:
            generate(case)
        except (ScriptError, OSError) as error:
            print(f"{case}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
