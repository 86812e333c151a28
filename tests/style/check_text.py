#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The text of every file: SPDX line on top, 100 columns, no tabs, no forbidden words, no #ifdef
inside a function."""
import re

from house import blank_out, files, finish, functions, name_of

COLUMNS = 100
SOURCE = (".c", ".h", ".def", ".py", ".sh", ".cmake", ".css", ".js", ".mjs", "CMakeLists.txt",
          "dev", "run")
PROSE = (".md", ".1", ".txt", ".yml", ".yaml")
# Paths of one machine and words about how the text came to be. Nothing here may name itself, so
# each is split.
FORBIDDEN = re.compile("|".join((r"(?<![\w.])/wo" + "rk/", r"(?<![\w.])/far" + "m/",
                                 r"\bLL" + r"M\b", r"\bChat" + "GPT", r"\bClau" + r"de\b",
                                 r"(?i:\bAI[- ]gener" + "ated)", r"(?i:\bsub" + "agent)",
                                 r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bXX" + r"X\b")))


def check_lines(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name_of(path)}:{number}"
        if path.name.endswith(SOURCE) and len(line) > COLUMNS:
            yield f"{where}: {len(line)} columns, the cap is {COLUMNS}"
        if "\t" in line:
            yield f"{where}: a tab"
        if line != line.rstrip() and path.suffix != ".md":
            yield f"{where}: blanks at the end"
        if found := FORBIDDEN.search(line):
            yield f"{where}: '{found.group()}' does not belong into the project's text"


def check_conditionals(path, text):
    lines = blank_out(text).splitlines()
    for f in functions(path):
        for number in range(f.line, f.line + f.n_lines):
            if re.match(r"\s*#\s*(if|ifdef|ifndef|elif|else)\b", lines[number - 1]):
                yield f"{f.file}:{number}: a conditional inside {f.name}: make it a pair of files"


def main():
    breaches, n_files, n_lines = [], 0, 0
    for path in files(*SOURCE, *PROSE):
        text = path.read_text()
        n_files += 1
        n_lines += text.count("\n")
        if path.name.endswith(SOURCE) and not any(
                "SPDX-License-Identifier: Apache-2.0" in line for line in text.splitlines()[:2]):
            breaches.append(f"{name_of(path)}: no SPDX line on top")
        breaches.extend(check_lines(path, text))
        if path.suffix in (".c", ".h"):
            breaches.extend(check_conditionals(path, text))
    print(f"{n_files} files, {n_lines} lines")
    finish(breaches)


main()
