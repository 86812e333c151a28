# SPDX-License-Identifier: Apache-2.0
"""What a probe says and what is read from its recording must not contradict each other."""

WELL = ("well", "open")
OF_THE_PATH = ("pmtu-black-hole", "path-limit")
ACQUITTED = ("none", "undetermined", "packet-loss")
WAYS = {"to_server": "to-server", "to_client": "to-client"}
NO_LIMIT = 1 << 16


def brackets_meet(heard, read):
    """Is there a size that both call the largest?"""
    return (heard["at_least"] or 0) < (read["below"] or NO_LIMIT) and \
        (read["at_least"] or 0) < (heard["below"] or NO_LIMIT)


def is_accused_wrongly(heard, cause):
    """A direction for which the probe has neither a finding nor an open bracket."""
    found = {(f["id"], f["direction"]) for f in heard["findings"]}
    for way, name in WAYS.items():
        meant = cause["direction"] in (name, "both")
        if meant and heard["path"][way]["exact"] and (cause["id"], name) not in found:
            return True
    return False


def contradictions(heard, read):
    """In words, one each."""
    for attempt in read["attempts"]:
        cause = attempt["cause"]
        for way in WAYS:
            mtu = attempt["path"][way]["mtu"] if attempt["path"] else None
            if mtu and not brackets_meet(heard["path"][way]["mtu"], mtu):
                yield f"{way}: measured {heard['path'][way]['mtu']}, read {mtu}"
        if cause["id"] in OF_THE_PATH and is_accused_wrongly(heard, cause):
            yield f"measured {heard['findings']}, read {cause}"
        if heard["status"] in WELL and cause["id"] not in (*ACQUITTED, *OF_THE_PATH):
            yield f"measured {heard['status']}, read {cause}"
    if len(read["attempts"]) > 1:
        yield f"one probe, read as {len(read['attempts'])} attempts"
