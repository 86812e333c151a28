#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each registry and its folder agree: a row has its file, and a file that defines what the registry
lists has its row."""
import re

from house import TOP, blank_out, finish

# registry: the pattern of what a file of it defines, from which the row's first word is read
REGISTRIES = {
    "analyze/rules/rules.def": r"^const struct rule rule_(\w+)\s*=",
    "analyze/proto/protos.def": r"^void (?!dialog_)(\w+)_bytes\(struct dialog \*",
    "report/render/formats.def": r"^const struct format format_(\w+)\s*=",
    "cli/commands.def": r"^int command_(\w+)\(struct options \*",
}


def causes_told():
    """The README's table of causes has each that there is, and no other."""
    rules = re.findall(r'^RULE\(\w+, "([a-z0-9-]+)"',
                       (TOP / "analyze/rules/rules.def").read_text(), re.MULTILINE)
    table = re.search(r"^## The causes .*?^## ", (TOP / "README.md").read_text(), re.M | re.S)
    rows = re.findall(r"^\|.*", table.group() if table else "", re.MULTILINE)
    told = re.findall(r"`([a-z0-9-]+)`", "\n".join(rows))
    print(f"README.md: {len(told)} of {len(rules)} causes")
    for cause in sorted(set(rules) ^ set(told)):
        yield f"README.md: {cause} is in its table or in rules.def, and not in both"


def main():
    breaches = list(causes_told())
    for registry, definition in REGISTRIES.items():
        def_path = TOP / registry
        if not def_path.exists():
            continue
        rows = [row.lower() for row in
                re.findall(r"^[A-Z_]+\((\w+)", blank_out(def_path.read_text()), re.MULTILINE)]
        print(f"{registry}: {len(rows)} rows")
        for row in sorted({row for row in rows if rows.count(row) > 1}):
            breaches.append(f"{registry}: {row} stands there twice")
        for row in rows:
            if not (def_path.parent / f"{row}.c").exists():
                breaches.append(f"{registry}: the row {row} has no file {row}.c")
        for path in sorted(def_path.parent.glob("*.c")):
            for name in re.findall(definition, path.read_text(), re.MULTILINE):
                if name not in rows:
                    breaches.append(f"{path.relative_to(TOP)}: {name} has no row in {registry}")
    finish(breaches)


main()
