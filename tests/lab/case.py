# SPDX-License-Identifier: Apache-2.0
"""Keeps a scenario as cases of pcaps/: the capture, about.md and expected.json, all of which come
from the declaration. What rdpath says is not asked here."""

import json
import os
import re
import shutil

import crafts  # noqa: F401  (it knows the way to tests/golden)
import capture_file
from scenario import AS_TRUE

HEALTHY, FAULT, NO_ATTEMPT = 0, 1, 4
MIDDLE = {"r1": "middle", "r2": "middle"}


def pick(seen, truth):
    return truth if seen == AS_TRUE else seen


def end_of(vantage):
    node = vantage.partition(":")[0]
    return MIDDLE.get(node, node)


# ---- expected.json -------------------------------------------------------------------------------

def attempt_of(scenario, vantage, sees):
    truth = scenario.truth
    expected = {
        "causes": list(pick(sees.causes, (truth.cause,))),
        "outcomes": list(pick(sees.outcomes, (truth.outcome,))),
        "stages": list(pick(sees.stages, truth.stages)),
        "one_of": {"vantage": [end_of(vantage), None],
                   "cause.direction": list(pick(sees.directions, (truth.direction,)))},
    }
    if sees.confidences:
        expected["confidences"] = list(sees.confidences)
    if sees.mtu:
        expected["path_mtu"] = {"to_server": truth.mtu_to_server, "to_client": truth.mtu_to_client}
    if sees.observed:
        expected["observed"] = list(sees.observed)
    hidden = [] if scenario.offload else ["segmentation-offload"]
    hidden += [] if sees.twins else ["duplicate-frames"]
    expected["not_observed"] = ["capture-loss", *hidden, *sees.not_observed]
    return expected


def expected_of(scenario, vantage, sees):
    truth = scenario.truth
    if sees.attempts == 0:
        statuses, attempts = [NO_ATTEMPT], []
    else:
        attempts = [attempt_of(scenario, vantage, sees)] * sees.attempts
        statuses = sorted({HEALTHY if cause == "none" else FAULT for each in attempts
                           for cause in each["causes"]})
    cut = {"when_cut": list(truth.when_cut)} if truth.when_cut else {}
    return {
        "exit": statuses,
        "attempts": attempts,
        **cut,
        "truth": {"vantage": end_of(vantage), "cause": truth.cause,
                  "direction": truth.direction, "stages": list(truth.stages),
                  "path_mtu": {"to_server": truth.mtu_to_server,
                               "to_client": truth.mtu_to_client},
                  "reset_by": truth.reset_by, "offload": scenario.offload,
                  "family": scenario.family},
    }


# ---- about.md ------------------------------------------------------------------------------------

def about_of(scenario, vantage, notes, cut):
    truth, sees = scenario.truth, scenario.vantages()[vantage]
    where = vantage.replace(":", ", ").replace("+", " and ")
    lines = [f"# {scenario.story}", "",
             f"Recorded in the lab, at the {where}: "
             f"client - router r1 - router r2 - server, IPv{scenario.family}.", "",
             f"- server: {scenario.server.words}", f"- client: {scenario.client.words}"]
    lines += [f"- {fixture.words}" for fixture in scenario.path]
    lines += [f"- {note}" for note in notes]
    if scenario.offload:
        lines.append("- the cards of both ends merge and split segments (offload is on)")
    if cut:
        lines.append(f"- the recording is cut behind packet {cut[0]} of {cut[1]}")
    way = f", {truth.direction}" if truth.direction else ""
    lines += ["", f"The truth: {truth.cause}{way}; path MTU {truth.mtu_to_server} to the server, "
              f"{truth.mtu_to_client} to the client."]
    if truth.reset_by:
        lines.append(f"The reset was sent by: {truth.reset_by}.")
    if sees.why:
        lines.append(f"What this vantage sees of it: {sees.why}.")
    return "\n".join(lines) + f"\n\nMade by: ./dev lab --keep {scenario.name}\n"


# ---- the capture ---------------------------------------------------------------------------------

def shortened(frames, scenario):
    """As many of the first frames as are wanted and as fit."""
    size, kept = 0, 0
    for frame in frames[:scenario.frames]:
        size += len(frame.data) + 32
        if size > scenario.most_bytes:
            break
        kept += 1
    return frames[:kept]


def folder_of(top, scenario, vantage):
    return os.path.join(top, f"lab-{scenario.name}-at-{re.sub('[:+]', '-', vantage)}")


def joined(recordings):
    """The frames of all interfaces in order of time; each knows its own."""
    frames = []
    for number, recording in enumerate(recordings):
        for frame in capture_file.read_capture(recording.path).frames():
            frames.append(frame._replace(interface=number))
    return sorted(frames, key=lambda frame: frame.ts_ns)


def keep_one(folder, scenario, vantage, recordings):
    sees, recording = scenario.vantages()[vantage], recordings[-1]
    frames = joined(recordings)
    kept = shortened(frames, scenario)
    cut = (len(kept), len(frames)) if len(kept) < len(frames) else None
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    end_ns = kept[-1].ts_ns if cut else recording.end_ns
    about = {"name": recording.device, "end_ns": end_ns}
    if scenario.keys:
        about["key_log"] = recording.run.secrets()
    links = [each.link_type() for each in recordings]
    capture_file.write_pcapng(os.path.join(folder, "capture.pcapng"), links, kept, about)
    with open(os.path.join(folder, "about.md"), "w", encoding="utf-8") as out:
        out.write(about_of(scenario, vantage, recording.run.notes, cut))
    with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as out:
        json.dump(expected_of(scenario, vantage, sees), out, indent=2)
        out.write("\n")


def keep(top, scenario, recordings):
    """Writes the cases of a scenario; returns their folders."""
    folders = []
    for vantage, its in recordings.items():
        folder = folder_of(top, scenario, vantage)
        keep_one(folder, scenario, vantage, its)
        folders.append(folder)
    return folders
